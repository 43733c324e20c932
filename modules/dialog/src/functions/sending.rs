//! Requests that the script has sent within dialogs.

use crate::context;
use crate::dialog::{Dialog, Side};
use crate::requests::{self, Bridge, Within};
use crate::{Dialogs, early, table::Names};
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text, Verdict,
    script_function,
};
use std::sync::Arc;

/// One side of a dialog, or both.
#[derive(Clone, Copy)]
pub struct SideArg(Option<Side>);

impl ScriptArg for SideArg {
    type Bound = SideArg;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        side(source.literal().unwrap_or_default().as_bytes())
            .map(SideArg)
            .ok_or_else(|| source.error("a side is `caller`, `callee` or `all`"))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(*bound)
    }
}

fn side(name: &[u8]) -> Option<Option<Side>> {
    Some(match name {
        b"caller" => Some(Side::Caller),
        b"callee" => Some(Side::Callee),
        b"all" => None,
        _ => return None,
    })
}

/// Hangs up: sends a BYE to the `caller`, the `callee`, or to `all`.
///
/// Before the answer the caller gets the response of `bye_early_code`, the callee a CANCEL.
///
/// ```cfg
/// if (!dlg_bye("all")) xinfo("no dialog\n");   # log: no dialog
/// ```
#[script_function(dlg_bye, routes = ANY)]
fn dlg_bye(dialogs: &Dialogs, call: &mut Call, side: SideArg) -> Verdict {
    let (Some(dialog), Some(owner)) = (context::current(dialogs, call), owner(call)) else {
        return Verdict::FALSE;
    };
    let runtime = &call.runtime;
    let is_answered = dialog.body().state.is_answered();
    Verdict::of(match side.0 {
        None => requests::terminate(&owner, runtime, &dialog, &[]),
        Some(side) if !is_answered => early::end(dialogs, runtime, &dialog, Some(side)),
        Some(side) => requests::bye(&owner, runtime, &dialog, side, &[]),
    })
}

fn owner(call: &Call) -> Option<Arc<Dialogs>> {
    call.runtime.module::<Dialogs>()
}

fn refer(call: &mut Call, dialog: Option<Arc<Dialog>>, from: Side, address: &Text) -> Verdict {
    let (Some(dialog), Some(owner)) = (dialog, owner(call)) else {
        return Verdict::FALSE;
    };
    // COMPAT: the REFER goes out on behalf of that side, hence to the other (observed on 5.6.3).
    let to = match from {
        Side::Caller => Side::Callee,
        Side::Callee => Side::Caller,
    };
    Verdict::of(requests::refer(&owner, &call.runtime, &dialog, to, address))
}

/// Sends a REFER to `address` on behalf of one side of the dialog, and hangs up when it is accepted.
///
/// ```cfg
/// if (!dlg_refer("caller", "sip:announcement@example.org")) xinfo("no dialog\n");   # log: no dialog
/// ```
#[script_function(dlg_refer, routes = ANY)]
fn dlg_refer(dialogs: &Dialogs, call: &mut Call, side: SideArg, address: Text) -> Verdict {
    let dialog = context::current(dialogs, call);
    refer(call, dialog, side.0.unwrap_or(Side::Caller), &address)
}

/// Does what `dlg_refer` does with the dialog of these two numbers.
///
/// ```cfg
/// if (!dlg_refer_did("1", "2", "caller", "sip:announcement@example.org")) xinfo("no dialog\n");   # log: no dialog
/// ```
#[script_function(dlg_refer_did, routes = ANY)]
fn dlg_refer_did(
    dialogs: &Dialogs,
    call: &mut Call,
    h_entry: i64,
    h_id: i64,
    side: Text,
    address: Text,
) -> Verdict {
    let place = (u32::try_from(h_entry), u32::try_from(h_id));
    let (Ok(entry), Ok(id)) = place else {
        return Verdict::FALSE;
    };
    let dialog = dialogs.table().get(entry, id);
    refer_by_name(call, dialog, &side, &address)
}

