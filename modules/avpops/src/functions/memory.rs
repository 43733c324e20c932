//! AVPs in memory.

use crate::selector::{Flagged, Flags, Operand, Selector, written};
use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Binder, Call, Diagnostic, LogLevel, ScriptArg, Target,
    Text, Value, Verdict, script_function,
};
use sip::{Uri, rewrite};

/// Deletes the newest value of an AVP, with the flag `g` all of them. `a`, `s` and `i` stand for AVPs of all names, of names of
/// text, and of numbers.
///
/// False when there was none.
///
/// ```cfg
/// $avp(x) = 1;
/// avp_delete("$avp(x)/g");
/// xinfo("$avp(x)\n");   # log: <null>
/// ```
#[script_function(avp_delete, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_delete(call: &mut Call, name: Flagged) -> Verdict {
    let avps = &mut call.attributes.avps;
    let mut is_deleted = false;
    for found in name.selector.names(avps) {
        let is_all = name.flags.has(b'g') || matches!(name.selector, Selector::Kind { .. });
        is_deleted |= if is_all {
            avps.remove_all(&found) > 0
        } else {
            avps.pop(&found).is_some()
        };
    }
    Verdict::of(is_deleted)
}

/// Copies the newest value of an AVP to another name: `g` copies all, which reverses their order; `d` deletes the source; `n` and
/// `s` make numbers or texts of the values.
///
/// False when there is nothing to copy.
///
/// ```cfg
/// $avp(old) = "5";
/// avp_copy("$avp(old)", "$avp(new)/gd");
/// xinfo("$avp(new)\n");   # log: 5
/// ```
#[script_function(avp_copy, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_copy(call: &mut Call, old_name: Flagged, new_name: Flagged) -> Verdict {
    let (Selector::Named(source), Selector::Named(destination)) =
        (&old_name.selector, &new_name.selector)
    else {
        return Verdict::FALSE;
    };
    let flags = new_name.flags;
    let avps = &mut call.attributes.avps;
    let values = taken(avps.values(source), flags);
    if flags.has(b'd') {
        if flags.has(b'g') {
            avps.remove_all(source);
        } else {
            avps.pop(source);
        }
    }
    let is_copied = !values.is_empty();
    for value in values {
        avps.push(destination.clone(), converted(value, flags));
    }
    Verdict::of(is_copied)
}

fn taken<'a>(values: impl Iterator<Item = &'a Value>, flags: Flags) -> Vec<Value> {
    let count = if flags.has(b'g') { usize::MAX } else { 1 };
    values.take(count).cloned().collect()
}

fn converted(value: Value, flags: Flags) -> Value {
    match value {
        Value::Str(text) if flags.has(b'n') => {
            Value::Int(stdx::number::parse_i64(&text).unwrap_or(0))
        }
        Value::Int(number) if flags.has(b's') => Value::Str(Text::from(number)),
        value => value,
    }
}

/// Where a value is pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    RequestUri,
    User,
    Domain,
    NextHop,
    Branch,
}

impl ScriptArg for Place {
    type Bound = Place;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Ok(match written(source)?.as_str() {
            "$ru" => Place::RequestUri,
            "$ru/username" => Place::User,
            "$ru/domain" => Place::Domain,
            "$du" => Place::NextHop,
            "$br" => Place::Branch,
            other => {
                return Err(source.error(format!(
                    "`{other}` is none of $ru, $ru/username, $ru/domain, $du and $br"
                )));
            }
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(*bound)
    }
}

/// What is pushed: all values of an AVP with the flag `g`, else one value.
#[derive(Clone)]
enum Pushed {
    Avps(AvpName, Flags),
    One(Operand),
}

impl ScriptArg for Pushed {
    type Bound = Pushed;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = written(source)?;
        let (name, flags) = text.rsplit_once('/').unwrap_or((&text, ""));
        match Selector::read(name) {
            Some(Selector::Named(name)) => Ok(Pushed::Avps(name, Flags::read(flags))),
            _ => Operand::read(name, source, binder).map(Pushed::One),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Puts a value into the Request-URI (`$ru`, `$ru/username`, `$ru/domain`), the next hop (`$du`) or a new branch (`$br`).
///
/// With the flag `g` behind an AVP each of its values is put there: those behind the first become branches.
///
/// ```cfg
/// $avp(to) = "sip:bob@example.org";
/// avp_pushto("$ru", "$avp(to)");
/// xinfo("$ru\n");   # log: sip:bob@example.org
/// ```
#[script_function(avp_pushto, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_pushto(call: &mut Call, destination: Place, name: Pushed) -> Verdict {
    let values = match &name {
        Pushed::Avps(name, flags) => taken(call.attributes.avps.values(name), *flags),
        Pushed::One(operand) => vec![operand.value(call)],
    };
    let mut is_pushed = false;
    for value in values {
        let Value::Str(text) = value else {
            continue;
        };
        let place = if is_pushed {
            Place::Branch
        } else {
            destination
        };
        let is_branch_of = is_pushed && matches!(destination, Place::User | Place::Domain);
        let text = match rewritten(call, destination, &text).filter(|_| is_branch_of) {
            Some(uri) => uri,
            None => text,
        };
        is_pushed |= push(call, place, text);
    }
    Verdict::of(is_pushed)
}

/// The Request-URI with another user or domain.
fn rewritten(call: &Call, place: Place, text: &[u8]) -> Option<Text> {
    let uri = Uri::parse(call.request_uri()).ok()?;
    let changed = match place {
        Place::User => rewrite::with_user(&uri, Some(text)),
        Place::Domain => rewrite::with_host(&uri, text),
        Place::RequestUri | Place::NextHop | Place::Branch => return None,
    };
    changed.ok().map(Text::from)
}

fn push(call: &mut Call, place: Place, text: Text) -> bool {
    match place {
        Place::User | Place::Domain => match rewritten(call, place, &text) {
            Some(uri) => call.set_request_uri(uri),
            None => return false,
        },
        Place::RequestUri => call.set_request_uri(text),
        Place::NextHop => call.set_next_hop(text),
        Place::Branch => {
            let most = usize::try_from(call.runtime.settings.max_branches).unwrap_or(0);
            if call.branches.list.len() + 1 >= most {
                call.error(format_args!(
                    "the request has as many branches as it may have"
                ));
                return false;
            }
            call.branches.list.push(Box::new(Target {
                uri: Some(text),
                ..Target::default()
            }));
        }
    }
    true
}

/// Logs all AVPs.
///
/// ```cfg
/// avp_print();
/// ```
#[script_function(avp_print, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn avp_print(call: &mut Call) -> Verdict {
    let lines: Vec<String> = call
        .attributes
        .avps
        .iter()
        .map(|(name, value)| {
            let name = crate::store::name_text(name);
            format!("{}={}", name.to_str_lossy(), value.to_text().to_str_lossy())
        })
        .collect();
    call.log(LogLevel::Info, format_args!("AVPs: {}", lines.join(", ")));
    Verdict::TRUE
}
