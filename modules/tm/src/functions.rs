//! Script functions.

use crate::armed::{self, BranchArmed};
use crate::relay::{self, Way};
use crate::requests::{self, Check, Found};
use crate::{Tm, reply};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, RouteId, RouteKind, ScriptArg, Step,
    Text, TextSource, Verdict, script_function,
};

/// The name of a route block of one family; `0` and the empty text name none.
pub struct FamilyRoute<const KIND: u16>(Option<RouteId>);

/// Its kinds, as the parameter of [`FamilyRoute`].
pub const FAILURE: u16 = RouteKind::Failure as u16;
/// `branch_route`.
pub const BRANCH: u16 = RouteKind::Branch as u16;
/// `onreply_route`.
pub const REPLY: u16 = RouteKind::TransactionReply as u16;
/// `event_route[tm:branch-failure:NAME]`.
pub const BRANCH_FAILURE: u16 = RouteKind::BranchFailure as u16;

/// A route's name, bound.
pub struct FamilyRouteSource {
    text: TextSource,
    constant: Option<Option<RouteId>>,
}

fn kind_of(number: u16) -> RouteKind {
    match number {
        FAILURE => RouteKind::Failure,
        BRANCH => RouteKind::Branch,
        REPLY => RouteKind::TransactionReply,
        _ => RouteKind::BranchFailure,
    }
}

fn find(routes: &module_api::RouteNames, kind: RouteKind, name: &str) -> Option<RouteId> {
    let family = routes.family(kind);
    match kind {
        RouteKind::BranchFailure => family.get(&format!("tm:branch-failure:{name}")).copied(),
        _ => family.get(name).copied(),
    }
}

impl<const KIND: u16> ScriptArg for FamilyRoute<KIND> {
    type Bound = FamilyRouteSource;
    const KIND: ArgKind = ArgKind::Route;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = TextSource::bind(source, binder)?;
        let constant = text.as_constant().map(|name| {
            let name = name.to_str_lossy();
            let found = find(binder.routes, kind_of(KIND), &name);
            if found.is_none() && !matches!(&*name, "" | "0") {
                binder.diagnostics.push(Diagnostic::warning(
                    diagnostics::codes::routes::UNKNOWN_ROUTE,
                    source.span(),
                    format!("there is no {}[{name}]", kind_of(KIND).name()),
                ));
            }
            found
        });
        Ok(FamilyRouteSource { text, constant })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        if let Some(found) = bound.constant {
            return Ok(FamilyRoute(found));
        }
        let name = bound.text.text(call)?;
        let routes = &call.runtime.routes;
        Ok(FamilyRoute(find(
            routes,
            kind_of(KIND),
            &name.to_str_lossy(),
        )))
    }
}

/// Makes a transaction for the request; false when it has come before.
///
/// ```cfg
/// if (t_newtran()) t_reply("200", "OK");
/// ```
#[script_function(t_newtran, routes = REQUEST)]
fn t_newtran(tm: &Tm, call: &mut Call) -> Verdict {
    match requests::make(tm, call) {
        Found::New(_) => Verdict::TRUE,
        // Observed on 5.6.3.
        Found::Own(_) => Verdict(-10),
        Found::Again => Verdict::EXIT,
    }
}

/// Relays the request with state, to all branches of its destination set.
///
/// ```cfg
/// $du = "sip:127.0.0.1:5090";
/// if (!t_relay()) sl_reply_error();
/// ```
#[script_function(t_relay, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits)]
fn t_relay(tm: &Tm, call: &mut Call) -> Step {
    relay::begin(tm, call, Way::default())
}

/// Deals with what belongs to a transaction there is: a repeated request gets its response again and an ACK ends the sending
/// of a negative one, which both end the script. True for a CANCEL, for an ACK to a 2xx, and for a response that have one.
///
/// ```cfg
/// if (is_method("CANCEL")) {
///     if (t_check_trans()) t_relay();
///     exit;
/// }
/// t_check_trans();
/// ```
#[script_function(t_check_trans, routes = REQUEST | BRANCH | REPLY)]
fn t_check_trans(tm: &Tm, call: &mut Call) -> Verdict {
    match requests::check(tm, call) {
        Check::None => Verdict::FALSE,
        Check::Known(_) => Verdict::TRUE,
        Check::Absorbed => Verdict::EXIT,
    }
}

