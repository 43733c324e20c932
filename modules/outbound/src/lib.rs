//! Flow tokens of an edge proxy (RFC 5626): which connection or address pair a request came by, written into the user of our
//! Record-Route or Path, and signed.
//!
//! The modules `rr` and `path` put them in when this module is loaded, be it before or after them, and `loose_route()` sends
//! requests that bring one back over the flow it names. Read [`Outbound::is_used`] and [`Outbound::flow`].

mod functions;
mod params;
mod token;

use module_api::{Call, Diagnostic, Loader, Module, Text, exports};
use params::Params;
use sip::{HeaderId, Message, Method};
use token::Key;

pub use token::{Flow, FlowError};

/// The module's instance.
pub struct Outbound {
    params: Params,
    key: Key,
}

impl Module for Outbound {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Outbound>());
        let key = match previous {
            _ if !params.flow_token_secret.is_empty() => {
                Key::from_phrase(&params.flow_token_secret)
            }
            // Tokens given out before a reload stay good.
            Some(previous) => previous.key,
            None => Key::random(),
        };
        Ok(Outbound { params, key })
    }
}

impl Outbound {
    /// Whether this request is to have a token in what we add to it: when the script says so, else when its sender can do
    /// outbound (RFC 5626 §5.1, §5.3).
    pub fn is_used(&self, call: &Call) -> bool {
        let is_set = |flag: i64| {
            u32::try_from(flag)
                .is_ok_and(|flag| call.flags.message.checked_shr(flag).unwrap_or(0) & 1 == 1)
        };
        if is_set(self.params.force_no_outbound_flag) {
            return false;
        }
        is_set(self.params.force_outbound_flag) || asks_for_outbound(&call.message)
    }

    /// The token of the flow that the request came by.
    pub fn token(&self, call: &Call) -> Text {
        let reception = &call.reception;
        self.key.sign(&Flow {
            transport: reception.transport,
            local: reception.local,
            peer: reception.peer,
        })
    }

    /// The token that the dialog of the request is to have: that of its first Route, which names the way to the user agent
    /// whichever side the request comes from (RFC 5626 §5.3), else that of the flow it came by.
    pub fn dialog_token(&self, call: &Call) -> Text {
        let message = &call.message;
        let route = message.addresses(HeaderId::Route).next();
        let known = route.and_then(Result::ok).and_then(|route| {
            let user = route.parse_uri(message.buffer()).ok()?.user()?;
            self.flow(user).is_ok().then(|| Text::from(user))
        });
        known.unwrap_or_else(|| self.token(call))
    }

    /// The flow that a token names.
    pub fn flow(&self, token: &[u8]) -> Result<Flow, FlowError> {
        self.key.open(token)
    }
}

/// A registration from the user agent itself that numbers its flow, or a request with `ob` in its first Route or its Contact.
fn asks_for_outbound(message: &Message) -> bool {
    let is_first_hop = message.vias().nth(1).is_none();
    let has_contact = |name: &[u8], in_uri: bool| {
        message.contacts().filter_map(Result::ok).any(|contact| {
            if !in_uri {
                return contact.param(message.buffer(), name).is_some();
            }
            let address = contact.address();
            address
                .and_then(|address| address.parse_uri(message.buffer()).ok())
                .is_some_and(|uri| uri.has_param(name))
        })
    };
    if message.method() == Method::Register {
        return is_first_hop && has_contact(b"reg-id", false);
    }
    let first_route = message.addresses(HeaderId::Route).next();
    if let Some(Ok(route)) = first_route {
        let uri = route.parse_uri(message.buffer());
        return uri.is_ok_and(|uri| uri.has_param(b"ob"));
    }
    is_first_hop && has_contact(b"ob", true)
}

exports! {
    name: "outbound",
    module: Outbound,
    functions: [functions::check_flow_token],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
