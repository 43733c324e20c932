//! Script functions: the description of a call and its life at the daemon.

pub mod media;

use crate::asking::{WantedSets, ask, describe, order, read};
use crate::flags::Flags;
use crate::{Command, Rtpengine, question};
use media_proxies::{Due, due};
use mod_tm::view;
use module_api::{Call, Literal, PvarRef, Step, Text, Value, Verdict, script_function};

/// Chooses the set of daemons for this message.
///
/// With a second set media go through a daemon of each: what the first makes of a description the second is given.
///
/// ```cfg
/// set_rtpengine_set("0");
/// ```
#[script_function(set_rtpengine_set, routes = ANY)]
fn set_rtpengine_set(
    rtpengine: &Rtpengine,
    call: &mut Call,
    setid: i64,
    second: Option<i64>,
) -> Verdict {
    // Known so that a set that is not there is told of.
    let sets = [Some(setid), second];
    if let Some(unknown) = sets
        .into_iter()
        .flatten()
        .find(|set| !rtpengine.control.nodes.has(*set))
    {
        call.error(format_args!("there is no set {unknown} of daemons"));
        return Verdict::FALSE;
    }
    call.notes.set(WantedSets(setid, second));
    Verdict::TRUE
}

/// Has the daemon take the session of an offer: the description it gives goes into the message.
///
/// `flags` are words, some with a value: `ICE=remove`, `RTP/SAVPF`, `replace-origin`, `codec-mask=all`,
/// `via-branch=auto` and many others, most of which are the daemon's. `via_branch` says as `via-branch=` does which
/// branch tells sessions apart.
///
/// ```cfg
/// if (has_body("application/sdp") && !rtpengine_offer("replace-origin ICE=remove")) xinfo("no daemon\n");
/// ```
#[script_function(rtpengine_offer, routes = ANY, waits, compat = partial("`via-branch=next` tells no branch"))]
fn rtpengine_offer(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    describe(rtpengine, call, Command::Offer, flags, via_branch)
}

/// Has the daemon complete the session with an answer: the description it gives goes into the message. The arguments are those of
/// `rtpengine_offer()`.
///
/// ```cfg
/// if (is_method("ACK") && has_body("application/sdp")) rtpengine_answer();
/// ```
#[script_function(rtpengine_answer, routes = ANY, waits, compat = partial("`via-branch=next` tells no branch"))]
fn rtpengine_answer(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    describe(rtpengine, call, Command::Answer, flags, via_branch)
}

/// Does what the message needs: offers, answers, or deletes the session. The arguments are those of `rtpengine_offer()`.
///
/// An INVITE or UPDATE with a description is an offer, and the response to it the answer; without one the response is
/// the offer, and the ACK or PRACK the answer. BYE, CANCEL, a failure route and negative responses delete.
///
/// ```cfg
/// if (is_method("INVITE|ACK|BYE|CANCEL")) rtpengine_manage("replace-origin");
/// ```
#[script_function(rtpengine_manage, routes = ANY, waits, compat = partial("`via-branch=next` tells no branch"))]
fn rtpengine_manage(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    match due(call, |call| {
        view::request(call).map(|(request, ..)| request)
    }) {
        Some(Due::Offer) => describe(rtpengine, call, Command::Offer, flags, via_branch),
        Some(Due::Answer) => describe(rtpengine, call, Command::Answer, flags, via_branch),
        Some(Due::Delete) => order(rtpengine, call, Command::Delete, flags, via_branch),
        None => Verdict::FALSE.into(),
    }
}

/// Tells the daemon of ICE candidates that come later, in the body of an INFO. The message stays as it is.
///
/// ```cfg
/// if (is_method("INFO") && has_body("application/trickle-ice-sdpfrag")) rtpengine_info();
/// ```
#[script_function(rtpengine_info, routes = ANY, waits)]
fn rtpengine_info(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    let message = call.message.clone();
    if message.body().is_empty() {
        call.error(format_args!("rtpengine_info: the message has no body"));
        return Verdict::FALSE.into();
    }
    let mut flags = read(flags, via_branch);
    flags.parts.push("flags", "fragment");
    ask(
        rtpengine,
        call,
        Command::Offer,
        flags,
        Some(message.body()),
        |_, _| Verdict::TRUE,
    )
}

