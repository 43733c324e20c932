//! The workloads: which configuration, which load, what counts as one unit.

/// What a workload does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// OPTIONS at `rate` per second, answered by the server itself.
    Answer {
        /// Mean requests per second.
        rate: f64,
    },
    /// OPTIONS at `rate` per second, forwarded to a far end; one unit is a request and its response.
    Forward {
        /// Mean requests per second.
        rate: f64,
    },
    /// Loops of the script, one body after the other; one unit is a step.
    Micro,
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
        kind: Kind::Answer { rate: 10_000.0 },
    },
    Workload {
        name: "options-busy",
        about: "the same, 40,000/s: wake-ups are shared by several messages",
        config: include_str!("cfg/options.cfg"),
        kind: Kind::Answer { rate: 40_000.0 },
    },
    Workload {
        name: "forward",
        about: "OPTIONS forwarded statelessly and answered by a far end, 8,000/s",
        config: include_str!("cfg/forward.cfg"),
        kind: Kind::Forward { rate: 8_000.0 },
    },
    Workload {
        name: "forward-busy",
        about: "the same, 20,000/s",
        config: include_str!("cfg/forward.cfg"),
        kind: Kind::Forward { rate: 20_000.0 },
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
