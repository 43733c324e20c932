//! `#[transformation]`.

use crate::doc;
use crate::signature::{Parameter, parameters};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemFn, LitStr, Signature, Type};

/// What the arguments of a transformation become in the code made for it.
#[derive(Default)]
struct Arguments {
    /// Members that keep what is bound at load.
    fields: Vec<TokenStream>,
    /// How each member is bound.
    binds: Vec<TokenStream>,
    /// What the function is called with, in its order.
    passed: Vec<TokenStream>,
    /// How many parameters a script must give.
    least: u8,
    /// How many it may give; `u8::MAX` where one type takes them all.
    most: u8,
}

impl Arguments {
    fn of(signature: &Signature) -> syn::Result<Arguments> {
        let mut arguments = Arguments::default();
        let mut seen_value = false;
        for (index, (_, parameter)) in parameters(signature)?.into_iter().enumerate() {
            let field = format_ident!("a{index}");
            match parameter {
                Parameter::Context => arguments.passed.push(quote!(call)),
                Parameter::Value(_) if !seen_value => {
                    seen_value = true;
                    arguments.passed.push(quote!(value));
                }
                Parameter::Shared(kind) => arguments.add_all(&field, kind),
                Parameter::Value(kind) => arguments.add_required(&field, kind),
                Parameter::Optional(kind) => arguments.add_optional(&field, kind),
            }
        }
        Ok(arguments)
    }

    /// One type that takes all parameters together.
    fn add_all(&mut self, field: &Ident, kind: &Type) {
        self.fields.push(quote!(#field: #kind));
        self.binds
            .push(quote!(#field: <#kind as p::TransformInner>::bind(site, binder)?));
        self.passed.push(quote!(&self.#field));
        self.most = u8::MAX;
    }

    fn add_required(&mut self, field: &Ident, kind: &Type) {
        let position = usize::from(self.most);
        self.fields.push(quote!(#field: p::TransformSource<#kind>));
        self.binds
            .push(quote!(#field: p::bind_transform::<#kind>(site, #position, binder)?));
        self.passed.push(quote! {
            match self.#field.get(call) {
                Some(argument) => argument,
                None => return p::Value::Null,
            }
        });
        self.least += 1;
        self.most += 1;
    }

    fn add_optional(&mut self, field: &Ident, kind: &Type) {
        let position = usize::from(self.most);
        self.fields
            .push(quote!(#field: Option<p::TransformSource<#kind>>));
        self.binds
            .push(quote!(#field: p::bind_transform_optional::<#kind>(site, #position, binder)?));
        self.passed.push(quote! {
            match &self.#field {
                None => None,
                Some(source) => match source.get(call) {
                    Some(argument) => Some(argument),
                    None => return p::Value::Null,
                },
            }
        });
        self.most += 1;
    }
}

pub fn expand(tokens: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let full: LitStr = syn::parse2(tokens)?;
    let item: ItemFn = syn::parse2(item)?;
    let documentation = doc::required(&item.attrs, &item.sig.ident)?;
    let text = full.value();
    let Some((class, name)) = text.split_once('.') else {
        return Err(syn::Error::new(full.span(), "the form is \"class.name\""));
    };
    let function = &item.sig.ident;
    let Arguments {
        fields,
        binds,
        passed,
        least,
        most,
    } = Arguments::of(&item.sig)?;
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(unused_imports, unused_variables, missing_docs)]
        pub(crate) mod #function {
            use super::*;
            use ::module_api::__private as p;

            struct Bound { #(#fields,)* }

            impl p::Transform for Bound {
                fn apply(&self, call: &mut p::Call, value: p::Value) -> p::Value {
                    super::#function(#(#passed),*)
                }
            }

            fn bind(
                site: &p::ast::Transformation,
                binder: &mut p::Binder<'_>,
            ) -> Result<Box<dyn p::Transform>, p::Diagnostic> {
                p::check_transform_params(site, EXPORT.entry.params)?;
                Ok(Box::new(Bound { #(#binds,)* }))
            }

            pub static EXPORT: p::TransformationExport = p::TransformationExport {
                entry: p::TransformationEntry {
                    class: #class,
                    name: #name,
                    params: (#least, #most),
                    doc: #documentation,
                },
                bind,
            };
        }
    })
}
