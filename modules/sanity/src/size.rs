//! The checks of sizes.

use crate::checks::Fault;
use crate::params::Params;
use sip::{HeaderId, Message, Span};

/// Makes the checks of sizes.
pub fn check(message: &Message, params: &Params) -> Result<(), Fault> {
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
            &|| method_name(message).len(),
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
            &|| longest(HeaderId::Route).max(longest(HeaderId::RecordRoute)),
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
    for (size, most, reason) in sizes {
        if most > 0 && i64::try_from(size()).is_ok_and(|size| size > most) {
            return Err(Fault::bad(reason));
        }
    }
    Ok(())
}

/// The method of a request, or that in the CSeq of a response.
fn method_name(message: &Message) -> &[u8] {
    if message.is_request() {
        return message.method_name();
    }
    let cseq = message.cseq().ok();
    cseq.map_or(&[], |cseq| message.text(cseq.method_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str, params: &Params) -> Option<String> {
        let message = Message::parse(text.as_bytes().to_vec().into()).unwrap();
        check(&message, params)
            .err()
            .map(|fault| fault.reason.into_owned())
    }

    #[test]
    fn each_size_has_its_bound() {
        let text = "OPTIONS sip:bob@example.org SIP/2.0\r\nRecord-Route: <sip:a@b;lr>\r\n\
                    Contact: <sip:a@b>, <sip:a-longer-one@b>\r\n\r\n";
        let mut params = Params {
            size_ruri: 10,
            size_contact_uri: 10,
            ..Params::default()
        };
        assert_eq!(
            fault(text, &params).as_deref(),
            Some("Request URI Too Long")
        );
        params.size_ruri = 0;
        assert_eq!(
            fault(text, &params).as_deref(),
            Some("Contact URI Too Long")
        );
        params.size_contact_uri = 18;
        assert_eq!(fault(text, &params), None);
        params.size_route_uri = 9;
        assert_eq!(fault(text, &params).as_deref(), Some("Route URI Too Long"));
    }

    #[test]
    fn the_method_of_a_response_is_in_its_cseq() {
        let text = "SIP/2.0 200 OK\r\nCSeq: 1 SOMETHING\r\n\r\n";
        let params = Params {
            size_method: 8,
            ..Params::default()
        };
        assert_eq!(fault(text, &params).as_deref(), Some("Method Too Long"));
    }
}
