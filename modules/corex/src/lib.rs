//! What scripts do to the core by hand: branches, sockets, internal flags, small files and raw sending.
//!
//! The functions only change the call or hand octets to a socket; what a socket address looks like as text is in `address`.
//! The module does not know transactions, and it does not look at messages before they are parsed.

mod driver;
mod functions;
mod names;
mod params;
mod pvars;
mod rpc;
mod transformations;

use functions::{branches, files, flags, sending, sockets, via};
use module_api::{Diagnostic, Loader, LogLevel, Module, NetworkTap, Placed, Text, exports};
use names::KnownName;
use params::Params;
use parking_lot::Mutex;
use std::sync::Arc;

/// The module's instance.
pub struct Corex {
    /// What the script wants of `event_route[network:msg]`: the least length, and the variable with the change; until the start.
    network: Mutex<Option<(i64, Option<Placed<Text>>)>>,
    /// Reads and writes of large files.
    files: driver::Files,
}

fn mistake(name: &str, given: &Placed<Text>, wrong: &str) -> Diagnostic {
    given.error(format!("parameter `{name}`: {wrong}"))
}

/// The records that the parameters name, of themselves and in files.
fn known_names(params: &Params, mistakes: &mut Vec<Diagnostic>) -> Vec<KnownName> {
    let mut known = Vec::new();
    for given in &params.dns_cache {
        match KnownName::parse(&given.value.to_str_lossy()) {
            Ok(name) => known.push(name),
            Err(wrong) => mistakes.push(mistake("dns_cache", given, &wrong)),
        }
    }
    for given in &params.dns_file {
        let path = given.value.to_str_lossy();
        let read = driver::read_whole(&path).and_then(|text| names::records_of(&text));
        match read {
            Ok(names) => known.extend(names),
            Err(wrong) => {
                let wrong = format!("{path}: {wrong}");
                mistakes.push(mistake("dns_file", given, &wrong));
            }
        }
    }
    known
}

impl Module for Corex {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        loader.hooks.via_params.push(Box::new(via::write_params));
        let responses = &mut loader.hooks.response_via_params;
        responses.push(Box::new(via::write_response_params));
        let mut mistakes = Vec::new();
        for given in &params.alias_subdomains {
            match names::family(&given.value) {
                Some(family) => loader.hooks.families.push(family),
                None => loader.binder.diagnostics.push(given.warning(
                    "parameter `alias_subdomains`: this is not of the form `proto:domain:port`, and left out",
                )),
            }
        }
        let known = known_names(&params, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        if !known.is_empty() {
            loader.hooks.on_start(move |runtime| {
                let has_cache = runtime.host.with_dns_cache(&mut |cache, now| {
                    for name in &known {
                        name.add_to(cache, now);
                    }
                });
                if !has_cache {
                    runtime.log(
                        LogLevel::Warning,
                        format_args!("there is no cache for the records of `dns_cache`"),
                    );
                }
            });
        }
        let taps = params.nio_intercept != 0;
        Ok(Corex {
            network: Mutex::new(taps.then_some((params.nio_min_msg_len, params.nio_msg_avp))),
            files: driver::Files::default(),
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
