//! Where a request is to go: the Request-URI as it stands, and the branches beside it.

use crate::call::Call;
use crate::outbox::{ConnectionId, SocketId};
use smallvec::SmallVec;
use std::sync::Arc;
use stdx::Text;

/// One entry of the target set with all that belongs to it.
///
/// Branch 0 is the request's own; what `append_branch()` and `lookup()` add are others.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The Request-URI; for branch 0 none means: as received.
    pub uri: Option<Text>,
    /// The next hop (`$du`); none means: the Request-URI.
    pub destination_uri: Option<Text>,
    /// Path header values to be added as Route.
    pub path: Option<Text>,
    /// Our socket to send from (`$fs`).
    pub socket: Option<SocketId>,
    /// Branch flags.
    pub flags: u32,
    /// The priority times 1000; none when not given.
    pub q: Option<u16>,
    /// The connection that leads there, which is used where [`Marks::by_known_connection`] says so.
    pub connection: Option<ConnectionId>,
    /// The location record it came from. By itself, since few targets have one and every run has a target.
    pub record: Option<Arc<LocationRecord>>,
}

/// What a target tells of the location record it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationRecord {
    /// Its number (`$ruid`).
    pub ruid: Option<Text>,
    /// Its user agent (`$location_ua`).
    pub user_agent: Option<Text>,
    /// Its `+sip.instance`.
    pub instance: Option<Text>,
    /// Its `reg-id`; 0 for none.
    pub reg_id: u32,
}

impl LocationRecord {
    fn weight(&self) -> usize {
        let texts = [&self.ruid, &self.user_agent, &self.instance];
        size_of::<LocationRecord>() + octets_of(&texts)
    }
}

fn octets_of(texts: &[&Option<Text>]) -> usize {
    texts.iter().copied().flatten().map(|text| text.len()).sum()
}

impl Target {
    /// The octets that it takes, about; those of its location record, which its contact shares, are counted as its own.
    pub fn weight(&self) -> usize {
        let texts = [&self.uri, &self.destination_uri, &self.path];
        let record = self.record.as_deref().map_or(0, LocationRecord::weight);
        size_of::<Target>() + octets_of(&texts) + record
    }

    /// The number of the location record it came from.
    pub fn ruid(&self) -> Option<&Text> {
        self.record.as_ref()?.ruid.as_ref()
    }

    /// The user agent of that record.
    pub fn user_agent(&self) -> Option<&Text> {
        self.record.as_ref()?.user_agent.as_ref()
    }

    /// The `+sip.instance` of that record.
    pub fn instance(&self) -> Option<&Text> {
        self.record.as_ref()?.instance.as_ref()
    }

    /// The `reg-id` of that record; 0 for none.
    pub fn reg_id(&self) -> u32 {
        self.record.as_ref().map_or(0, |record| record.reg_id)
    }
}

/// The branches beside branch 0, bounded by `max_branches`.
#[derive(Clone, Debug, Default)]
pub struct Branches {
    /// In the order in which they were added.
    pub list: SmallVec<[Box<Target>; 2]>,
}

/// Appends `<uri>;q=0.5`, the q only when there is one.
pub fn write_with_q(uri: &[u8], q: Option<u16>, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(uri);
    out.push(b'>');
    if let Some(q) = q.and_then(|q| sip::Q::from_thousandths(q.min(1000))) {
        out.extend_from_slice(format!(";q={q}").as_bytes());
    }
}

/// What a redirection tells of each place besides its URI and its priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceDetails {
    /// The branch flags, as the parameter `flags`.
    pub flags: bool,
    /// The Path, as a Route within the URI (RFC 3261 §19.1.1).
    pub path: bool,
}

impl PlaceDetails {
    /// The meaning of the parameters `rich_redirect`: 1 flags, 2 path.
    pub fn from_param(value: i64) -> PlaceDetails {
        PlaceDetails {
            flags: value & 1 != 0,
            path: value & 2 != 0,
        }
    }
}

/// Appends all places that the request may go to, as a Contact header field without its line end: the Request-URI when it was
/// changed, then the branches. Nothing when there is none.
pub fn write_destination_set(call: &Call, details: PlaceDetails, out: &mut Vec<u8>) {
    let first = &call.target;
    let is_changed = call.message.is_request() && first.uri.is_some();
    let others = call.branches.list.iter().map(|target| &**target);
    let mut before: &[u8] = b"Contact: ";
    for target in Some(first).filter(|_| is_changed).into_iter().chain(others) {
        out.extend_from_slice(before);
        write_place(target, details, out);
        before = b", ";
    }
}

