//! Asking a daemon about the call of a message, and what its answer leaves in the message and in variables.

use crate::control::{Answered, Question};
use crate::figures::{Streams, totals};
use crate::flags::{Flags, via_branch};
use crate::params::mos::Side;
use crate::pvars::Totals;
use crate::{Command, Rtpengine, question};
use module_api::{BoundVariable, Call, Step, Template, Text, Value, Verdict};

/// A note: the sets that this message is to use.
pub struct WantedSets(pub i64, pub Option<i64>);

/// The flags of a function, with the branch that its second argument asks for.
pub fn read(flags: Option<Text>, branch: Option<Text>) -> Flags {
    let mut flags = Flags::parse(&flags.unwrap_or_default());
    if let Some(branch) = branch {
        flags.via_branch = via_branch(&branch);
    }
    flags
}

/// A command without a description.
pub fn order(
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
pub fn describe(
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
pub fn ask(
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
    let label = |call: &mut Call, label: &Template| {
        (!label.pieces.is_empty()).then(|| label.value(call).into_text())
    };
    let [a, b] = &variables.labels;
    let (a, b) = (label(call, a), label(call, b));
    for (template, side, moment, figure) in &variables.quality {
        let label = match side {
            Side::All => None,
            Side::A => Some(a.as_deref().unwrap_or(b"A")),
            Side::B => Some(b.as_deref().unwrap_or(b"B")),
        };
        let shown = Streams::of(&answered.dict, label).figure(*moment, *figure);
        if let (Some(shown), Some(variable)) = (shown, template.as_variable()) {
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
