//! Variables.

use crate::Dialogs;
use crate::context::{self, Coming, Current, Leaving, Loose};
use crate::dialog::{Body, Dialog};
use crate::packed::Field;
use crate::track::seconds;
use diagnostics::codes::names::BAD_VARIABLE_NAME;
use module_api::{
    Binder, Call, Diagnostic, InnerText, LogLevel, PvarInner, PvarSpec, SetError, SocketId, Text,
    Value, pvar,
};
use std::sync::Arc;

/// How many dialogs are active.
#[pvar("DLG_count")]
pub fn count(call: &mut Call) -> Value {
    let dialogs = call.runtime.module::<Dialogs>();
    dialogs.map_or(Value::Null, |dialogs| {
        Value::Int(dialogs.counters.active.value())
    })
}

/// The state of the dialog that the request at hand belongs to, once its Route was followed.
#[pvar("DLG_status")]
pub fn status(call: &mut Call) -> Value {
    of_within(call, |body, _| i64::from(body.state as u8))
}

/// How long, in seconds, the call of the request at hand has been going on, once its Route was followed.
#[pvar("DLG_lifetime")]
pub fn lifetime(call: &mut Call) -> Value {
    of_within(call, |body, now| i64::from(body.duration(now)))
}

fn of_within(call: &mut Call, read: impl FnOnce(&Body, u32) -> i64) -> Value {
    match call.notes.get::<Current>() {
        Some(current) if current.is_within => {
            Value::Int(read(&current.dialog.body(), seconds(call.unix_time)))
        }
        _ => Value::Null,
    }
}

/// A key of `$dlg(…)`.
#[derive(Clone, Copy)]
pub enum Attribute {
    /// One of its texts.
    Text(Field),
    /// The number of its entry.
    Entry,
    /// Its number in the entry.
    Id,
    /// How many know of it.
    References,
    /// Its state.
    State,
    /// What has happened.
    Marks,
    /// The script's flags.
    Flags,
    /// The number of the route block for the end of the lifetime.
    TimeoutRoute,
    /// Its lifetime.
    Lifetime,
    /// When it was answered.
    Start,
    /// The caller's CSeq number.
    CallerNumber,
    /// The callee's CSeq number.
    CalleeNumber,
    /// Our socket on the caller's side.
    CallerSocket,
    /// Our socket on the callee's side.
    CalleeSocket,
}

fn unknown(spec: &PvarSpec<'_>) -> Diagnostic {
    let name = spec.inner();
    let message = format!("`${}` has no key `{name}`", spec.variable.class);
    Diagnostic::error(BAD_VARIABLE_NAME, spec.span(), message)
}

impl PvarInner for Attribute {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(match spec.inner() {
            "h_id" => Attribute::Id,
            "h_entry" => Attribute::Entry,
            "ref" => Attribute::References,
            "state" => Attribute::State,
            "dflags" => Attribute::Marks,
            "sflags" => Attribute::Flags,
            "toroute" => Attribute::TimeoutRoute,
            "lifetime" => Attribute::Lifetime,
            "start_ts" => Attribute::Start,
            "callid" => Attribute::Text(Field::CallId),
            "from_uri" => Attribute::Text(Field::FromUri),
            "from_tag" => Attribute::Text(Field::FromTag),
            "to_uri" => Attribute::Text(Field::ToUri),
            "to_tag" => Attribute::Text(Field::ToTag),
            "from_rs" => Attribute::Text(Field::CallerRoutes),
            "to_rs" => Attribute::Text(Field::CalleeRoutes),
            "from_contact" => Attribute::Text(Field::CallerContact),
            "to_contact" => Attribute::Text(Field::CalleeContact),
            "from_cseq" => Attribute::CallerNumber,
            "to_cseq" => Attribute::CalleeNumber,
            "from_bindaddr" => Attribute::CallerSocket,
            "to_bindaddr" => Attribute::CalleeSocket,
            _ => return Err(unknown(spec)),
        })
    }
}

fn current(call: &Call) -> Option<Arc<Dialog>> {
    let dialogs = call.runtime.module::<Dialogs>()?;
    context::current(&dialogs, call)
}

/// What is known of the dialog that the message belongs to: `$dlg(callid)`.
#[pvar("dlg")]
pub fn dialog(call: &mut Call, attribute: &Attribute) -> Value {
    let Some(dialog) = current(call) else {
        return Value::Null;
    };
    let body = dialog.body();
    let number = |number: u32| Value::Int(i64::from(number));
    let cseq = |number: u32| Value::Str(Text::from(i64::from(number)));
    let socket = |socket: Option<SocketId>| {
        let socket = socket.and_then(|id| call.runtime.sockets.get(id));
        Value::from_option(socket.map(|socket| socket.text()))
    };
    match attribute {
        Attribute::Text(field) => {
            let text = body.texts.get(*field).filter(|text| !text.is_empty());
            Value::from_option(text)
        }
        Attribute::Entry => number(dialog.entry),
        Attribute::Id => number(dialog.id),
        // The table and whoever asks.
        Attribute::References => Value::Int(Arc::strong_count(&dialog) as i64),
        Attribute::State => {
            let left = call.notes.get::<Leaving>().map(|left| left.0);
            Value::Int(left.unwrap_or(body.state) as i64)
        }
        Attribute::Marks => Value::Int(i64::from(body.marks)),
        Attribute::Flags => number(body.flags),
        Attribute::TimeoutRoute => {
            let route = call.runtime.routes.route(body.timeout_route());
            Value::Int(route.map_or(0, |route| i64::from(route.0) + 1))
        }
        Attribute::Lifetime => number(body.lifetime),
        Attribute::Start => number(body.answered),
        Attribute::CallerNumber => cseq(body.caller_number),
        Attribute::CalleeNumber if body.answered == 0 => Value::Null,
        Attribute::CalleeNumber => cseq(body.callee_number),
        Attribute::CallerSocket => socket(body.caller_socket),
        Attribute::CalleeSocket => socket(body.callee_socket),
    }
}

