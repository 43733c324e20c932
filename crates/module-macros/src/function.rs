//! `#[script_function]`.

use crate::doc;
use crate::signature::{Parameter, parameters};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::{Ident, ItemFn, ReturnType, Signature, Type};

struct Options {
    name: String,
    aliases: Vec<String>,
    routes: TokenStream,
    waits: bool,
    effect: TokenStream,
    compat: TokenStream,
}

fn options(tokens: TokenStream) -> syn::Result<Options> {
    let mut name = None;
    let mut aliases = Vec::new();
    let mut routes = None;
    let mut waits = false;
    let mut effect = quote!(p::Effect::None);
    let mut compat = quote!(p::Compat::Full);
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("routes") {
            let expression = syn::Expr::parse_without_eager_brace(meta.value()?)?;
            routes = Some(route_set(&expression)?);
        } else if meta.path.is_ident("waits") {
            waits = true;
        } else if meta.path.is_ident("answers") {
            effect = quote!(p::Effect::Answers);
        } else if meta.path.is_ident("challenges") {
            effect = quote!(p::Effect::Challenges);
        } else if meta.path.is_ident("sends_on") {
            effect = quote!(p::Effect::SendsOn);
        } else if meta.path.is_ident("compat") {
            compat = doc::compat(&meta)?;
        } else if meta.path.is_ident("aliases") {
            meta.parse_nested_meta(|alias| {
                aliases.push(alias.path.require_ident()?.to_string());
                Ok(())
            })?;
        } else if name.is_none() {
            name = Some(meta.path.require_ident()?.to_string());
        } else {
            return Err(meta.error("unknown option"));
        }
        Ok(())
    });
    parser.parse2(tokens)?;
    let missing = |what| syn::Error::new(proc_macro2::Span::call_site(), what);
    Ok(Options {
        name: name.ok_or_else(|| missing("the script's name of the function is needed first"))?,
        aliases,
        routes: routes.ok_or_else(|| missing("routes = … is needed"))?,
        waits,
        effect,
        compat,
    })
}

