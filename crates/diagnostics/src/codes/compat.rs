//! Compatibility: what differs from Kamailio, or what it dropped.

super::family! {}
