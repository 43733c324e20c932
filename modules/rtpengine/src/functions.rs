//! Script functions.

use crate::control::{Answered, Question};
use crate::figures::{Streams, totals};
use crate::flags::{Flags, via_branch};
use crate::params::mos::Side;
use crate::pvars::Totals;
use crate::{Command, Rtpengine, question};
use media_proxies::{Due, due};
use mod_tm::view;
use module_api::{
    BoundVariable, Call, Literal, PvarRef, Step, Text, Value, Verdict, script_function,
};

/// A note: the sets that this message is to use.
struct WantedSets(i64, Option<i64>);

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
/// `flags` are words, some with a value: `ICE=remove`, `RTP/SAVPF`, `replace-origin`, `codec-mask=all`, `via-branch=auto` and many others,
/// most of which are the daemon's. `via_branch` says as `via-branch=` does which branch tells sessions apart.
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
/// An INVITE or UPDATE with a description is an offer, and the response to it the answer; without one the response is the offer, and the ACK
/// or PRACK the answer. BYE, CANCEL, a failure route and negative responses delete.
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

/// Asks the daemon to send the media of a call to somebody else, too: the offer for that goes into the variable `sdp_avp`, the tag of the
/// new end into `to_tag_avp`.
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

/// Has the daemon record the call.
///
/// ```cfg
/// if (is_method("ACK")) start_recording();
/// ```
#[script_function(start_recording, routes = ANY, waits)]
fn start_recording(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StartRecording, flags, None)
}

/// Has the daemon stop recording the call.
///
/// ```cfg
/// if (is_method("BYE")) stop_recording();
/// ```
#[script_function(stop_recording, routes = ANY, waits)]
fn stop_recording(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopRecording, flags, None)
}

/// Has the daemon hold back DTMF events: of the whole call, of the sender with `directional`, of others with `from-tag=` or `address=`.
///
/// ```cfg
/// if (is_method("INFO")) block_dtmf("directional");
/// ```
#[script_function(block_dtmf, routes = ANY, waits)]
fn block_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::BlockDtmf, flags, None)
}

/// Takes `block_dtmf()` back; with `all` for each single end, too.
///
/// ```cfg
/// if (is_method("INFO")) unblock_dtmf("all");
/// ```
#[script_function(unblock_dtmf, routes = ANY, waits)]
fn unblock_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnblockDtmf, flags, None)
}

/// Has the daemon hold back media: of the whole call, of the sender with `directional`, of others with `from-tag=` or `address=`.
///
/// ```cfg
/// if (is_method("INFO")) block_media();
/// ```
#[script_function(block_media, routes = ANY, waits)]
fn block_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::BlockMedia, flags, None)
}

/// Takes `block_media()` back.
///
/// ```cfg
/// if (is_method("INFO")) unblock_media();
/// ```
#[script_function(unblock_media, routes = ANY, waits)]
fn unblock_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnblockMedia, flags, None)
}

/// Has the daemon put silence in the place of audio.
///
/// ```cfg
/// if (is_method("INFO")) silence_media();
/// ```
#[script_function(silence_media, routes = ANY, waits)]
fn silence_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::SilenceMedia, flags, None)
}

/// Takes `silence_media()` back.
///
/// ```cfg
/// if (is_method("INFO")) unsilence_media();
/// ```
#[script_function(unsilence_media, routes = ANY, waits)]
fn unsilence_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnsilenceMedia, flags, None)
}

/// Has the daemon forward packets to where it is told to record.
///
/// ```cfg
/// if (is_method("ACK")) start_forwarding();
/// ```
#[script_function(start_forwarding, routes = ANY, waits)]
fn start_forwarding(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StartForwarding, flags, None)
}

/// Takes `start_forwarding()` back.
///
/// ```cfg
/// if (is_method("BYE")) stop_forwarding();
/// ```
#[script_function(stop_forwarding, routes = ANY, waits)]
fn stop_forwarding(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopForwarding, flags, None)
}

/// Has the daemon stop what `play_media()` began.
///
/// ```cfg
/// if (is_method("INFO")) stop_media();
/// ```
#[script_function(stop_media, routes = ANY, waits)]
fn stop_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopMedia, flags, None)
}

