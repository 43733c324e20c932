//! What can be wrong with bytes that should be SIP. All of it is the peer's fault.

use crate::HeaderId;

/// Why bytes are no message at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// Nothing, or nothing but line ends: a keep-alive.
    #[error("empty message")]
    Empty,
    /// More than [`crate::MAX_MESSAGE_BYTES`].
    #[error("message too large")]
    TooLarge,
    /// More than [`crate::MAX_HEADER_FIELDS`].
    #[error("too many header fields")]
    TooManyHeaders,
    /// The first line is neither a request line nor a status line.
    #[error("malformed first line")]
    FirstLine,
    /// The last line of the header section has no line end.
    #[error("header section is cut short")]
    Incomplete,
}

/// Why a header field that was asked for has no usable value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FieldError {
    /// The message has no such header field.
    #[error("no {0} header field")]
    Missing(HeaderId),
    /// Its value does not follow the grammar.
    #[error("malformed {header} header field at offset {at}")]
    Malformed {
        /// Which header field.
        header: HeaderId,
        /// Offset in the buffer where the reader gave up.
        at: u32,
    },
}

/// Why text is no URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UriError {
    /// Longer than 65,535 octets.
    #[error("URI too long")]
    TooLong,
    /// No `scheme:` in front.
    #[error("URI without a scheme")]
    Scheme,
    /// Nothing in front of the `@`, or a blank, control character or bracket there.
    #[error("URI with a bad user")]
    User,
    /// A SIP URI without a host, or with one that holds impossible characters or an unclosed bracket.
    #[error("URI with a bad host")]
    Host,
    /// Port not a number up to 65535.
    #[error("URI with a bad port")]
    Port,
    /// A blank, control character or bracket where none can be.
    #[error("URI with an illegal character")]
    Character,
}