/// Whether there is a transaction for the request.
///
/// ```cfg
/// if (t_lookup_request()) xinfo("known\n");
/// ```
#[script_function(t_lookup_request, routes = REQUEST)]
fn t_lookup_request(tm: &Tm, call: &mut Call) -> Verdict {
    let matching = tm.params.matching();
    let message = call.message.clone();
    let found = call.transaction.is_some()
        || crate::table::look(call, |table| {
            table.of_request(&message, false, matching).is_some()
        })
        .unwrap_or(false);
    Verdict::of(found)
}

/// Answers in the transaction of the request; none when there is none.
pub fn reply_in_transaction(tm: &Tm, call: &mut Call, code: i64, reason: &[u8]) -> Option<Verdict> {
    call.transaction?;
    Some(reply_to(tm, call, code, reason))
}

fn reply_to(tm: &Tm, call: &mut Call, code: i64, reason: &[u8]) -> Verdict {
    let Some(id) = call.transaction else {
        call.error(format_args!("there is no transaction to answer in"));
        return Verdict::FALSE;
    };
    let Some(status) = u16::try_from(code)
        .ok()
        .filter(|code| (100..700).contains(code))
    else {
        call.error(format_args!("{code} is no status of a response"));
        return Verdict::FALSE;
    };
    Verdict::of(reply::respond(tm, call, id, status, reason))
}

/// Answers the request in its transaction.
///
/// ```cfg
/// t_newtran();
/// t_reply("404", "Not found");
/// ```
#[script_function(t_reply, routes = REQUEST | FAILURE | REPLY | BRANCH_FAILURE)]
fn t_reply(tm: &Tm, call: &mut Call, code: i64, reason: Text) -> Verdict {
    reply_to(tm, call, code, &reason)
}

/// Answers the request in its transaction, which is made when there is none.
///
/// ```cfg
/// t_send_reply("404", "Not found");
/// ```
#[script_function(t_send_reply, routes = REQUEST | FAILURE | REPLY)]
fn t_send_reply(tm: &Tm, call: &mut Call, code: i64, reason: Text) -> Verdict {
    if call.transaction.is_none()
        && call.message.is_request()
        && requests::make(tm, call) == Found::Again
    {
        return Verdict::EXIT;
    }
    reply_to(tm, call, code, &reason)
}

/// Asks for a `failure_route`, to be run when all branches have failed.
///
/// ```cfg
/// t_on_failure("BUSY");
/// ```
#[script_function(t_on_failure, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_failure(call: &mut Call, failure_route: FamilyRoute<FAILURE>) -> Verdict {
    if call.route == RouteKind::Branch {
        of_branch(call, |armed| armed.failure = failure_route.0);
    } else {
        armed::change(call, |armed| armed.failure = failure_route.0);
    }
    Verdict::TRUE
}

fn of_branch(call: &mut Call, change: impl FnOnce(&mut BranchArmed)) {
    let mut armed = call.notes.take::<BranchArmed>().unwrap_or_default();
    change(&mut armed);
    call.notes.set(armed);
}

/// Asks for a `branch_route`, to be run for each branch before it is sent.
///
/// ```cfg
/// t_on_branch("EACH");
/// ```
#[script_function(t_on_branch, routes = REQUEST | FAILURE)]
fn t_on_branch(call: &mut Call, branch_route: FamilyRoute<BRANCH>) -> Verdict {
    armed::change(call, |armed| armed.branch = branch_route.0);
    Verdict::TRUE
}

/// Asks for an `onreply_route`, to be run for each response.
///
/// ```cfg
/// t_on_reply("LOG");
/// ```
#[script_function(t_on_reply, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_reply(call: &mut Call, onreply_route: FamilyRoute<REPLY>) -> Verdict {
    if call.route == RouteKind::Branch {
        of_branch(call, |armed| armed.reply = onreply_route.0);
    } else {
        armed::change(call, |armed| armed.reply = onreply_route.0);
    }
    Verdict::TRUE
}

/// Asks for an `event_route[tm:branch-failure:NAME]`, to be run for each branch that fails.
///
/// ```cfg
/// t_on_branch_failure("flow");
/// ```
#[script_function(t_on_branch_failure, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_branch_failure(
    call: &mut Call,
    branch_failure_route: FamilyRoute<BRANCH_FAILURE>,
) -> Verdict {
    if call.route == RouteKind::Branch {
        of_branch(call, |armed| armed.branch_failure = branch_failure_route.0);
    } else {
        armed::change(call, |armed| armed.branch_failure = branch_failure_route.0);
    }
    Verdict::TRUE
}
