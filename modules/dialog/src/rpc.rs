//! RPC commands.

use crate::Dialogs;
use crate::dialog::{Body, Dialog, Side, State};
use crate::ending;
use crate::functions::sending::named;
use crate::lookup::Choice;
use crate::packed::Field;
use crate::requests::{self, Bridge};
use crate::track::seconds;
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Runtime, Text, rpc};
use std::sync::Arc;

fn owner(call: &RpcCall) -> Result<Arc<Dialogs>, Fault> {
    call.runtime
        .module::<Dialogs>()
        .ok_or_else(|| Fault::new(500, "internal error"))
}

fn text(body: &Body, field: Field, is_known: bool) -> RpcValue {
    match body.texts.get(field) {
        Some(text) => RpcValue::Str(Text::from(text)),
        None if is_known => RpcValue::from(""),
        None => RpcValue::Null,
    }
}

fn party(runtime: &Runtime, body: &Body, side: Side) -> RpcStruct {
    let is_known = side == Side::Caller || body.answered > 0;
    let (tag, contact, routes, number, socket) = match side {
        Side::Caller => (
            Field::FromTag,
            Field::CallerContact,
            Field::CallerRoutes,
            body.caller_number,
            body.caller_socket,
        ),
        Side::Callee => (
            Field::ToTag,
            Field::CalleeContact,
            Field::CalleeRoutes,
            body.callee_number,
            body.callee_socket,
        ),
    };
    let socket = socket.and_then(|id| runtime.sockets.get(id));
    let mut shown = RpcStruct::new();
    shown
        .add("tag", text(body, tag, is_known))
        .add("contact", text(body, contact, is_known));
    match is_known {
        true => shown.add("cseq", Text::from(i64::from(number))),
        false => shown.add("cseq", RpcValue::Null),
    };
    shown.add("route_set", text(body, routes, is_known));
    match socket {
        Some(socket) => shown.add("socket", socket.text()),
        None => shown.add("socket", RpcValue::Null),
    };
    shown
}

/// A dialog as commands show it.
fn whole(dialogs: &Dialogs, runtime: &Runtime, dialog: &Dialog) -> RpcStruct {
    let body = dialog.body();
    let now = seconds(runtime.host.unix_time());
    let number = i64::from;
    let mut shown = RpcStruct::new();
    shown
        .add("h_entry", number(dialog.entry))
        .add("h_id", number(dialog.id))
        .add("ref", 1)
        .add("call-id", text(&body, Field::CallId, true))
        .add("from_uri", text(&body, Field::FromUri, true))
        .add("to_uri", text(&body, Field::ToUri, true))
        .add("state", body.state as i64)
        .add("start_ts", number(body.answered))
        .add("init_ts", number(body.created))
        .add("end_ts", number(body.ended))
        .add("duration", number(body.duration(now)))
        .add("timeout", number(body.deadline))
        .add("lifetime", number(body.lifetime))
        .add("dflags", i64::from(body.marks))
        .add("sflags", number(body.flags))
        .add("iflags", i64::from(body.properties.0))
        .add("caller", party(runtime, &body, Side::Caller))
        .add("callee", party(runtime, &body, Side::Callee));
    let mut profiles = Vec::new();
    for membership in body.profiles() {
        let Some(profile) = dialogs.profiles().get(membership.profile) else {
            continue;
        };
        profiles.push(match profile.has_values {
            true => {
                let mut item = RpcStruct::new();
                item.add(profile.name.clone(), membership.value.clone());
                item.into()
            }
            false => RpcValue::Str(profile.name.clone()),
        });
    }
    let variables = body.variables().iter().map(|(name, value)| {
        let mut item = RpcStruct::new();
        item.add(name.clone(), value.clone());
        item.into()
    });
    shown
        .add("profiles", RpcValue::Array(profiles))
        .add("variables", RpcValue::Array(variables.collect()));
    shown
}

