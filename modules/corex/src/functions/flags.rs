//! Flags of the message, and what the message is.

use module_api::{Call, Literal, NetworkDirection, NetworkOctets, Text, Verdict, script_function};

/// Internal flags, kept with the message.
#[derive(Default)]
struct InternalFlags {
    numbered: u64,
    named: u8,
}

/// Via-body flags, kept with the message.
#[derive(Default)]
struct ViaBodyFlags(u32);

/// The internal flags that have names.
const NAMED: [&[u8]; 4] = [
    b"USE_UAC_FROM",
    b"USE_UAC_TO",
    b"UAC_AUTH",
    b"MSG_APPLY_CHANGES",
];

/// One internal flag.
#[derive(Clone, Copy)]
enum InternalFlag {
    Numbered(u64),
    Named(u8),
}

fn internal_flag(name: &[u8]) -> Option<InternalFlag> {
    if let Some(at) = NAMED.iter().position(|known| *known == name) {
        return Some(InternalFlag::Named(1 << at));
    }
    let number = stdx::number::parse_i64(name)?;
    bit(number).map(InternalFlag::Numbered)
}

/// The bit of a flag from 0 to 63.
fn bit(number: i64) -> Option<u64> {
    1u64.checked_shl(u32::try_from(number).ok()?)
}

fn note<T: Default + Send + 'static>(call: &mut Call) -> Option<&mut T> {
    if call.notes.get::<T>().is_none() {
        call.notes.set(T::default());
    }
    call.notes.get_mut::<T>()
}

/// Whether the message is one that the server made for an event or timer route.
///
/// ```cfg
/// if (!is_faked_msg()) {
///     xinfo("received\n");   # log: received
/// }
/// ```
#[script_function(is_faked_msg, routes = ANY)]
fn is_faked_msg(call: &mut Call) -> Verdict {
    Verdict::of(call.flags.marks.faked)
}

/// Whether `event_route[network:msg]` runs for octets that came in; false in all other routes.
///
/// ```cfg
/// if (!is_incoming()) {
///     xinfo("not here\n");   # log: not here
/// }
/// ```
#[script_function(is_incoming, routes = ANY)]
fn is_incoming(call: &mut Call) -> Verdict {
    let network = call.notes.get::<NetworkOctets>();
    Verdict::of(network.is_some_and(|seen| seen.direction == NetworkDirection::Incoming))
}

/// The word and the bit of an extended flag.
fn extended(flag: i64) -> Option<(usize, u32)> {
    let flag = u32::try_from(flag).ok().filter(|flag| *flag < 64)?;
    Some(((flag / 32) as usize, 1 << (flag % 32)))
}

/// Sets the extended flag `flag`, 0 to 63.
///
/// ```cfg
/// setxflag("40");
/// if (isxflagset("40")) {
///     xinfo("set\n");   # log: set
/// }
/// ```
#[script_function(setxflag, routes = ANY)]
fn setxflag(call: &mut Call, flag: i64) -> Verdict {
    let Some((word, bit)) = extended(flag) else {
        return Verdict::FALSE;
    };
    if let Some(word) = call.flags.extended.get_mut(word) {
        *word |= bit;
    }
    Verdict::TRUE
}

/// Clears the extended flag `flag`, 0 to 63.
///
/// ```cfg
/// setxflag(1);
/// resetxflag(1);
/// if (!isxflagset(1)) {
///     xinfo("clear\n");   # log: clear
/// }
/// ```
#[script_function(resetxflag, routes = ANY)]
fn resetxflag(call: &mut Call, flag: i64) -> Verdict {
    let Some((word, bit)) = extended(flag) else {
        return Verdict::FALSE;
    };
    if let Some(word) = call.flags.extended.get_mut(word) {
        *word &= !bit;
    }
    Verdict::TRUE
}

/// Whether the extended flag `flag`, 0 to 63, is set.
///
/// ```cfg
/// if (!isxflagset(2)) {
///     xinfo("clear\n");   # log: clear
/// }
/// ```
#[script_function(isxflagset, routes = ANY)]
fn isxflagset(call: &mut Call, flag: i64) -> Verdict {
    Verdict::of(extended(flag).is_some_and(|(word, bit)| {
        call.flags
            .extended
            .get(word)
            .is_some_and(|flags| flags & bit != 0)
    }))
}

/// Sets the internal flag `flag`: `USE_UAC_FROM`, `USE_UAC_TO`, `UAC_AUTH`, `MSG_APPLY_CHANGES`, or 0 to 63.
///
/// True also when there is no such flag (observed on 5.6.3).
///
/// ```cfg
/// msg_iflag_set("UAC_AUTH");
/// if (msg_iflag_is_set("UAC_AUTH")) {
///     xinfo("set\n");   # log: set
/// }
/// ```
#[script_function(msg_iflag_set, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_iflag_set(call: &mut Call, flag: Text) -> Verdict {
    let flag = internal_flag(&flag);
    if let Some(flags) = note::<InternalFlags>(call) {
        match flag {
            Some(InternalFlag::Numbered(bit)) => flags.numbered |= bit,
            Some(InternalFlag::Named(bit)) => flags.named |= bit,
            None => {}
        }
    }
    Verdict::TRUE
}

