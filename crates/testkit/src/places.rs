//! What stands for something else in a page: `{server}` and `{name}` for addresses, `{vias}` and `{routes}` for lines of messages,
//! `{answer …}` for the answer to a challenge.

use sip::digest::{Answer, Challenge, Secret};

/// What somebody has to repeat of the messages it was sent.
#[derive(Default)]
pub struct Heard {
    /// The Via lines of the last request: they go into its responses.
    vias: String,
    call_id: String,
    /// The Record-Route lines of the last request: they go into its responses.
    recorded: String,
    /// The route that the last message with such lines has recorded, as Route lines for requests within the dialog.
    routes: String,
    /// The last challenge.
    challenge: String,
    /// How many answers there were.
    answers: u32,
}

impl Heard {
    /// Takes note of a message.
    pub fn hear(&mut self, message: &str) {
        let is_request = !message.starts_with("SIP/");
        let lines = || message.lines().take_while(|line| !line.is_empty());
        let named = |name: &str| {
            let named: Vec<&str> = lines().filter(|line| line.starts_with(name)).collect();
            named.join("\n")
        };
        if is_request {
            self.vias = named("Via:");
            self.call_id = named("Call-ID:");
            self.recorded = named("Record-Route:");
        }
        let mut routes: Vec<String> = lines()
            .filter_map(|line| line.strip_prefix("Record-"))
            .filter(|line| line.starts_with("Route:"))
            .map(str::to_owned)
            .collect();
        if !is_request {
            // RFC 3261 §12.1.2: the caller's route set is the other way round.
            routes.reverse();
        }
        if !routes.is_empty() {
            self.routes = routes.join("\n");
        }
        let asks = ["WWW-Authenticate: ", "Proxy-Authenticate: "];
        let challenge =
            lines().find_map(|line| asks.iter().find_map(|name| line.strip_prefix(name)));
        if let Some(challenge) = challenge {
            self.challenge = challenge.to_owned();
        }
    }

    /// Puts the answer to the last challenge in the place of `{answer USER PASSWORD}`, in a request whose addresses are there.
    /// What follows the password is put into the challenge first: `algorithm=SHA-256` is answered though nobody has asked for it.
    /// `forged` is a nonce that nobody has made, `again` the count of the answer before. `nc=1` is written as the count to the
    /// letter, `nc=` leaves it out; what was proved stays.
    pub fn answer(&mut self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("{answer ") else {
            return text.to_owned();
        };
        let Some((words, after)) = rest.split_once('}') else {
            return text.to_owned();
        };
        let mut words = words.split(' ');
        let (username, password) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        // Of two parameters of a name the last counts.
        let (mut counted, mut own_count) = (1, None);
        let challenge = words.fold(self.challenge.clone(), |challenge, word| match word {
            "forged" => forge(&challenge),
            "again" => {
                counted = 0;
                challenge
            }
            own if own.starts_with("nc=") => {
                own_count = Some(own);
                challenge
            }
            own => format!("{challenge}, {own}"),
        });
        let mut line = text.split(' ');
        let (method, uri) = (line.next().unwrap_or(""), line.next().unwrap_or(""));
        self.answers += counted;
        let answer = Answer {
            username: username.as_bytes(),
            secret: Secret::Password(password.as_bytes()),
            method: method.as_bytes(),
            uri: uri.as_bytes(),
            body: b"",
            cnonce: b"c0ffee",
            nonce_count: self.answers,
        };
        let mut value = Vec::new();
        if let Ok(challenge) = Challenge::parse(challenge.as_bytes()) {
            // A challenge that cannot be answered leaves the field empty, which the page will tell of.
            let _ = answer.write(&challenge, &mut value);
        }
        let mut value = String::from_utf8_lossy(&value).into_owned();
        if let Some(own) = own_count {
            let own = match own {
                "nc=" => String::new(),
                own => format!(", {own}"),
            };
            value = value.replace(&format!(", nc={:08x}", self.answers), &own);
        }
        format!("{before}{value}{after}")
    }