fn show(
    dialogs: &Dialogs,
    call: &mut RpcCall,
    most: usize,
    mut takes: impl FnMut(&Arc<Dialog>) -> bool,
) {
    let runtime = call.runtime.clone();
    let mut shown = 0;
    dialogs.table().for_each(|dialog| {
        if takes(dialog) {
            call.add(whole(dialogs, &runtime, dialog));
            shown += 1;
        }
        shown < most
    });
}

/// Shows all dialogs: `dlg.list`.
#[rpc("dlg.list", list)]
fn list(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    show(dialogs, call, usize::MAX, |_| true);
    Ok(())
}

/// Shows all dialogs, with what modules on top of this one keep with them: `dlg.list_ctx`.
#[rpc("dlg.list_ctx", list)]
fn list_ctx(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    show(dialogs, call, usize::MAX, |_| true);
    Ok(())
}

/// Shows the dialogs of a call: `dlg.dlg_list CALLID [FROM_TAG]`.
#[rpc("dlg.dlg_list")]
fn dlg_list(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    one(dialogs, call)
}

/// As `dlg.dlg_list`, with what modules on top of this one keep with them: `dlg.dlg_list_ctx CALLID [FROM_TAG]`.
#[rpc("dlg.dlg_list_ctx")]
fn dlg_list_ctx(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    one(dialogs, call)
}

fn one(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let call_id = call.text()?;
    let tag = call.optional_text()?;
    let found = dialogs.table().find(&call_id, |body| {
        let own = body.texts.text(Field::FromTag);
        tag.as_ref().is_none_or(|tag| **tag == *own)
    });
    if let Some(dialog) = found {
        let runtime = call.runtime.clone();
        call.add(whole(dialogs, &runtime, &dialog));
    }
    Ok(())
}

/// Shows the dialogs that fit: `dlg.list_match KEY OPERATOR VALUE [LIMIT]`.
#[rpc("dlg.list_match", list)]
fn list_match(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    fitting(dialogs, call)
}

/// As `dlg.list_match`, with what modules on top of this one keep with them.
#[rpc("dlg.list_match_ctx", list)]
fn list_match_ctx(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    fitting(dialogs, call)
}

fn fitting(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(3, 500, "Invalid parameters")?;
    let (key, operator, value) = (call.text()?, call.text()?, call.text()?);
    let limit = call.optional_int()?.filter(|limit| *limit > 0);
    let choice = Choice::read(&key, &operator, value).map_err(|wrong| Fault::new(500, wrong))?;
    let most = limit.and_then(|limit| usize::try_from(limit).ok());
    show(dialogs, call, most.unwrap_or(usize::MAX), |dialog| {
        choice.takes(&dialog.body())
    });
    match call.reply.is_empty() {
        true => Err(Fault::new(404, "Not found")),
        false => Ok(()),
    }
}

/// Shows a few values of all dialogs: `dlg.briefing [LETTERS]`, which are of `ftcFTISEs`.
#[rpc("dlg.briefing", list)]
fn briefing(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let letters = call.optional_text()?;
    let letters = letters.unwrap_or_else(|| Text::from_static("ftcFT"));
    dialogs.table().for_each(|dialog| {
        let body = dialog.body();
        let mut shown = RpcStruct::new();
        shown
            .add("h_entry", i64::from(dialog.entry))
            .add("h_id", i64::from(dialog.id));
        for letter in letters.iter() {
            match letter {
                b'f' => shown.add("from_uri", text(&body, Field::FromUri, true)),
                b't' => shown.add("to_uri", text(&body, Field::ToUri, true)),
                b'c' => shown.add("call-id", text(&body, Field::CallId, true)),
                b'F' => shown.add("from_tag", text(&body, Field::FromTag, true)),
                b'T' => shown.add("to_tag", text(&body, Field::ToTag, true)),
                b'I' => shown.add("init_ts", i64::from(body.created)),
                b'S' => shown.add("start_ts", i64::from(body.answered)),
                b'E' => shown.add("end_ts", i64::from(body.ended)),
                b's' => shown.add("state", body.state as i64),
                _ => &mut shown,
            };
        }
        call.add(shown);
        true
    });
    Ok(())
}

