//! The requests that are sent and the checks on what comes back, written on plain bytes: the benchmark
//! shares no code with the server, so that a mistake of ours cannot hide behind itself.

use std::io::Write;
use std::net::SocketAddrV4;

/// What one run's requests have in common.
pub struct Template {
    /// Tells this run's messages from those of another.
    pub run: u32,
    /// Where the responses come back to.
    pub local: SocketAddrV4,
    /// The request URI.
    pub request_uri: String,
}

impl Template {
    /// Writes request number `index` into `buffer` and returns its length; zero when it does not fit.
    pub fn write(&self, buffer: &mut [u8], index: usize, extra_headers: &str) -> usize {
        let (run, local, uri) = (self.run, self.local, &self.request_uri);
        let size = buffer.len();
        let mut out = &mut buffer[..];
        let written = write!(
            out,
            "OPTIONS {uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{run:08x}.{index};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:caller{index}@bench.invalid>;tag=f{index}\r\n\
             To: <{uri}>\r\n\
             Call-ID: {index}.{run:08x}@bench.invalid\r\n\
             CSeq: 1 OPTIONS\r\n\
             Contact: <sip:caller@{local}>\r\n\
             User-Agent: kahea bench, open loop\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO\r\n\
             Supported: replaces, timer\r\n\
             {extra_headers}Content-Length: 0\r\n\r\n"
        );
        match written {
            Ok(()) => size - out.len(),
            Err(_) => 0,
        }
    }

    /// The number of the request that `message` belongs to, if it is of this run.
    pub fn index_of(&self, message: &[u8]) -> Option<usize> {
        let call_id = std::str::from_utf8(header(message, b"Call-ID")?).ok()?;
        let (index, rest) = call_id.split_once('.')?;
        let run = rest.split_once('@')?.0;
        (u32::from_str_radix(run, 16) == Ok(self.run)).then(|| index.parse().ok())?
    }
}

/// The status code, when `message` is a response.
pub fn status(message: &[u8]) -> Option<u16> {
    let code = message.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// The header lines of a message, without the first line and the body.
fn header_lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message
        .split(|&byte| byte == b'\n')
        .skip(1)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let found = line[..colon].trim_ascii();
    let compact = name == b"Via" && found == b"v";
    (found.eq_ignore_ascii_case(name) || compact).then(|| line[colon + 1..].trim_ascii())
}

/// The value of the first header `name`.
pub fn header<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    header_lines(message).find_map(|line| value(line, name))
}

/// How many Via values the message carries.
fn via_count(message: &[u8]) -> usize {
    header_lines(message)
        .filter_map(|line| value(line, b"Via"))
        .map(|vias| vias.split(|&byte| byte == b',').count())
        .sum()
}

/// What is wrong with the final response to request `index`, if anything.
pub fn response_fault(message: &[u8], template: &Template, index: usize) -> Option<&'static str> {
    let via = header(message, b"Via").unwrap_or_default();
    let branch = format!("branch=z9hG4bK{:08x}.{index}", template.run);
    let contains = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
    let fault = |wrong: bool, what| wrong.then_some(what);
    fault(status(message) != Some(200), "a status other than 200")
        .or(fault(
            via_count(message) != 1,
            "a response without exactly one Via",
        ))
        .or(fault(
            !contains(via, branch.as_bytes()),
            "a response with another's branch",
        ))
        .or(fault(
            !contains(header(message, b"To").unwrap_or_default(), b";tag="),
            "a response without To tag",
        ))
        .or(fault(
            header(message, b"CSeq") != Some(b"1 OPTIONS"),
            "a response with another CSeq",
        ))
}

/// What is wrong with a request as the server forwarded it, if anything.
pub fn forwarded_fault(message: &[u8], from: SocketAddrV4) -> Option<&'static str> {
    let top = header(message, b"Via").unwrap_or_default();
    let fault = |wrong: bool, what| wrong.then_some(what);
    let server = format!("SIP/2.0/UDP {from}");
    fault(
        via_count(message) != 2,
        "a forwarded request without a second Via",
    )
    .or(fault(
        !top.starts_with(server.as_bytes()),
        "a forwarded request with a foreign top Via",
    ))
    .or(fault(
        header(message, b"Max-Forwards") != Some(b"69"),
        "a forwarded request whose Max-Forwards was not lowered",
    ))
}

/// Writes the far end's 200 to `request` into `buffer` and returns its length; zero when it does not fit.
pub fn write_answer(request: &[u8], local: SocketAddrV4, buffer: &mut [u8]) -> usize {
    let size = buffer.len();
    let mut out = &mut buffer[..];
    match answer(request, local, &mut out) {
        Ok(()) => size - out.len(),
        Err(_) => 0,
    }
}

fn answer(request: &[u8], local: SocketAddrV4, out: &mut &mut [u8]) -> std::io::Result<()> {
    out.write_all(b"SIP/2.0 200 Far End\r\n")?;
    for line in header_lines(request) {
        let kept = [&b"Via"[..], b"From", b"Call-ID", b"CSeq"];
        if value(line, b"To").is_some() {
            out.write_all(line)?;
            out.write_all(b";tag=far\r\n")?;
        } else if kept.iter().any(|name| value(line, name).is_some()) {
            out.write_all(line)?;
            out.write_all(b"\r\n")?;
        }
    }
    write!(
        out,
        "Contact: <sip:far@{local}>\r\nContent-Length: 0\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        Template {
            run: 0xabc,
            local: "127.0.0.1:7000".parse().unwrap(),
            request_uri: "sip:127.0.0.1:5060".to_owned(),
        }
    }

    fn request() -> Vec<u8> {
        let mut buffer = [0; 2048];
        let length = template().write(&mut buffer, 12, "");
        buffer[..length].to_vec()
    }

    #[test]
    fn an_answer_passes_the_checks_of_its_request() {
        let mut buffer = [0; 2048];
        let length = write_answer(&request(), "127.0.0.1:9".parse().unwrap(), &mut buffer);
        let answer = &buffer[..length];
        assert_eq!(template().index_of(answer), Some(12));
        assert_eq!(response_fault(answer, &template(), 12), None);
        assert_eq!(
            response_fault(answer, &template(), 13),
            Some("a response with another's branch")
        );
    }

    #[test]
    fn a_request_forwarded_without_a_via_is_a_fault() {
        let server = "127.0.0.1:5060".parse().unwrap();
        assert!(forwarded_fault(&request(), server).is_some());
        let text = String::from_utf8(request()).unwrap();
        let forwarded = text
            .replace(
                "\r\nVia:",
                "\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx\r\nVia:",
            )
            .replace("Max-Forwards: 70", "Max-Forwards: 69");
        assert_eq!(forwarded_fault(forwarded.as_bytes(), server), None);
    }

    #[test]
    fn messages_of_another_run_are_not_ours() {
        let other = Template {
            run: 1,
            ..template()
        };
        assert_eq!(other.index_of(&request()), None);
    }

    #[test]
    fn a_request_that_does_not_fit_is_not_sent() {
        assert_eq!(template().write(&mut [0; 64], 1, ""), 0);
    }
}
