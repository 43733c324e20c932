//! Lines.

use super::{edit, kind};
use crate::description;
use crate::walk::Walks;
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use sip::Span;

/// Removes the lines that begin with `prefix` from the whole description, or from the streams of the kind `mtype`.
///
/// ```cfg
/// sdp_remove_line_by_prefix("a=X-");
/// ```
#[script_function(sdp_remove_line_by_prefix, routes = ANY)]
fn sdp_remove_line_by_prefix(call: &mut Call, prefix: Text, mtype: Option<Text>) -> Verdict {
    edit(call, |sdp, edits| {
        let parts: Vec<Span> = match kind(mtype.as_ref()) {
            None => vec![sdp.whole()],
            kind => description::media(sdp, kind)
                .map(|media| media.whole)
                .collect(),
        };
        for line in parts.into_iter().flat_map(|part| sdp.lines(part)) {
            if sdp.text(line.whole).starts_with(&prefix) {
                edits.remove(line.whole);
            }
        }
        true
    })
}

/// Puts the first line that begins with `prefix` into `target`. -2 when there is no body.
///
/// ```cfg
/// if (sdp_get_line_startswith("$avp(media)", "m=")) xinfo("$avp(media)\n");
/// ```
#[script_function(sdp_get_line_startswith, routes = ANY)]
fn sdp_get_line_startswith(call: &mut Call, target: PvarRef, prefix: Text) -> Verdict {
    let message = call.message.clone();
    if message.body().is_empty() {
        return Verdict(-2);
    }
    let Some(sdp) = description::of(&message) else {
        return Verdict::FALSE;
    };
    let mut lines = sdp.lines(sdp.whole());
    let Some(line) = lines.find(|line| sdp.text(line.whole).starts_with(&prefix)) else {
        return Verdict::FALSE;
    };
    let text = Span::new(line.whole.start, line.value.end);
    Verdict::of(target.set(call, Text::from(message.slice(text))).is_ok())
}

/// Begins a walk over the lines of the session description; `$sdpitval(iname)` is the line it is at.
///
/// ```cfg
/// sdp_iterator_start("lines");
/// while (sdp_iterator_next("lines")) xinfo("$sdpitval(lines)\n");
/// sdp_iterator_end("lines");
/// ```
#[script_function(sdp_iterator_start, routes = ANY)]
fn sdp_iterator_start(call: &mut Call, iname: Text) -> Verdict {
    if description::of(&call.message).is_none() {
        return Verdict::FALSE;
    }
    let mut walks = call.notes.take::<Walks>().unwrap_or_default();
    let is_open = walks.start(&iname);
    call.notes.set(walks);
    if !is_open {
        call.error(format_args!("there are too many walks at the same time"));
    }
    Verdict::of(is_open)
}

/// Ends a walk over the lines of the session description.
///
/// ```cfg
/// sdp_iterator_end("lines");
/// ```
#[script_function(sdp_iterator_end, routes = ANY)]
fn sdp_iterator_end(call: &mut Call, iname: Text) -> Verdict {
    Verdict::of(walks(call).is_some_and(|walks| walks.end(&iname)))
}

/// Moves a walk to the next line; false behind the last.
///
/// ```cfg
/// if (!sdp_iterator_next("lines")) xinfo("no more\n");   # log: no more
/// ```
#[script_function(sdp_iterator_next, routes = ANY)]
fn sdp_iterator_next(call: &mut Call, iname: Text) -> Verdict {
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        return Verdict::FALSE;
    };
    Verdict::of(walks(call).is_some_and(|walks| walks.next(&iname, &sdp)))
}

/// Removes the line that a walk is at.
///
/// ```cfg
/// if (sdp_iterator_next("lines")) sdp_iterator_rm("lines");
/// ```
#[script_function(sdp_iterator_rm, routes = ANY)]
fn sdp_iterator_rm(call: &mut Call, iname: Text) -> Verdict {
    at_line(call, &iname, |call, line| call.edits.remove(line))
}

/// Inserts `text`, which is lines with their line ends, behind the line that a walk is at.
///
/// ```cfg
/// if (sdp_iterator_next("lines")) sdp_iterator_append("lines", "a=x\r\n");
/// ```
#[script_function(sdp_iterator_append, routes = ANY)]
fn sdp_iterator_append(call: &mut Call, iname: Text, text: Text) -> Verdict {
    at_line(call, &iname, |call, line| {
        call.edits.insert(line.end, text.into_bytes());
    })
}

/// Inserts `text`, which is lines with their line ends, in front of the line that a walk is at.
///
/// ```cfg
/// if (sdp_iterator_next("lines")) sdp_iterator_insert("lines", "a=x\r\n");
/// ```
#[script_function(sdp_iterator_insert, routes = ANY)]
fn sdp_iterator_insert(call: &mut Call, iname: Text, text: Text) -> Verdict {
    at_line(call, &iname, |call, line| {
        call.edits.insert(line.start, text.into_bytes());
    })
}

fn walks(call: &mut Call) -> Option<&mut Walks> {
    call.notes.get_mut::<Walks>()
}

fn at_line(call: &mut Call, iname: &[u8], act: impl FnOnce(&mut Call, Span)) -> Verdict {
    match walks(call).and_then(|walks| walks.line(iname)) {
        Some(line) => {
            act(call, line);
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}
