//! RFC 3263: from a URI to ordered destinations, sans-IO.
//!
//! A [`Locator`] says, one after the other, where a request may be sent. When it
//! needs something that the [`DnsCache`] does not know, it asks: the caller puts the
//! [`Query`] to whatever resolver it has and hands the [`Answer`] back. A URI that
//! names an address needs no locator and no state.
//!
//! The crate knows no resolver, no socket and no clock. It follows Kamailio where
//! that differs from the RFC; those places are marked `COMPAT`.
//!
//! Read [`Locator`] first, then [`Settings`].

mod cache;
mod destination;
mod locator;
mod order;
mod record;
mod settings;
mod target;

pub use cache::{CacheEntry, CacheSettings, Cached, DnsCache, Preference};
pub use destination::{Destination, TransportSet};
pub use locator::{End, Locator, Step};
pub use record::{Answer, Kind, Query, Record};
pub use settings::{Families, Settings, TransportPreferences};
pub use target::{LocateError, Start, Target, numeric, start};
