//! Why a registration is refused, and what the response says of it.

/// Why a registration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address-of-record is no URI.
    BadAor,
    /// The user of the address-of-record is escaped wrongly.
    BadEscape,
    /// The URI that the script gave is none.
    BadUri,
    /// The address-of-record is too long.
    LongAor,
    /// Path is no list of routes.
    BadPath,
    /// Expires is empty.
    BadExpires,
    /// A Contact cannot be read.
    BadContact,
    /// `*` without Expires 0.
    StarLives,
    /// `*` with other contacts.
    StarNotAlone,
    /// A contact or the place it came from is too long.
    TooLong,
    /// A `q` that is no priority.
    BadQ,
    /// A `reg-id` that is none.
    BadRegId,
    /// The CSeq is not higher than the last one of the same Call-ID.
    BadCSeq,
    /// The address-of-record would have too many contacts.
    TooMany,
    /// A contact asks for too short a life.
    TooBrief,
    /// Path without support for it.
    PathUnsupported,
    /// RFC 5626 is required and not followed here.
    OutboundUnsupported,
    /// RFC 5626 is required here, and the other side does not follow it.
    OutboundNotSupported,
    /// RFC 5626 is asked for, and the first proxy does not follow it.
    FirstHopLacksOutbound,
    /// The database did not take the change.
    Storage,
}

impl Refusal {
    /// The status and its reason phrase.
    pub const fn status(self) -> (i64, &'static [u8]) {
        match self {
            Refusal::TooMany => (503, b"Service Unavailable"),
            Refusal::TooBrief => (423, b"Interval Too Brief"),
            Refusal::PathUnsupported | Refusal::OutboundUnsupported => (420, b"Bad Extension"),
            Refusal::OutboundNotSupported => (421, b"Extension Required"),
            Refusal::FirstHopLacksOutbound => (439, b"First Hop Lacks Outbound Support"),
            Refusal::Storage | Refusal::LongAor => (500, b"Server Internal Error"),
            _ => (400, b"Bad Request"),
        }
    }

    /// The text of P-Registrar-Error.
    pub const fn text(self) -> &'static [u8] {
        match self {
            Refusal::BadAor => b"Error while extracting Address Of Record",
            Refusal::BadEscape => b"Error while unescaping username",
            Refusal::BadUri => b"Error while parsing AOR",
            Refusal::LongAor => b"Address Of Record too long",
            Refusal::BadPath => b"Path parse error",
            Refusal::BadExpires => b"Expires parse error",
            Refusal::BadContact => b"Contact parse error",
            Refusal::StarLives => b"* used in contact and expires is not zero",
            Refusal::StarNotAlone => b"* used in contact and more than 1 contact",
            Refusal::TooLong => b"Contact/received too long",
            Refusal::BadQ => b"Invalid q param in contact",
            Refusal::BadRegId => b"Invalid reg-id param in contact",
            Refusal::BadCSeq => b"Invalid CSeq number",
            Refusal::TooMany => b"Too many registered contacts",
            Refusal::TooBrief => b"Interval too brief",
            Refusal::PathUnsupported => b"No support for found Path indicated",
            Refusal::OutboundUnsupported => b"No support for Outbound on server",
            Refusal::OutboundNotSupported => b"No support for Outbound indicated",
            Refusal::FirstHopLacksOutbound => b"No support for Outbound on edge proxy",
            Refusal::Storage => b"Contacts could not be stored",
        }
    }

    /// The return code of `save`.
    pub const fn code(self) -> i64 {
        match self {
            Refusal::TooMany => -2,
            _ => -1,
        }
    }
}
