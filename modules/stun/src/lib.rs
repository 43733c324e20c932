//! Answers STUN requests (RFC 5389) on the SIP ports: a phone learns from them which address it is seen by, and keeps
//! its way through a NAT open (RFC 5626 §4.4.2). There is nothing to configure. Over TCP a message is cut from the
//! stream by its length (RFC 5389 §7.2.2).

mod binding;

use module_api::{Delivery, Diagnostic, Loader, Module, NoParams, StreamProtocols, exports};
use std::sync::Arc;

/// The module's instance: it keeps nothing.
pub struct Stun;

impl Module for Stun {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Stun)
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        loader.hooks.on_octets(|runtime, octets, reception| {
            let protocols = runtime.settings.tcp.accept_protocols;
            let may_come = !reception.transport.is_stream() || protocols.has(StreamProtocols::STUN);
            if !may_come || !binding::is_stun(octets) {
                return false;
            }
            if let Some(answer) = binding::answer(octets, reception.peer) {
                let delivery = Delivery {
                    transport: reception.transport,
                    peer: reception.peer,
                    socket: reception.socket,
                    connection: reception.connection,
                    no_connect: true,
                    close_after: false,
                    anew: None,
                };
                runtime.host.send(&delivery, &answer);
            }
            true
        });
        Ok(())
    }
}

exports! {
    name: "stun",
    module: Stun,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
