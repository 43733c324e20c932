//! How long things take.

/// The intervals of one transaction, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// T1, the first interval between two transmissions (timers A, E, G).
    pub t1: u32,
    /// T2, the longest one.
    pub t2: u32,
    /// How long to wait for a final response, or for a provisional one to an INVITE (timers B, F, H).
    pub fr: u32,
    /// How long to wait for the final response to an INVITE after a provisional one (timer C).
    pub fr_inv: u32,
    /// How long a transaction that is over is kept, to recognise what comes late (timers D, I, J, K, L, M).
    pub wait: u32,
    /// How long a transaction may go on in all.
    pub lifetime: u32,
    /// Whether each provisional response starts timer C anew.
    pub restarts: bool,
}

/// [`Times::lifetime`] by the kind of request, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetimes {
    /// Of an INVITE.
    pub invite: u32,
    /// Of another request.
    pub other: u32,
}

impl Default for Times {
    /// What a configuration that says nothing gets (observed on 5.6.3).
    fn default() -> Times {
        Times {
            t1: 500,
            t2: 4_000,
            fr: 30_000,
            fr_inv: 120_000,
            wait: 5_000,
            lifetime: 180_000,
            restarts: true,
        }
    }
}
