//! What scenarios do with connections.

use super::{Cards, Deed};
use crate::differ::registrations::phones::CLIENTS;
use crate::differ::registrations::steps::{BETWEEN, Step};

/// How a client sends its request.
const MANNERS: [&str; 12] = [
    "", "", "", "", "", "", "", "~", "+", ";alias", ";alias", ";alias~",
];
/// Where a contact may be that is called over a connection.
const HOSTS: [&str; 7] = [
    "conn1", "conn1", "conn1", "conn2", "home1", "home2", "phone1",
];
/// What closes one.
const CLOSE: &str = "tcp_close_connection(";
/// What the script may ask of a connection, or do with it.
const ASKED: [&str; 15] = [
    "tcp_close_connection()",
    "tcp_close_connection(\"$conid\")",
    "tcp_set_connection_lifetime(\"1000\")",
    "tcp_conid_alive(\"$conid\")",
    "tcp_conid_alive(\"1000000\")",
    "tcp_conid_state(\"$conid\")",
    "tcp_conid_state(\"1000000\")",
    "tcp_get_conid(\"$si:$sp\", \"$var(c)\")",
    "tcp_get_conid(\"127.0.0.9:9\", \"$var(c)\")",
    "tcp_enable_closed_event()",
    "tcp_keepalive_enable(\"30\", \"5\", \"10\")",
    "tcp_keepalive_disable()",
    "tcp_set_otcpid(\"$conid\")",
    "tcp_set_otcpid_flag(\"1\")",
    "force_tcp_alias()",
];
/// What may be done before a request is sent on.
const BEFORE: [&str; 5] = [
    "set_forward_no_connect();",
    "set_forward_close();",
    "set_reply_no_connect();",
    "set_reply_close();",
    "tcp_set_otcpid_flag(\"1\");",
];
/// How else a request may say how long its body is.
const LENGTHS: [&str; 4] = ["l: 0", "CONTENT-LENGTH:  00 ", WRONG[0], WRONG[1]];
/// Where this is said of a body, nobody knows where the next message begins.
const WRONG: [&str; 2] = ["Content-Length: x", "Content-Length: 0 ;a"];

/// Whether a step has the server close a connection.
pub fn closes(step: &Step, deeds: &[Deed]) -> bool {
    let Step::Send(request) = step else {
        return false;
    };
    let has = |field: &str| request.headers.iter().any(|header| header == field);
    let is_asked = |deed: &Deed| deed.statements.iter().any(|it| it.starts_with(CLOSE));
    let mut asked = deeds.iter().enumerate().filter(|(_, deed)| is_asked(deed));
    asked.any(|(place, _)| has(&format!("X-Do: {place}"))) || WRONG.into_iter().any(has)
}

impl Cards<'_> {
    /// Who sends a request over a connection, and how.
    pub fn client(&mut self) -> Option<(String, String)> {
        (self.is_streamed && self.random.percent(65)).then(|| {
            let name = self.random.pick([CLIENTS[0], CLIENTS[0], CLIENTS[1]]);
            (name.to_owned(), self.random.pick(MANNERS).to_owned())
        })
    }

    /// Perhaps something that a client does to its connection.
    pub fn disturbance(&mut self) -> Option<Step> {
        (self.is_streamed && self.random.percent(12)).then(|| {
            let name = self.random.pick(CLIENTS).to_owned();
            match self.random.below(3) {
                0 => Step::Close(name),
                1 => Step::Reset(name),
                _ => Step::Ping(name),
            }
        })
    }

    /// Where a contact is, if it is called over a connection.
    pub fn streamed_host(&mut self) -> Option<String> {
        (self.is_streamed && self.random.percent(60))
            .then(|| format!("{};transport=tcp", self.random.pick(HOSTS)))
    }

    /// Perhaps an unusual Content-Length.
    pub fn length(&mut self) -> impl Iterator<Item = String> {
        let is_unusual = self.is_streamed && self.random.percent(6);
        let length = is_unusual.then(|| self.random.pick(LENGTHS));
        let fields = length.into_iter().flat_map(|it| it.split(BETWEEN));
        fields.map(str::to_owned)
    }

    /// Asks something of the connection, or does something with it.
    pub fn of_connection(&mut self) -> Deed {
        let question = self.random.pick(ASKED);
        self.told(question)
    }

    /// Perhaps what is done to a connection before a request is sent on.
    pub fn before_sending(&mut self) -> Option<String> {
        (self.is_streamed && self.random.percent(25)).then(|| self.random.pick(BEFORE).to_owned())
    }
}
