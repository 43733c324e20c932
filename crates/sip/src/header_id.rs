//! Names of header fields.

use std::fmt;

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

            /// The one-letter form, for those that have one.
            pub const fn compact_form(self) -> Option<u8> {
                match self {
                    $($(HeaderId::$variant => Some($compact),)?)*
                    _ => None,
                }
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

/// Open-addressed table from [`hash`] to index in [`HeaderId::ALL`] plus one; 0 is a free slot.
static TABLE: [u8; SLOTS] = build();

const fn hash(name: &[u8]) -> usize {
    let length = name.len();
    let first = (name[0] | 0x20) as usize;
    let middle = (name[length / 2] | 0x20) as usize;
    let last = (name[length - 1] | 0x20) as usize;
    (length * 61 + first * 17 + middle * 133 + last * 71) % SLOTS
}

const fn build() -> [u8; SLOTS] {
    let mut table = [0u8; SLOTS];
    let mut index = 0;
    while index < HeaderId::ALL.len() {
        let name = HeaderId::ALL[index].canonical_name().as_bytes();
        assert!(name.len() <= NAME_LENGTH_MAX && name.len() > 1);
        let mut slot = hash(name);
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = index as u8 + 1;
        index += 1;
    }
    table
}

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

/// Whether two names are the same octets: they are so short that calling a comparison costs more than comparing.
#[inline]
fn is_same(known: &[u8], name: &[u8]) -> bool {
    fn have_same_ends<const N: usize>(known: &[u8], name: &[u8]) -> bool {
        known.first_chunk::<N>() == name.first_chunk()
            && known.last_chunk::<N>() == name.last_chunk()
    }
    match known.len() {
        length if length != name.len() => false,
        8..=16 => have_same_ends::<8>(known, name),
        4..=7 => have_same_ends::<4>(known, name),
        2..=3 => have_same_ends::<2>(known, name),
        _ => known == name,
    }
}

impl HeaderId {
    /// The header field of that name, full or compact, in any case; [`HeaderId::Other`] for one that is not known.
    #[inline]
    pub fn from_name(name: &[u8]) -> HeaderId {
        match name {
            [] => HeaderId::Other,
            [letter] => COMPACT_TABLE[*letter as usize],
            _ if name.len() > NAME_LENGTH_MAX => HeaderId::Other,
            _ => {
                let mut slot = hash(name);
                loop {
                    let entry = TABLE[slot];
                    let Some(id) = HeaderId::ALL.get((entry as usize).wrapping_sub(1)) else {
                        return HeaderId::Other;
                    };
                    // Nearly all write the name as the RFC does.
                    let known = id.canonical_name().as_bytes();
                    if is_same(known, name) || known.eq_ignore_ascii_case(name) {
                        return *id;
                    }
                    slot = (slot + 1) % SLOTS;
                }
            }
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
        1 << self as u8
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
            if let Some(letter) = id.compact_form() {
                assert_eq!(HeaderId::from_name(&[letter]), id);
                assert_eq!(HeaderId::from_name(&[letter.to_ascii_uppercase()]), id);
            }
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

    #[test]
    fn names_hash_without_long_probes() {
        let longest = (0..SLOTS)
            .map(|start| {
                (0..SLOTS)
                    .take_while(|step| TABLE[(start + step) % SLOTS] != 0)
                    .count()
            })
            .max();
        assert!(longest < Some(8), "{longest:?}");
    }
}
