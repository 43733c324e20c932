//! The parameters that a run draws by chance.

use crate::random::Random;

/// Parameters of `tm`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether the failure route sees branches of earlier rounds.
    pub failure_reply_mode: u8,
    /// How branches without a response are cancelled.
    pub cancel_b_method: u8,
    local_cancel_reason: u8,
    e2e_cancel_reason: u8,
    disable_6xx_block: u8,
    aggregate_challenges: u8,
}

impl Settings {
    /// Any of them.
    pub fn any(random: &mut Random) -> Self {
        Self {
            failure_reply_mode: random.pick([0, 1, 2, 3, 3]),
            cancel_b_method: random.pick([0, 1, 1, 2]),
            local_cancel_reason: random.pick([0, 1]),
            e2e_cancel_reason: random.pick([0, 1]),
            disable_6xx_block: random.pick([0, 0, 1]),
            aggregate_challenges: random.pick([0, 1]),
        }
    }

    /// Their names and values.
    pub fn parameters(&self) -> [(&'static str, u8); 6] {
        [
            ("failure_reply_mode", self.failure_reply_mode),
            ("cancel_b_method", self.cancel_b_method),
            ("local_cancel_reason", self.local_cancel_reason),
            ("e2e_cancel_reason", self.e2e_cancel_reason),
            ("disable_6xx_block", self.disable_6xx_block),
            ("aggregate_challenges", self.aggregate_challenges),
        ]
    }
}
