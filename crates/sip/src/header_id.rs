//! Names of header fields.

use std::fmt;

use crate::scan::first_of_eight;

macro_rules! headers {
    ($($variant:ident = $name:literal $(, $compact:literal)?;)*) => {
        /// Which header field a name stands for, full or compact, in any case.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum HeaderId {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
            /// A well-formed name that is not in this list.
            Other,
            /// A line in the header section that is no header field: it has no colon, or its name is no token.
            Malformed,
        }

        impl HeaderId {
            /// Every known header field, [`HeaderId::Other`] and [`HeaderId::Malformed`] left out.
            pub const ALL: &'static [HeaderId] = &[$(HeaderId::$variant,)*];

            /// The name as RFCs write it; empty for [`HeaderId::Other`] and [`HeaderId::Malformed`].
            #[inline]
            pub const fn canonical_name(self) -> &'static str {
                NAMES[self as usize]
            }
        }

        /// By [`HeaderId`] as a number.
        static NAMES: [&str; HeaderId::ALL.len() + 2] = [$($name,)* "", ""];

        const COMPACT: &[(u8, HeaderId)] = &[$($(($compact, HeaderId::$variant),)?)*];
    };
}

headers! {
    Accept = "Accept";
    AcceptContact = "Accept-Contact", b'a';
    AcceptEncoding = "Accept-Encoding";
    AcceptLanguage = "Accept-Language";
    AcceptResourcePriority = "Accept-Resource-Priority";
    AlertInfo = "Alert-Info";
    Allow = "Allow";
    AllowEvents = "Allow-Events", b'u';
    AnswerMode = "Answer-Mode";
    AuthenticationInfo = "Authentication-Info";
    Authorization = "Authorization";
    CallId = "Call-ID", b'i';
    CallInfo = "Call-Info";
    Connection = "Connection";
    Contact = "Contact", b'm';
    ContentDisposition = "Content-Disposition";
    ContentEncoding = "Content-Encoding", b'e';
    ContentLanguage = "Content-Language";
    ContentLength = "Content-Length", b'l';
    ContentType = "Content-Type", b'c';
    Cookie = "Cookie";
    CSeq = "CSeq";
    Date = "Date";
    Diversion = "Diversion";
    ErrorInfo = "Error-Info";
    Event = "Event", b'o';
    Expires = "Expires";
    FeatureCaps = "Feature-Caps";
    FlowTimer = "Flow-Timer";
    From = "From", b'f';
    Geolocation = "Geolocation";
    GeolocationError = "Geolocation-Error";
    GeolocationRouting = "Geolocation-Routing";
    HistoryInfo = "History-Info";
    Host = "Host";
    Identity = "Identity", b'y';
    IdentityInfo = "Identity-Info", b'n';
    InReplyTo = "In-Reply-To";
    InfoPackage = "Info-Package";
    Join = "Join";
    MaxBreadth = "Max-Breadth";
    MaxForwards = "Max-Forwards";
    MimeVersion = "MIME-Version";
    MinExpires = "Min-Expires";
    MinSe = "Min-SE";
    Organization = "Organization";
    Origin = "Origin";
    PAccessNetworkInfo = "P-Access-Network-Info";
    PAssertedIdentity = "P-Asserted-Identity";
    PAssociatedUri = "P-Associated-URI";
    PCalledPartyId = "P-Called-Party-ID";
    PChargingFunctionAddresses = "P-Charging-Function-Addresses";
    PChargingVector = "P-Charging-Vector";
    PEarlyMedia = "P-Early-Media";
    PMediaAuthorization = "P-Media-Authorization";
    PPreferredIdentity = "P-Preferred-Identity";
    PPreferredService = "P-Preferred-Service";
    PVisitedNetworkId = "P-Visited-Network-ID";
    Path = "Path";
    PermissionMissing = "Permission-Missing";
    Priority = "Priority";
    Privacy = "Privacy";
    ProxyAuthenticate = "Proxy-Authenticate";
    ProxyAuthorization = "Proxy-Authorization";
    ProxyRequire = "Proxy-Require";
    RAck = "RAck";
    RSeq = "RSeq";
    Reason = "Reason";
    RecordRoute = "Record-Route";
    RecvInfo = "Recv-Info";
    ReferSub = "Refer-Sub";
    ReferTo = "Refer-To", b'r';
    ReferredBy = "Referred-By", b'b';
    RejectContact = "Reject-Contact", b'j';
    RemotePartyId = "Remote-Party-ID";
    Replaces = "Replaces";
    ReplyTo = "Reply-To";
    RequestDisposition = "Request-Disposition", b'd';
    Require = "Require";
    ResourcePriority = "Resource-Priority";
    RetryAfter = "Retry-After";
    Route = "Route";
    SecWebSocketAccept = "Sec-WebSocket-Accept";
    SecWebSocketExtensions = "Sec-WebSocket-Extensions";
    SecWebSocketKey = "Sec-WebSocket-Key";
    SecWebSocketProtocol = "Sec-WebSocket-Protocol";
    SecWebSocketVersion = "Sec-WebSocket-Version";
    SecurityClient = "Security-Client";
    SecurityServer = "Security-Server";
    SecurityVerify = "Security-Verify";
    Server = "Server";
    ServiceRoute = "Service-Route";
    SessionExpires = "Session-Expires", b'x';
    SipEtag = "SIP-ETag";
    SipIfMatch = "SIP-If-Match";
    Subject = "Subject", b's';
    SubscriptionState = "Subscription-State";
    Supported = "Supported", b'k';
    TargetDialog = "Target-Dialog";
    Timestamp = "Timestamp";
    To = "To", b't';
    TransferEncoding = "Transfer-Encoding";
    Unsupported = "Unsupported";
    Upgrade = "Upgrade";
    UserAgent = "User-Agent";
    UserToUser = "User-to-User";
    Via = "Via", b'v';
    Warning = "Warning";
    WwwAuthenticate = "WWW-Authenticate";
}

