//! Where our server is meant to deal with registrations in another way.

use super::steps::Steps;
use crate::differ::known::Known;

/// All of them.
pub const KNOWN: &[Known<Steps>] = &[];
