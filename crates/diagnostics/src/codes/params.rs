//! Parameters: values of a wrong kind or out of bounds.

super::family! {}