/// No known name is longer.
const NAME_LENGTH_MAX: usize = 32;
const SLOTS: usize = 512;

/// Every name has a slot of its own by [`Ends::hash`]; [`HeaderId::Other`] is a free slot.
static TABLE: [HeaderId; SLOTS] = build();

/// By [`HeaderId`] as a number.
static ENDS: [Ends; HeaderId::ALL.len()] = {
    let mut ends = [Ends(0, 0); HeaderId::ALL.len()];
    let mut index = 0;
    while index < ends.len() {
        ends[index] = Ends::of(NAMES[index].as_bytes());
        index += 1;
    }
    ends
};

/// A name as two numbers: its first eight octets and its last eight, or for a shorter one all of it and its length. Names are so
/// short that calling a comparison costs more than comparing.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ends(u64, u64);

impl Ends {
    #[inline]
    const fn of(name: &[u8]) -> Ends {
        if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            return Ends(u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        }
        let length = name.len();
        if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            // Where they overlap they are the same.
            return Ends::short(first as u64 | (last as u64) << (8 * (length - 4)), length);
        }
        match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => {
                let (first, last) = (u16::from_le_bytes(*first), u16::from_le_bytes(*last));
                Ends::short(first as u64 | (last as u64) << (8 * (length - 2)), length)
            }
            _ => Ends(0, 0),
        }
    }

    /// Of a name of less than eight octets.
    #[inline]
    const fn short(name: u64, length: usize) -> Ends {
        Ends(name, length as u64)
    }

    /// The same in any case.
    #[inline]
    const fn hash(self) -> usize {
        const LOWER: u64 = 0x2020_2020_2020_2020;
        // Found by trying: with it no two names share a slot (a new name may want another).
        const FACTOR: u64 = 0x0edb_d3f6_4c20_301d;
        let first = (self.0 | LOWER).wrapping_mul(FACTOR);
        let both = first.wrapping_add(self.1 | LOWER).wrapping_mul(FACTOR);
        (both >> 55) as usize % SLOTS
    }
}

const fn build() -> [HeaderId; SLOTS] {
    let mut table = [HeaderId::Other; SLOTS];
    let mut index = 0;
    while index < HeaderId::ALL.len() {
        let name = NAMES[index].as_bytes();
        assert!(name.len() <= NAME_LENGTH_MAX && name.len() > 1);
        let slot = Ends::of(name).hash();
        assert!(
            matches!(table[slot], HeaderId::Other),
            "two names share a slot"
        );
        table[slot] = HeaderId::ALL[index];
        index += 1;
    }
    table
}

/// By [`HeaderId`] as a number: looking up is less work than a shift of two words.
static BITS: [u128; HeaderId::ALL.len() + 2] = {
    let mut bits = [0; HeaderId::ALL.len() + 2];
    let mut index = 0;
    while index < bits.len() {
        bits[index] = 1 << index;
        index += 1;
    }
    bits
};

