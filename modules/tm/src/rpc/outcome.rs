//! What comes of a request of our own, as commands tell it.

use crate::uac::FinalResponse;
use module_api::{Fault, RpcStruct, RpcValue, Text};

use sip::{Contact, HeaderId, Message, NameAddr};

/// The status of a request that nobody has answered.
const NO_RESPONSE: u16 = 408;

/// Status and reason phrase. A request that could not be sent has none.
fn status_line(response: &FinalResponse) -> Result<(i64, Text), Fault> {
    let status = response.status;
    let reason = match &response.message {
        Some(message) => Text::from(message.reason()),
        None => Text::from_static(crate::work::reason_of(status)),
    };
    if response.message.is_none() && status != NO_RESPONSE {
        let why = format!("the request could not be sent: {reason}");
        return Err(Fault::new(500, why));
    }
    Ok((status.into(), reason))
}

/// The final response in short (observed on 5.6.3).
pub fn brief(response: &FinalResponse) -> Result<Vec<RpcValue>, Fault> {
    let (code, text) = status_line(response)?;
    let mut shown = RpcStruct::new();
    shown.add("code", code).add("text", text);
    Ok(vec![shown.into()])
}

/// The final response in full (observed on 5.6.3): status, reason phrase, and the message without its first line.
/// Before that, what a request within the dialog would need, unless the response is a refusal: Request-URI, next hop,
/// Route.
pub fn whole(response: &FinalResponse) -> Result<Vec<RpcValue>, Fault> {
    let (code, text) = status_line(response)?;
    let mut values = vec![RpcValue::Int(code), RpcValue::Str(text)];
    match &response.message {
        None => values.extend([""; 4].map(RpcValue::from)),
        Some(message) => {
            if (200..300).contains(&response.status) {
                values.extend(continuation(message).map(RpcValue::Str));
            }
            let start = message.headers_start() as usize;
            let rest = message.buffer().get(start..).unwrap_or_default();
            values.push(RpcValue::Str(Text::from(rest)));
        }
    }
    Ok(values)
}

/// Request-URI, next hop and Route of a request that follows this response (RFC 3261 §12.1.2).
fn continuation(message: &Message) -> [Text; 3] {
    let target = message.contacts().find_map(|contact| match contact {
        Ok(Contact::Address(address)) => Some(message.text(address.uri)),
        _ => None,
    });
    let target = target.unwrap_or_default();
    let mut routes: Vec<&[u8]> = message
        .list(HeaderId::RecordRoute)
        .map(|span| message.text(span))
        .collect();
    routes.reverse();
    let Some(first) = routes.first() else {
        return [Text::from(target), Text::from(target), Text::EMPTY];
    };
    let hop = NameAddr::parse(first).ok();
    let hop = hop.and_then(|hop| first.get(hop.uri.start as usize..hop.uri.end as usize));
    let route = [b"Route: ".as_slice(), &routes.join(&b", "[..])].concat();
    [
        Text::from(target),
        Text::from(hop.unwrap_or_default()),
        Text::from(route),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, message: Option<&str>) -> Vec<String> {
        let message = message.map(|text| Message::parse(text.to_owned().into()).unwrap());
        let response = FinalResponse {
            status,
            message,
            reception: None,
        };
        let values = whole(&response).unwrap().into_iter();
        values
            .map(|value| match value {
                RpcValue::Int(number) => number.to_string(),
                RpcValue::Str(text) => text.to_string(),
                _ => panic!("neither text nor number"),
            })
            .collect()
    }

    #[test]
    fn a_response_is_told_with_the_way_back() {
        let fields =
            "Record-Route: <sip:b;lr>\r\nRecord-Route: <sip:a;lr>\r\nContact: <sip:c@d>\r\n\r\nabc";
        let route = "Route: <sip:a;lr>, <sip:b;lr>";
        let ok = format!("SIP/2.0 200 Fine\r\n{fields}");
        assert_eq!(
            shown(200, Some(&ok)),
            ["200", "Fine", "sip:c@d", "sip:a;lr", route, fields]
        );
        let refusal = format!("SIP/2.0 404 Nope\r\n{fields}");
        assert_eq!(shown(404, Some(&refusal)), ["404", "Nope", fields]);
        let direct = "SIP/2.0 200 OK\r\nContact: <sip:c@d>\r\n\r\n";
        let rest = "Contact: <sip:c@d>\r\n\r\n";
        assert_eq!(
            shown(200, Some(direct)),
            ["200", "OK", "sip:c@d", "sip:c@d", "", rest]
        );
        assert_eq!(shown(408, None), ["408", "Request Timeout", "", "", "", ""]);
    }
}
