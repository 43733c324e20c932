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

/// The parameters of a function with their names. Those that may be left out are the last: arguments are told apart by
/// their place.
pub fn parameters(signature: &Signature) -> syn::Result<Vec<(String, Parameter<'_>)>> {
    let mut found = Vec::new();
    let mut optional = None;
    for argument in &signature.inputs {
        let (name, parameter) = parameter(argument)?;
        match (&parameter, &optional) {
            (Parameter::Optional(_), _) => optional = Some(name.clone()),
            (Parameter::Value(_), Some(optional)) => {
                let message = format!("`{name}` comes after `{optional}`, which may be left out");
                return Err(syn::Error::new_spanned(argument, message));
            }
            _ => {}
        }
        found.push((name, parameter));
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let signature: Signature = syn::parse_str(text).map_err(|error| error.to_string())?;
        let parameters = parameters(&signature).map_err(|error| error.to_string())?;
        Ok(parameters.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn only_the_last_parameters_may_be_left_out() {
        let good = names("fn f(call: &mut Call, a: Text, b: Option<i64>, c: Option<Text>)");
        assert_eq!(good.unwrap().join(" "), "call a b c");
        let bad = names("fn f(call: &mut Call, a: Option<i64>, b: Text)");
        assert_eq!(
            bad.unwrap_err(),
            "`b` comes after `a`, which may be left out"
        );
    }
}
