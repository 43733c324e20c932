//! Variables.

use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, InnerText, PvarInner, PvarSpec, SocketInfo, Text, TypedEvent, Value,
    pvar,
};

/// What `$cfg` tells of the statement.
#[derive(Clone, Copy)]
pub enum PlaceKey {
    /// `line`
    Line,
    /// `file`, and `name`, which is the file unless the configuration gives itself another name
    File,
    /// `route`
    Route,
}

impl PvarInner for PlaceKey {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "line" => Ok(PlaceKey::Line),
            "file" | "name" => Ok(PlaceKey::File),
            "route" => Ok(PlaceKey::Route),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`$cfg` takes line, name, file or route, not `{other}`"),
            )),
        }
    }
}

/// The place of the statement in the configuration: `$cfg(line)`, `$cfg(file)`, `$cfg(name)`, `$cfg(route)`.
#[pvar("cfg")]
fn configuration(call: &mut Call, key: &PlaceKey) -> Value {
    let Some(place) = call.runtime.place(call.place) else {
        return Value::Null;
    };
    match key {
        PlaceKey::Line => Value::Int(i64::from(place.line)),
        PlaceKey::File => Value::from(&*place.file),
        PlaceKey::Route => Value::from(place.route_name()),
    }
}

/// An attribute of one of our sockets: `$lsock(n/s1/listen)` is the address of the socket named `s1`.
///
/// The first part says what is looked at, `n` the name or `l` the address; the last what is shown, `name` or `listen`.
#[pvar("lsock")]
fn listen_socket(call: &mut Call, expression: &InnerText) -> Value {
    let text = expression.0.text(call);
    let mut parts = stdx::ascii::split(&text, b'/');
    let (Some(by), Some(wanted), Some(shown), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        call.error(format_args!(
            "$lsock: `{text}` is not of the form attribute/value/attribute"
        ));
        // Empty, not null (observed on 5.6.3).
        return Value::from_static("");
    };
    let attribute = |socket: &SocketInfo, name: &[u8]| -> Option<Text> {
        match name {
            b"n" | b"name" => socket.name.clone(),
            b"l" | b"listen" => Some(socket.text()),
            _ => None,
        }
    };
    let sockets = &call.runtime.sockets;
    let socket = sockets
        .list
        .iter()
        .find(|socket| attribute(socket, by).is_some_and(|value| *value == *wanted));
    Value::from_option(socket.and_then(|socket| attribute(socket, shown)))
}

/// What `$atkv` tells of an event.
#[derive(Clone, Copy)]
pub enum EventKey {
    /// `type`
    Type,
    /// `key`
    Key,
    /// `val`
    Value,
    /// `gname`
    Group,
}

impl PvarInner for EventKey {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match spec.inner() {
            "type" => Ok(EventKey::Type),
            "key" => Ok(EventKey::Key),
            "val" => Ok(EventKey::Value),
            "gname" => Ok(EventKey::Group),
            other => Err(Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`$atkv` takes type, key, val or gname, not `{other}`"),
            )),
        }
    }
}

/// What `event_route[core:tkv]` is about: `$atkv(key)`, `$atkv(val)`, `$atkv(type)`, `$atkv(gname)`; null in other routes.
#[pvar("atkv")]
fn event_value(call: &mut Call, key: &EventKey) -> Value {
    let Some(event) = call.notes.get::<TypedEvent>() else {
        return Value::Null;
    };
    match key {
        EventKey::Type => Value::Int(event.kind),
        EventKey::Key => Value::Str(event.key.clone()),
        EventKey::Value => Value::Str(event.value.clone()),
        EventKey::Group => Value::Str(call.runtime.settings.process.async_tkv_gname.clone()),
    }
}
