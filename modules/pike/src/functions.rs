//! Script functions.

use crate::Pike;
use crate::tree::Sighting;
use module_api::{Call, Text, Verdict, script_function};

/// Counts this request; false when its source sends too much: -2 when that begins, -1 while it lasts.
///
/// ```cfg
/// if (!pike_check_req()) exit;
/// ```
#[script_function(pike_check_req, routes = REQUEST | REPLY)]
fn pike_check_req(pike: &Pike, call: &mut Call) -> Verdict {
    let source = call.reception.peer.ip();
    verdict(pike.see(call, source))
}

/// Counts a request from `ipaddr`; false when there are too many: -2 when that begins, -1 while it lasts, or for what is no address.
///
/// ```cfg
/// if (!pike_check_ip("192.0.2.1")) exit;
/// ```
#[script_function(pike_check_ip, routes = REQUEST | REPLY)]
fn pike_check_ip(pike: &Pike, call: &mut Call, ipaddr: Text) -> Verdict {
    match sip::parse_address(&ipaddr) {
        Some(address) => verdict(pike.see(call, address)),
        None => {
            call.error(format_args!("`{ipaddr}` is no address"));
            Verdict::FALSE
        }
    }
}

fn verdict(sighting: Sighting) -> Verdict {
    match sighting {
        Sighting::Fine => Verdict::TRUE,
        Sighting::Flood => Verdict::FALSE,
        Sighting::NewFlood => Verdict(-2),
    }
}
