//! Iterators over header fields and over lines of the body.

use crate::walk::{OPEN_MAX, Walks};
use module_api::{Call, Text, Verdict, script_function};
use sip::{Edits, HeaderField, Span};

/// Opens an iterator over the header fields; at most 4 can be open.
///
/// ```cfg
/// hf_iterator_start("i");
/// while (hf_iterator_next("i")) xdbg("$hfitname(i) is $hfitbody(i)\n");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_start, routes = ANY)]
fn hf_iterator_start(call: &mut Call, name: Text) -> Verdict {
    start::<usize>(call, &name)
}

/// Closes an iterator over the header fields.
///
/// ```cfg
/// hf_iterator_start("i");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_end, routes = ANY)]
fn hf_iterator_end(call: &mut Call, name: Text) -> Verdict {
    end::<usize>(call, &name)
}

/// Moves to the next header field, at first to the first one; false when there is none.
///
/// ```cfg
/// hf_iterator_start("i");
/// if (hf_iterator_next("i")) xinfo("the first is $hfitname(i)\n");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_next, routes = ANY)]
fn hf_iterator_next(call: &mut Call, name: Text) -> Verdict {
    let Call { message, notes, .. } = call;
    match notes
        .get_mut::<Walks<usize>>()
        .and_then(|walks| walks.get_mut(&name))
    {
        Some(walk) => Verdict::of(walk.next_field(message)),
        None => missing(call, &name),
    }
}

/// Moves to the header field before.
///
/// ```cfg
/// hf_iterator_start("i");
/// hf_iterator_next("i");
/// hf_iterator_next("i");
/// hf_iterator_prev("i");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_prev, routes = ANY)]
fn hf_iterator_prev(call: &mut Call, name: Text) -> Verdict {
    match call
        .notes
        .get_mut::<Walks<usize>>()
        .and_then(|walks| walks.get_mut(&name))
    {
        Some(walk) => Verdict::of(walk.previous_field()),
        None => missing(call, &name),
    }
}

/// Removes the header field that the iterator is at.
///
/// ```cfg
/// hf_iterator_start("i");
/// while (hf_iterator_next("i")) {
///     if ($hfitname(i) == "X-Trace") hf_iterator_rm("i");
/// }
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_rm, routes = ANY)]
fn hf_iterator_rm(call: &mut Call, name: Text) -> Verdict {
    at_field(call, &name, |edits, field| edits.remove_header(field))
}

/// Adds `text`, whole header fields with their line ends, behind the one that the iterator is at.
///
/// ```cfg
/// hf_iterator_start("i");
/// if (hf_iterator_next("i")) hf_iterator_append("i", "X-Second: yes\r\n");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_append, routes = ANY)]
fn hf_iterator_append(call: &mut Call, name: Text, text: Text) -> Verdict {
    at_field(call, &name, |edits, field| {
        edits.insert_after_header(field, text.into_bytes())
    })
}

/// Adds `text`, whole header fields with their line ends, before the one that the iterator is at.
///
/// ```cfg
/// hf_iterator_start("i");
/// if (hf_iterator_next("i")) hf_iterator_insert("i", "X-First: yes\r\n");
/// hf_iterator_end("i");
/// ```
#[script_function(hf_iterator_insert, routes = ANY)]
fn hf_iterator_insert(call: &mut Call, name: Text, text: Text) -> Verdict {
    at_field(call, &name, |edits, field| {
        edits.insert_before_header(field, text.into_bytes())
    })
}

/// Opens an iterator over the lines of the body; at most 4 can be open.
///
/// ```cfg
/// bl_iterator_start("b");
/// while (bl_iterator_next("b")) xdbg("$blitval(b)");
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_start, routes = ANY)]
fn bl_iterator_start(call: &mut Call, name: Text) -> Verdict {
    start::<Span>(call, &name)
}

/// Closes an iterator over the lines of the body.
///
/// ```cfg
/// bl_iterator_start("b");
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_end, routes = ANY)]
fn bl_iterator_end(call: &mut Call, name: Text) -> Verdict {
    end::<Span>(call, &name)
}

