//! Variables.

use crate::description;
use crate::walk::Walks;
use diagnostics::codes::names;
use module_api::{
    Binder, Call, Diagnostic, InnerLiteral, PvarInner, PvarSpec, SetError, Text, Value, pvar,
};
use sip::Span;
use sip::sdp::{Connection, Family, Media, Sdp, Session};

/// A part of the session description.
pub enum Part {
    /// `body`, `raw`
    Whole,
    /// `sess_version`
    Version,
    /// `o:ip`
    Origin,
    /// `c:ip`
    Address,
    /// `c:af`
    Family,
    /// `m0:raw` and the like: of the stream with that number.
    Media(usize, MediaPart),
}

/// A part of one stream.
pub enum MediaPart {
    /// `raw`
    Whole,
    /// `rtp:port`
    Port,
    /// `rtcp:port`
    RtcpPort,
    /// `b:AS` and the like.
    Bandwidth(Text),
}

impl PvarInner for Part {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Part::read(spec.inner()).ok_or_else(|| {
            Diagnostic::error(
                names::BAD_VARIABLE_NAME,
                spec.span(),
                format!("`{}` is no part of a session description", spec.inner()),
            )
        })
    }
}

impl Part {
    fn read(name: &str) -> Option<Part> {
        Some(match name {
            "body" | "raw" => Part::Whole,
            "sess_version" => Part::Version,
            "o:ip" => Part::Origin,
            "c:ip" => Part::Address,
            "c:af" => Part::Family,
            _ => {
                let (number, part) = name.strip_prefix('m')?.split_once(':')?;
                let part = match part {
                    "raw" => MediaPart::Whole,
                    "rtp:port" => MediaPart::Port,
                    "rtcp:port" => MediaPart::RtcpPort,
                    _ => MediaPart::Bandwidth(Text::from(part.strip_prefix("b:")?)),
                };
                Part::Media(number.parse().ok()?, part)
            }
        })
    }
}

/// A part of the session description: `$sdp(body)`, `$sdp(sess_version)`, `$sdp(o:ip)`, `$sdp(c:ip)`, `$sdp(c:af)`, and of its
/// streams `$sdp(m0:raw)`, `$sdp(m0:rtp:port)`, `$sdp(m0:rtcp:port)`, `$sdp(m0:b:AS)`.
///
/// The connection is that of the first stream, or else of the session; the port of RTCP, where none is told, is the one behind RTP's.
/// Only `$sdp(sess_version)` can be set; -1 makes it one more than it is.
#[pvar("sdp", set = set_description)]
fn session(call: &mut Call, part: &Part) -> Value {
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        return Value::Null;
    };
    let text = |span: Span| Value::Str(Text::from(message.slice(span)));
    let address = |connection: Option<Connection>| {
        connection.map_or(Value::Null, |connection| text(connection.address))
    };
    let Some(session) = sdp.sessions().first() else {
        return Value::Null;
    };
    match part {
        Part::Whole => text(sdp.whole()),
        Part::Version => sdp
            .origin(session)
            .map_or(Value::Null, |origin| text(origin.version)),
        Part::Origin => address(sdp.origin(session).map(|origin| origin.connection)),
        Part::Address => address(connection(&sdp, session)),
        Part::Family => match connection(&sdp, session).map(|c| c.family) {
            Some(Family::Ip4) => Value::from_static("IP4"),
            Some(Family::Ip6) => Value::from_static("IP6"),
            None => Value::Null,
        },
        Part::Media(number, part) => {
            let Some(media) = sdp.media().get(*number) else {
                return Value::Null;
            };
            let span = media_part(&sdp, media, part);
            span.map_or_else(|| default_of(&sdp, media, part), text)
        }
    }
}

/// The connection of the first stream, else that of the session.
fn connection(sdp: &Sdp<'_>, session: &Session) -> Option<Connection> {
    let own = |media: &Media| sdp.connection(media.whole);
    let first = sdp.media().first().and_then(own);
    first.or_else(|| sdp.connection(session.common))
}

/// What goes without saying: RTCP is at the port behind that of RTP (RFC 3550 §11).
fn default_of(sdp: &Sdp<'_>, media: &Media, part: &MediaPart) -> Value {
    match (part, stdx::number::parse_i64(sdp.text(media.port))) {
        (MediaPart::RtcpPort, Some(port)) => Value::Str(Text::from(port + 1)),
        _ => Value::Null,
    }
}

fn media_part(sdp: &Sdp<'_>, media: &Media, part: &MediaPart) -> Option<Span> {
    match part {
        MediaPart::Whole => Some(media.whole),
        MediaPart::Port => Some(media.port),
        MediaPart::RtcpPort => sdp.rtcp(media.whole).map(|rtcp| rtcp.port),
        MediaPart::Bandwidth(kind) => sdp.lines(media.whole).find_map(|line| {
            if line.kind != b'b' {
                return None;
            }
            let name = sdp.text(line.value).strip_prefix(&kind[..])?;
            name.starts_with(b":")
                .then(|| Span::new(line.value.start + kind.len() as u32 + 1, line.value.end))
        }),
    }
}

fn set_description(call: &mut Call, part: &Part, value: Value) -> Result<(), SetError> {
    if !matches!(part, Part::Version) {
        return Err(SetError::ReadOnly);
    }
    let number = value
        .to_int()
        .map_err(|_| SetError::refused("the version of a session is a number"))?;
    let message = call.message.clone();
    let sdp = description::of(&message);
    let origin = sdp
        .as_ref()
        .and_then(|sdp| sdp.origin(sdp.sessions().first()?));
    let Some(origin) = origin else {
        return Err(SetError::refused("there is no session description"));
    };
    let version = if number == -1 {
        let present = stdx::number::parse_u64(message.text(origin.version)).unwrap_or(0);
        present.wrapping_add(1)
    } else {
        u64::try_from(number)
            .map_err(|_| SetError::refused("the version of a session is not negative"))?
    };
    call.edits
        .replace(origin.version, version.to_string().into_bytes());
    Ok(())
}

/// The line that a walk over the session description is at: `$sdpitval(name)`.
#[pvar("sdpitval")]
fn iterator_line(call: &mut Call, name: &InnerLiteral) -> Value {
    let line = call
        .notes
        .get::<Walks>()
        .and_then(|walks| walks.line(&name.0));
    line.map_or(Value::Null, |line| {
        Value::Str(Text::from(call.message.slice(line)))
    })
}
