//! Routes in another language than the script's own.

use module_macros::Params;
use stdx::Text;

/// Routes in another language than the script's own.
#[derive(Params, Clone, Debug)]
pub struct KemiSettings {
    /// What has the routes: `native`, or the name of a language.
    #[param(name = "cfgengine", default = Text::from_static("native"))]
    pub engine: Text,
    /// The function for requests.
    #[param(name = "kemi.request_route_callback", default = Text::from_static("ksr_request_route"), compat = accepted("routes are those of the configuration"))]
    pub request_route: Text,
    /// The function for responses; `none` is no function.
    #[param(name = "kemi.reply_route_callback", default = Text::from_static("ksr_reply_route"), compat = accepted("routes are those of the configuration"))]
    pub reply_route: Text,
    /// The function for what is about to be sent; `none` is no function.
    #[param(name = "kemi.onsend_route_callback", default = Text::from_static("ksr_onsend_route"), compat = accepted("routes are those of the configuration"))]
    pub onsend_route: Text,
    /// The function for events; empty is no function.
    #[param(name = "kemi.event_route_callback", compat = accepted("routes are those of the configuration"))]
    pub event_route: Text,
    /// The function for everything received, before it is parsed; `none` is no function.
    #[param(name = "kemi.received_route_callback", default = Text::from_static("none"), compat = accepted("routes are those of the configuration"))]
    pub received_route: Text,
    /// The function before the route of a request; `none` is no function.
    #[param(name = "kemi.pre_routing_callback", default = Text::from_static("none"), compat = accepted("routes are those of the configuration"))]
    pub pre_routing: Text,
}
