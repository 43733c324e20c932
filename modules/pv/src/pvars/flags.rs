//! Flags: of the message, of the run, of branch 0.

use diagnostics::codes::names;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, SetError, Text, Value, pvar};

/// The number of one flag.
pub struct FlagNumber(u32);

impl PvarInner for FlagNumber {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let name = spec.inner().trim();
        let number = match name.parse::<u32>() {
            Ok(number) => Some(number),
            Err(_) => binder.flags.get(name).map(|number| u32::from(*number)),
        };
        number
            .filter(|number| *number < 32)
            .map(FlagNumber)
            .ok_or_else(|| {
                let message =
                    format!("`{name}` is no flag: a number from 0 to 31 or a declared name is");
                Diagnostic::error(names::BAD_VARIABLE_NAME, spec.span(), message)
            })
    }
}

fn decimal(flags: u32) -> Value {
    Value::Int(i64::from(flags))
}

/// Eight hexadecimal digits.
fn hexadecimal(flags: u32) -> Value {
    Value::Str(Text::from(&stdx::hex::digits_of_u32(flags)))
}

fn one(flags: u32, flag: &FlagNumber) -> Value {
    Value::Int(i64::from(flags >> flag.0 & 1))
}

fn set_all(flags: &mut u32, value: Value) -> Result<(), SetError> {
    *flags = match value {
        Value::Int(number) => number as u32,
        Value::Null => 0,
        Value::Str(_) => return Err(SetError::refused("an integer is needed")),
    };
    Ok(())
}

fn set_one(flags: &mut u32, flag: &FlagNumber, value: Value) -> Result<(), SetError> {
    match value {
        Value::Null | Value::Int(0) => *flags &= !(1 << flag.0),
        Value::Int(_) => *flags |= 1 << flag.0,
        Value::Str(_) => return Err(SetError::refused("an integer is needed")),
    }
    Ok(())
}

/// The message flags as a number.
#[pvar("mf", set = set_message_flags)]
fn message_flags(call: &mut Call) -> Value {
    decimal(call.flags.message)
}

/// The message flags in hexadecimal.
#[pvar("mF", set = set_message_flags)]
fn message_flags_hex(call: &mut Call) -> Value {
    hexadecimal(call.flags.message)
}

/// One message flag, `$Mf(3)` or `$Mf(NAME)`: 0 or 1.
#[pvar("Mf", set = set_message_flag)]
fn message_flag(call: &mut Call, flag: &FlagNumber) -> Value {
    one(call.flags.message, flag)
}

fn set_message_flags(call: &mut Call, value: Value) -> Result<(), SetError> {
    set_all(&mut call.flags.message, value)
}

fn set_message_flag(call: &mut Call, flag: &FlagNumber, value: Value) -> Result<(), SetError> {
    set_one(&mut call.flags.message, flag, value)
}

/// The script flags as a number. They are cleared at the start of each top-level run.
#[pvar("sf", set = set_script_flags)]
fn script_flags(call: &mut Call) -> Value {
    decimal(call.flags.script)
}

/// The script flags in hexadecimal.
#[pvar("sF", set = set_script_flags)]
fn script_flags_hex(call: &mut Call) -> Value {
    hexadecimal(call.flags.script)
}

/// One script flag, `$Sf(3)` or `$Sf(NAME)`: 0 or 1.
#[pvar("Sf", set = set_script_flag)]
fn script_flag(call: &mut Call, flag: &FlagNumber) -> Value {
    one(call.flags.script, flag)
}

fn set_script_flags(call: &mut Call, value: Value) -> Result<(), SetError> {
    set_all(&mut call.flags.script, value)
}

fn set_script_flag(call: &mut Call, flag: &FlagNumber, value: Value) -> Result<(), SetError> {
    set_one(&mut call.flags.script, flag, value)
}

/// The flags of branch 0 as a number; of the branch at hand in a branch or reply route.
#[pvar("bf", set = set_branch_flags)]
fn branch_flags(call: &mut Call) -> Value {
    decimal(call.target.flags)
}

/// The flags of branch 0 in hexadecimal; of the branch at hand in a branch or reply route.
#[pvar("bF", set = set_branch_flags)]
fn branch_flags_hex(call: &mut Call) -> Value {
    hexadecimal(call.target.flags)
}

/// One flag of branch 0, `$Bf(3)` or `$Bf(NAME)`: 0 or 1.
#[pvar("Bf", set = set_branch_flag)]
fn branch_flag(call: &mut Call, flag: &FlagNumber) -> Value {
    one(call.target.flags, flag)
}

fn set_branch_flags(call: &mut Call, value: Value) -> Result<(), SetError> {
    set_all(&mut call.target.flags, value)
}

fn set_branch_flag(call: &mut Call, flag: &FlagNumber, value: Value) -> Result<(), SetError> {
    set_one(&mut call.target.flags, flag, value)
}
