//! Attributes of branches, read and changed by their names.

use crate::pvars::destination::{find_socket, socket_text};
use crate::pvars::request_uri::text;
use module_api::{Call, ConnectionId, SetError, SocketId, Target, Text, Value};

/// An attribute of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `uri`
    Uri,
    /// `dst_uri`
    DestinationUri,
    /// `path`
    Path,
    /// `q`, in thousandths
    Q,
    /// `send_socket`
    Socket,
    /// `count`
    Count,
    /// `flags`
    Flags,
    /// `ruid`
    Ruid,
    /// `location_ua`
    LocationUserAgent,
    /// `otcpid`
    Connection,
    /// `instance`
    Instance,
}

/// A note: the branch that a script puts together before it is used.
#[derive(Clone, Default)]
pub struct StaticBranch(pub Target);

/// The value of an attribute.
pub fn read(call: &Call, target: &Target, attribute: Attribute) -> Value {
    let text = |text: &Option<Text>| Value::from_option(text.clone());
    match attribute {
        Attribute::Uri => text(&target.uri),
        Attribute::DestinationUri => text(&target.destination_uri),
        Attribute::Path => text(&target.path),
        Attribute::Q => target.q.map_or(Value::Null, |q| Value::Int(i64::from(q))),
        Attribute::Socket => Value::from_option(target.socket.and_then(|id| socket_text(call, id))),
        Attribute::Count => Value::Null,
        Attribute::Flags => Value::Int(i64::from(target.flags)),
        Attribute::Ruid => Value::from_option(target.ruid().cloned()),
        Attribute::LocationUserAgent => Value::from_option(target.user_agent().cloned()),
        Attribute::Connection => Value::Int(target.connection.map_or(0, |id| i64::from(id.0))),
        Attribute::Instance => Value::from_option(target.instance().cloned()),
    }
}

/// A change of an attribute whose value was found good.
pub enum Change {
    /// Of the URI.
    Uri(Option<Text>),
    /// Of the next hop.
    DestinationUri(Option<Text>),
    /// Of the path.
    Path(Option<Text>),
    /// Of the priority.
    Q(Option<u16>),
    /// Of the socket.
    Socket(Option<SocketId>),
    /// Of the flags.
    Flags(u32),
    /// Of the connection.
    Connection(Option<ConnectionId>),
}

impl Change {
    /// Checks a value for an attribute.
    pub fn of(call: &Call, attribute: Attribute, value: Value) -> Result<Change, SetError> {
        let optional_text = |value: Value| {
            if value.is_null() {
                Ok(None)
            } else {
                text(value).map(Some)
            }
        };
        let number = |value: Value| match value {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number)),
            Value::Str(_) => Err(SetError::refused("an integer is needed")),
        };
        Ok(match attribute {
            Attribute::Uri => Change::Uri(optional_text(value)?),
            Attribute::DestinationUri => Change::DestinationUri(optional_text(value)?),
            Attribute::Path => Change::Path(optional_text(value)?),
            Attribute::Q => Change::Q(
                number(value)?
                    .map(|q| u16::try_from(q).unwrap_or(if q < 0 { 0 } else { u16::MAX })),
            ),
            Attribute::Flags => Change::Flags(number(value)?.unwrap_or(0) as u32),
            Attribute::Connection => {
                let id = number(value)?
                    .and_then(|id| u32::try_from(id).ok())
                    .filter(|id| *id > 0);
                Change::Connection(id.map(ConnectionId))
            }
            Attribute::Socket => match optional_text(value)? {
                None => Change::Socket(None),
                Some(name) => match find_socket(call, &name) {
                    Some(id) => Change::Socket(Some(id)),
                    None => {
                        return Err(SetError::refused(format!("none of our sockets is {name}")));
                    }
                },
            },
            Attribute::Count
            | Attribute::Ruid
            | Attribute::LocationUserAgent
            | Attribute::Instance => {
                return Err(SetError::ReadOnly);
            }
        })
    }

    /// Makes the change.
    pub fn apply(self, target: &mut Target) {
        match self {
            Change::Uri(uri) => target.uri = uri,
            Change::DestinationUri(uri) => target.destination_uri = uri,
            Change::Path(path) => target.path = path,
            Change::Q(q) => target.q = q,
            Change::Socket(socket) => target.socket = socket,
            Change::Flags(flags) => target.flags = flags,
            Change::Connection(connection) => target.connection = connection,
        }
    }
}

/// Adds a branch, unless there are as many as there may be (`max_branches`).
pub fn append(call: &mut Call, target: Target) -> Result<(), SetError> {
    // Branch 0 counts.
    if call.branches.list.len() as i64 + 1 >= call.runtime.settings.max_branches {
        return Err(SetError::refused(
            "there are as many branches as there may be (max_branches)",
        ));
    }
    call.branches.list.push(Box::new(target));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_to_its_attribute() {
        let mut target = Target::default();
        Change::Q(Some(700)).apply(&mut target);
        Change::Flags(3).apply(&mut target);
        Change::Path(Some(Text::from("<sip:p;lr>"))).apply(&mut target);
        assert_eq!(
            (target.q, target.flags, target.path),
            (Some(700), 3, Some(Text::from("<sip:p;lr>")))
        );
    }
}
