//! Messages as plain octets: reading them, what all our requests have in common, and the checks that hold for every
//! kind of load. The benchmark shares no code with the server, so that a mistake of ours cannot hide behind itself.

use std::io::{self, Write};
use std::net::SocketAddrV4;

/// Of every so many messages one is checked in full once the first thousand were.
const CHECK_ONE_IN: usize = 16;
const CHECK_FIRST: usize = 1000;

/// Whether messages of unit `unit` are checked in full.
pub fn is_checked(unit: usize) -> bool {
    unit < CHECK_FIRST || unit.is_multiple_of(CHECK_ONE_IN)
}

/// What one run's messages have in common.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Tells this run's messages from those of another.
    pub number: u32,
    /// Where the responses come back to.
    pub local: SocketAddrV4,
    /// The server.
    pub server: SocketAddrV4,
}

/// One request of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The unit it belongs to.
    pub unit: usize,
    /// Its method.
    pub method: &'static str,
    /// Its number in CSeq.
    pub number: u32,
}

impl Run {
    /// Writes what all requests have: Via, Max-Forwards, Call-ID, CSeq, User-Agent.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write_common(&self, out: &mut impl Write, request: &Request) -> io::Result<()> {
        let (run, local) = (self.number, self.local);
        let Request {
            unit,
            method,
            number,
        } = request;
        write!(
            out,
            "Via: SIP/2.0/UDP {local};branch={};rport\r\n\
             Max-Forwards: 70\r\n\
             Call-ID: {unit}.{run:08x}@bench.invalid\r\n\
             CSeq: {number} {method}\r\n\
             User-Agent: kahea bench, open loop\r\n",
            self.branch(request)
        )
    }

    fn branch(&self, request: &Request) -> String {
        let (run, unit) = (self.number, request.unit);
        format!(
            "z9hG4bK{run:08x}.{unit}.{}{}",
            request.number, request.method
        )
    }

    /// The number of the unit that `message` belongs to, if it is of this run.
    pub fn unit_of(&self, message: &[u8]) -> Option<usize> {
        let call_id = std::str::from_utf8(header(message, b"Call-ID")?).ok()?;
        let (unit, rest) = call_id.split_once('.')?;
        let run = rest.split_once('@')?.0;
        (u32::from_str_radix(run, 16) == Ok(self.number)).then(|| unit.parse().ok())?
    }

    /// What is wrong with a response to `request`, if anything; with most responses only the status is looked at.
    pub fn response_fault(
        &self,
        message: &[u8],
        request: &Request,
        expected: u16,
    ) -> Option<&'static str> {
        if status(message) != Some(expected) {
            return Some("another status than the right one");
        }
        if !is_checked(request.unit) {
            return None;
        }
        let via = header(message, b"Via").unwrap_or_default();
        let to = header(message, b"To").unwrap_or_default();
        let cseq = format!("{} {}", request.number, request.method);
        first_fault([
            (
                via_count(message) != 1,
                "a response without exactly one Via",
            ),
            (
                parameter(via, b"branch") != Some(self.branch(request).as_bytes()),
                "a response with another's branch",
            ),
            (
                expected != 100 && parameter(to, b"tag").is_none(),
                "a response without To tag",
            ),
            (
                header(message, b"CSeq") != Some(cseq.as_bytes()),
                "a response with another CSeq",
            ),
        ])
    }
}

/// What the first of `checks` that is true says.
pub fn first_fault<const N: usize>(checks: [(bool, &'static str); N]) -> Option<&'static str> {
    checks
        .into_iter()
        .find_map(|(is_wrong, what)| is_wrong.then_some(what))
}

/// Runs `write` on `buffer` and returns how much it wrote; zero when it does not fit.
pub fn length_of(buffer: &mut [u8], write: impl FnOnce(&mut &mut [u8]) -> io::Result<()>) -> usize {
    let size = buffer.len();
    let mut out = &mut buffer[..];
    match write(&mut out) {
        Ok(()) => size - out.len(),
        Err(_) => 0,
    }
}

/// The status code, when `message` is a response.
pub fn status(message: &[u8]) -> Option<u16> {
    let code = message.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// A word of the first line, by its place: of a request 0 is the method, 1 the request URI.
pub fn first_line_word(message: &[u8], place: usize) -> &[u8] {
    let line = message.split(|&byte| byte == b'\r').next();
    let words = line.unwrap_or_default().split(|&byte| byte == b' ');
    words.into_iter().nth(place).unwrap_or_default()
}

/// The header lines of a message, without the first line and the body.
fn header_lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message
        .split(|&byte| byte == b'\n')
        .skip(1)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

/// The header fields that a response copies, with their compact forms (RFC 3261 §7.3.3).
const COMPACT: [(&[u8], &[u8]); 4] = [
    (b"Via", b"v"),
    (b"From", b"f"),
    (b"To", b"t"),
    (b"Call-ID", b"i"),
];

fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let found = line[..colon].trim_ascii();
    let is_compact = COMPACT.contains(&(name, found));
    (found.eq_ignore_ascii_case(name) || is_compact).then(|| line[colon + 1..].trim_ascii())
}

/// The value of the first header `name`.
pub fn header<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    header_lines(message).find_map(|line| value(line, name))
}

/// The header fields `name`, each with all of its values.
pub fn header_fields<'a>(message: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    header_lines(message).filter_map(move |line| value(line, name))
}

/// All values of header `name`, which may share lines. No value has a comma of its own.
pub fn header_values<'a>(message: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    header_fields(message, name)
        .flat_map(|values| values.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}

fn via_count(message: &[u8]) -> usize {
    header_values(message, b"Via").count()
}

/// The parameter `name` of a header's value, outside of angle brackets.
pub fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let outside = value.rsplit(|&byte| byte == b'>').next()?;
    outside
        .split(|&byte| byte == b';')
        .skip(1)
        .find_map(|part| {
            let rest = part.trim_ascii().strip_prefix(name)?;
            rest.strip_prefix(b"=")
        })
}