/// Clears the internal flag `flag`.
///
/// ```cfg
/// msg_iflag_set("UAC_AUTH");
/// msg_iflag_reset("UAC_AUTH");
/// if (!msg_iflag_is_set("UAC_AUTH")) {
///     xinfo("clear\n");   # log: clear
/// }
/// ```
#[script_function(msg_iflag_reset, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_iflag_reset(call: &mut Call, flag: Text) -> Verdict {
    let flag = internal_flag(&flag);
    if let Some(flags) = note::<InternalFlags>(call) {
        match flag {
            Some(InternalFlag::Numbered(bit)) => flags.numbered &= !bit,
            Some(InternalFlag::Named(bit)) => flags.named &= !bit,
            None => {}
        }
    }
    Verdict::TRUE
}

/// Whether the internal flag `flag` is set: -2 when it is not, -1 when there is no such flag.
///
/// ```cfg
/// msg_iflag_is_set("UAC_AUTH");
/// xinfo("$rc\n");   # log: -2
/// ```
#[script_function(msg_iflag_is_set, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_iflag_is_set(call: &mut Call, flag: Text) -> Verdict {
    let Some(wanted) = internal_flag(&flag) else {
        call.error(format_args!("msg_iflag_is_set: there is no flag `{flag}`"));
        return Verdict::FALSE;
    };
    let is_set = call
        .notes
        .get::<InternalFlags>()
        .is_some_and(|flags| match wanted {
            InternalFlag::Numbered(bit) => flags.numbered & bit != 0,
            InternalFlag::Named(bit) => flags.named & bit != 0,
        });
    if is_set { Verdict::TRUE } else { Verdict(-2) }
}

/// The bit of a via-body flag.
fn via_body_bit(number: i64) -> Option<u32> {
    1u32.checked_shl(u32::try_from(number).ok()?)
}

/// Sets the via-body flag `flag`, 0 to 31.
///
/// ```cfg
/// msg_vbflag_set(1);
/// if (msg_vbflag_is_set(1)) {
///     xinfo("set\n");   # log: set
/// }
/// ```
#[script_function(msg_vbflag_set, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_vbflag_set(call: &mut Call, flag: i64) -> Verdict {
    let Some(bit) = via_body_bit(flag) else {
        return Verdict::FALSE;
    };
    if let Some(flags) = note::<ViaBodyFlags>(call) {
        flags.0 |= bit;
    }
    Verdict::TRUE
}

/// Clears the via-body flag `flag`, 0 to 31.
///
/// ```cfg
/// msg_vbflag_set(1);
/// msg_vbflag_reset(1);
/// if (!msg_vbflag_is_set(1)) {
///     xinfo("clear\n");   # log: clear
/// }
/// ```
#[script_function(msg_vbflag_reset, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_vbflag_reset(call: &mut Call, flag: i64) -> Verdict {
    let Some(bit) = via_body_bit(flag) else {
        return Verdict::FALSE;
    };
    if let Some(flags) = note::<ViaBodyFlags>(call) {
        flags.0 &= !bit;
    }
    Verdict::TRUE
}

/// Whether the via-body flag `flag`, 0 to 31, is set.
///
/// ```cfg
/// if (!msg_vbflag_is_set(3)) {
///     xinfo("clear\n");   # log: clear
/// }
/// ```
#[script_function(msg_vbflag_is_set, routes = ANY, compat = partial("the flags are kept; nothing acts on them"))]
fn msg_vbflag_is_set(call: &mut Call, flag: i64) -> Verdict {
    let set = call.notes.get::<ViaBodyFlags>().map_or(0, |flags| flags.0);
    Verdict::of(via_body_bit(flag).is_some_and(|bit| set & bit != 0))
}

/// Takes a list of via-body flags; undocumented upstream.
///
/// ```cfg
/// msg_vbflag_parse("x");
/// ```
#[script_function(msg_vbflag_parse, routes = ANY, compat = accepted("undocumented upstream; does nothing"))]
fn msg_vbflag_parse(_call: &mut Call, flags: Literal) -> Verdict {
    let _ = flags;
    Verdict::TRUE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_64_places() {
        for (flag, place) in [
            (0, Some((0, 1))),
            (31, Some((0, 1 << 31))),
            (32, Some((1, 1))),
            (63, Some((1, 1 << 31))),
            (64, None),
            (-1, None),
        ] {
            assert_eq!(extended(flag), place, "{flag}");
            assert_eq!(bit(flag).is_some(), place.is_some(), "{flag}");
        }
    }
}
