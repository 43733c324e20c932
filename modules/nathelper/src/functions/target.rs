//! Where requests go to, and registrations come from.

use crate::{Nathelper, contact};
use module_api::{Call, Text, Verdict, script_function};
use sip::Uri;
use sip::alias::{self, AliasError};

/// Takes the `alias` out of the Request-URI and makes the address in it the next hop.
///
/// The first alias is taken, with a `mode` other than 0 the last. The return code is 1 when there was one, 2 when there was none.
///
/// ```cfg
/// $ru = "sip:bob@10.0.0.1;alias=192.0.2.1~5062~2";
/// handle_ruri_alias();
/// xinfo("$ru by $du\n");   # log: sip:bob@10.0.0.1 by sip:192.0.2.1:5062;transport=tcp
/// ```
#[script_function(handle_ruri_alias, routes = REQUEST | BRANCH | LOCAL)]
fn handle_ruri_alias(nathelper: &Nathelper, call: &mut Call, mode: Option<i64>) -> Verdict {
    let name = &nathelper.params.alias_name;
    let Ok(uri) = Uri::parse(call.request_uri()) else {
        return Verdict::FALSE;
    };
    let mut aliases = uri.params().filter(|param| param.is(name));
    let found = match mode {
        None | Some(0) => aliases.next(),
        Some(_) => aliases.last(),
    };
    let Some(param) = found else {
        return Verdict(2);
    };
    match alias::uri(param.value.unwrap_or_default()) {
        Ok(next_hop) => {
            let text = uri.text();
            let (start, end) = (param.span.start as usize, param.span.end as usize);
            let before = text.get(..start).unwrap_or_default();
            let without = Text::concat(&[before, text.get(end..).unwrap_or_default()]);
            call.set_request_uri(without);
            call.set_next_hop(next_hop);
            Verdict::TRUE
        }
        Err(AliasError::Other) => Verdict(2),
        Err(AliasError::Malformed) => {
            call.error(format_args!("the alias in the Request-URI cannot be read"));
            Verdict::FALSE
        }
    }
}

/// Puts the source of the request as a URI into the variable of `received_avp`, where the module registrar looks for it.
///
/// ```cfg
/// if (is_method("REGISTER")) fix_nated_register();
/// ```
#[script_function(fix_nated_register, routes = REQUEST)]
fn fix_nated_register(nathelper: &Nathelper, call: &mut Call) -> Verdict {
    let Some(variable) = nathelper.received.get() else {
        call.error(format_args!(
            "the parameter `received_avp` of nathelper is not set"
        ));
        return Verdict::FALSE;
    };
    let source = contact::source_uri(call);
    Verdict::of(variable.set(call, source.into()).is_ok())
}
