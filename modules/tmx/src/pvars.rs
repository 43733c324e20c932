//! Variables.

use mod_tm::view;
use module_api::relay::ChangedStatus;
use module_api::{
    Binder, Call, Diagnostic, Flags, InnerText, PvarInner, PvarSpec, Reception, RouteKind, Text,
    Value, pvar,
};
use sip::{Message, Method};

/// Observed on 5.6.3: the core's reply route and the onsend route are outside of any transaction.
fn is_outside(call: &Call) -> bool {
    matches!(call.route, RouteKind::CoreReply | RouteKind::Onsend)
}

fn index(call: &mut Call) -> Value {
    Value::Int(if is_outside(call) {
        -1
    } else {
        view::branch_index(call)
    })
}

/// The index of the branch that a branch, reply or branch-failure route is about; -1 in the core's reply route and in the
/// onsend route; in the script of a request how many branches it has added, in a failure route those of the transaction too.
#[pvar("T_branch_idx")]
fn branch_idx(call: &mut Call) -> Value {
    index(call)
}

fn code(call: &mut Call) -> Value {
    if call.route == RouteKind::Onsend {
        return Value::Int(0);
    }
    Value::Int(view::reply(call).map_or(0, |reply| i64::from(reply.status)))
}

/// The status of the response at hand, of the chosen one in a failure route, or of the last one sent; 0 when there is none.
#[pvar("T_reply_code")]
fn reply_code(call: &mut Call) -> Value {
    code(call)
}

/// Observed on 5.6.3: empty where there is no response, and where it was made here.
fn reason(call: &mut Call) -> Value {
    let is_told_of = |reply: &view::Reply| !reply.is_local;
    let is_told = !call.message.is_request()
        || call.route == RouteKind::Failure
        || call.notes.get::<view::Reply>().is_some_and(is_told_of);
    let reply = if is_told { view::reply(call) } else { None };
    Value::Str(reply.map(|reply| reply.reason).unwrap_or_default())
}

/// The reason phrase of the response at hand, or of the chosen one in a failure route; empty elsewhere.
#[pvar("T_reply_reason")]
fn reply_reason(call: &mut Call) -> Value {
    reason(call)
}

fn last(call: &mut Call) -> Value {
    match view::last_received(call) {
        Some(status) if status > 0 && call.route == RouteKind::TransactionReply => {
            Value::Int(i64::from(status))
        }
        _ => Value::Str(Text::default()),
    }
}

/// In an onreply route, the status of the last response received; empty elsewhere.
#[pvar("T_reply_last")]
fn reply_last(call: &mut Call) -> Value {
    last(call)
}

fn ruid(call: &mut Call) -> Value {
    Value::from_option(branch_ruid(call))
}

fn branch_ruid(call: &mut Call) -> Option<Text> {
    match call.route {
        RouteKind::Branch => call.target.ruid().cloned(),
        _ => view::target(call).and_then(|target| target.ruid().cloned()),
    }
}

/// The ruid of the branch at hand, or of the chosen one in a failure route; empty when it has none.
#[pvar("T_reply_ruid")]
fn reply_ruid(call: &mut Call) -> Value {
    Value::Str(branch_ruid(call).unwrap_or_default())
}

/// While a response is dealt with, a variable of the request of its transaction, such as `$T_req($si)`; else `$null`.
#[pvar("T_req")]
fn request(call: &mut Call, inner: &InnerText) -> Value {
    if call.message.is_request() {
        return Value::Null;
    }
    match view::request(call) {
        Some((message, reception, flags)) => of_request(call, inner, message, reception, flags),
        None => Value::Null,
    }
}

/// A variable of a request with its flags.
fn of_request(
    call: &mut Call,
    inner: &InnerText,
    message: Message,
    reception: Reception,
    mut flags: Flags,
) -> Value {
    std::mem::swap(&mut call.flags, &mut flags);
    let value = view::with_message(call, message, Some(reception), |call| inner.0.value(call));
    std::mem::swap(&mut call.flags, &mut flags);
    value
}

/// In a failure or branch-failure route, a variable of the response that it is about, such as `$T_rpl($rs)`; `$null` elsewhere,
/// and when nothing was received.
#[pvar("T_rpl")]
fn reply(call: &mut Call, inner: &InnerText) -> Value {
    if !matches!(call.route, RouteKind::Failure | RouteKind::BranchFailure) {
        return Value::Null;
    }
    let Some(reply) = view::reply(call) else {
        return Value::Null;
    };
    let Some((message, reception)) = reply.message else {
        return Value::Null;
    };
    let (status, reason) = (reply.status, reply.reason);
    let is_changed = status != message.status();
    view::with_message(call, message, reception, |call| {
        if is_changed {
            call.notes.set(ChangedStatus { status, reason });
        }
        let value = inner.0.value(call);
        if is_changed {
            call.notes.take::<ChangedStatus>();
        }
        value
    })
}

