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
    /// What accounts each redirection when there is a reason for it: `acc_log_request`, `acc_db_request` or `acc_request` of module
    /// acc; nothing when empty.
    #[param(default = placed("acc_log_request"), shown = "acc_log_request")]
    pub acc_function: Placed<Text>,
    /// The table that they are accounted in.
    #[param(default = Text::from_static("acc"))]
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
