//! `#[rpc]`.

use crate::doc;
use crate::signature::{Parameter, parameters};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, ItemFn, LitStr, Token};

/// What stands in the attribute.
struct Options {
    name: LitStr,
    is_list: bool,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        let mut is_list = false;
        if input.parse::<Option<Token![,]>>()?.is_some() {
            let option: Ident = input.parse()?;
            if option != "list" {
                return Err(syn::Error::new_spanned(option, "the only option is `list`"));
            }
            is_list = true;
        }
        Ok(Options { name, is_list })
    }
}

pub fn expand(tokens: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let Options { name, is_list } = syn::parse2(tokens)?;
    let item: ItemFn = syn::parse2(item)?;
    let documentation = doc::required(&item.attrs, &item.sig.ident)?;
    let function = &item.sig.ident;
    let mut bound = Vec::new();
    let mut passed = Vec::new();
    for (index, (_, parameter)) in parameters(&item.sig)?.into_iter().enumerate() {
        match parameter {
            Parameter::Context => passed.push(quote!(call)),
            Parameter::Shared(module) => {
                let field = format_ident!("m{index}");
                bound.push(quote!(let #field = loaded.instance::<#module>()?;));
                passed.push(quote!(&#field));
            }
            _ => {
                return Err(syn::Error::new_spanned(
                    &item.sig,
                    "an RPC command takes `&mut RpcCall` and module instances `&M`",
                ));
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

            fn bind(loaded: &p::Loaded) -> Option<p::RpcHandler> {
                #(#bound)*
                Some(Box::new(move |call| super::#function(#(#passed),*)))
            }

            pub static EXPORT: p::RpcExport = p::RpcExport {
                entry: p::RpcEntry { name: #name, doc: #documentation, is_list: #is_list },
                bind,
            };
        }
    })
}
