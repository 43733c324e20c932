//! The server: its process, figures, parameters.

use crate::Pv;
use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, InnerText, ParamValue, PvarInner, PvarSpec, SetError, Text, Value,
    pvar,
};

/// The number of the process.
#[pvar("pp")]
fn process(_call: &mut Call) -> Value {
    Value::Int(i64::from(std::process::id()))
}

/// The server's number among others (`server_id`).
#[pvar("sid")]
fn server_id(call: &mut Call) -> Value {
    Value::Int(call.runtime.settings.server_id)
}

/// When the server was started, in seconds since 1970.
#[pvar("Tb")]
fn started(call: &mut Call) -> Value {
    match call.runtime.module::<Pv>() {
        Some(pv) => Value::Int(pv.started.unix_time.as_secs() as i64),
        None => Value::Null,
    }
}

/// The value of a statistic, `$stat(rcv_requests)`; null when there is none of that name.
#[pvar("stat")]
fn statistic(call: &mut Call, name: &InnerText) -> Value {
    let name = name.0.text(call);
    let value = name
        .to_str()
        .and_then(|name| call.runtime.statistics.value(name));
    value.map_or(Value::Null, Value::Int)
}

/// Group and name of one of the script's own parameters.
pub struct CustomName {
    group: Text,
    name: Text,
}

impl PvarInner for CustomName {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner().split_once('.') {
            Some((group, name)) if !group.is_empty() && !name.is_empty() => Ok(CustomName {
                group: Text::from(group),
                name: Text::from(name),
            }),
            _ => {
                let message = format!("`{}` is not of the form group.name", spec.inner());
                Err(Diagnostic::error(
                    names::BAD_VARIABLE_NAME,
                    spec.span(),
                    message,
                ))
            }
        }
    }
}

/// One of the script's own parameters, `$ccp(group.name)`; see `group.name = value` at the top of a configuration.
#[pvar("ccp", set = set_custom)]
fn custom(call: &mut Call, wanted: &CustomName) -> Value {
    match call.custom_setting(&wanted.group, &wanted.name) {
        Some(ParamValue::Int(number)) => Value::Int(number),
        Some(ParamValue::Text(text)) => Value::Str(text),
        None => Value::Null,
    }
}

fn set_custom(call: &mut Call, wanted: &CustomName, value: Value) -> Result<(), SetError> {
    let known = call.runtime.custom.get(&wanted.group, &wanted.name);
    let value = match (known, value) {
        (Some(ParamValue::Int(_)), value @ (Value::Int(_) | Value::Str(_))) => ParamValue::Int(
            value
                .to_int()
                .map_err(|error| SetError::refused(error.to_string()))?,
        ),
        (Some(ParamValue::Text(_)), value @ (Value::Int(_) | Value::Str(_))) => {
            ParamValue::Text(value.into_text())
        }
        (Some(_), Value::Null) => {
            return Err(SetError::refused("it can be changed, but not removed"));
        }
        (None, _) => return Err(SetError::refused("there is no such parameter")),
    };
    call.runtime.custom.set(&wanted.group, &wanted.name, value);
    Ok(())
}

/// The class of the last error in reading a message.
#[pvar("err.class", compat = accepted("null: no mistake of a message was seen to set it on 5.6.3"))]
fn error_class(_call: &mut Call) -> Value {
    Value::Null
}

/// How severe the last error in reading a message was.
#[pvar("err.level", compat = accepted("null: no mistake of a message was seen to set it on 5.6.3"))]
fn error_level(_call: &mut Call) -> Value {
    Value::Null
}

/// What the last error in reading a message was.
#[pvar("err.info", compat = accepted("null: no mistake of a message was seen to set it on 5.6.3"))]
fn error_info(_call: &mut Call) -> Value {
    Value::Null
}

/// The status to answer the last error in reading a message with.
#[pvar("err.rcode", compat = accepted("null: no mistake of a message was seen to set it on 5.6.3"))]
fn error_status(_call: &mut Call) -> Value {
    Value::Null
}

/// The reason phrase to answer the last error in reading a message with.
#[pvar("err.rreason", compat = accepted("null: no mistake of a message was seen to set it on 5.6.3"))]
fn error_reason(_call: &mut Call) -> Value {
    Value::Null
}
