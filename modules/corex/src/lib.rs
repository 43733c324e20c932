//! What scripts do to the core by hand: branches, sockets, internal flags, small files and raw sending.
//!
//! The functions only change the call or hand octets to a socket; what a socket address looks like as text is in `address`.
//! The module does not know transactions, and it does not look at messages before they are parsed.

mod functions;
mod params;
mod pvars;
mod rpc;
mod transformations;

use functions::{branches, files, flags, sending, sockets, via};
use module_api::{Diagnostic, Loader, Module, NetworkTap, Placed, Text, exports};
use params::Params;
use parking_lot::Mutex;
use std::sync::Arc;

/// The module's instance.
pub struct Corex {
    /// What the script wants of `event_route[network:msg]`: the least length, and the variable with the change; until the start.
    network: Mutex<Option<(i64, Option<Placed<Text>>)>>,
}

impl Module for Corex {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        loader.hooks.via_params.push(Box::new(via::write_params));
        let responses = &mut loader.hooks.response_via_params;
        responses.push(Box::new(via::write_response_params));
        let taps = params.nio_intercept != 0;
        Ok(Corex {
            network: Mutex::new(taps.then_some((params.nio_min_msg_len, params.nio_msg_avp))),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let Some((length_min, variable)) = self.network.lock().take() else {
            return Ok(());
        };
        let bind = |given: Placed<Text>| {
            let text = given.value.to_str_lossy().into_owned();
            loader.binder.variable_in(&text, given.span)
        };
        let changed = variable.map(bind).transpose();
        loader.hooks.network = Some(NetworkTap {
            length_min: usize::try_from(length_min).unwrap_or(0),
            changed: changed.map_err(|mistake| vec![mistake])?,
        });
        Ok(())
    }
}

exports! {
    name: "corex",
    module: Corex,
    functions: [
        branches::append_branch,
        sockets::set_send_socket,
        sockets::set_send_socket_name,
        sockets::set_recv_socket,
        sockets::set_recv_socket_name,
        sockets::set_source_address,
        sockets::is_socket_name,
        sockets::add_tcp_alias,
        flags::is_faked_msg,
        flags::is_incoming,
        flags::setxflag,
        flags::resetxflag,
        flags::isxflagset,
        flags::msg_iflag_set,
        flags::msg_iflag_reset,
        flags::msg_iflag_is_set,
        flags::msg_vbflag_set,
        flags::msg_vbflag_reset,
        flags::msg_vbflag_is_set,
        flags::msg_vbflag_parse,
        files::file_read,
        files::file_write,
        sending::send_udp,
        sending::send_tcp,
        sending::send_data,
        sending::sendx,
        sending::forward_reply,
        sending::forward_uac,
        sending::forward_uac_uri,
        via::via_add_srvid,
        via::via_add_xavp_params,
        via::via_reply_add_xavp_params,
        via::via_use_xavp_fields,
    ],
    pvars: [pvars::configuration, pvars::listen_socket, pvars::event_value],
    transformations: [
        transformations::host,
        transformations::port,
        transformations::proto,
        transformations::to_uri,
    ],
    rpcs: [
        rpc::debug,
        rpc::list_sockets,
        rpc::list_aliases,
        rpc::shm_status,
        rpc::shm_summary,
        rpc::pkg_summary,
        rpc::info,
        rpc::stats,
        rpc::report,
        rpc::rprint,
    ],
    event_routes: {
        "corex:reply-out": "accepted; responses leave without it, as they do on 5.6.3 however they are made",
        "network:msg": "octets have come in or are about to leave, with `nio_intercept`",
    },
    statistics: {},
}
