//! `#[derive(Params)]`.

use crate::doc;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Expr, ExprRange, Fields, Ident, LitStr, Type};

/// A field of the struct with what its attribute says.
struct Field {
    member: Option<Ident>,
    kind: Type,
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
    is_skipped: bool,
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
        member: source.ident.clone(),
        kind: source.ty.clone(),
        names: vec![ident.trim_start_matches("r#").to_owned()],
        default: None,
        shown: None,
        range: None,
        is_strict: false,
        compat: quote!(p::Compat::Full),
        doc: doc::required(&source.attrs, source)?,
        is_skipped: false,
        is_group: false,
    };
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
                field.is_skipped = true;
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

impl Field {
    /// The member with its default, for the literal of the struct.
    fn default(&self) -> TokenStream {
        let member = &self.member;
        match &self.default {
            Some(value) => quote!(#member: #value),
            None => quote!(#member: Default::default()),
        }
    }

    /// The catalog's entries, one for each name.
    fn entries(&self) -> Vec<TokenStream> {
        let Field {
            kind, compat, doc, ..
        } = self;
        let shown = self
            .shown
            .clone()
            .or_else(|| self.default.as_ref().map(shown_default))
            .unwrap_or_default();
        self.names
            .iter()
            .map(|name| {
                quote!(p::SettingEntry {
                    name: #name,
                    kind: <#kind as p::ParamField>::KIND,
                    default: #shown,
                    doc: #doc,
                    compat: #compat,
                })
            })
            .collect()
    }

    /// The arm that takes a value from the configuration: one out of the range is refused where that is strict, and
    /// otherwise the nearest one is taken and the mistake is told.
    fn assign_arm(&self) -> TokenStream {
        let Field { names, member, .. } = self;
        let within_range = match &self.range {
            Some(range) if !self.is_strict => Some(quote! {
                if let Some((value, error)) = p::nearest(value, &(#range)) {
                    p::ParamField::assign(&mut self.#member, &value, span)?;
                    return Err(error);
                }
            }),
            _ => self.range_check(),
        };
        quote!(#(#names)|* => {
            #within_range
            p::ParamField::assign(&mut self.#member, value, span)
        })
    }

    /// The arm that shows the value.
    fn value_arm(&self) -> TokenStream {
        let Field { names, member, .. } = self;
        quote!(#(#names)|* => p::ParamField::value(&self.#member))
    }

    /// The arm that hands out the value to be changed at run time, where out of the range always means refused.
    fn live_arm(&self) -> TokenStream {
        let Field { names, member, .. } = self;
        let check = self.range_check();
        quote!(#(#names)|* => p::ParamField::live(&self.#member).map(|value| {
            p::LiveParam {
                value,
                bounds: |value: &p::ParamValue| {
                    let _ = value;
                    #check
                    Ok(())
                },
            }
        }))
    }

    fn range_check(&self) -> Option<TokenStream> {
        self.range.as_ref().map(|range| {
            quote! {
                if let p::ParamValue::Int(number) = value {
                    p::check_range(*number, &(#range))?;
                }
            }
        })
    }
}

/// The fields of the struct that the attribute stands at.
fn fields(item: &DeriveInput) -> syn::Result<Vec<Field>> {
    let Data::Struct(data) = &item.data else {
        return Err(syn::Error::new_spanned(&item.ident, "a struct is needed"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(syn::Error::new_spanned(
            &item.ident,
            "named fields are needed",
        ));
    };
    named.named.iter().map(field).collect()
}

pub fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let ident = &item.ident;
    let fields = fields(&item)?;
    let groups: Vec<_> = fields.iter().filter(|field| field.is_group).collect();
    let group_kinds: Vec<_> = groups.iter().map(|field| &field.kind).collect();
    let groups: Vec<_> = groups.iter().map(|field| &field.member).collect();
    let settings: Vec<_> = fields
        .iter()
        .filter(|field| !field.is_skipped && !field.is_group)
        .collect();
    let defaults = fields.iter().map(Field::default);
    let entries = settings.iter().flat_map(|field| field.entries());
    let assigns = settings.iter().map(|field| field.assign_arm());
    let values = settings.iter().map(|field| field.value_arm());
    let lives = settings.iter().map(|field| field.live_arm());
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
                        #(#assigns)*
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
            syn::Lit::Int(number) => shown_number(&number.to_string()),
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

/// A number as a configuration may have it: `10_800` is 10800, and the octal `0o600` is 0600.
fn shown_number(literal: &str) -> String {
    literal.replace('_', "").replacen("0o", "0", 1)
}
