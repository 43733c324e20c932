//! Flags of messages and of AVPs.

use crate::arguments::{AvpArg, Fixed};
use module_api::{AvpName, Call, FlagArg, Text, Unrecorded, script_function};

/// Sets a message flag: 0 to 31, or a declared name.
///
/// ```cfg
/// setflag(3);
/// if (isflagset(3)) log(1, "set\n");   # log: set
/// ```
#[script_function(setflag, routes = ANY)]
fn setflag(call: &mut Call, flag: FlagArg) -> Unrecorded {
    call.flags.message |= 1 << flag.0;
    Unrecorded::TRUE
}

/// Clears a message flag.
///
/// ```cfg
/// setflag(3);
/// resetflag(3);
/// if (!isflagset(3)) log(1, "clear\n");   # log: clear
/// ```
#[script_function(resetflag, routes = ANY)]
fn resetflag(call: &mut Call, flag: FlagArg) -> Unrecorded {
    call.flags.message &= !(1 << flag.0);
    Unrecorded::TRUE
}

/// Whether a message flag is set.
///
/// ```cfg
/// if (!isflagset(4)) log(1, "clear\n");   # log: clear
/// ```
#[script_function(isflagset, routes = ANY)]
fn isflagset(call: &mut Call, flag: FlagArg) -> Unrecorded {
    Unrecorded::of(call.flags.message & (1 << flag.0) != 0)
}

/// The flags that AVPs have; a note of the message.
#[derive(Default)]
struct AvpFlags(Vec<(AvpName, Text)>);

fn avp_flags(call: &mut Call, change: impl FnOnce(&mut Vec<(AvpName, Text)>)) -> Unrecorded {
    let mut flags = call.notes.take::<AvpFlags>().unwrap_or_default();
    change(&mut flags.0);
    call.notes.set(flags);
    Unrecorded::TRUE
}

/// Sets a flag of all AVPs of a name. The flag is named as `avpflags` declares it.
///
/// ```cfg
/// $avp(x) = 1;
/// setavpflag($avp(x), "dirty");
/// if (isavpflagset($avp(x), "dirty")) log(1, "set\n");   # log: set
/// ```
#[script_function(setavpflag, routes = ANY, compat = partial("flags belong to a name and to the message, not to a value and to the transaction"))]
fn setavpflag(call: &mut Call, avp: AvpArg, flag: Fixed) -> Unrecorded {
    let entry = (avp.0, flag.0);
    avp_flags(call, |flags| {
        if !flags.contains(&entry) {
            flags.push(entry);
        }
    })
}

/// Clears a flag of all AVPs of a name.
///
/// ```cfg
/// setavpflag($avp(x), "dirty");
/// resetavpflag($avp(x), "dirty");
/// if (!isavpflagset($avp(x), "dirty")) log(1, "clear\n");   # log: clear
/// ```
#[script_function(resetavpflag, routes = ANY, compat = partial("flags belong to a name and to the message, not to a value and to the transaction"))]
fn resetavpflag(call: &mut Call, avp: AvpArg, flag: Fixed) -> Unrecorded {
    let entry = (avp.0, flag.0);
    avp_flags(call, |flags| flags.retain(|known| *known != entry))
}

/// Whether a flag of the AVPs of a name is set.
///
/// ```cfg
/// if (!isavpflagset($avp(x), "dirty")) log(1, "clear\n");   # log: clear
/// ```
#[script_function(isavpflagset, routes = ANY, compat = partial("flags belong to a name and to the message, not to a value and to the transaction"))]
fn isavpflagset(call: &mut Call, avp: AvpArg, flag: Fixed) -> Unrecorded {
    let entry = (avp.0, flag.0);
    let flags = call.notes.get::<AvpFlags>();
    Unrecorded::of(flags.is_some_and(|flags| flags.0.contains(&entry)))
}