/// A variable of the INVITE that the CANCEL at hand is for, such as `$T_inv($mf)`; `$null` when there is none.
#[pvar("T_inv")]
fn invite(call: &mut Call, inner: &InnerText) -> Value {
    if call.message.method() != Method::Cancel {
        return Value::Null;
    }
    match view::invite(call) {
        Some((message, reception, flags)) => of_request(call, inner, message, reception, flags),
        None => Value::Null,
    }
}

/// What can be asked about a transaction and its branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attribute {
    Index,
    Label,
    IndexNew,
    LabelNew,
    ReplyCode,
    ReplyReason,
    ReplyLast,
    ReplyType,
    BranchIndex,
    Ruid,
    Flags,
    Uri,
}

impl PvarInner for Attribute {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(match spec.inner() {
            "id_index" => Attribute::Index,
            "id_label" => Attribute::Label,
            "id_index_n" => Attribute::IndexNew,
            "id_label_n" => Attribute::LabelNew,
            "reply_code" => Attribute::ReplyCode,
            "reply_reason" => Attribute::ReplyReason,
            "reply_last" => Attribute::ReplyLast,
            "reply_type" => Attribute::ReplyType,
            "branch_index" => Attribute::BranchIndex,
            "ruid" => Attribute::Ruid,
            "flags" => Attribute::Flags,
            "uri" => Attribute::Uri,
            other => {
                return Err(Diagnostic::error(
                    diagnostics::codes::names::BAD_VARIABLE_NAME,
                    spec.span(),
                    format!("transactions have no attribute `{other}`"),
                ));
            }
        })
    }
}

impl Attribute {
    fn read(self, call: &mut Call) -> Value {
        match self {
            Attribute::Index => match view::shown(call) {
                Some((index, _)) => Value::Int(index),
                None => Value::Null,
            },
            Attribute::Label => match view::shown(call) {
                Some((_, label)) => Value::Int(label),
                None => Value::Null,
            },
            Attribute::IndexNew | Attribute::LabelNew => {
                if call.message.is_request() && call.route == RouteKind::Request {
                    mod_tm::ensure(call);
                }
                match (self, view::shown(call)) {
                    (Attribute::IndexNew, Some((index, _))) => Value::Int(index),
                    (_, Some((_, label))) => Value::Int(label),
                    _ => Value::Null,
                }
            }
            Attribute::ReplyCode => code(call),
            Attribute::ReplyReason => reason(call),
            Attribute::ReplyLast => last(call),
            Attribute::ReplyType => reply_type(call),
            Attribute::BranchIndex => index(call),
            Attribute::Ruid => ruid(call),
            Attribute::Flags => match view::target(call) {
                Some(target) => Value::Int(i64::from(target.flags)),
                None => Value::Null,
            },
            // Observed on 5.6.3: elsewhere the Request-URI tells it.
            Attribute::Uri if call.route == RouteKind::TransactionReply => {
                Value::from_option(view::target(call).and_then(|target| target.uri))
            }
            Attribute::Uri => Value::Null,
        }
    }
}

/// 1 in a failure route for a response that was made here, else 0; `$null` without a transaction.
fn reply_type(call: &mut Call) -> Value {
    if call.route == RouteKind::CoreReply {
        return Value::Null;
    }
    let Some(reply) = view::reply(call) else {
        return Value::Null;
    };
    let is_about_failure = matches!(call.route, RouteKind::Failure | RouteKind::BranchFailure);
    Value::Int(i64::from(is_about_failure && reply.is_local))
}

/// An attribute of the transaction: `id_index` and `id_label` name it (`id_index_n` and `id_label_n` make it when there is none);
/// `reply_code`, `reply_reason`, `reply_last`, `reply_type` (1: made here), `branch_index`, `ruid`, `flags`, `uri`.
#[pvar("T")]
fn transaction(call: &mut Call, attribute: &Attribute) -> Value {
    attribute.read(call)
}

/// An attribute of the branch that has had a response, or of the chosen one in a failure route: `flags`, `ruid`, and in an onreply
/// route `uri`.
#[pvar("T_branch")]
fn branch(call: &mut Call, attribute: &Attribute) -> Value {
    attribute.read(call)
}
