//! Routes asked for.

use crate::armed::{self, Armed};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, RouteId, RouteKind, ScriptArg, Text,
    TextSource, Verdict, script_function,
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

/// Asks for a `failure_route`, to be run when all branches have failed: that of the branch whose response is chosen, which has
/// what was asked for when it was made.
///
/// ```cfg
/// t_on_failure("BUSY");
/// ```
#[script_function(t_on_failure, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_failure(call: &mut Call, failure_route: FamilyRoute<FAILURE>) -> Verdict {
    armed::change(call, |armed| armed.failure = failure_route.0);
    Verdict::TRUE
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

/// Asks for an `onreply_route`, to be run for each response to the branches that are made from now on.
///
/// ```cfg
/// t_on_reply("LOG");
/// ```
#[script_function(t_on_reply, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_reply(call: &mut Call, onreply_route: FamilyRoute<REPLY>) -> Verdict {
    armed::change(call, |armed| armed.reply = onreply_route.0);
    Verdict::TRUE
}

/// Asks for an `event_route[tm:branch-failure:NAME]`, to be run for each of the branches made from now on that fails.
///
/// ```cfg
/// t_on_branch_failure("flow");
/// ```
#[script_function(t_on_branch_failure, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_on_branch_failure(
    call: &mut Call,
    branch_failure_route: FamilyRoute<BRANCH_FAILURE>,
) -> Verdict {
    armed::change(call, |armed| armed.branch_failure = branch_failure_route.0);
    Verdict::TRUE
}

/// Whether a route of the kind `target` is asked for: `failure_route`, `branch_route`, `onreply_route`, or
/// `branch_failure_route`.
///
/// ```cfg
/// if (!t_is_set("failure_route")) t_on_failure("BUSY");
/// ```
#[script_function(t_is_set, routes = ANY)]
fn t_is_set(call: &mut Call, target: Text) -> Verdict {
    let Armed {
        failure,
        branch,
        reply,
        branch_failure,
        ..
    } = armed::current(call);
    let route = match target.as_bytes() {
        b"failure_route" => failure,
        // Observed on 5.6.3: while it is run it is not to come.
        b"branch_route" => branch.filter(|_| call.route != RouteKind::Branch),
        b"onreply_route" | b"reply_route" => reply,
        b"branch_failure_route" => branch_failure,
        _ => {
            call.error(format_args!("there is no kind of route `{target}`"));
            None
        }
    };
    Verdict::of(route.is_some())
}