/// `ANY`, or `A | B | …`.
fn route_set(expression: &syn::Expr) -> syn::Result<TokenStream> {
    match expression {
        syn::Expr::Path(path) => {
            let name: &Ident = path.path.require_ident()?;
            Ok(quote!(p::Routes::#name))
        }
        syn::Expr::Binary(binary) => {
            let (left, right) = (route_set(&binary.left)?, route_set(&binary.right)?);
            Ok(quote!(#left.or(#right)))
        }
        other => Err(syn::Error::new_spanned(
            other,
            "names of route sets joined by | are needed",
        )),
    }
}

fn returns_step(item: &ItemFn) -> bool {
    match &item.sig.output {
        ReturnType::Type(_, kind) => match &**kind {
            Type::Path(path) => path.path.segments.last().is_some_and(|s| s.ident == "Step"),
            _ => false,
        },
        ReturnType::Default => false,
    }
}

/// What the parameters of a function become in the code made for it.
#[derive(Default)]
struct Arguments {
    /// The parameters that a script sees, for the catalog.
    entries: Vec<TokenStream>,
    /// Members that keep what is bound at load, with their types.
    fields: Vec<TokenStream>,
    /// The names of those members.
    field_names: Vec<Ident>,
    /// How each member is bound.
    binds: Vec<TokenStream>,
    /// How each argument of the script is evaluated at a call.
    evals: Vec<TokenStream>,
    /// What the function is called with, in its order.
    passed: Vec<TokenStream>,
}

impl Arguments {
    fn of(signature: &Signature) -> syn::Result<Arguments> {
        let mut arguments = Arguments::default();
        for (index, (name, parameter)) in parameters(signature)?.into_iter().enumerate() {
            let field = format_ident!("a{index}");
            match parameter {
                Parameter::Context => arguments.passed.push(quote!(call)),
                Parameter::Shared(module) => arguments.add_module(field, module),
                Parameter::Optional(kind) => {
                    arguments.add_argument(field, &name, kind, Presence::Optional);
                }
                Parameter::Value(kind) => {
                    arguments.add_argument(field, &name, kind, Presence::Required);
                }
            }
        }
        Ok(arguments)
    }

    /// The instance of a module, which a script does not see.
    fn add_module(&mut self, field: Ident, module: &Type) {
        self.fields.push(quote!(#field: std::sync::Arc<#module>));
        self.binds
            .push(quote!(p::bind_module::<#module>(site.span, binder)));
        self.passed.push(quote!(&self.#field));
        self.field_names.push(field);
    }

    fn add_argument(&mut self, field: Ident, name: &str, kind: &Type, presence: Presence) {
        let optional = matches!(presence, Presence::Optional);
        let position = self.entries.len();
        self.entries.push(quote!(p::ParamEntry {
            name: #name,
            kind: <#kind as p::ScriptArg>::KIND,
            optional: #optional,
        }));
        let (argument, bind) = match presence {
            Presence::Required => (quote!(#kind), quote!(p::bind_required::<#kind>)),
            Presence::Optional => (quote!(Option<#kind>), quote!(p::bind_optional::<#kind>)),
        };
        self.fields
            .push(quote!(#field: <#argument as p::ScriptArg>::Bound));
        self.binds.push(quote!(#bind(site, #position, binder)));
        self.evals.push(quote! {
            let #field = match <#argument as p::ScriptArg>::eval(&self.#field, call) {
                Ok(value) => value,
                Err(error) => return p::argument_failed(call, EXPORT.entry.name, #name, error),
            };
        });
        self.passed.push(quote!(#field));
        self.field_names.push(field);
    }
}

/// Whether a script must give an argument.
#[derive(Clone, Copy)]
enum Presence {
    Required,
    Optional,
}

pub fn expand(tokens: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let options = options(tokens)?;
    let item: ItemFn = syn::parse2(item)?;
    let documentation = doc::text(&item.attrs);
    if !documentation.contains("```cfg") {
        return Err(syn::Error::new_spanned(
            &item.sig.ident,
            "a doc comment with a summary line and a ```cfg example is needed",
        ));
    }
    if options.waits != returns_step(&item) {
        return Err(syn::Error::new_spanned(
            &item.sig.output,
            "`waits` and the return type `Step` go together",
        ));
    }
    let function = &item.sig.ident;
    let Arguments {
        entries,
        fields,
        field_names,
        binds,
        evals,
        passed,
    } = Arguments::of(&item.sig)?;
    let bound_names: Vec<Ident> = (0..binds.len())
        .map(|index| format_ident!("b{index}"))
        .collect();
    let Options {
        name,
        aliases,
        routes,
        waits,
        effect,
        compat,
    } = options;
    Ok(quote! {
        #item

        #[doc(hidden)]
        #[allow(unused_imports, unused_variables, missing_docs)]
        pub(crate) mod #function {
            use super::*;
            use ::module_api::__private as p;

            struct Bound { #(#fields,)* }

            impl p::BoundFunction for Bound {
                fn call(&self, call: &mut p::Call) -> p::Step {
                    #(#evals)*
                    p::Step::from(super::#function(#(#passed),*))
                }
            }

            fn bind(
                site: &p::ast::Call,
                binder: &mut p::Binder<'_>,
            ) -> Result<Box<dyn p::BoundFunction>, p::Diagnostic> {
                // All arguments are bound before the first mistake is told, so that none hides another.
                let mut first = None;
                #(
                    let bound = #binds;
                    let #bound_names = p::note_mistake(bound, &mut first, binder);
                )*
                if let Some(mistake) = first {
                    return Err(mistake);
                }
                #(
                    let Some(#bound_names) = #bound_names else {
                        return Err(p::lost_argument(site.span));
                    };
                )*
                Ok(Box::new(Bound { #(#field_names: #bound_names,)* }))
            }

            pub static EXPORT: p::FunctionExport = p::FunctionExport {
                entry: p::FunctionEntry {
                    name: #name,
                    aliases: &[#(#aliases),*],
                    doc: #documentation,
                    params: &[#(#entries),*],
                    routes: #routes,
                    waits: #waits,
                    effect: #effect,
                    compat: #compat,
                },
                bind,
            };
        }
    })
}