fn write_place(target: &Target, details: PlaceDetails, out: &mut Vec<u8>) {
    let uri = target.uri.as_deref().unwrap_or_default();
    match target.path.as_deref().filter(|_| details.path) {
        Some(path) => {
            let mark: &[u8] = if uri.contains(&b'?') { b"&" } else { b"?" };
            let mut whole = [uri, mark, b"Route="].concat();
            push_escaped(path, &mut whole);
            write_with_q(&whole, target.q, out);
        }
        None => write_with_q(uri, target.q, out),
    }
    if details.flags {
        out.extend_from_slice(b";flags=");
        stdx::number::push_decimal(out, i64::from(target.flags));
    }
}

/// Appends the value of a header field within a URI. `&` is escaped too: it would begin the next one.
fn push_escaped(value: &[u8], out: &mut Vec<u8>) {
    for (position, part) in stdx::ascii::split(value, b'&').enumerate() {
        if position > 0 {
            out.extend_from_slice(b"%26");
        }
        sip::escape_param(part, out);
    }
}

/// The flags of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Message flags (`setflag`), kept by the transaction.
    pub message: u32,
    /// Script flags (`setsflag`), cleared at the start of each top-level run.
    pub script: u32,
    /// Extended flags (`setxflag`).
    pub extended: [u32; 2],
    /// Internal marks that the script can ask the server to act on.
    pub marks: Marks,
}

/// What a script has asked for in the handling of this message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `force_rport()`: as if the top Via had `rport`.
    pub force_rport: bool,
    /// `add_local_rport()`: an empty `rport` in the Via we add.
    pub local_rport: bool,
    /// `set_forward_no_connect()`.
    pub forward_no_connect: bool,
    /// `set_reply_no_connect()`.
    pub reply_no_connect: bool,
    /// `tcp_set_otcpid_flag()`: requests leave by the connection that their target names.
    pub by_known_connection: bool,
    /// `set_forward_close()`.
    pub forward_close: bool,
    /// `set_reply_close()`.
    pub reply_close: bool,
    /// The message was made by the server for a timer or event route.
    pub faked: bool,
    /// `blst_set_ignore()`: failures that do not count against where the request is sent.
    pub avoidance_ignored: u8,
    /// For accounting: how the failure that the failure route follows was accounted.
    pub accounted_failure: u8,
    /// The transaction began without being meant for accounting: flags that are set later do not change that.
    pub unaccounted: bool,
    /// The transaction began with a flag that accounts.
    pub began_accounted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_with_its_flags_and_its_path() {
        // Observed on 5.6.3, but for the `&`, which it leaves as it is, and for the second `?`.
        let all = PlaceDetails::from_param(3);
        let shown = |uri: &str, path: Option<&str>, details| {
            let mut out = Vec::new();
            let target = Target {
                uri: Some(Text::from(uri)),
                path: path.map(Text::from),
                flags: 5,
                q: Some(500),
                ..Target::default()
            };
            write_place(&target, details, &mut out);
            String::from_utf8(out).unwrap()
        };
        let path = "<sip:u@p1:5;lr;x=1?a=b&c>,\"N m\" <sip:[::1]+-_.!~*'()/%41$>";
        assert_eq!(
            shown("sip:y@example.org", Some(path), all),
            "<sip:y@example.org?Route=%3csip:u%40p1:5%3blr%3bx%3d1%3fa%3db%26c%3e%2c%22N%20m%22%20\
             %3csip:[::1]+-_.!~*'()/%2541$%3e>;q=0.5;flags=5"
        );
        assert_eq!(
            shown("sip:y@b?h=1", Some("<sip:p>"), all),
            "<sip:y@b?h=1&Route=%3csip:p%3e>;q=0.5;flags=5"
        );
        assert_eq!(shown("sip:y@b", None, all), "<sip:y@b>;q=0.5;flags=5");
        let plain = PlaceDetails::default();
        assert_eq!(shown("sip:y@b", Some(path), plain), "<sip:y@b>;q=0.5");
    }

    #[test]
    fn a_uri_is_shown_with_its_priority() {
        for (q, expected) in [
            (None, "<sip:a@b>"),
            (Some(500), "<sip:a@b>;q=0.5"),
            (Some(5000), "<sip:a@b>;q=1"),
        ] {
            let mut out = Vec::new();
            write_with_q(b"sip:a@b", q, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
