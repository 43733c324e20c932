//! `#[pvar]`.

use crate::doc;
use crate::signature::{Parameter, parameters};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{ItemFn, LitStr, Path, Signature, Token, Type};

struct Options {
    names: Vec<LitStr>,
    set: Option<Path>,
    view: Option<Path>,
    int: Option<Path>,
    number: Option<Path>,
    asks: Option<Path>,
    compat: TokenStream,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut names = Vec::new();
        while input.peek(LitStr) {
            names.push(input.parse()?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let mut set = None;
        let mut view = None;
        let mut int = None;
        let mut number = None;
        let mut asks = None;
        let mut compat = quote!(p::Compat::Full);
        let rest: TokenStream = input.parse()?;
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("set") {
                set = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("view") {
                view = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("int") {
                int = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("number") {
                number = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("asks") {
                asks = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("compat") {
                compat = doc::compat(&meta)?;
            } else {
                return Err(meta.error("unknown option"));
            }
            Ok(())
        });
        syn::parse::Parser::parse2(parser, rest)?;
        if names.is_empty() {
            return Err(input.error("the variable's name is needed first, as a string"));
        }
        Ok(Options {
            names,
            set,
            view,
            int,
            number,
            asks,
            compat,
        })
    }
}

/// The type that the text in parentheses is bound to, and what the reader, the setter and the views are called with.
fn arguments(signature: &Signature) -> syn::Result<(Option<&Type>, Vec<TokenStream>)> {
    let mut inner = None;
    let mut passed = Vec::new();
    for (_, parameter) in parameters(signature)? {
        match parameter {
            Parameter::Context => passed.push(quote!(call)),
            Parameter::Shared(kind) if inner.is_none() => {
                inner = Some(kind);
                passed.push(quote!(&self.0));
            }
            _ => {
                return Err(syn::Error::new_spanned(
                    signature,
                    "a variable takes `&mut Call` and at most one `&T`",
                ));
            }
        }
    }
    Ok((inner, passed))
}

pub fn expand(tokens: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let Options {
        names,
        set,
        view,
        int,
        number,
        asks,
        compat,
    } = syn::parse2(tokens)?;
    let item: ItemFn = syn::parse2(item)?;
    let documentation = doc::required(&item.attrs, &item.sig.ident)?;
    let function = &item.sig.ident;
    let (inner, passed) = arguments(&item.sig)?;
    let (field, bind) = match inner {
        Some(kind) => (
            quote!(#kind),
            quote!(<#kind as p::PvarInner>::bind(spec, binder)?),
        ),
        None => (quote!(()), quote!(p::no_inner(spec)?)),
    };
    let setter = set.as_ref().map(|set| {
        quote! {
            fn set(&self, call: &mut p::Call, value: p::Value) -> Result<(), p::SetError> {
                #set(#(#passed,)* value)
            }
        }
    });
    let view = view.as_ref().map(|view| {
        quote! {
            fn view<'c>(&self, call: &'c p::Call) -> p::View<'c> {
                #view(#(#passed),*)
            }
        }
    });
    let int = int.as_ref().map(|int| {
        quote! {
            fn int(&self, call: &p::Call) -> Option<i64> {
                #int(#(#passed),*)
            }
        }
    });
    let number = number.as_ref().map(|number| {
        quote! {
            fn number(&self, call: &mut p::Call) -> Option<i64> {
                #number(#(#passed),*)
            }
        }
    });
    let waits = asks.is_some();
    let asks = asks.as_ref().map(|ask| quote!(binder.needs(#ask);));
    let writable = set.is_some();
    let (first, aliases) = (&names[0], &names[1..]);
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(unused_imports, unused_variables, missing_docs)]
        pub(crate) mod #function {
            use super::*;
            use ::module_api::__private as p;

            struct Bound(#field);

            impl p::Pvar for Bound {
                fn get(&self, call: &mut p::Call) -> p::Value {
                    super::#function(#(#passed),*)
                }
                #setter
                #view
                #int
                #number
            }

            fn bind(
                spec: &p::PvarSpec<'_>,
                binder: &mut p::Binder<'_>,
            ) -> Result<p::Accessor, p::Diagnostic> {
                #asks
                Ok(p::Accessor::Class(Box::new(Bound(#bind))))
            }

            pub static EXPORT: p::PvarExport = p::PvarExport {
                entry: p::PvarEntry {
                    name: #first,
                    aliases: &[#(#aliases),*],
                    doc: #documentation,
                    writable: #writable,
                    waits: #waits,
                    compat: #compat,
                },
                bind,
            };
        }
    })
}