/// Writes all dialogs to a file, one JSON object a line: `dlg.dump_file FILE`.
#[rpc("dlg.dump_file")]
fn dump_file(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let path = call.text()?;
    let runtime = call.runtime.clone();
    let mut out = Vec::new();
    dialogs.table().for_each(|dialog| {
        let value = json(RpcValue::from(whole(dialogs, &runtime, dialog)));
        out.extend_from_slice(value.to_string().as_bytes());
        out.push(b'\n');
        true
    });
    std::fs::write(&*path.to_str_lossy(), out)
        .map_err(|error| Fault::new(500, format!("the file cannot be written: {error}")))
}

fn json_member((name, value): (Text, RpcValue)) -> (String, serde_json::Value) {
    (name.to_str_lossy().into_owned(), json(value))
}

fn json(value: RpcValue) -> serde_json::Value {
    match value {
        RpcValue::Int(number) => number.into(),
        RpcValue::Double(number) => number.into(),
        RpcValue::Str(text) => serde_json::Value::from(text.to_str_lossy()),
        RpcValue::Null => serde_json::Value::Null,
        RpcValue::Array(items) => items.into_iter().map(json).collect(),
        RpcValue::Struct(members) => members.into_iter().map(json_member).collect(),
        RpcValue::Named(members) => {
            let objects = members.into_iter().map(|member| [json_member(member)]);
            objects.map(serde_json::Value::from_iter).collect()
        }
    }
}

/// Ends a dialog as `dlg_bye("all")` does: `dlg.end_dlg ENTRY ID [HEADERS]`.
#[rpc("dlg.end_dlg")]
fn end_dlg(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(2, 500, "Invalid parameters")?;
    let place = (u32::try_from(call.int()?), u32::try_from(call.int()?));
    let headers = call.optional_text()?.unwrap_or_default();
    let (Ok(entry), Ok(id)) = place else {
        return Err(Fault::new(404, "Dialog not found"));
    };
    let Some(dialog) = dialogs.table().get(entry, id) else {
        return Err(Fault::new(404, "Dialog not found"));
    };
    terminate(call, &dialog, &headers)
}

fn terminate(call: &RpcCall, dialog: &Arc<Dialog>, headers: &[u8]) -> Result<(), Fault> {
    let owner = owner(call)?;
    match requests::terminate(&owner, &call.runtime, dialog, headers) {
        true => Ok(()),
        false => Err(Fault::new(500, "Dialog is not in confirmed state")),
    }
}

/// Ends the dialog of these names as `dlg_bye("all")` does: `dlg.terminate_dlg CALLID FROM_TAG TO_TAG`.
#[rpc("dlg.terminate_dlg")]
fn terminate_dlg(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(3, 400, "Need a Callid ,from tag ,to tag")?;
    let names = [call.text()?, call.text()?, call.text()?];
    let Some(dialog) = named(dialogs, names.each_ref()) else {
        return Err(Fault::new(500, "Couldnt find callid in dialog"));
    };
    terminate(call, &dialog, &[])
}

/// Gives the dialog of these names a state: `dlg.set_state CALLID FROM_TAG TO_TAG STATE`.
#[rpc("dlg.set_state")]
fn set_state(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let (names, number) = named_state(call)
        .map_err(|_| Fault::new(400, "Need the callid, from tag,to tag and state"))?;
    let state = State::from_number(number);
    let state = state.ok_or_else(|| Fault::new(500, "Invalid state value"))?;
    let dialog =
        named(dialogs, names.each_ref()).ok_or_else(|| Fault::new(500, "Dialog not found"))?;
    ending::set_state(dialogs, &call.runtime, &dialog, state);
    call.add("Done");
    Ok(())
}

