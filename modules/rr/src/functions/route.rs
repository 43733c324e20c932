//! Following the route.

use crate::Rr;
use crate::loose::{self, Direction, Mode};
use module_api::{
    ArgKind, ArgSource, Binder, Call, Diagnostic, Regex, ScriptArg, Verdict, script_function,
};

/// Routes the request by its Route header fields.
///
/// Ours are removed; the next becomes the next hop. 1 when the request can be sent on, 2 when it goes over the flow that a token
/// names, -1 when there is no Route, -2 when a token is forged, -3 when a request outside of dialogs had no other Route than ours.
///
/// ```cfg
/// if (!loose_route()) xinfo("no Route\n");   # log: no Route
/// ```
#[script_function(loose_route, routes = REQUEST)]
fn loose_route(rr: &Rr, call: &mut Call) -> Verdict {
    let mode = Mode::from(rr.params.loose_route_mode);
    loose::route(rr, call, mode)
}

/// Does what `loose_route` does; true when the request is outside of dialogs and its only Route was ours.
///
/// ```cfg
/// if (!loose_route_preloaded()) xinfo("not by us\n");   # log: not by us
/// ```
#[script_function(loose_route_preloaded, routes = REQUEST)]
fn loose_route_preloaded(rr: &Rr, call: &mut Call) -> Verdict {
    let mode = Mode::from(rr.params.loose_route_mode);
    let verdict = loose::route(rr, call, mode);
    Verdict::of(loose::is_preloaded(verdict))
}

/// Does what `loose_route` does, but for what `mode` leaves out, the sum of 1: a Request-URI that is ours is not taken for the work
/// of a strict router; and 2: the user of our Route is not taken for a flow token.
///
/// ```cfg
/// if (!loose_route_mode("1")) xinfo("no Route\n");   # log: no Route
/// ```
#[script_function(loose_route_mode, routes = REQUEST)]
fn loose_route_mode(rr: &Rr, call: &mut Call, mode: i64) -> Verdict {
    loose::route(rr, call, Mode::from(mode))
}

/// A direction, by its name.
struct DirectionArg(Direction);

impl ScriptArg for DirectionArg {
    type Bound = Direction;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let name = source.literal().unwrap_or_default();
        if name.eq_ignore_ascii_case("downstream") {
            Ok(Direction::Downstream)
        } else if name.eq_ignore_ascii_case("upstream") {
            Ok(Direction::Upstream)
        } else {
            Err(source.error("a direction is `downstream` or `upstream`"))
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, module_api::ArgError> {
        Ok(DirectionArg(*bound))
    }
}

/// Whether the request goes `downstream`, from who began the dialog to the other, or `upstream`.
///
/// It is known by the `ftag` of our Route; without one a request counts as going downstream.
///
/// ```cfg
/// if (is_direction("downstream")) xinfo("down\n");   # log: down
/// ```
#[script_function(is_direction, routes = REQUEST)]
fn is_direction(rr: &Rr, call: &mut Call, direction: DirectionArg) -> Verdict {
    Verdict::of(rr.direction(call) == direction.0)
}

/// Whether the parameters of our Route match `pattern`. They begin with a semicolon.
///
/// ```cfg
/// if (loose_route() && check_route_param("nat=yes")) xinfo("behind a NAT\n");
/// ```
#[script_function(check_route_param, routes = REQUEST)]
fn check_route_param(rr: &Rr, call: &mut Call, pattern: Regex) -> Verdict {
    let params = loose::shown_params(rr, call);
    Verdict::of(params.is_some_and(|params| pattern.0.is_match(&params)))
}

/// Whether there was another Route behind ours; it is the next hop.
///
/// ```cfg
/// if (loose_route() && rr_next_hop_route()) xinfo("to $du\n");
/// ```
#[script_function(rr_next_hop_route, routes = ANY)]
fn rr_next_hop_route(call: &mut Call) -> Verdict {
    Verdict::of(loose::has_next(call))
}
