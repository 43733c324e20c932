//! SIP bytes to messages and back: framing, headers, URIs, edits, serialization.