fn named_state(call: &mut RpcCall) -> Result<([Text; 3], i64), Fault> {
    let names = [call.text()?, call.text()?, call.text()?];
    Ok((names, call.int()?))
}

/// Whether the dialog of these names goes on: `dlg.is_alive CALLID FROM_TAG TO_TAG`.
#[rpc("dlg.is_alive")]
fn is_alive(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(
        3,
        400,
        "Too few parameters (required callid, from-tag, to-tag)",
    )?;
    let names = [call.text()?, call.text()?, call.text()?];
    let found = named(dialogs, names.each_ref());
    let dialog = found.ok_or_else(|| Fault::new(404, "Dialog not found"))?;
    if dialog.body().state != State::Confirmed {
        return Err(Fault::new(500, "Dialog not in confirmed state"));
    }
    call.add("Alive");
    Ok(())
}

/// The number of dialogs in each state: `dlg.stats_active [LOCAL_ONLY]`.
#[rpc("dlg.stats_active")]
fn stats_active(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let is_local_only = call.optional_int()?.unwrap_or(0) != 0;
    let mut counts = [0_i64; 4];
    dialogs.table().for_each(|dialog| {
        let body = dialog.body();
        let is_local = body.caller_socket.is_some();
        if let Some(count) = counts.get_mut(body.state as usize - 1)
            && (is_local || !is_local_only)
        {
            *count += 1;
        }
        true
    });
    let [starting, connecting, answering, ongoing] = counts;
    let mut shown = RpcStruct::new();
    shown
        .add("starting", starting)
        .add("connecting", connecting)
        .add("answering", answering)
        .add("ongoing", ongoing)
        .add("all", counts.iter().sum::<i64>());
    call.add(shown);
    Ok(())
}

fn profile(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(u16, Option<Text>), Fault> {
    let name = call.text()?;
    let value = call.optional_text()?;
    match dialogs.profiles().find(&name) {
        Some(number) => Ok((number, value)),
        None => Err(Fault::new(404, format!("Profile not found: {name}"))),
    }
}

/// How many dialogs are in a profile: `dlg.profile_get_size PROFILE [VALUE]`.
#[rpc("dlg.profile_get_size")]
fn profile_get_size(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let (number, value) = profile(dialogs, call)?;
    let profile = dialogs.profiles().get(number);
    let size = profile.map_or(0, |profile| profile.size(value.as_deref()));
    call.add(i64::from(size));
    Ok(())
}

/// Shows the dialogs in a profile: `dlg.profile_list PROFILE [VALUE]`.
#[rpc("dlg.profile_list", list)]
fn profile_list(dialogs: &Dialogs, call: &mut RpcCall) -> Result<(), Fault> {
    let (number, value) = profile(dialogs, call)?;
    show(dialogs, call, usize::MAX, |dialog| {
        dialogs.profiles().has(dialog, number, value.as_deref())
    });
    Ok(())
}

/// Calls somebody and refers them to another place: `dlg.bridge_dlg FROM TO [PROXY] [BODY]`. A `.` stands for what is left out,
/// `_` for no body.
#[rpc("dlg.bridge_dlg")]
fn bridge_dlg(call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(2, 500, "Invalid parameters")?;
    let (from, to) = (call.text()?, call.text()?);
    let proxy = call.optional_text()?.filter(|op| *op != ".");
    let body = call.optional_text()?.filter(|body| *body != ".");
    let body = body.map(|body| match &*body {
        b"_" => Text::default(),
        _ => body,
    });
    let owner = owner(call)?;
    let bridge = Bridge {
        from,
        to,
        proxy,
        body,
    };
    match requests::bridge(&owner, &call.runtime, bridge) {
        true => Ok(()),
        false => Err(Fault::new(500, "Failed to bridge")),
    }
}