    /// Puts the lines into a message that somebody sends.
    pub fn put_into(&self, text: &str) -> String {
        text.replace("Via: {vias}", &self.vias)
            .replace("Call-ID: {same}", &self.call_id)
            .replace("Record-Route: {routes}", &self.recorded)
            .replace("Route: {routes}", &self.routes)
    }
}

/// A challenge with an octet of its nonce changed, behind the time.
fn forge(challenge: &str) -> String {
    let at = challenge.find("nonce=\"").unwrap_or(0) + 20;
    let mut octets = challenge.as_bytes().to_vec();
    if let Some(octet) = octets.get_mut(at) {
        *octet = if *octet == b'A' { b'B' } else { b'A' };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// Replaces each `{name}` by what `address` says; all other braces stay.
///
/// # Errors
/// What `address` fails with.
pub fn fill<E>(
    text: &str,
    mut address: impl FnMut(&str) -> Result<String, E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let inner = after.get(1..).unwrap_or("");
        let end = inner
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(inner.len());
        let (name, tail) = inner.split_at(end);
        match tail.strip_prefix('}') {
            Some(tail) if !name.is_empty() => {
                out.push_str(&address(name)?);
                rest = tail;
            }
            _ => {
                out.push('{');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn what_was_heard_is_repeated_by_those_who_answer_and_follow() {
        let mut heard = Heard::default();
        heard.hear("INVITE sip:b SIP/2.0\r\nRecord-Route: <sip:1>\r\nRecord-Route: <sip:2>\r\nVia: a\r\nVia: b\r\nCall-ID: d\r\n\r\nVia: c");
        let answer = heard
            .put_into("SIP/2.0 200 OK\nVia: {vias}\nRecord-Route: {routes}\nCall-ID: {same}\n");
        let routes = "Record-Route: <sip:1>\nRecord-Route: <sip:2>\n";
        assert_eq!(
            answer,
            format!("SIP/2.0 200 OK\nVia: a\nVia: b\n{routes}Call-ID: d\n")
        );
        let request = |heard: &Heard| heard.put_into("BYE sip:a SIP/2.0\nRoute: {routes}\n");
        assert!(request(&heard).ends_with("\nRoute: <sip:1>\nRoute: <sip:2>\n"));
        heard.hear("SIP/2.0 200 OK\r\nRecord-Route: <sip:3>\r\nRecord-Route: <sip:4>\r\n\r\n");
        assert!(request(&heard).ends_with("\nRoute: <sip:4>\nRoute: <sip:3>\n"));
    }

    #[test]
    fn a_challenge_is_answered_as_the_page_wants() {
        let mut heard = Heard::default();
        let request =
            "OPTIONS sip:b SIP/2.0\nAuthorization: {answer alice secret algorithm=SHA-256}\n";
        heard.hear("SIP/2.0 401 X\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"0123456789abcdef\"\r\n\r\n");
        let answered = heard.answer(request);
        assert!(answered.contains("nonce=\"0123456789abcdef\"") && answered.contains("SHA-256"));
        let forged = heard.answer(&request.replace("algorithm=SHA-256", "forged"));
        assert!(!forged.contains("nonce=\"0123456789abcdef\"") && forged.contains("nonce=\"01"));
        let counted =
            |heard: &mut Heard, own| heard.answer(&request.replace("algorithm=SHA-256", own));
        assert!(counted(&mut heard, "qop=\"auth\"").contains(", nc=00000003,"));
        assert!(counted(&mut heard, "qop=\"auth\" nc=1").contains(", qop=auth, nc=1, cnonce"));
        assert!(counted(&mut heard, "qop=\"auth\" nc=").contains(", qop=auth, cnonce"));
    }

    #[test]
    fn names_in_braces_become_addresses_and_other_braces_stay() {
        let filled = fill(
            "route { if (1) {exit;} } {alice} $(ru{s.len}) {server}{",
            |name| Ok::<_, Infallible>(format!("<{name}>")),
        );
        let Ok(filled) = filled;
        assert_eq!(
            filled,
            "route { if (1) {exit;} } <alice> $(ru{s.len}) <server>{"
        );
    }
}