/// A key of `$dlg_ctx(…)`.
#[derive(Clone, Copy)]
pub enum Setting {
    /// A number that scripts may keep.
    Number(usize),
    /// Whether there is a dialog.
    IsSet,
    /// The lifetime.
    Timeout,
    /// Whether both sides get a BYE.
    TimeoutBye,
    /// The route block for the end of the lifetime.
    TimeoutRoute,
    /// Its number.
    TimeoutRouteId,
}

impl PvarInner for Setting {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(match spec.inner() {
            "on" => Setting::Number(0),
            "set" => Setting::IsSet,
            "dir" => Setting::Number(1),
            "flags" => Setting::Number(2),
            "timeout" => Setting::Timeout,
            "timeout_bye" => Setting::TimeoutBye,
            "timeout_route" => Setting::TimeoutRoute,
            "timeout_route_id" => Setting::TimeoutRouteId,
            _ => return Err(unknown(spec)),
        })
    }
}

/// What the script wants of the dialog to come: `$dlg_ctx(timeout_bye) = 1`. Can be set.
#[pvar("dlg_ctx", set = set_coming)]
pub fn coming(call: &mut Call, setting: &Setting) -> Value {
    let coming = call.notes.get::<Coming>().cloned().unwrap_or_default();
    match setting {
        Setting::Number(at) => Value::Int(coming.numbers.get(*at).copied().unwrap_or(0)),
        Setting::IsSet => Value::Int(i64::from(current(call).is_some())),
        Setting::Timeout => Value::Int(coming.timeout),
        Setting::TimeoutBye => Value::Int(coming.timeout_bye),
        Setting::TimeoutRoute if coming.timeout_route.is_empty() => Value::Null,
        Setting::TimeoutRoute => Value::Str(coming.timeout_route),
        Setting::TimeoutRouteId => {
            let route = call.runtime.routes.route(&coming.timeout_route);
            Value::Int(route.map_or(0, |route| i64::from(route.0) + 1))
        }
    }
}

fn set_coming(call: &mut Call, setting: &Setting, value: Value) -> Result<(), SetError> {
    let mut coming = call.notes.take::<Coming>().unwrap_or_default();
    let number = value.to_int();
    let refused = |_| SetError::refused("an integer is needed");
    let result = match setting {
        Setting::TimeoutRoute => {
            coming.timeout_route = value.into_text();
            Ok(())
        }
        Setting::Timeout => number
            .map(|number| coming.timeout = number)
            .map_err(refused),
        Setting::TimeoutBye => number
            .map(|number| coming.timeout_bye = number)
            .map_err(refused),
        Setting::Number(at) => number.map_err(refused).map(|number| {
            if let Some(slot) = coming.numbers.get_mut(*at) {
                *slot = number;
            }
        }),
        Setting::TimeoutRouteId | Setting::IsSet => Err(SetError::ReadOnly),
    };
    call.notes.set(coming);
    result
}

/// A variable of the dialog that the message belongs to: `$dlg_var(name)`. Can be set to a text, and to `$null`.
///
/// What is set before there is a dialog goes to the one that is made of this message.
#[pvar("dlg_var", set = set_variable)]
pub fn variable(call: &mut Call, name: &InnerText) -> Value {
    let name = name.0.text(call);
    match current(call) {
        Some(dialog) => Value::from_option(dialog.variable(&name)),
        None => {
            let loose = call.notes.get::<Loose>();
            let mut list = loose.into_iter().flat_map(|loose| &loose.0);
            Value::from_option(list.find_map(|(key, value)| (*key == name).then(|| value.clone())))
        }
    }
}

/// Logs a change of a variable of a dialog (`debug_variables`).
pub fn tell_variable(call: &mut Call, name: &Text, value: Option<&[u8]>) {
    let level = LogLevel::Info;
    match value.map(String::from_utf8_lossy) {
        Some(value) => call.log(
            level,
            format_args!("the dialog's variable {name} is set: {value}"),
        ),
        None => call.log(
            level,
            format_args!("the dialog's variable {name} is removed"),
        ),
    }
}

fn set_variable(call: &mut Call, name: &InnerText, value: Value) -> Result<(), SetError> {
    let name = name.0.text(call);
    let value = match value {
        Value::Null => None,
        // A copy: a dialog must not keep the message that a text was taken from.
        Value::Str(text) => Some(Text::from(&*text)),
        // COMPAT: 5.6.3 takes no integer.
        Value::Int(_) => return Err(SetError::NeedsText),
    };
    let Some(dialogs) = call.runtime.module::<Dialogs>() else {
        return Ok(());
    };
    if dialogs.params.debug_variables != 0 {
        tell_variable(call, &name, value.as_deref());
    }
    if let Some(dialog) = context::current(&dialogs, call) {
        if !dialog.set_variable(&name, value) {
            return Err(SetError::refused("the dialog has too many variables"));
        }
        if let Some(storage) = dialogs.storage.get() {
            storage.changed(&dialogs, &call.runtime, &dialog);
        }
        return Ok(());
    }
    let mut loose = call.notes.take::<Loose>().unwrap_or_default();
    loose.0.retain(|(key, _)| *key != name);
    if let Some(value) = value {
        loose.0.insert(0, (name, value));
    }
    call.notes.set(loose);
    Ok(())
}