/// Asks the daemon how the call does, and puts the answer into `var` as JSON: `j` compact, `jp` with line breaks.
///
/// ```cfg
/// if (is_method("BYE") && rtpengine_query_v("j", "$var(answer)")) xinfo("$var(answer)\n");
/// ```
#[script_function(rtpengine_query_v, routes = ANY, waits)]
fn rtpengine_query_v(rtpengine: &Rtpengine, call: &mut Call, fmt: Text, var: PvarRef) -> Step {
    let is_pretty = fmt.contains(&b'p');
    ask(
        rtpengine,
        call,
        Command::Query,
        Flags::default(),
        None,
        move |call, answered| {
            let json = question::json(&crate::bencode::Bencode::Dict(answered.dict.clone()));
            let text = match is_pretty {
                true => serde_json::to_string_pretty(&json).unwrap_or_default(),
                false => json.to_string(),
            };
            Verdict::of(var.set(call, Value::Str(Text::from(text))).is_ok())
        },
    )
}

/// Asks the daemon to send the media of a call to somebody else, too: the offer for that goes into the variable
/// `sdp_avp`, the tag of the new end into `to_tag_avp`.
///
/// ```cfg
/// if (is_method("MESSAGE")) rtpengine_subscribe_request("all", "$avp(sdp)", "$avp(tag)", "streams");
/// ```
#[script_function(rtpengine_subscribe_request, routes = ANY, waits, compat = partial("the streams are not put into an xavp"))]
fn rtpengine_subscribe_request(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Text,
    sdp_avp: PvarRef,
    to_tag_avp: PvarRef,
    stream_xavp: Literal,
    via_branch: Option<Text>,
) -> Step {
    // Its name is known, and nothing is put there.
    drop(stream_xavp);
    let flags = read(Some(flags), via_branch);
    ask(
        rtpengine,
        call,
        Command::SubscribeRequest,
        flags,
        None,
        move |call, answered| {
            let part = |key: &[u8]| Value::from_option(answered.dict.bytes(key).map(Text::from));
            let (sdp, tag) = (part(b"sdp"), part(b"to-tag"));
            let is_put = sdp_avp.set(call, sdp).is_ok() && to_tag_avp.set(call, tag).is_ok();
            Verdict::of(is_put)
        },
    )
}

/// Completes what `rtpengine_subscribe_request()` began with the answer in the message.
///
/// ```cfg
/// if (is_method("ACK")) rtpengine_subscribe_answer("allow-transcoding");
/// ```
#[script_function(rtpengine_subscribe_answer, routes = ANY, waits)]
fn rtpengine_subscribe_answer(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Text,
    via_branch: Option<Text>,
) -> Step {
    let message = call.message.clone();
    let sdp = message.session_description().map(|span| message.text(span));
    let flags = read(Some(flags), via_branch);
    ask(
        rtpengine,
        call,
        Command::SubscribeAnswer,
        flags,
        sdp,
        |_, _| Verdict::TRUE,
    )
}

/// Ends the session of the call at the daemon. What the daemon tells of it goes into `$rtpstat` and the variables of the `mos_*` parameters.
///
/// ```cfg
/// if (is_method("BYE")) rtpengine_delete();
/// ```
#[script_function(rtpengine_delete, routes = ANY, waits)]
fn rtpengine_delete(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::Delete, flags, via_branch)
}

/// Ends the session of the call at the daemon, as `rtpengine_delete()` does.
///
/// ```cfg
/// if (is_method("BYE")) rtpengine_destroy();
/// ```
#[script_function(rtpengine_destroy, routes = ANY, waits)]
fn rtpengine_destroy(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::Delete, flags, via_branch)
}

/// Asks the daemon how the call does. What it tells goes into `$rtpstat` and the variables of the `mos_*` parameters.
///
/// ```cfg
/// if (is_method("INFO")) rtpengine_query();
/// ```
#[script_function(rtpengine_query, routes = ANY, waits)]
fn rtpengine_query(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::Query, flags, via_branch)
}

/// Has the daemon connect the ends that `from-tag=` and `to-tag=` name.
///
/// ```cfg
/// if (is_method("INFO")) rtpengine_connect("from-tag=a to-tag=b");
/// ```
#[script_function(rtpengine_connect, routes = ANY, waits)]
fn rtpengine_connect(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Option<Text>,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::Connect, flags, via_branch)
}

/// Ends what `rtpengine_subscribe_request()` began.
///
/// ```cfg
/// if (is_method("BYE")) rtpengine_unsubscribe("all");
/// ```
#[script_function(rtpengine_unsubscribe, routes = ANY, waits)]
fn rtpengine_unsubscribe(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Text,
    via_branch: Option<Text>,
) -> Step {
    order(
        rtpengine,
        call,
        Command::Unsubscribe,
        Some(flags),
        via_branch,
    )
}
