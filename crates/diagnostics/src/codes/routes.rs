//! Routes: blocks that are missing, doubled or used where they cannot run.

super::family! {}
