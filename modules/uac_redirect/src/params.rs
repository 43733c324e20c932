//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("uac_redirect", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The pattern of URIs that are not followed.
    pub deny_filter: Placed<Text>,
    /// The pattern of URIs that are followed.
    pub accept_filter: Placed<Text>,
    /// What becomes of URIs that no pattern matches: `accept` or `deny`.
    #[param(default = placed("accept"), shown = "accept")]
    pub default_filter: Placed<Text>,
    /// What writes a record of each redirection.
    #[param(default = Text::from_static("acc_log_request"), compat = accepted("no records are written"))]
    pub acc_function: Text,
    /// The table of these records.
    #[param(default = Text::from_static("acc"), compat = accepted("no records are written"))]
    pub acc_db_table: Text,
    /// The branch flags of what is followed.
    #[param(default = 0, range = 0..)]
    pub bflags: i64,
    /// What the Contact's parameter `flags` does: 0 nothing, 1 it stands for `bflags`, 2 both count.
    #[param(default = 0, range = 0..=2)]
    pub flags_hdr_mode: i64,
    /// The priority of Contacts without one, in thousandths.
    #[param(default = 10, range = 0..=1000)]
    pub q_value: i64,
}

fn placed(text: &'static str) -> Placed<Text> {
    Placed {
        value: Text::from_static(text),
        ..Placed::default()
    }
}
