//! Attribute macros that turn a Rust signature and its doc comment into what a script can name.
//!
//! They read signatures and do nothing clever: a parameter's type decides how it is bound. They know neither SIP nor
//! any module. Read `module_api::ScriptArg` for the kinds of arguments.

mod doc;
mod function;
mod params;
mod pvar;
mod rpc;
mod signature;
mod transformation;

use proc_macro::TokenStream;

/// Makes a Rust function callable from scripts: `#[script_function(NAME, routes = ANY)]`.
///
/// Options: `aliases(OTHER, …)`, `routes = ANY | REQUEST | …`, `waits` (needed when the function answers with a
/// `Step`), `answers`, `challenges` or `sends_on` to say what it does to a request,
/// `compat = partial("why") | accepted("why") | ours`. Parameters: `&mut Call`; `&M` for the instance of
/// module `M`; any other type is a `ScriptArg`, `Option<T>` one that may be left out.
#[proc_macro_attribute]
pub fn script_function(options: TokenStream, item: TokenStream) -> TokenStream {
    finish(function::expand(options.into(), item.into()))
}

/// Makes a Rust function the reader of a variable class: `#[pvar("ru", set = set_request_uri)]`.
///
/// Options: further names as strings; `set = FUNCTION`; `view = FUNCTION` (`fn(&Call) -> View<'_>`: the same value, borrowed
/// from the message); `int = FUNCTION` (`fn(&Call) -> Option<i64>`: the same value when it is an integer that takes no work to
/// find); `number = FUNCTION` (`fn(&mut Call) -> Option<i64>`: the number that a name of its value stands for); `asks = FUNCTION` (`Ask`: what has to be asked elsewhere before the variable can be read); `compat = …`.
/// Parameters: `&mut Call`, and `&T` for what the text in parentheses and the index are bound to (`T: PvarInner`); the setter
/// takes the value as well.
#[proc_macro_attribute]
pub fn pvar(options: TokenStream, item: TokenStream) -> TokenStream {
    finish(pvar::expand(options.into(), item.into()))
}

/// Makes a Rust function a transformation: `#[transformation("s.substr")]`.
///
/// Parameters: `&mut Call` if wanted, the `Value`, then one for each parameter (`T: TransformArg`, `Option<T>` for
/// one that may be left out), or one `&T` for all of them together (`T: TransformInner`).
#[proc_macro_attribute]
pub fn transformation(options: TokenStream, item: TokenStream) -> TokenStream {
    finish(transformation::expand(options.into(), item.into()))
}

/// Makes a Rust function an RPC command: `#[rpc("htable.dump")]`.
///
/// Options: `list` for a command that answers with a list even when there is only one value. Parameters: `&mut RpcCall`, and
/// `&M` for the instance of module `M`.
#[proc_macro_attribute]
pub fn rpc(options: TokenStream, item: TokenStream) -> TokenStream {
    finish(rpc::expand(options.into(), item.into()))
}

/// Makes a struct the parameters of a module, one documented field each.
///
/// Field options: `#[param(default = EXPR, range = A..=B, strict, name = "other", alias = "x", compat = …)]`; `shown = "…"` for a
/// default that the expression does not show, `skip` for a field that is no parameter, `group` for a parameter set whose
/// names appear beside the others.
#[proc_macro_derive(Params, attributes(param))]
pub fn params(item: TokenStream) -> TokenStream {
    finish(params::expand(item.into()))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