/// For every octet the header field whose compact form it is.
static COMPACT_TABLE: [HeaderId; 256] = {
    let mut table = [HeaderId::Other; 256];
    let mut index = 0;
    while index < COMPACT.len() {
        let (letter, id) = COMPACT[index];
        table[letter as usize] = id;
        table[letter.to_ascii_uppercase() as usize] = id;
        index += 1;
    }
    table
};

/// Kept out of the way of the names that are written as in the RFC.
#[cold]
#[inline(never)]
fn is_same_name(known: &[u8], name: &[u8]) -> bool {
    known.eq_ignore_ascii_case(name)
}

impl HeaderId {
    /// The header field of that name, full or compact, in any case; [`HeaderId::Other`] for one that is not known.
    #[inline]
    pub fn from_name(name: &[u8]) -> HeaderId {
        match name {
            [] => HeaderId::Other,
            [letter] => COMPACT_TABLE[*letter as usize],
            _ if name.len() > NAME_LENGTH_MAX => HeaderId::Other,
            _ => HeaderId::from_long_name(name),
        }
    }

    /// The header field that a line with these octets in front belongs to, and the length of its name, when that is short and
    /// written as in the RFC.
    #[inline]
    pub(crate) fn of_line(octets: &[u8; 8]) -> Option<(HeaderId, usize)> {
        let octets = u64::from_le_bytes(*octets);
        let length = first_of_eight(octets, b':');
        let name = octets & !(u64::MAX.checked_shl(8 * length as u32)?);
        let ends = Ends::short(name, length);
        let id = TABLE[ends.hash()];
        (ENDS.get(id as usize) == Some(&ends)).then_some((id, length))
    }

    #[inline]
    fn from_long_name(name: &[u8]) -> HeaderId {
        let ends = Ends::of(name);
        let id = TABLE[ends.hash()];
        let known = id.canonical_name().as_bytes();
        // Nearly all write the name as the RFC does.
        let is_as_written =
            ENDS.get(id as usize) == Some(&ends) && name.len() == known.len() && name.len() <= 16;
        match is_as_written || is_same_name(known, name) {
            true => id,
            false => HeaderId::Other,
        }
    }

    /// Whether one header field may hold several values separated by commas (RFC 3261 §7.3.1 and each field's grammar).
    pub const fn is_list(self) -> bool {
        use HeaderId::*;
        matches!(
            self,
            Accept
                | AcceptContact
                | AcceptEncoding
                | AcceptLanguage
                | AlertInfo
                | Allow
                | AllowEvents
                | CallInfo
                | Contact
                | ContentEncoding
                | ContentLanguage
                | Diversion
                | ErrorInfo
                | FeatureCaps
                | HistoryInfo
                | InReplyTo
                | PAssertedIdentity
                | PAssociatedUri
                | PPreferredIdentity
                | PVisitedNetworkId
                | Path
                | PermissionMissing
                | ProxyRequire
                | Reason
                | RecordRoute
                | RecvInfo
                | RejectContact
                | RemotePartyId
                | RequestDisposition
                | Require
                | Route
                | SecurityClient
                | SecurityServer
                | SecurityVerify
                | ServiceRoute
                | Supported
                | Unsupported
                | Via
                | Warning
        )
    }

    /// A set of one: sets of header fields are numbers.
    #[inline]
    pub const fn bit(self) -> u128 {
        BITS[self as usize]
    }
}

const _: () = assert!(
    (HeaderId::Malformed as u8) < 128,
    "the set of present header fields is a u128"
);

impl fmt::Display for HeaderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderId::Other => f.write_str("other"),
            HeaderId::Malformed => f.write_str("malformed"),
            known => f.write_str(known.canonical_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_in_its_compact_form() {
        for id in HeaderId::ALL.iter().copied() {
            let name = id.canonical_name();
            assert_eq!(HeaderId::from_name(name.as_bytes()), id, "{name}");
            assert_eq!(
                HeaderId::from_name(name.to_lowercase().as_bytes()),
                id,
                "{name}"
            );
            assert_eq!(
                HeaderId::from_name(name.to_uppercase().as_bytes()),
                id,
                "{name}"
            );
        }
        for (letter, id) in COMPACT.iter().copied() {
            assert_eq!(HeaderId::from_name(&[letter]), id);
            assert_eq!(HeaderId::from_name(&[letter.to_ascii_uppercase()]), id);
        }
    }

    #[test]
    fn unknown_names_are_other() {
        for name in [
            &b""[..],
            b"Z",
            b"X-Header",
            b"Vi",
            b"Vias",
            b"call_id",
            &[b'a'; 64],
            b"\xff\xfe",
        ] {
            assert_eq!(HeaderId::from_name(name), HeaderId::Other);
        }
    }
}