/// The URI between the angle brackets of a header's value.
pub fn bracketed(value: &[u8]) -> Option<&[u8]> {
    let start = value.iter().position(|&byte| byte == b'<')? + 1;
    let length = value[start..].iter().position(|&byte| byte == b'>')?;
    Some(&value[start..start + length])
}

/// The body of a message.
pub fn body(message: &[u8]) -> &[u8] {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or(&[], |end| &message[end + 4..])
}

/// What is wrong with a request as the server forwarded it, if anything.
pub fn forwarded_fault(message: &[u8], from: SocketAddrV4) -> Option<&'static str> {
    let top = header(message, b"Via").unwrap_or_default();
    let server = format!("SIP/2.0/UDP {from}");
    first_fault([
        (
            via_count(message) != 2,
            "a forwarded request without a second Via",
        ),
        (
            !top.starts_with(server.as_bytes()),
            "a forwarded request with a foreign top Via",
        ),
        (
            header(message, b"Max-Forwards") != Some(b"69"),
            "a forwarded request whose Max-Forwards was not lowered",
        ),
    ])
}

/// A response of the far end.
pub struct Response<'a> {
    /// Status code and reason.
    pub status: &'a str,
    /// Further header lines, each with its line end.
    pub headers: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Response<'_> {
    /// Writes the response to `request`; `to_tag` is what To gets when it has no tag.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write(&self, out: &mut impl Write, request: &[u8], to_tag: &str) -> io::Result<()> {
        write!(out, "SIP/2.0 {}\r\n", self.status)?;
        let copied = [
            &b"Via"[..],
            b"Record-Route",
            b"From",
            b"To",
            b"Call-ID",
            b"CSeq",
        ];
        for line in header_lines(request) {
            if !copied.iter().any(|name| value(line, name).is_some()) {
                continue;
            }
            out.write_all(line)?;
            if value(line, b"To").is_some_and(|to| parameter(to, b"tag").is_none()) {
                write!(out, ";tag={to_tag}")?;
            }
            out.write_all(b"\r\n")?;
        }
        let (headers, body) = (self.headers, self.body);
        let length = body.len();
        write!(out, "{headers}Content-Length: {length}\r\n\r\n{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Run = Run {
        number: 0xabc,
        local: SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 7000),
        server: SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 5060),
    };
    const REQUEST: Request = Request {
        unit: 12,
        method: "OPTIONS",
        number: 1,
    };

    fn request() -> Vec<u8> {
        let mut text = b"OPTIONS sip:a@b SIP/2.0\r\n".to_vec();
        RUN.write_common(&mut text, &REQUEST).unwrap();
        text.extend(b"From: <sip:f@b>;tag=f\r\nTo: <sip:a@b;tag=no>\r\n\r\n");
        text
    }

    fn answer() -> Vec<u8> {
        let mut text = Vec::new();
        let response = Response {
            status: "200 OK",
            headers: "Contact: <sip:c@d>\r\n",
            body: "x",
        };
        response.write(&mut text, &request(), "far").unwrap();
        text
    }

    #[test]
    fn an_answer_passes_the_checks_of_its_request() {
        let answer = answer();
        assert_eq!(RUN.unit_of(&answer), Some(12));
        assert_eq!(RUN.response_fault(&answer, &REQUEST, 200), None);
        assert!(RUN.response_fault(&answer, &REQUEST, 180).is_some());
        let other = Request { unit: 1, ..REQUEST };
        assert_eq!(
            RUN.response_fault(&answer, &other, 200),
            Some("a response with another's branch")
        );
    }

    #[test]
    fn a_request_forwarded_without_a_via_is_a_fault() {
        assert!(forwarded_fault(&request(), RUN.server).is_some());
        let text = String::from_utf8(request()).unwrap();
        let forwarded = text
            .replace(
                "\r\nVia:",
                "\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx\r\nVia:",
            )
            .replace("Max-Forwards: 70", "Max-Forwards: 69");
        assert_eq!(forwarded_fault(forwarded.as_bytes(), RUN.server), None);
    }

    #[test]
    fn messages_of_another_run_are_not_ours() {
        let other = Run { number: 1, ..RUN };
        assert_eq!(other.unit_of(&request()), None);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let mut buffer = [0; 64];
        let length = length_of(&mut buffer, |out| RUN.write_common(out, &REQUEST));
        assert_eq!(length, 0);
    }

    #[test]
    fn parts_of_messages_are_found() {
        let answer = answer();
        assert_eq!(status(&answer), Some(200));
        assert_eq!(first_line_word(&request(), 1), b"sip:a@b");
        assert_eq!(body(&answer), b"x");
        let to = header(&answer, b"To").unwrap();
        assert_eq!(to, b"<sip:a@b;tag=no>;tag=far");
        assert_eq!(parameter(to, b"tag"), Some(&b"far"[..]));
        assert_eq!(bracketed(to), Some(&b"sip:a@b;tag=no"[..]));
        let routes = b"X a SIP/2.0\r\nRoute: <a>, <b>\r\nRoute: <c>\r\n\r\n";
        let values: Vec<&[u8]> = header_values(routes, b"Route").collect();
        assert_eq!(values, [b"<a>", b"<b>", b"<c>"]);
    }
}
