//! What a REGISTER says: contacts, how long they live, and what else stands in it.

use super::Cards;
use crate::differ::registrations::steps::BETWEEN;

const PHONES: [&str; 2] = ["phone1", "phone2"];
/// Where a contact may be that nobody calls.
const ANYWHERE: [&str; 5] = [
    "phone1",
    "phone2",
    "127.0.0.9:5070",
    "127.0.0.9",
    "far.test",
];
const USERS: [&str; 5] = ["x", "x", "y", "X", "%78"];
const URI_PARAMETERS: [&str; 9] = [
    "",
    "",
    "",
    "",
    ";transport=udp",
    ";ob",
    ";p=1",
    ";P=1;q",
    ";expires=7",
];
const PARAMETERS: [&str; 21] = [
    "",
    "",
    "",
    "",
    ";q=0.5",
    ";q=1",
    ";q=0.333",
    ";q=0",
    ";expires=0",
    ";expires=2",
    ";expires=30",
    ";expires=90",
    ";expires=4200",
    ";q=0.2;expires=210",
    ";methods=\"INVITE,BYE\"",
    ";methods=\"MESSAGE\"",
    ";expires=abc",
    ";expires=\"60\"",
    ";q=\"0.5\"",
    ";pn-provider=acme;expires=60;foo",
    ";Q=0.7;EXPIRES=90",
];
const RECEIVED: &str = ";received=\"sip:127.0.0.8:5\"";
const INSTANCES: [&str; 6] = [
    ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\"",
    ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000002>\"",
    ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\";reg-id=1",
    ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\";reg-id=2",
    ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000002>\";reg-id=1",
    ";reg-id=1",
];
const EXPIRES: [&str; 14] = [
    "0", "2", "30", "60", "60", "300", "300", "5100", "", "xx", "-1", "060", "60;x", "60, 90",
];
/// What a Contact may be besides, if it is one at all. None of them is there otherwise.
const ODD: [&str; 16] = [
    "<sips:x@phone1>",
    "<tel:+1234>",
    "<sip:phone1>",
    "<SIP:x@phone1>",
    "<sip:x:pw@phone1>",
    "<sip:x;y=1@phone1>",
    "<sip:x@[::1]:5070>",
    "<sip:w@phone1;lr;x=%41>",
    "<sip:%C3%A4@phone1>",
    "<sip:w@phone1> ; expires = 60 ; q = 0.4",
    "\"q\\\"uoted\" <sip:w@phone1>",
    "<sip:w@phone1>;q=1.5",
    "<sip:w@phone1>;q=0.12345",
    "<sip:>",
    "<x@phone1>",
    "*",
];
const PATHS: [&str; 9] = [
    "Path: <sip:p1@127.0.0.7;lr> | Supported: path",
    "Path: <sip:p1@127.0.0.7;lr>,<sip:p2@127.0.0.6;lr;ob> | Supported: path, outbound",
    "Path: <sip:p1@127.0.0.7;lr> | Path: <sip:p2@127.0.0.6;lr> | Supported: path",
    "Path: <sip:p1@127.0.0.7;lr>",
    "Path: <sip:p1@127.0.0.7;lr;received=sip:127.0.0.8:5> | Supported: path",
    "Path: <sip:server;lr>,<sip:p2@127.0.0.6;lr> | Supported: path",
    "Path: sip:p1@127.0.0.7;lr | Supported: path",
    "Path: \"p\" <sip:p1@127.0.0.7;lr>;x=1 | Supported: gruu , path",
    "Path: <sip:p1@127.0.0.7;lr> | k: path",
];
/// A Path that requests can go by.
const PHONE_PATHS: [&str; 3] = [
    "Path: <sip:p@phone3;lr> | Supported: path",
    "Path: <sip:p@phone3;lr>,<sip:q@phone1;lr> | Supported: path",
    "Path: <sip:p@phone3;lr;ob> | Supported: path, outbound",
];
const OTHERS: [&str; 13] = [
    "Supported: gruu",
    "Supported: outbound, gruu",
    "Supported: outbound",
    "Require: outbound | Supported: outbound",
    "Allow: INVITE, ACK, BYE",
    "Allow: MESSAGE, OPTIONS",
    "User-Agent: ua x",
    "Require: foo",
    "Require: gruu",
    "Sock-Info: udp:second",
    "Sock-Info: second",
    "Sock-Info: udp:127.0.0.9:1",
    "Via: SIP/2.0/UDP 127.0.0.5;branch=z9hG4bKbehind | Supported: outbound",
];

impl Cards<'_> {
    /// The header fields of a REGISTER, but for those that the script looks at.
    pub fn registration(&mut self) -> Vec<String> {
        let mut headers = Vec::new();
        if self.random.percent(6) {
            headers.push("Contact: *".to_owned());
            if self.random.percent(80) {
                headers.push("Expires: 0".to_owned());
                return headers;
            }
        } else {
            self.contacts(&mut headers);
        }
        if self.random.percent(55) {
            headers.push(format!("Expires: {}", self.random.pick(EXPIRES)));
        }
        if self.random.percent(25) {
            let path = if self.is_called {
                self.random.pick(PHONE_PATHS)
            } else {
                self.random.pick(PATHS)
            };
            headers.extend(path.split(BETWEEN).map(str::to_owned));
        }
        if self.random.percent(30) {
            let other = self.random.pick(OTHERS);
            headers.extend(other.split(BETWEEN).map(str::to_owned));
        }
        headers
    }

    fn contacts(&mut self, headers: &mut Vec<String>) {
        let count = self.random.pick([0, 1, 1, 1, 1, 1, 1, 2, 3]);
        // 5.6.3 counts one that is there twice twice, and may refuse it.
        let mut uris: Vec<String> = (0..count).map(|_| self.contact_uri()).collect();
        uris.sort();
        uris.dedup();
        let mut contacts: Vec<String> = uris.iter().map(|uri| self.contact(uri)).collect();
        if !contacts.is_empty() && self.random.percent(6) {
            contacts.push(self.random.pick(ODD).to_owned());
        }
        if let [contact] = &mut contacts[..] {
            // More than one binding with an instance is refused.
            if self.random.percent(30) {
                *contact += self.random.pick(INSTANCES);
            }
            // With 5.6.3 what one contact says of its place counts for those after it.
            if self.random.percent(10) {
                *contact += RECEIVED;
            }
        }
        if self.random.percent(50) {
            headers.extend(contacts.iter().map(|contact| format!("Contact: {contact}")));
        } else if !contacts.is_empty() {
            headers.push(format!("Contact: {}", contacts.join(", ")));
        }
    }

    fn contact(&mut self, uri: &str) -> String {
        let parameters = self.random.pick(PARAMETERS);
        match self.random.below(100) {
            0..86 => format!("<{uri}>{parameters}"),
            86..93 => format!("\"A, b\" <{uri}>{parameters}"),
            // Parameters after a URI without brackets are the field's.
            _ if uri.contains(';') => format!("<{uri}>{parameters}"),
            _ => format!("{uri}{parameters}"),
        }
    }

    /// The URI of a contact.
    pub fn contact_uri(&mut self) -> String {
        let user = self.random.pick(USERS);
        if let Some(host) = self.streamed_host() {
            return format!("sip:{user}@{host}");
        }
        let host = if self.is_called {
            self.random.pick(PHONES)
        } else {
            self.random.pick(ANYWHERE)
        };
        let parameters = self.random.pick(URI_PARAMETERS);
        format!("sip:{user}@{host}{parameters}")
    }
}
