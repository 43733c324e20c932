//! What phones do, one step after the other: a request, as `phone1: REGISTER a-%n@one.test CALL-ID CSEQ | HEADER | …`, or `wait MS`.
//! `phone1>second` sends it to the server's second socket; `conn1` and `conn2` send over connections of their own, which open by
//! themselves: `conn1~` in two pieces, `conn1+` together with what it sends next, `conn1;alias` with another address in Via that
//! stands for the connection. `close conn1`, `reset conn1` and `ping conn1` do that. Where there is a database, `restart` has the server started anew, and
//! `swap` has it started with the rows that the other server left.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::differ::scenario::Plot;

/// What a pause begins with.
const WAIT: &str = "wait";
/// What has the server started anew.
const RESTART: &str = "restart";
/// What has it started with the rows that the other one left.
const SWAP: &str = "swap";
/// What closes a connection.
const CLOSE: &str = "close";
/// What resets one.
const RESET: &str = "reset";
/// What asks for a sign of life over one.
const PING: &str = "ping";
/// Behind a client: its request goes with its next one.
pub const HELD: char = '+';
/// Behind a client: its request goes in two pieces.
pub const IN_PIECES: char = '~';
/// Behind a client: it says another address stands for its connection.
pub const ALIAS: &str = "alias";
/// What stands between a phone and the socket that it sends to.
const TO: char = '>';
/// What stands between header fields.
pub const BETWEEN: &str = " | ";

/// What phones do.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps(pub Vec<Step>);

/// One thing that is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A phone sends a request.
    Send(Request),
    /// Nothing is done for some time.
    Wait(Duration),
    /// The server ends, and is started.
    Restart,
    /// It ends, and is started with the rows that the other server left.
    Swap,
    /// A client closes its connection.
    Close(String),
    /// A client resets its connection.
    Reset(String),
    /// A client asks for a sign of life.
    Ping(String),
}

/// What a phone sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which phone.
    pub phone: String,
    /// How a client sends it.
    pub manner: String,
    /// To which socket of the server, if not to its first.
    pub socket: Option<String>,
    /// Its method.
    pub method: String,
    /// Whom it is to; a REGISTER goes to the domain of that.
    pub to: String,
    /// Its Call-ID.
    pub call_id: String,
    /// Its number in CSeq.
    pub cseq: u32,
    /// Further header fields.
    pub headers: Vec<String>,
}

impl Plot for Steps {
    fn parse(lines: &[&str]) -> Result<Self> {
        let steps: Result<Vec<Step>> = lines.iter().map(|line| Step::parse(line)).collect();
        Ok(Self(steps?))
    }

    fn acts(&self) -> usize {
        let ends = self.0.iter().filter(|step| step.ends_act());
        1 + ends.count()
    }
}

impl Step {
    /// Whether what comes after it is another act.
    pub fn ends_act(&self) -> bool {
        matches!(self, Self::Restart | Self::Swap)
    }

    fn parse(line: &str) -> Result<Self> {
        if let Some(time) = line.strip_prefix(WAIT) {
            return Ok(Self::Wait(Duration::from_millis(time.trim().parse()?)));
        }
        match line.split_once(' ') {
            Some((CLOSE, name)) => return Ok(Self::Close(name.to_owned())),
            Some((RESET, name)) => return Ok(Self::Reset(name.to_owned())),
            Some((PING, name)) => return Ok(Self::Ping(name.to_owned())),
            _ => {}
        }
        match line.trim() {
            RESTART => return Ok(Self::Restart),
            SWAP => return Ok(Self::Swap),
            _ => {}
        }
        let request = Request::parse(line);
        request.map(Self::Send).with_context(|| line.to_owned())
    }
}

impl Request {
    fn parse(line: &str) -> Result<Self> {
        let (phone, rest) = line.split_once(": ").context("which phone?")?;
        let mut parts = rest.split(BETWEEN);
        let mut words = parts.next().unwrap_or_default().split_whitespace();
        let mut word = |what: &str| {
            words
                .next()
                .map(str::to_owned)
                .with_context(|| what.to_owned())
        };
        let (phone, socket) = match phone.split_once(TO) {
            Some((phone, socket)) => (phone, Some(socket.to_owned())),
            None => (phone, None),
        };
        let is_name = |letter: char| letter.is_ascii_alphanumeric();
        let end = phone.find(|letter| !is_name(letter));
        let (phone, manner) = phone.split_at(end.unwrap_or(phone.len()));
        Ok(Self {
            manner: manner.to_owned(),
            phone: phone.to_owned(),
            socket,
            method: word("which method?")?,
            to: word("to whom?")?,
            call_id: word("with which Call-ID?")?,
            cseq: word("with which CSeq?")?.parse()?,
            headers: parts.map(str::to_owned).collect(),
        })
    }
}

impl std::fmt::Display for Steps {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|step| writeln!(out, "{step}"))
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wait(time) => write!(out, "{WAIT} {}", time.as_millis()),
            Self::Restart => out.write_str(RESTART),
            Self::Swap => out.write_str(SWAP),
            Self::Close(name) => write!(out, "{CLOSE} {name}"),
            Self::Reset(name) => write!(out, "{RESET} {name}"),
            Self::Ping(name) => write!(out, "{PING} {name}"),
            Self::Send(request) => request.fmt(out),
        }
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            phone,
            manner,
            socket,
            method,
            to,
            call_id,
            cseq,
            headers,
        } = self;
        write!(out, "{phone}{manner}")?;
        if let Some(socket) = socket {
            write!(out, "{TO}{socket}")?;
        }
        write!(out, ": {method} {to} {call_id} {cseq}")?;
        let mut headers = headers.iter();
        headers.try_for_each(|header| write!(out, "{BETWEEN}{header}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_as_they_are_shown() {
        let text = "phone1: REGISTER a-%n@one.test x 3 | Contact: <sip:a@phone1> | X-Do: 0\nwait 1200\nrestart\nswap\nclose conn1\nconn2;alias~: REGISTER a-%n@one.test x 1\nphone2>second: OPTIONS a-%n@one.test y 1\n";
        let lines: Vec<&str> = text.lines().collect();
        let steps = Steps::parse(&lines).unwrap();
        assert_eq!(steps.to_string(), text);
        let Step::Send(first) = &steps.0[0] else {
            panic!("{steps}");
        };
        assert_eq!(first.headers, ["Contact: <sip:a@phone1>", "X-Do: 0"]);
        assert_eq!(steps.0[1], Step::Wait(Duration::from_millis(1200)));
        assert!(Steps::parse(&["phone1: REGISTER a-%n@one.test x"]).is_err());
    }
}
