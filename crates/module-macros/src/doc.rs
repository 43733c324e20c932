//! Doc comments and the options that all macros share.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

/// The text of an item's doc comment, without the blank each line begins with.
pub fn text(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &pair.value
        {
            let line = line.value();
            lines.push(line.strip_prefix(' ').unwrap_or(&line).to_owned());
        }
    }
    lines.join("\n")
}

/// The text of the doc comment that the item `at` must have.
pub fn required(attributes: &[Attribute], at: impl ToTokens) -> syn::Result<String> {
    let text = text(attributes);
    if text.trim().is_empty() {
        return Err(syn::Error::new_spanned(at, "a doc comment is needed"));
    }
    Ok(text)
}

/// Reads `compat = partial("…") | accepted("…") | ours | full` into tokens of a `Compat`.
pub fn compat(meta: &ParseNestedMeta<'_>) -> syn::Result<TokenStream> {
    let word: syn::Ident = meta.value()?.parse()?;
    let reason = |meta: &ParseNestedMeta<'_>| -> syn::Result<LitStr> {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse()
    };
    match word.to_string().as_str() {
        "full" => Ok(quote!(p::Compat::Full)),
        "ours" => Ok(quote!(p::Compat::Ours)),
        "partial" => reason(meta).map(|text| quote!(p::Compat::Partial(#text))),
        "accepted" => reason(meta).map(|text| quote!(p::Compat::Accepted(#text))),
        _ => Err(syn::Error::new(
            word.span(),
            "expected full, ours, partial(…) or accepted(…)",
        )),
    }
}
