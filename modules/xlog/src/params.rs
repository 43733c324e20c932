//! Module parameters.

use module_api::{Live, Params, Placed, Span, Text};

/// What `modparam("xlog", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The longest message, in bytes.
    #[param(default = 4096, compat = accepted("messages have no fixed buffer"))]
    pub buf_size: i64,
    /// Whether `$C` shows colours even when messages do not go to standard error.
    #[param(default = 0)]
    pub force_color: i64,
    /// Whether `xlogl` names the configuration file before the line.
    #[param(default = 0)]
    pub long_format: i64,
    /// What stands before each message.
    #[param(default = Placed { value: Text::from_static("<script>: "), span: Span::default() }, shown = "<script>: ")]
    pub prefix: Placed<Text>,
    /// Whether variables in the prefix are expanded (1) or not (0).
    #[param(default = 0, range = 0..=1)]
    pub prefix_mode: i64,
    /// The syslog facility of messages, such as `LOG_LOCAL0`.
    pub log_facility: Option<Placed<Text>>,
    /// Colours of levels in the log on standard error, where that is coloured: `L_ERR=cr`, with the letters of `$C(xy)`, and
    /// several with semicolons between them. May be given several times.
    #[param(shown = "")]
    pub log_colors: Vec<Placed<Text>>,
    /// Methods that `xlogm` leaves out, as a bit mask; -1 is all.
    #[param(default = Live::from(-1))]
    pub methods_filter: Live,
    /// Whether control characters in values are written as they are, as by Kamailio: whoever sends a message can then write lines
    /// of the log. By default they are shown as `\n`, `\r`, `\x1b`, and so on; those of the script's own texts are written as they
    /// are.
    #[param(default = 0, compat = ours)]
    pub raw_values: i64,
    /// Whether a line end is added to messages without one.
    #[param(default = 0)]
    pub auto_newline: i64,
}
