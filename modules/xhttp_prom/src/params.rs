//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("xhttp_prom", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The size of the buffer for answers.
    #[param(default = 0, compat = accepted("answers are as long as they need to be"))]
    pub xhttp_prom_buf_size: i64,
    /// Which of the server's figures are shown: `all`, `group:` or a name; none when empty.
    pub xhttp_prom_stats: Text,
    /// What all names begin with.
    #[param(default = Text::from_static("kamailio_"))]
    pub xhttp_prom_beginning: Text,
    /// Labels that all of the server's figures have.
    pub xhttp_prom_tags: Text,
    /// A counter: `name=NAME; label=LABEL:LABEL:LABEL;`. May be given several times.
    #[param(shown = "")]
    pub prom_counter: Vec<Placed<Text>>,
    /// A gauge: `name=NAME; label=LABEL:LABEL:LABEL;`. May be given several times.
    #[param(shown = "")]
    pub prom_gauge: Vec<Placed<Text>>,
    /// A histogram: `name=NAME; label=LABEL; buckets=1.5:3;`. May be given several times.
    #[param(shown = "")]
    pub prom_histogram: Vec<Placed<Text>>,
    /// After how many minutes a value that nobody changes is forgotten; 0 is never.
    #[param(default = 60, range = 0..)]
    pub xhttp_prom_timeout: i64,
    /// Whether the seconds since the start are shown, as `uptime`.
    #[param(default = 0)]
    pub xhttp_prom_uptime_stat: i64,
    /// Whether figures of process memory are shown.
    #[param(default = 0, compat = accepted("there is no process memory of its own"))]
    pub xhttp_prom_pkg_stats: i64,
    /// Whether lines about types and meanings are shown before the figures; any flag shows both.
    #[param(default = 0, compat = partial("not one without the other"))]
    pub xhttp_prom_metadata_flags: i64,
    /// The time stamp behind each figure: `ms` milliseconds since 1970, as Prometheus reads it; `s` seconds, as OpenMetrics has it;
    /// `none` no stamp.
    #[param(default = Text::from_static("ms"), compat = partial("`ms`, `s` and `none`"))]
    pub timestamp_format: Text,
}
