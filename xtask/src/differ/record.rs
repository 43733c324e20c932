//! What was seen of a scenario: messages at either end and lines of the log, with addresses by their names.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::time::Duration;

use crate::bench::message::{
    first_line_word, header, header_fields, header_values, parameter, status,
};

/// Where all addresses are.
const HOST: &str = "127.0.0.1";

/// What is told of a message beside its first line and CSeq.
pub struct Shown {
    /// Header fields that are told as they stand.
    pub fields: &'static [&'static str],
    /// Header fields whose values are told, in the order of the alphabet.
    pub compared: &'static [&'static str],
    /// Header fields of which the number is told.
    pub counted: &'static [&'static str],
}

/// What was seen of each scenario, by number.
pub type Record = BTreeMap<usize, Vec<Event>>;

/// Something that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, since the scenario began.
    pub at: Duration,
    /// Where: an end or a branch at one, or `log`.
    pub place: String,
    /// What.
    pub text: String,
}

/// The names of addresses.
#[derive(Clone, Debug, Default)]
pub struct Names {
    given: Vec<(&'static str, String)>,
    /// Of what comes and goes while scenarios are played.
    seen: Vec<(&'static str, String)>,
}

impl Names {
    /// Adds the name of an address.
    pub fn add(&mut self, name: &'static str, address: SocketAddrV4) {
        self.given.push((name, address.to_string()));
    }

    /// Adds an address that something with this name has for a while.
    pub fn see(&mut self, name: &'static str, address: SocketAddrV4) {
        self.seen.retain(|(_, known)| *known != address.to_string());
        self.seen.push((name, address.to_string()));
    }

    /// `text` with addresses in the place of names, where a name is a host of a URI, of a socket or of a Via.
    pub fn resolve(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, address) in &self.given {
            for before in ["@", "sip:", "udp:", "tcp:", "/UDP ", "/ UDP "] {
                text = text.replace(&format!("{before}{name}"), &format!("{before}{address}"));
            }
        }
        text
    }

    /// `text` with names in the place of addresses.
    pub fn restore(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if !text.contains(HOST) {
            return text;
        }
        for (name, address) in self.given.iter().chain(&self.seen) {
            text = text.replace(address, name);
            // As an alias in a contact has it.
            text = text.replace(&address.replace(':', "~"), name);
            if let Some((_, port)) = address.split_once(':') {
                text = text.replace(&format!("rport={port}"), &format!("rport={name}"));
            }
        }
        text
    }
}

/// A message in one line: its first line, and the header fields that are compared.
pub fn summary(message: &[u8], names: &Names, shown: &Shown) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let mut line = if let Some(status) = status(message) {
        let reason = message.split(|&octet| octet == b'\r').next();
        let reason = text(reason.unwrap_or_default().get(11..).unwrap_or_default());
        format!("{status}{reason}")
    } else {
        let (method, uri) = (first_line_word(message, 0), first_line_word(message, 1));
        format!("{} {}", text(method), text(uri))
    };
    line += &format!(" ({}", text(header(message, b"CSeq").unwrap_or_default()));
    let to = header(message, b"To").unwrap_or_default();
    line += if parameter(to, b"tag").is_some() {
        ", tagged)"
    } else {
        ")"
    };
    for name in shown.counted {
        let count = header_values(message, name.as_bytes()).count();
        if count > 0 {
            line += &format!(" {name}×{count}");
        }
    }
    for name in shown.compared {
        let mut values: Vec<String> = header_values(message, name.as_bytes()).map(text).collect();
        values.sort();
        for value in values {
            line += &format!(" {name}={value}");
        }
    }
    for name in shown.fields {
        for field in header_fields(message, name.as_bytes()) {
            line += &format!(" {name}: {}", text(field));
        }
    }
    names.restore(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: Shown = Shown {
        fields: &[],
        compared: &["X-A"],
        counted: &["Via"],
    };

    #[test]
    fn a_message_is_told_in_a_line_without_addresses() {
        let mut names = Names::default();
        names.add("callee1", "127.0.0.1:4000".parse().unwrap());
        let invite = names.resolve(
            "INVITE sip:a@callee1 SIP/2.0\r\nVia: x\r\nTo: <sip:b>\r\nCSeq: 1 INVITE\r\nX-A: 3\r\n\r\n",
        );
        assert!(invite.starts_with("INVITE sip:a@127.0.0.1:4000 "));
        let told = summary(invite.as_bytes(), &names, &SHOWN);
        assert_eq!(told, "INVITE sip:a@callee1 (1 INVITE) Via×1 X-A=3");
        let ringing = "SIP/2.0 180 Ringing\r\nTo: <sip:b>;tag=c\r\nCSeq: 1 INVITE\r\n\r\n";
        let told = summary(ringing.as_bytes(), &names, &SHOWN);
        assert_eq!(told, "180 Ringing (1 INVITE, tagged)");
    }
}
