//! `#[derive(Params)]`.

use crate::doc;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Expr, ExprRange, Fields, LitStr};

struct Field {
    names: Vec<String>,
    default: Option<Expr>,
    /// The default as an operator would write it, where the expression does not say.
    shown: Option<String>,
    range: Option<ExprRange>,
    /// Whether a value out of the range is refused.
    is_strict: bool,
    compat: TokenStream,
    doc: String,
    /// Not to be set by the configuration.
    skipped: bool,
    /// A set of parameters of its own, whose names are in the same name space.
    is_group: bool,
}

fn field(source: &syn::Field) -> syn::Result<Field> {
    let ident = source
        .ident
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut field = Field {
        names: vec![ident.trim_start_matches("r#").to_owned()],
        default: None,
        shown: None,
        range: None,
        is_strict: false,
        compat: quote!(p::Compat::Full),
        doc: doc::text(&source.attrs),
        skipped: false,
        is_group: false,
    };
    if field.doc.trim().is_empty() {
        return Err(syn::Error::new_spanned(source, "a doc comment is needed"));
    }
    for attribute in source.attrs.iter().filter(|a| a.path().is_ident("param")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") {
                field.default = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("shown") {
                field.shown = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("range") {
                field.range = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("strict") {
                field.is_strict = true;
            } else if meta.path.is_ident("name") {
                field.names[0] = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("alias") {
                field.names.push(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("skip") {
                field.skipped = true;
            } else if meta.path.is_ident("group") {
                field.is_group = true;
            } else if meta.path.is_ident("compat") {
                field.compat = doc::compat(&meta)?;
            } else {
                return Err(meta.error("unknown option"));
            }
            Ok(())
        })?;
    }
    Ok(field)
}

pub fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let Data::Struct(data) = &item.data else {
        return Err(syn::Error::new_spanned(&item.ident, "a struct is needed"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(syn::Error::new_spanned(
            &item.ident,
            "named fields are needed",
        ));
    };
    let ident = &item.ident;
    let mut defaults = Vec::new();
    let mut entries = Vec::new();
    let mut arms = Vec::new();
    let mut values = Vec::new();
    let mut lives = Vec::new();
    let mut groups = Vec::new();
    let mut group_kinds = Vec::new();
    for source in &named.named {
        let Field {
            names,
            default,
            shown,
            range,
            is_strict,
            compat,
            doc,
            skipped,
            is_group,
        } = field(source)?;
        let (member, kind) = (&source.ident, &source.ty);
        let shown =
            shown.unwrap_or_else(|| default.as_ref().map(shown_default).unwrap_or_default());
        defaults.push(match &default {
            Some(value) => quote!(#member: #value),
            None => quote!(#member: Default::default()),
        });
        if is_group {
            groups.push(member);
            group_kinds.push(kind);
        }
        if skipped || is_group {
            continue;
        }
        for name in &names {
            entries.push(quote!(p::SettingEntry {
                name: #name,
                kind: <#kind as p::ParamField>::KIND,
                default: #shown,
                doc: #doc,
                compat: #compat,
            }));
        }
        let adjust = range.as_ref().filter(|_| !is_strict).map(|range| {
            quote! {
                if let Some((value, error)) = p::nearest(value, &(#range)) {
                    p::ParamField::assign(&mut self.#member, &value, span)?;
                    return Err(error);
                }
            }
        });
        let check = range.map(|range| {
            quote! {
                if let p::ParamValue::Int(number) = value {
                    p::check_range(*number, &(#range))?;
                }
            }
        });
        let adjust_or_check = adjust.or_else(|| check.clone());
        values.push(quote!(#(#names)|* => p::ParamField::value(&self.#member)));
        lives.push(
            quote!(#(#names)|* => p::ParamField::live(&self.#member).map(|value| {
                p::LiveParam {
                    value,
                    bounds: |value: &p::ParamValue| {
                        let _ = value;
                        #check
                        Ok(())
                    },
                }
            })),
        );
        arms.push(quote!(#(#names)|* => {
            #adjust_or_check
            p::ParamField::assign(&mut self.#member, value, span)
        }));
    }
    Ok(quote! {
        const _: () = {
            use ::module_api::__private as p;

            impl Default for #ident {
                fn default() -> Self {
                    #ident { #(#defaults),* }
                }
            }

            impl p::ParamSet for #ident {
                const SETTINGS: &'static [p::SettingEntry] = {
                    const GROUPS: &[&[p::SettingEntry]] =
                        &[&[#(#entries),*], #(<#group_kinds as p::ParamSet>::SETTINGS),*];
                    const ALL: [p::SettingEntry; p::settings_count(GROUPS)] =
                        p::join_settings(GROUPS);
                    &ALL
                };

                fn assign(
                    &mut self,
                    name: &str,
                    value: &p::ParamValue,
                    span: p::Span,
                ) -> Result<(), p::ParamError> {
                    match name {
                        #(#arms)*
                        _ => {
                            #(match p::ParamSet::assign(&mut self.#groups, name, value, span) {
                                Err(p::ParamError::Unknown) => {}
                                result => return result,
                            })*
                            Err(p::ParamError::Unknown)
                        }
                    }
                }

                fn value(&self, name: &str) -> Option<p::ParamValue> {
                    match name {
                        #(#values,)*
                        _ => {
                            #(if let Some(value) = p::ParamSet::value(&self.#groups, name) {
                                return Some(value);
                            })*
                            None
                        }
                    }
                }

                fn live(&self, name: &str) -> Option<p::LiveParam> {
                    match name {
                        #(#lives,)*
                        _ => {
                            #(if let Some(live) = p::ParamSet::live(&self.#groups, name) {
                                return Some(live);
                            })*
                            None
                        }
                    }
                }
            }
        };
    })
}

/// A default as an operator would write it: the literal inside `Text::from_static("…")` and the like.
fn shown_default(expression: &Expr) -> String {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => format!("\"{}\"", text.value()),
            syn::Lit::Bool(truth) => if truth.value { "1" } else { "0" }.to_owned(),
            other => quote!(#other).to_string(),
        },
        Expr::Call(call) => call.args.first().map(shown_default).unwrap_or_default(),
        Expr::Unary(unary) => {
            let inner = shown_default(&unary.expr);
            format!("-{inner}")
        }
        Expr::Path(path) if path.path.is_ident("None") => String::new(),
        other => quote!(#other).to_string(),
    }
}
