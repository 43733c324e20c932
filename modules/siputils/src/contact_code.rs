//! Contact URIs hidden in others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use module_api::Text;
use sip::Uri;

/// `sip:PREFIX*user*password*host*port*transport@HOST`: all but other parameters of `uri`, in the user of a URI of ours.
pub fn encode(uri: &Uri<'_>, prefix: &[u8], separator: u8, host: &[u8]) -> Text {
    let port = uri
        .port()
        .map(|port| Text::from(i64::from(port)))
        .unwrap_or_default();
    let separator = &[separator][..];
    Text::concat(&[
        uri.scheme_name(),
        b":",
        prefix,
        separator,
        uri.user().unwrap_or_default(),
        separator,
        uri.password().unwrap_or_default(),
        separator,
        uri.host(),
        separator,
        &port,
        separator,
        uri.param(b"transport").unwrap_or_default(),
        b"@",
        host,
    ])
}

/// The URI that [`encode`] hid; `None` when there is none in it.
pub fn decode(uri: &Uri<'_>, separator: u8) -> Option<Text> {
    let mut parts = uri.user()?.split(|byte| *byte == separator).skip(1);
    let (user, password, host) = (parts.next()?, parts.next()?, parts.next()?);
    let (port, transport) = (parts.next()?, parts.next()?);
    if host.is_empty() || parts.next().is_some() {
        return None;
    }
    let mut out = Vec::with_capacity(uri.text().len() + 16);
    out.extend_from_slice(uri.scheme_name());
    out.push(b':');
    if !user.is_empty() {
        out.extend_from_slice(user);
        push_after(b":", password, &mut out);
        out.push(b'@');
    }
    out.extend_from_slice(host);
    push_after(b":", port, &mut out);
    push_after(b";transport=", transport, &mut out);
    Some(Text::from(out))
}

fn push_after(label: &[u8], value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() {
        out.extend_from_slice(label);
        out.extend_from_slice(value);
    }
}

/// `ADDRESS;NAME=…` with the whole of `uri` in Base64URL.
pub fn encode_whole(uri: &[u8], name: &[u8], address: &[u8]) -> Text {
    let code = URL_SAFE_NO_PAD.encode(uri);
    Text::concat(&[address, b";", name, b"=", code.as_bytes()])
}

/// The URI that [`encode_whole`] hid in the parameter `name`.
pub fn decode_whole(uri: &Uri<'_>, name: &[u8]) -> Option<Text> {
    let code = uri.param(name).unwrap_or_default();
    if code.is_empty() {
        return Some(Text::from(uri.text()));
    }
    let end = code
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    let decoded = URL_SAFE_NO_PAD.decode(code.get(..end)?).ok()?;
    (!decoded.is_empty()).then(|| Text::from(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_parts_go_into_the_user_and_back() {
        // As 5.6.3 writes them.
        let hidden = encode(
            &uri("sip:al:pw@1.2.3.4:5070;transport=tcp;q=1"),
            b"pfx",
            b'*',
            b"9.9.9.9",
        );
        assert_eq!(hidden, "sip:pfx*al*pw*1.2.3.4*5070*tcp@9.9.9.9");
        let back = decode(&Uri::parse(&hidden).unwrap(), b'*').unwrap();
        assert_eq!(back, "sip:al:pw@1.2.3.4:5070;transport=tcp");
        assert_eq!(
            decode(&uri("sip:pfx***h**@9.9.9.9"), b'*').unwrap(),
            "sip:h"
        );
        assert_eq!(decode(&uri("sip:al@9.9.9.9"), b'*'), None);
    }

    #[test]
    fn the_whole_goes_into_a_parameter_and_back() {
        // As 5.6.3 writes it.
        let hidden = encode_whole(
            b"sip:al:pw@1.2.3.4:5070;transport=tcp;q=1",
            b"al",
            b"sip:8.8.8.8:5",
        );
        assert_eq!(
            hidden,
            "sip:8.8.8.8:5;al=c2lwOmFsOnB3QDEuMi4zLjQ6NTA3MDt0cmFuc3BvcnQ9dGNwO3E9MQ"
        );
        let back = decode_whole(&Uri::parse(&hidden).unwrap(), b"al").unwrap();
        assert_eq!(back, "sip:al:pw@1.2.3.4:5070;transport=tcp;q=1");
        assert_eq!(decode_whole(&uri("sip:a@b;al=sip:1.1.1.1"), b"al"), None);
    }
}
