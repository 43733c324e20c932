//! `{msrpuri.*}`: parts of an MSRP URI (RFC 4975 §6).

use super::support::on_some_text;
use memchr::memchr;
use module_api::{Value, transformation};

/// `msrp://userinfo@host:port/session;proto;params`.
struct MsrpUri<'a> {
    userinfo: &'a [u8],
    host: &'a [u8],
    port: &'a [u8],
    session: &'a [u8],
    proto: &'a [u8],
    params: &'a [u8],
}

impl<'a> MsrpUri<'a> {
    fn parse(text: &'a [u8]) -> Option<MsrpUri<'a>> {
        let colon = memchr(b':', text)?;
        let (scheme, rest) = text.split_at_checked(colon)?;
        if !scheme.eq_ignore_ascii_case(b"msrp") && !scheme.eq_ignore_ascii_case(b"msrps") {
            return None;
        }
        let rest = rest.strip_prefix(b"://")?;
        let (userinfo, rest) = stdx::ascii::split_once(rest, b'@').unwrap_or((b"", rest));
        let authority = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b';'))
            .unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(authority)?;
        let host = match authority.first()? {
            b'[' => memchr(b']', authority)? + 1,
            _ => memchr(b':', authority).unwrap_or(authority.len()),
        };
        let (host, port) = authority.split_at_checked(host)?;
        let (session, rest) = match rest.strip_prefix(b"/") {
            Some(rest) => rest.split_at_checked(memchr(b';', rest).unwrap_or(rest.len()))?,
            None => (&b""[..], rest),
        };
        let rest = rest.strip_prefix(b";").unwrap_or_default();
        let (proto, params) = match memchr(b';', rest) {
            Some(end) => (rest.get(..end)?, rest),
            None => (rest, &b""[..]),
        };
        let port = port.strip_prefix(b":").unwrap_or_default();
        Some(MsrpUri {
            userinfo,
            host,
            port,
            session,
            proto,
            params,
        })
    }
}

fn of_uri(value: &Value, part: impl FnOnce(&MsrpUri<'_>) -> Value) -> Value {
    on_some_text(value, |text| {
        MsrpUri::parse(text).map_or(Value::Null, |uri| part(&uri))
    })
}

/// The user, without its parameters and password.
#[transformation("msrpuri.user")]
fn user(value: Value) -> Value {
    of_uri(&value, |uri| {
        let end = uri
            .userinfo
            .iter()
            .position(|byte| matches!(byte, b';' | b':'));
        Value::from(
            uri.userinfo
                .get(..end.unwrap_or(uri.userinfo.len()))
                .unwrap_or_default(),
        )
    })
}

/// Everything between the scheme and the `@`.
#[transformation("msrpuri.userinfo")]
fn userinfo(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.userinfo))
}

/// The host.
#[transformation("msrpuri.host")]
fn host(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.host))
}

/// The port; empty when there is none.
#[transformation("msrpuri.port")]
fn port(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.port))
}

/// The identifier of the session.
#[transformation("msrpuri.session")]
fn session(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.session))
}

/// The transport.
#[transformation("msrpuri.proto")]
fn proto(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.proto))
}

/// The parameters, the transport first; empty when there is none but the transport (observed on 5.6.3).
#[transformation("msrpuri.params")]
fn params(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.params))
}
