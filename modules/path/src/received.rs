//! The source of a registration as a parameter of our URI.

use module_api::Call;
use sip::Transport;
use stdx::number::push_decimal;

/// The source as an escaped URI: `sip:192.0.2.1:5060%3Btransport%3Dtcp`.
pub fn escaped(call: &Call) -> Vec<u8> {
    let reception = &call.reception;
    let mut out = Vec::with_capacity(48);
    out.extend_from_slice(b"sip:");
    sip::serialize::push_host(&mut out, reception.peer.ip());
    out.push(b':');
    push_decimal(&mut out, i64::from(reception.peer.port()));
    if reception.transport != Transport::Udp {
        out.extend_from_slice(b"%3Btransport%3D");
        out.extend_from_slice(reception.transport.uri_name().as_bytes());
    }
    out
}

/// The source as an alias: `192.0.2.1~5060~2`.
pub fn alias(call: &Call) -> Vec<u8> {
    let reception = &call.reception;
    let mut host = Vec::with_capacity(40);
    sip::serialize::push_host(&mut host, reception.peer.ip());
    sip::alias::write(&host, i64::from(reception.peer.port()), reception.transport)
}

/// The URI that the parameters of our Route give as the source.
pub fn from_params(params: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut params = params.split(|byte| *byte == b';');
    let value = params.find_map(|param| {
        let (key, value) = stdx::ascii::split_once(param, b'=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })?;
    if let Ok(uri) = sip::alias::uri(value) {
        return Some(uri);
    }
    let mut uri = Vec::with_capacity(value.len());
    let is_uri = sip::unescape(value, &mut uri) && sip::Uri::parse(&uri).is_ok();
    is_uri.then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_in_both_forms() {
        for (params, expected) in [
            ("lr;received=sip:1.2.3.4:5", Some("sip:1.2.3.4:5")),
            (
                "lr;received=sip:1.2.3.4:5%3Btransport%3Dtcp;x",
                Some("sip:1.2.3.4:5;transport=tcp"),
            ),
            ("received=1.2.3.4~5~2", Some("sip:1.2.3.4:5;transport=tcp")),
            ("lr", None),
            ("received=nothing", None),
        ] {
            let uri = from_params(params.as_bytes(), b"received");
            assert_eq!(uri.as_deref(), expected.map(str::as_bytes), "{params}");
        }
    }
}
