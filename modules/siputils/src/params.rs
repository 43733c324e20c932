//! Module parameters.

use module_api::{Params, Placed, Span, Text};

/// What `modparam("siputils", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The Accept header field of `options_reply()`.
    #[param(default = Text::from_static("*/*"))]
    pub options_accept: Text,
    /// The Accept-Encoding header field of `options_reply()`.
    #[param(default = Text::from_static(""))]
    pub options_accept_encoding: Text,
    /// The Accept-Language header field of `options_reply()`.
    #[param(default = Text::from_static("en"))]
    pub options_accept_language: Text,
    /// The Supported header field of `options_reply()`.
    #[param(default = Text::from_static(""))]
    pub options_support: Text,
    /// What separates the parts of an encoded Contact; its first character counts.
    #[param(default = Text::from_static("*"))]
    pub contact_flds_separator: Text,
    /// What `append_rpid_hf()` puts before the URI.
    #[param(default = Text::from_static(""))]
    pub rpid_prefix: Text,
    /// What `append_rpid_hf()` puts behind the URI.
    #[param(default = Text::from_static(";party=calling;id-type=subscriber;screen=yes"))]
    pub rpid_suffix: Text,
    /// The variable that holds the URI of Remote-Party-ID.
    #[param(default = Placed { value: Text::from_static("$avp(s:rpid)"), span: Span::default() }, shown = "$avp(s:rpid)")]
    pub rpid_avp: Placed<Text>,
    /// The longest E.164 number, in characters, its `+` included.
    #[param(default = 16, range = 2..=128)]
    pub e164_max_len: i64,
}
