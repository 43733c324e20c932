//! SIP bytes to messages and back: framing, headers, URIs, edits, serialization.
//!
//! A stream of octets is cut into messages by [`framing::StreamFramer`]; a datagram is one already. [`Message::parse`]
//! indexes the header fields in one pass; each is read when somebody asks for it. Whatever is to be different in the outgoing
//! copy is recorded as [`Edits`] and applied once, while [`serialize`] writes it.
//!
//! Read [`Message`] first.
//!
//! This crate knows no socket, no clock, no transaction and no script: it turns octets into values and back. No octets,
//! however hostile, make it panic.

pub mod alias;
mod auth;
pub mod compare;
mod contact;
mod cseq;
pub mod digest;
mod edited_address;
mod edits;
mod error;
pub mod framing;
mod header_id;
pub mod identifiers;
mod list;
mod message;
mod method;
pub mod multipart;
mod name_addr;
mod params;
pub mod rewrite;
mod scan;
pub mod sdp;
pub mod serialize;
mod span;
mod transport;
mod uri;
mod via;

pub use auth::{AuthParam, AuthParams};
pub use contact::{Contact, Q, parse_expires};
pub use cseq::{CSeq, RAck};
pub use edited_address::EditedAddress;
pub use edits::{Content, Deferred, DeferredId, Edit, Edits};
pub use error::{FieldError, ParseError, UriError};
pub use header_id::HeaderId;
pub use list::CommaList;
pub use message::{
    Addresses, Contacts, HeaderField, Kind, MAX_HEADER_FIELDS, MAX_MESSAGE_BYTES, Message,
    Protocol, StartLine, Vias,
};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::{Param, Params, unquoted};
pub use span::Span;
pub use transport::Transport;
pub use uri::{Scheme, Uri, UriParams, UriSpans, escape_param, escape_user, unescape};
pub use via::{Rport, Via, parse_address};

/// What every branch id of RFC 3261 begins with (§8.1.1.7).
pub const BRANCH_COOKIE: &[u8] = b"z9hG4bK";
