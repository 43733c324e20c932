//! RFC 3263: from a URI to ordered destinations, sans-IO.