/// Has the daemon play a DTMF event: `code=5`, and `duration=`, `volume=`, `pause=` where wanted.
///
/// ```cfg
/// if (is_method("INFO")) play_dtmf("code=5");
/// ```
#[script_function(play_dtmf, routes = ANY, waits)]
fn play_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Text) -> Step {
    order(rtpengine, call, Command::PlayDtmf, Some(flags), None)
}

/// Has the daemon play to the sender: `file=`, `blob=` or `db-id=`, and `repeat-times=`. How long that takes goes into the variable of `media_duration`.
///
/// ```cfg
/// if (is_method("ACK")) play_media("file=/var/prompts/hello.wav");
/// ```
#[script_function(play_media, routes = ANY, waits)]
fn play_media(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Text,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::PlayMedia, Some(flags), via_branch)
}

/// The flags of a function, with the branch that its second argument asks for.
fn read(flags: Option<Text>, branch: Option<Text>) -> Flags {
    let mut flags = Flags::parse(&flags.unwrap_or_default());
    if let Some(branch) = branch {
        flags.via_branch = via_branch(&branch);
    }
    flags
}

/// A command without a description.
fn order(
    rtpengine: &Rtpengine,
    call: &mut Call,
    command: Command,
    flags: Option<Text>,
    branch: Option<Text>,
) -> Step {
    let flags = read(flags, branch);
    ask(
        rtpengine,
        call,
        command,
        flags,
        None,
        move |call, answered| {
            tell(call, command, answered);
            Verdict::TRUE
        },
    )
}

/// A command with the description of the message, which the daemon's then replaces.
fn describe(
    rtpengine: &Rtpengine,
    call: &mut Call,
    command: Command,
    flags: Option<Text>,
    branch: Option<Text>,
) -> Step {
    let flags = read(flags, branch);
    let command = if flags.forces_answer {
        Command::Answer
    } else {
        command
    };
    let variables = rtpengine.variables.get();
    let given = variables
        .and_then(|variables| variables.read_sdp.as_ref())
        .map(|variable| variable.get(call).into_text());
    let message = call.message.clone();
    let own = message.session_description().map(|span| message.text(span));
    let Some(sdp) = given.as_deref().filter(|sdp| !sdp.is_empty()).or(own) else {
        call.error(format_args!(
            "there is no session description for rtpengine"
        ));
        return Verdict::FALSE.into();
    };
    ask(rtpengine, call, command, flags, Some(sdp), put_description)
}

/// Puts the daemon's description into the message, or into the variable for it.
fn put_description(call: &mut Call, answered: &Answered) -> Verdict {
    let runtime = call.runtime.clone();
    let Some(rtpengine) = runtime.module::<Rtpengine>() else {
        return Verdict::FALSE;
    };
    let Some(sdp) = answered.dict.bytes(b"sdp") else {
        call.error(format_args!("rtpengine has given no session description"));
        return Verdict::FALSE;
    };
    let variable = rtpengine
        .variables
        .get()
        .and_then(|variables| variables.write_sdp.as_ref());
    if let Some(variable) = variable {
        set(call, variable, Value::Str(Text::from(sdp)));
        if rtpengine.params.write_sdp_pv_mode == 0 {
            return Verdict::TRUE;
        }
    }
    let message = call.message.clone();
    let Some(span) = message.session_description() else {
        return Verdict::of(variable.is_some());
    };
    call.edits
        .discard(|edit| edit.removed.start >= span.start && edit.removed.end <= span.end);
    call.edits.replace(span, sdp.to_vec());
    Verdict::TRUE
}