/// Moves to the next line of the body, at first to the first one; false when there is none.
///
/// ```cfg
/// bl_iterator_start("b");
/// if (!bl_iterator_next("b")) xdbg("there is no body\n");
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_next, routes = ANY)]
fn bl_iterator_next(call: &mut Call, name: Text) -> Verdict {
    let Call { message, notes, .. } = call;
    match notes
        .get_mut::<Walks<Span>>()
        .and_then(|walks| walks.get_mut(&name))
    {
        Some(walk) => Verdict::of(walk.next_line(message)),
        None => missing(call, &name),
    }
}

/// Removes the line of the body that the iterator is at.
///
/// ```cfg
/// bl_iterator_start("b");
/// while (bl_iterator_next("b")) {
///     if ($blitval(b) =~ "^a=candidate") bl_iterator_rm("b");
/// }
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_rm, routes = ANY)]
fn bl_iterator_rm(call: &mut Call, name: Text) -> Verdict {
    at_line(call, &name, |edits, line| edits.remove(line))
}

/// Adds `text` behind the line of the body that the iterator is at.
///
/// ```cfg
/// bl_iterator_start("b");
/// if (bl_iterator_next("b")) bl_iterator_append("b", "second line\r\n");
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_append, routes = ANY)]
fn bl_iterator_append(call: &mut Call, name: Text, text: Text) -> Verdict {
    at_line(call, &name, |edits, line| {
        edits.insert(line.end, text.into_bytes())
    })
}

/// Adds `text` before the line of the body that the iterator is at.
///
/// ```cfg
/// bl_iterator_start("b");
/// if (bl_iterator_next("b")) bl_iterator_insert("b", "first line\r\n");
/// bl_iterator_end("b");
/// ```
#[script_function(bl_iterator_insert, routes = ANY)]
fn bl_iterator_insert(call: &mut Call, name: Text, text: Text) -> Verdict {
    at_line(call, &name, |edits, line| {
        edits.insert(line.start, text.into_bytes())
    })
}

fn start<T: Copy + Send + 'static>(call: &mut Call, name: &Text) -> Verdict {
    let mut walks = call.notes.take::<Walks<T>>().unwrap_or_default();
    let is_open = walks.start(name);
    call.notes.set(walks);
    if !is_open {
        call.error(format_args!(
            "iterator `{name}`: {OPEN_MAX} are open, which is the most"
        ));
    }
    Verdict::of(is_open)
}

fn end<T: Copy + Send + 'static>(call: &mut Call, name: &Text) -> Verdict {
    if call
        .notes
        .get_mut::<Walks<T>>()
        .is_some_and(|walks| walks.end(name))
    {
        return Verdict::TRUE;
    }
    missing(call, name)
}

fn missing(call: &mut Call, name: &Text) -> Verdict {
    call.error(format_args!("there is no iterator `{name}`"));
    Verdict::FALSE
}

fn at_field(call: &mut Call, name: &Text, edit: impl FnOnce(&mut Edits, &HeaderField)) -> Verdict {
    let Call {
        message,
        edits,
        notes,
        ..
    } = call;
    let walk = notes
        .get::<Walks<usize>>()
        .and_then(|walks| walks.get(name));
    match walk
        .and_then(|walk| walk.at)
        .and_then(|at| message.headers().get(at))
    {
        Some(field) => {
            edit(edits, field);
            Verdict::TRUE
        }
        None => missing(call, name),
    }
}

fn at_line(call: &mut Call, name: &Text, edit: impl FnOnce(&mut Edits, Span)) -> Verdict {
    let Call { edits, notes, .. } = call;
    match notes
        .get::<Walks<Span>>()
        .and_then(|walks| walks.get(name))
        .and_then(|walk| walk.at)
    {
        Some(line) => {
            edit(edits, line);
            Verdict::TRUE
        }
        None => missing(call, name),
    }
}
