//! Questions in the ng protocol: what a message says, with the parts that flags add (observed on 5.6.3).

use crate::bencode::{Bencode, Dict};
use crate::flags::{Flags, ViaBranch};
use crate::{Command, Rtpengine};
use module_api::{Call, Text};

/// A question about the session of the message at hand; `sdp` is its description. None when the message lacks what the command needs.
pub fn about(
    rtpengine: &Rtpengine,
    call: &mut Call,
    command: Command,
    flags: Flags,
    sdp: Option<&[u8]>,
) -> Option<(Text, Dict)> {
    let message = call.message.clone();
    let mut dict = Dict::default();
    dict.push("supports", "load limit");
    if let Some(sdp) = sdp {
        dict.add("sdp", sdp);
    }
    let via_branch = via_branch(rtpengine, call, flags.via_branch);
    dict.0.extend(flags.parts.0);
    let call_id = match flags.call_id {
        Some(call_id) => Text::from(call_id),
        None => Text::from(message.call_id().ok()?),
    };
    dict.add("call-id", &*call_id);
    if let Some(branch) = via_branch {
        dict.add("via-branch", &*branch);
    }
    let source = call.reception.peer.ip();
    let family = if source.is_ipv4() { "IP4" } else { "IP6" };
    dict.push("received-from", family);
    dict.push("received-from", source.to_string().as_str());
    // Whoever answers speaks for the callee, whichever way the message goes.
    let is_reversed = match command {
        Command::Offer => !message.is_request(),
        Command::Answer => message.is_request(),
        _ => false,
    };
    let (from, to) = (
        message.from_tag(),
        message.to_tag().filter(|tag| !tag.is_empty()),
    );
    let (from, to) = if is_reversed { (to, from) } else { (from, to) };
    let from = flags
        .from_tag
        .as_deref()
        .or(from.filter(|_| command.tells_from(flags.is_directional)));
    match from {
        Some(from) => dict.add("from-tag", from),
        None if command.needs_from() => {
            call.error(format_args!("the message has no tag of who it speaks for"));
            return None;
        }
        None => {}
    }
    let to = flags
        .to_tag
        .as_deref()
        .or(to.filter(|_| command.tells_to() || flags.tells_to_tag));
    match to {
        Some(to) => dict.add("to-tag", to),
        None if command == Command::Answer => {
            call.error(format_args!("an answer needs a To tag"));
            return None;
        }
        None => {}
    }
    dict.add("command", command.name());
    Some((call_id, dict))
}

fn via_branch(rtpengine: &Rtpengine, call: &mut Call, wanted: ViaBranch) -> Option<Text> {
    let message = call.message.clone();
    let is_request = message.is_request();
    let nth = |position: usize| {
        let via = message.vias().filter_map(Result::ok).nth(position)?;
        via.branch.map(|span| Text::from(message.text(span)))
    };
    let mut extra = || {
        let extra_id = &rtpengine.variables.get()?.extra_id;
        Some(extra_id.value(call).into_text()).filter(|text| !text.is_empty())
    };
    match wanted {
        ViaBranch::None | ViaBranch::Next => None,
        ViaBranch::First => nth(0),
        ViaBranch::Second => nth(1),
        ViaBranch::Auto => nth(usize::from(!is_request)),
        ViaBranch::Extra => extra(),
        ViaBranch::AutoNext if is_request => None,
        ViaBranch::AutoExtra if is_request => extra(),
        ViaBranch::AutoNext | ViaBranch::AutoExtra => nth(0),
    }
}

/// What is wrong with an answer, if anything.
pub fn refusal(answer: &Dict) -> Option<Text> {
    match answer.bytes(b"result") {
        Some(b"ok" | b"pong") => None,
        Some(b"error") => Some(Text::from(
            answer.bytes(b"error-reason").unwrap_or(b"error"),
        )),
        Some(other) => Some(Text::from(other)),
        None => Some(Text::from("an answer without a result")),
    }
}

/// An answer as JSON.
pub fn json(value: &Bencode) -> serde_json::Value {
    match value {
        Bencode::Int(number) => (*number).into(),
        Bencode::Bytes(octets) => String::from_utf8_lossy(octets).into_owned().into(),
        Bencode::List(items) => items.iter().map(json).collect(),
        Bencode::Dict(dict) => {
            let entries = dict.0.iter();
            let pairs = entries
                .map(|(key, value)| (String::from_utf8_lossy(key).into_owned(), json(value)));
            serde_json::Value::Object(pairs.collect())
        }
    }
}