/// Does what `dlg_refer` does with the dialog of a Call-ID.
///
/// ```cfg
/// if (!dlg_refer_cid("abc", "caller", "sip:announcement@example.org")) xinfo("no dialog\n");   # log: no dialog
/// ```
#[script_function(dlg_refer_cid, routes = ANY)]
fn dlg_refer_cid(
    dialogs: &Dialogs,
    call: &mut Call,
    callid: Text,
    side: Text,
    address: Text,
) -> Verdict {
    let dialog = dialogs.table().find(&callid, |body| body.state.is_active());
    refer_by_name(call, dialog, &side, &address)
}

fn refer_by_name(
    call: &mut Call,
    dialog: Option<Arc<Dialog>>,
    name: &Text,
    address: &Text,
) -> Verdict {
    match side(name).flatten() {
        Some(from) => refer(call, dialog, from, address),
        None => {
            call.error(format_args!("a side is `caller` or `callee`, not `{name}`"));
            Verdict::FALSE
        }
    }
}

/// Calls `from` with an INVITE that holds, and refers whoever answers to `to`. The INVITE goes by way of `op`, unless that is `.`.
///
/// ```cfg
/// dlg_bridge("sip:user@127.0.0.1:5070", "sip:announcement@example.org", "sip:127.0.0.1:5070");
/// ```
#[script_function(dlg_bridge, routes = ANY)]
fn dlg_bridge(call: &mut Call, from: Text, to: Text, op: Text) -> Verdict {
    let Some(owner) = owner(call) else {
        return Verdict::FALSE;
    };
    let bridge = Bridge {
        from,
        to,
        proxy: (!op.is_empty() && op != ".").then_some(op),
        body: None,
    };
    Verdict::of(requests::bridge(&owner, &call.runtime, bridge))
}

/// Sends a request within the dialog to one side, with header lines and a body of that type if given.
///
/// ```cfg
/// if (!dlg_req_within("callee", "INFO", "X-Hint: bye soon\r\n")) xinfo("no dialog\n");   # log: no dialog
/// ```
#[script_function(dlg_req_within, routes = ANY)]
fn dlg_req_within(
    dialogs: &Dialogs,
    call: &mut Call,
    side: SideArg,
    method: Text,
    headers: Option<Text>,
    content_type: Option<Text>,
    content: Option<Text>,
) -> Verdict {
    let Some(dialog) = context::current(dialogs, call) else {
        return Verdict::FALSE;
    };
    let mut lines = headers.map(|lines| lines.to_vec()).unwrap_or_default();
    let body = content.unwrap_or_default();
    if let Some(content_type) = content_type.filter(|_| !body.is_empty()) {
        if !lines.is_empty() && !lines.ends_with(b"\r\n") {
            lines.extend_from_slice(b"\r\n");
        }
        for part in [b"Content-Type: ", &content_type[..], b"\r\n"] {
            lines.extend_from_slice(part);
        }
    }
    let request = Within {
        method,
        headers: Text::from(lines),
        body,
        keeps_number: false,
    };
    let sides = match side.0 {
        Some(side) => vec![side],
        None => vec![Side::Caller, Side::Callee],
    };
    let runtime = call.runtime.clone();
    let mut sent = sides
        .into_iter()
        .map(|to| requests::send_within(dialogs, &runtime, &dialog, to, &request, None));
    Verdict::of(sent.all(|is_sent| is_sent))
}

/// The dialog of three names, for commands.
pub fn named(dialogs: &Dialogs, names: [&Text; 3]) -> Option<Arc<Dialog>> {
    let [call_id, from_tag, to_tag] = names;
    let names = Names {
        call_id,
        from_tag,
        to_tag,
    };
    dialogs.table().named(names).map(|(dialog, _)| dialog)
}
