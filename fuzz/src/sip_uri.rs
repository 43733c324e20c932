//! URIs.

use sip::compare::{equivalent, same_aor, same_uri};
use sip::{Scheme, Uri, escape_user, unescape};

/// One URI, or two with a line end between: their parts make up the text, and comparing does not depend on who is first.
pub fn sip_uri(data: &[u8]) {
    let (first, second) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (
            data.get(..at).unwrap_or_default(),
            data.get(at + 1..).unwrap_or_default(),
        ),
        None => (data, data),
    };
    let Ok(one) = Uri::parse(first) else {
        return;
    };
    parts_make_up_the_text(&one);
    escapes_are_undone(&one);
    assert!(equivalent(&one, &one) && same_aor(&one, &one));
    let Ok(other) = Uri::parse(second) else {
        return;
    };
    assert_eq!(equivalent(&one, &other), equivalent(&other, &one));
    assert_eq!(same_uri(&one, &other), same_uri(&other, &one));
    assert_eq!(same_aor(&one, &other), same_aor(&other, &one));
}

fn parts_make_up_the_text(uri: &Uri<'_>) {
    let _ = (
        uri.port(),
        uri.host_address(),
        uri.transport(),
        uri.maddr(),
        uri.is_loose_router(),
    );
    let _ = (
        uri.user_without_params(),
        uri.user_params().count(),
        uri.port_or_default(),
    );
    for param in uri.params() {
        assert_eq!(uri.param(param.name).is_some(), uri.has_param(param.name));
        assert!(
            param
                .span
                .of(uri.text())
                .ends_with(param.value_span.of(uri.text()))
        );
    }
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
        return;
    }
    let mut text = uri.scheme_name().to_vec();
    text.push(b':');
    if let Some(user) = uri.user() {
        text.extend_from_slice(user);
        if let Some(password) = uri.password() {
            text.push(b':');
            text.extend_from_slice(password);
        }
        text.push(b'@');
    }
    text.extend_from_slice(uri.host_port());
    let params = uri.params_text();
    if !params.is_empty() || uri.text().get(text.len()) == Some(&b';') {
        text.push(b';');
        text.extend_from_slice(params);
    }
    if let Some(headers) = uri.headers_text() {
        text.push(b'?');
        text.extend_from_slice(headers);
    }
    assert_eq!(text, uri.text());
}

fn escapes_are_undone(uri: &Uri<'_>) {
    let text = uri.text();
    let (mut escaped, mut again) = (Vec::new(), Vec::new());
    escape_user(text, &mut escaped);
    assert!(unescape(&escaped, &mut again));
    assert_eq!(again, text);
    let _ = unescape(text, &mut again);
}