/// Puts a question, and goes on with the answer when it is a good one.
fn ask(
    rtpengine: &Rtpengine,
    call: &mut Call,
    command: Command,
    flags: Flags,
    sdp: Option<&[u8]>,
    then: impl FnOnce(&mut Call, &Answered) -> Verdict + Send + 'static,
) -> Step {
    let (set, second_set) = wanted_sets(rtpengine, call);
    let Some((call_id, dict)) = question::about(rtpengine, call, command, flags, sdp) else {
        return Verdict::FALSE.into();
    };
    let question = Question {
        set,
        second_set,
        call_id,
        dict,
        is_new: command == Command::Offer,
        is_last: command == Command::Delete,
    };
    let (control, host) = (rtpengine.control.clone(), call.runtime.host.clone());
    Step::wait(
        "rtpengine",
        control.ask(host, question),
        move |call, answered: Option<Answered>| {
            let Some(answered) = answered else {
                call.error(format_args!("no daemon answers"));
                return Verdict::FALSE;
            };
            if let Some(warning) = answered.dict.bytes(b"warning") {
                call.warn(format_args!("{}", Text::from(warning)));
            }
            if let Some(reason) = question::refusal(&answered.dict) {
                call.error(format_args!(
                    "rtpengine refuses `{}`: {reason}",
                    command.name()
                ));
                return Verdict::FALSE;
            }
            let runtime = call.runtime.clone();
            let own = runtime.module::<Rtpengine>();
            let variables = own.as_ref().and_then(|own| own.variables.get());
            if let Some(variable) = variables.and_then(|variables| variables.instance.as_ref()) {
                set_text(call, variable, answered.node.listing.url.clone());
            }
            then(call, &answered)
        },
    )
}

/// Asks the daemon how the call does, for `$rtpstat`.
pub fn ask_totals(call: &mut Call) -> Step {
    let runtime = call.runtime.clone();
    let Some(rtpengine) = runtime.module::<Rtpengine>() else {
        return Verdict::FALSE.into();
    };
    let (command, flags) = (Command::Query, Flags::default());
    ask(&rtpengine, call, command, flags, None, |call, answered| {
        note_totals(call, answered);
        Verdict::TRUE
    })
}

fn note_totals(call: &mut Call, answered: &Answered) {
    if let Some(totals) = totals(&answered.dict) {
        call.notes.set(Totals(Text::from(totals)));
    }
}

fn wanted_sets(rtpengine: &Rtpengine, call: &mut Call) -> (i64, Option<i64>) {
    if let Some(wanted) = call.notes.get::<WantedSets>() {
        return (wanted.0, wanted.1);
    }
    let variable = rtpengine
        .variables
        .get()
        .and_then(|variables| variables.set.as_ref());
    let set = match variable.map(|variable| variable.get(call)) {
        Some(Value::Null) | None => rtpengine.params.setid_default,
        Some(value) => value.to_int().unwrap_or(rtpengine.params.setid_default),
    };
    (set, None)
}

/// Puts what an answer tells beside its result where the parameters say.
fn tell(call: &mut Call, command: Command, answered: &Answered) {
    let runtime = call.runtime.clone();
    let own = runtime.module::<Rtpengine>();
    let Some(variables) = own.as_ref().and_then(|own| own.variables.get()) else {
        return;
    };
    if command == Command::PlayMedia
        && let Some(variable) = &variables.duration
    {
        let duration = answered
            .dict
            .get(b"duration")
            .and_then(crate::bencode::Bencode::as_int);
        set(call, variable, Value::Int(duration.unwrap_or(-1)));
    }
    if !matches!(command, Command::Query | Command::Delete) {
        return;
    }
    note_totals(call, answered);
    let label = |call: &mut Call, variable: &Option<BoundVariable>| {
        variable
            .as_ref()
            .map(|variable| variable.get(call).into_text())
    };
    let [a, b] = &variables.labels;
    let (a, b) = (label(call, a), label(call, b));
    for (variable, side, moment, figure) in &variables.quality {
        let label = match side {
            Side::All => None,
            Side::A => Some(a.as_deref().unwrap_or(b"A")),
            Side::B => Some(b.as_deref().unwrap_or(b"B")),
        };
        let shown = Streams::of(&answered.dict, label).figure(*moment, *figure);
        if let Some(shown) = shown {
            set_text(call, variable, Text::from(shown));
        }
    }
}

fn set_text(call: &mut Call, variable: &BoundVariable, text: Text) {
    set(call, variable, Value::Str(text));
}

fn set(call: &mut Call, variable: &BoundVariable, value: Value) {
    // A variable that cannot be written stays what it is.
    let _ = variable.set(call, value);
}
