//! Module parameters.

use diagnostics::Span;
use module_api::{ParamError, ParamField, ParamValue, Params, Placed, SettingKind, Text};

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
    /// Labels that all figures have: `NAME=VALUE,NAME=VALUE`.
    pub xhttp_prom_tags: Text,
    /// A counter: `name=NAME; label=LABEL:LABEL:LABEL; help='TEXT'`. May be given several times.
    #[param(shown = "")]
    pub prom_counter: Vec<Placed<Text>>,
    /// A gauge: `name=NAME; label=LABEL:LABEL:LABEL; help='TEXT'`. May be given several times.
    #[param(shown = "")]
    pub prom_gauge: Vec<Placed<Text>>,
    /// A histogram: `name=NAME; label=LABEL; buckets=1.5:3; help='TEXT'`. May be given several times.
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
    /// Which lines stand before a figure of the script, a sum: 1 its type, 2 its meaning if it was declared with one.
    #[param(default = 0)]
    pub xhttp_prom_metadata_flags: i64,
    /// The time stamp behind each figure: `ms` milliseconds since 1970, as Prometheus reads it; `s` seconds, and `sf` with three digits
    /// behind the point, as OpenMetrics has it.
    #[param(shown = "\"ms\"")]
    pub timestamp_format: StampFormat,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StampFormat {
    /// `ms`
    #[default]
    Milliseconds,
    /// `s`
    Seconds,
    /// `sf`
    SecondsWithPart,
}

impl ParamField for StampFormat {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut name = Text::default();
        name.assign(value, span)?;
        *self = match &name[..] {
            b"ms" => StampFormat::Milliseconds,
            b"s" => StampFormat::Seconds,
            b"sf" => StampFormat::SecondsWithPart,
            _ => {
                return Err(ParamError::Adjusted(format!(
                    "`{name}` is neither `ms` nor `s` nor `sf`: `ms` is taken"
                )));
            }
        };
        Ok(())
    }
}
