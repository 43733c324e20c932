//! A request and the response to it, as they stand in a scenario: line by line, the response behind a line of its own. `%l` stands
//! for the length of the body, `caller` for an address.

use anyhow::Result;

use crate::bench::message::Response;
use crate::differ::record::Names;
use crate::differ::scenario::{Plot, numbered};

/// What stands before the response.
const RESPONSE: &str = "-- response";
/// What stands for the length of the body.
const LENGTH: &str = "%l";
/// What ends a line of a message.
const END: &str = "\r\n";

/// What our ends send.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The lines of the request.
    pub request: Vec<String>,
    /// Status and reason, further header fields and body of the response.
    pub response: Vec<String>,
}

impl Plot for Exchange {
    fn parse(lines: &[&str]) -> Result<Self> {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let place = lines.iter().position(|line| *line == RESPONSE);
        let (request, response) = match place {
            Some(place) => (&lines[..place], owned(&lines[place + 1..])),
            None => (lines, vec!["200 OK".to_owned()]),
        };
        Ok(Self {
            request: owned(request),
            response,
        })
    }
}

impl std::fmt::Display for Exchange {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.request {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{RESPONSE}")?;
        for line in &self.response {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

impl Exchange {
    /// The request of the scenario with this number.
    pub fn request(&self, number: usize, names: &Names) -> Vec<u8> {
        let (head, body) = head_and_body(&self.request);
        let text = format!("{head}{END}{body}").replace(LENGTH, &body.len().to_string());
        names.resolve(&numbered(&text, number)).into_bytes()
    }

    /// The response to a request.
    pub fn response(&self, request: &[u8], to_tag: &str) -> Vec<u8> {
        let (head, body) = head_and_body(&self.response);
        let (status, headers) = head.split_once(END).unwrap_or((&head, ""));
        let response = Response {
            status,
            headers,
            body: &body,
        };
        let mut message = Vec::new();
        // Nothing can go wrong in memory.
        let _ = response.write(&mut message, request, to_tag);
        message
    }
}

/// Lines before the first empty one, and behind it.
fn head_and_body(lines: &[String]) -> (String, String) {
    let head = lines.split(String::is_empty).next().unwrap_or_default();
    let body = lines.get(head.len() + 1..).unwrap_or_default();
    let ended = |lines: &[String]| lines.iter().map(|line| format!("{line}{END}")).collect();
    (ended(head), ended(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::scenario::Scenario;

    const TEXT: &str = "# MESSAGE sip:a@b SIP/2.0\n# Via: SIP/2.0/UDP caller\n# To: <sip:a@b>\n# X: %n\n# l: %l\n# \n# hi\n# \
        -- response\n# 404 Not Found\n# X: y\nroute[S%n] { }\n";

    #[test]
    fn a_scenario_is_read_as_it_is_shown_and_sent() {
        let scenario = Scenario::<Exchange>::parse(7, TEXT).unwrap();
        assert_eq!(scenario.to_string(), TEXT);
        let mut names = Names::default();
        names.add("caller", "127.0.0.1:4000".parse().unwrap());
        let request = scenario.plot.request(7, &names);
        let sent = "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:4000\r\nTo: <sip:a@b>\r\nX: 7\r\nl: 4\r\n\r\nhi\r\n";
        assert_eq!(String::from_utf8_lossy(&request), sent);
        let response = scenario.plot.response(&request, "far");
        let sent = "SIP/2.0 404 Not Found\r\nVia: SIP/2.0/UDP 127.0.0.1:4000\r\nTo: <sip:a@b>;tag=far\r\nX: y\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&response), sent);
    }
}
