//! The workloads: which configuration, which load, what counts as one unit.

/// What a workload does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Units sent at a mean rate.
    Load {
        /// What one unit is.
        exchange: Exchange,
        /// Mean units per second.
        rate: f64,
    },
    /// Loops of the script, one body after the other; one unit is a step.
    Micro,
}

/// What one unit of a load is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exchange {
    /// OPTIONS that the server answers itself.
    Answer,
    /// OPTIONS that is forwarded to the far end, and its response.
    Forward,
    /// A call from INVITE to the response to BYE, the far end being the callee.
    Call,
    /// REGISTER of a contact that was not there before.
    Register,
    /// REGISTER of a contact that is there.
    Refresh,
    /// REGISTER of a new contact, and once more with a password.
    RegisterAuth,
}

impl Exchange {
    /// Whether the server forwards to the far end.
    pub fn has_far_end(self) -> bool {
        matches!(self, Self::Forward | Self::Call)
    }

    /// Whether each unit stays in the server's memory.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Register | Self::Refresh | Self::RegisterAuth)
    }
}

/// A named workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name on the command line.
    pub name: &'static str,
    /// What one line of help says.
    pub about: &'static str,
    /// The configuration every server runs.
    pub config: &'static str,
    /// What it does.
    pub kind: Kind,
}

/// All workloads.
pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "options",
        about: "OPTIONS answered statelessly, 10,000/s",
        config: include_str!("cfg/options.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Answer,
            rate: 10_000.0,
        },
    },
    Workload {
        name: "options-busy",
        about: "the same, 40,000/s: wake-ups are shared by several messages",
        config: include_str!("cfg/options.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Answer,
            rate: 40_000.0,
        },
    },
    Workload {
        name: "forward",
        about: "OPTIONS forwarded statelessly and answered by a far end, 8,000/s",
        config: include_str!("cfg/forward.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Forward,
            rate: 8_000.0,
        },
    },
    Workload {
        name: "forward-busy",
        about: "the same, 20,000/s",
        config: include_str!("cfg/forward.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Forward,
            rate: 20_000.0,
        },
    },
    Workload {
        name: "call",
        about: "calls through a record-routing proxy with transactions, 800/s; times are from INVITE to 200, 20 ms of it ringing",
        config: include_str!("cfg/call.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Call,
            rate: 800.0,
        },
    },
    Workload {
        name: "call-busy",
        about: "the same, 2,000/s",
        config: include_str!("cfg/call.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Call,
            rate: 2_000.0,
        },
    },
    Workload {
        name: "script",
        about: "calls at 800/s through a script with tables, patterns, transformations and header fields",
        config: include_str!("cfg/script.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Call,
            rate: 800.0,
        },
    },
    Workload {
        name: "register",
        about: "new contacts kept in memory, 8,000/s, and the memory each takes",
        config: include_str!("cfg/register.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Register,
            rate: 8_000.0,
        },
    },
    Workload {
        name: "refresh",
        about: "the same contacts again, 8,000/s",
        config: include_str!("cfg/register.cfg"),
        kind: Kind::Load {
            exchange: Exchange::Refresh,
            rate: 8_000.0,
        },
    },
    Workload {
        name: "register-auth",
        about: "new contacts behind a Digest challenge, 3,000/s; challenge and answer are one unit",
        config: include_str!("cfg/register.cfg"),
        kind: Kind::Load {
            exchange: Exchange::RegisterAuth,
            rate: 3_000.0,
        },
    },
    Workload {
        name: "register-authdb",
        about: "the same with the passwords in an SQLite database (sqlite3 has to be installed), 3,000/s",
        config: include_str!("cfg/register-authdb.cfg"),
        kind: Kind::Load {
            exchange: Exchange::RegisterAuth,
            rate: 3_000.0,
        },
    },
    Workload {
        name: "micro",
        about: "the script interpreter alone, by kind of statement",
        config: include_str!("cfg/micro.cfg"),
        kind: Kind::Micro,
    },
];

/// Bodies of `micro.cfg` and how many steps make a measurable stretch on the slowest server known.
pub const MICRO_BODIES: &[(&str, u64)] = &[
    ("empty", 1_000_000),
    ("integer", 1_000_000),
    ("string", 300_000),
    ("regex", 300_000),
    ("htable", 300_000),
    ("compare", 300_000),
    ("xlog", 300_000),
    ("route", 1_000_000),
    ("avp", 300_000),
];

/// The workload called `name`.
pub fn find(name: &str) -> Option<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name)
}
