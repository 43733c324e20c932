//! `#[transformation]`.

use crate::doc;
use crate::signature::{Parameter, parameters};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, LitStr};

pub fn expand(tokens: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let full: LitStr = syn::parse2(tokens)?;
    let item: ItemFn = syn::parse2(item)?;
    let documentation = doc::text(&item.attrs);
    if documentation.trim().is_empty() {
        return Err(syn::Error::new_spanned(
            &item.sig.ident,
            "a doc comment is needed",
        ));
    }
    let text = full.value();
    let Some((class, name)) = text.split_once('.') else {
        return Err(syn::Error::new(full.span(), "the form is \"class.name\""));
    };
    let function = &item.sig.ident;
    let mut fields = Vec::new();
    let mut binds = Vec::new();
    let mut passed = Vec::new();
    let mut seen_value = false;
    let (mut least, mut most) = (0u8, 0u8);
    for (index, (_, parameter)) in parameters(&item.sig)?.into_iter().enumerate() {
        let field = format_ident!("a{index}");
        match parameter {
            Parameter::Context => passed.push(quote!(call)),
            Parameter::Value(_) if !seen_value => {
                seen_value = true;
                passed.push(quote!(value));
            }
            Parameter::Shared(kind) => {
                fields.push(quote!(#field: #kind));
                binds.push(quote!(#field: <#kind as p::TransformInner>::bind(site, binder)?));
                passed.push(quote!(&self.#field));
                most = u8::MAX;
            }
            Parameter::Value(kind) => {
                let position = usize::from(most);
                fields.push(quote!(#field: p::TransformSource<#kind>));
                binds.push(quote!(#field: p::bind_transform::<#kind>(site, #position, binder)?));
                passed.push(quote! {
                    match self.#field.get(call) {
                        Some(argument) => argument,
                        None => return p::Value::Null,
                    }
                });
                least += 1;
                most += 1;
            }
            Parameter::Optional(kind) => {
                let position = usize::from(most);
                fields.push(quote!(#field: Option<p::TransformSource<#kind>>));
                binds.push(
                    quote!(#field: p::bind_transform_optional::<#kind>(site, #position, binder)?),
                );
                passed.push(quote! {
                    match &self.#field {
                        None => None,
                        Some(source) => match source.get(call) {
                            Some(argument) => Some(argument),
                            None => return p::Value::Null,
                        },
                    }
                });
                most += 1;
            }
        }
    }
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
