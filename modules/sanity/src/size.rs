//! The checks of sizes.

use crate::checks::Fault;
use crate::params::Params;
use sip::{HeaderId, Message, Span};

/// Makes the checks of sizes that the parameter `size_checks` asks for.
pub fn check(message: &Message, params: &Params) -> Result<(), Fault> {
    if params.size_checks == 0 {
        return Ok(());
    }
    let uri = |span: Option<Span>| span.map_or(0, |span| span.len() as usize);
    let longest = |id: HeaderId| {
        let addresses = message.addresses(id).filter_map(Result::ok);
        addresses
            .map(|address| address.uri.len() as usize)
            .max()
            .unwrap_or(0)
    };
    let headers = || Span::new(message.headers_start(), message.headers_end()).len() as usize;
    let header = || {
        message
            .headers()
            .iter()
            .map(|field| field.whole().len() as usize)
            .max()
            .unwrap_or(0)
    };
    let sizes: [(&dyn Fn() -> usize, i64, &'static str); 12] = [
        (
            &|| message.buffer().len(),
            params.size_message,
            "Message Too Large",
        ),
        (
            &|| message.method_name().len(),
            params.size_method,
            "Method Too Long",
        ),
        (
            &|| message.request_uri().len(),
            params.size_ruri,
            "Request URI Too Long",
        ),
        (
            &|| uri(message.from().ok().map(|from| from.uri)),
            params.size_from_uri,
            "From URI Too Long",
        ),
        (
            &|| uri(message.to().ok().map(|to| to.uri)),
            params.size_to_uri,
            "To URI Too Long",
        ),
        (
            &|| longest(HeaderId::Contact),
            params.size_contact_uri,
            "Contact URI Too Long",
        ),
        (
            &|| longest(HeaderId::Route),
            params.size_route_uri,
            "Route URI Too Long",
        ),
        (
            &|| longest(HeaderId::Path),
            params.size_path_uri,
            "Path URI Too Long",
        ),
        (
            &|| longest(HeaderId::PAssertedIdentity),
            params.size_pai_uri,
            "P-Asserted-Identity URI Too Long",
        ),
        (&header, params.size_header, "Header Too Long"),
        (&headers, params.size_headers, "Headers Too Long"),
        (&|| message.body().len(), params.size_body, "Body Too Large"),
    ];
    for (position, (size, most, reason)) in sizes.into_iter().enumerate() {
        if params.size_checks & (1 << position) != 0
            && i64::try_from(size()).is_ok_and(|size| size > most)
        {
            return Err(Fault::bad(reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_measured() {
        let text = "OPTIONS sip:bob@example.org SIP/2.0\r\nContact: <sip:a@b>, <sip:a-longer-one@b>\r\n\r\n";
        let message = Message::parse(text.as_bytes().to_vec().into()).unwrap();
        let mut params = Params {
            size_ruri: 10,
            size_contact_uri: 10,
            ..Params::default()
        };
        assert_eq!(check(&message, &params), Ok(()));
        params.size_checks = 1 << 5;
        assert_eq!(
            check(&message, &params),
            Err(Fault::bad("Contact URI Too Long"))
        );
        params.size_checks |= 1 << 2;
        assert_eq!(
            check(&message, &params),
            Err(Fault::bad("Request URI Too Long"))
        );
        params.size_ruri = 256;
        params.size_contact_uri = 18;
        assert_eq!(check(&message, &params), Ok(()));
    }
}
