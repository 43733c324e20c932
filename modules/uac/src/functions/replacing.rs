//! Other names in From and To.

use crate::Uac;
use crate::replace::{self, Side};
use module_api::{Call, Text, Verdict, script_function};

/// Puts another URI into From; the display name stays.
///
/// As `restore_mode` says, responses and later requests of the dialog have the old one for its owner. Once for a message.
///
/// ```cfg
/// uac_replace_from("sip:anonymous@example.org");
/// ```
#[script_function(uac_replace_from, routes = REQUEST | BRANCH)]
fn uac_replace_from(uac: &Uac, call: &mut Call, uri: Text) -> Verdict {
    replace::replace(uac, call, Side::From, None, &uri)
}

/// Puts another display name and another URI into From. An empty `display` takes the name away, an empty `uri` leaves the URI.
///
/// ```cfg
/// uac_replace_from("\"Nobody\"", "sip:anonymous@example.org");
/// ```
#[script_function(uac_replace_from, routes = REQUEST | BRANCH)]
fn uac_replace_from_display(uac: &Uac, call: &mut Call, display: Text, uri: Text) -> Verdict {
    replace::replace(uac, call, Side::From, Some(&display), &uri)
}

/// Puts back what the caller's From was, as the Route of this request has it: into To where the request goes to the caller.
///
/// ```cfg
/// if (has_totag()) uac_restore_from();
/// ```
#[script_function(uac_restore_from, routes = REQUEST)]
fn uac_restore_from(uac: &Uac, call: &mut Call) -> Verdict {
    replace::restore_now(uac, call, Side::From)
}

/// Puts another URI into To; the display name stays.
///
/// ```cfg
/// uac_replace_to("sip:service@example.org");
/// ```
#[script_function(uac_replace_to, routes = REQUEST | BRANCH)]
fn uac_replace_to(uac: &Uac, call: &mut Call, uri: Text) -> Verdict {
    replace::replace(uac, call, Side::To, None, &uri)
}

/// Puts another display name and another URI into To. An empty `display` takes the name away, an empty `uri` leaves the URI.
///
/// ```cfg
/// uac_replace_to("Service", "");
/// ```
#[script_function(uac_replace_to, routes = REQUEST | BRANCH)]
fn uac_replace_to_display(uac: &Uac, call: &mut Call, display: Text, uri: Text) -> Verdict {
    replace::replace(uac, call, Side::To, Some(&display), &uri)
}

/// Puts back what the caller's To was, as the Route of this request has it: into From where the request goes to the caller.
///
/// ```cfg
/// if (has_totag()) uac_restore_to();
/// ```
#[script_function(uac_restore_to, routes = REQUEST)]
fn uac_restore_to(uac: &Uac, call: &mut Call) -> Verdict {
    replace::restore_now(uac, call, Side::To)
}
