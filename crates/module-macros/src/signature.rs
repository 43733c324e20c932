//! What a parameter's type says about it.

use syn::{FnArg, GenericArgument, PathArguments, Signature, Type};

/// A parameter of a function.
pub enum Parameter<'a> {
    /// `&mut Call`, `&mut RpcCall`.
    Context,
    /// `&T`.
    Shared(&'a Type),
    /// `Option<T>`, with `T`.
    Optional(&'a Type),
    /// Any other type.
    Value(&'a Type),
}

/// The parameters of a function with their names.
pub fn parameters(signature: &Signature) -> syn::Result<Vec<(String, Parameter<'_>)>> {
    signature.inputs.iter().map(parameter).collect()
}

fn parameter(argument: &FnArg) -> syn::Result<(String, Parameter<'_>)> {
    let FnArg::Typed(typed) = argument else {
        return Err(syn::Error::new_spanned(
            argument,
            "a free function is needed here",
        ));
    };
    let name = match &*typed.pat {
        syn::Pat::Ident(ident) => ident.ident.to_string().trim_start_matches('_').to_owned(),
        _ => {
            return Err(syn::Error::new_spanned(
                &typed.pat,
                "a plain name is needed here",
            ));
        }
    };
    let parameter = match &*typed.ty {
        Type::Reference(reference) if reference.mutability.is_some() => Parameter::Context,
        Type::Reference(reference) => Parameter::Shared(&reference.elem),
        other => match option_of(other) {
            Some(inner) => Parameter::Optional(inner),
            None => Parameter::Value(other),
        },
    };
    Ok((name, parameter))
}

fn option_of(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
