//! What every configuration has without loading anything: the functions of the core, return codes, the environment, selects
//! (`@from.uri.host`), and the RPC commands about the server itself.
//!
//! It is loaded first, whether a configuration names it or not.

pub mod addresses;
mod arguments;
mod driver;
mod functions;
pub mod memory;
mod message_number;
pub mod parts;
mod pvars;
mod rpc;
mod select;
pub mod uri_parts;

pub use message_number::message_number;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The module's instance.
pub struct Core {
    /// When the server started, since 1970.
    started: Duration,
    /// What `exec` has started.
    commands: driver::Commands,
    /// The last number that was part of an identifier.
    last_number: AtomicU64,
    /// The number of the last message that was numbered.
    last_message: AtomicI64,
}

impl Core {
    /// A number that was not given before.
    fn next_number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A number for one more message, from 1.
    fn next_message_number(&self) -> i64 {
        self.last_message.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Numbers messages from 1 again.
    pub fn reset_message_numbers(&self) {
        self.last_message.store(0, Ordering::Relaxed);
    }
}

impl Module for Core {
    type Params = NoParams;

    fn load(_: NoParams, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|previous| previous.instance::<Core>());
        let now = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
        };
        Ok(match previous {
            Some(previous) => Core {
                started: previous.started,
                commands: previous.commands.clone(),
                last_number: AtomicU64::new(previous.last_number.load(Ordering::Relaxed)),
                last_message: AtomicI64::new(0),
            },
            None => Core {
                started: now(),
                commands: driver::Commands::default(),
                last_number: AtomicU64::new(0),
                last_message: AtomicI64::new(0),
            },
        })
    }
}

exports! {
    name: "core",
    module: Core,
    functions: [
        functions::branches::remove_branch,
        functions::branches::clear_branches,
        functions::external::exec,
        functions::flags::setflag,
        functions::flags::resetflag,
        functions::flags::isflagset,
        functions::flags::setavpflag,
        functions::flags::resetavpflag,
        functions::flags::isavpflagset,
        functions::logging::log,
        functions::logging::log_at,
        functions::logging::error,
        functions::sending::forward,
        functions::sending::forward_udp,
        functions::sending::forward_tcp,
        functions::sending::forward_tls,
        functions::sending::forward_sctp,
        functions::sending::force_rport,
        functions::sending::add_local_rport,
        functions::sending::force_send_socket,
        functions::sending::set_advertised_address,
        functions::sending::set_advertised_port,
        functions::sending::set_forward_no_connect,
        functions::sending::set_reply_no_connect,
        functions::sending::set_forward_close,
        functions::sending::set_reply_close,
        functions::sending::force_tcp_alias,
        functions::sending::udp_mtu_try_proto,
        functions::settings::cfg_select,
        functions::settings::cfg_reset,
        functions::uri::rewriteuri,
        functions::uri::rewritehost,
        functions::uri::rewritehostport,
        functions::uri::rewritehostporttrans,
        functions::uri::rewriteuser,
        functions::uri::rewriteuserpass,
        functions::uri::rewriteport,
        functions::uri::revert_uri,
        functions::uri::prefix,
        functions::uri::strip,
        functions::uri::strip_tail,
        functions::uri::userphone,
    ],
    pvars: [
        pvars::return_code,
        pvars::environment,
        pvars::environment_number,
        pvars::define,
        pvars::define_number,
        pvars::define_value,
        pvars::define_text,
        pvars::null,
        pvars::unique_id,
    ],
    transformations: [],
    rpcs: [
        rpc::blocklist::add,
        rpc::blocklist::debug,
        rpc::blocklist::delete_all,
        rpc::blocklist::mem_info,
        rpc::blocklist::stats_get,
        rpc::blocklist::view,
        rpc::connections::info,
        rpc::connections::list,
        rpc::connections::options,
        rpc::dns::view,
        rpc::dns::lookup,
        rpc::dns::add_a,
        rpc::dns::add_aaaa,
        rpc::dns::add_srv,
        rpc::dns::delete_a,
        rpc::dns::delete_aaaa,
        rpc::dns::delete_srv,
        rpc::dns::delete_naptr,
        rpc::dns::delete_cname,
        rpc::dns::delete_txt,
        rpc::dns::delete_ebl,
        rpc::dns::delete_ptr,
        rpc::dns::delete_all,
        rpc::dns::delete_all_force,
        rpc::dns::mem_info,
        rpc::dns::debug,
        rpc::dns::debug_all,
        rpc::dns::server_state,
        rpc::dns::set_server_state,
        rpc::dns::stats_get,
        rpc::modules::modules,
        rpc::modules::defines,
        rpc::modules::defines_full,
        rpc::modules::params,
        rpc::modules::param_text,
        rpc::modules::param_number,
        rpc::modules::set_param_number,
        rpc::network::sockets_list,
        rpc::network::aliases_list,
        rpc::network::udp4_raw_info,
        rpc::network::proxy_dump,
        rpc::network::proxy_clean,
        rpc::network::proxy_flush,
        rpc::network::proxy_stats,
        rpc::processes::short,
        rpc::processes::long,
        rpc::processes::all,
        rpc::server::version,
        rpc::server::flags,
        rpc::server::info,
        rpc::server::runinfo,
        rpc::server::uptime,
        rpc::server::arguments,
        rpc::server::pwd,
        rpc::server::kill,
        rpc::server::echo,
        rpc::server::echo_delta,
        rpc::server::prints,
        rpc::server::printi,
        rpc::server::shared_memory,
        rpc::server::fragments,
        rpc::server::parked,
        rpc::system::list_methods,
        rpc::system::method_help,
        rpc::system::method_signature,
    ],
    event_routes: {
        "core:worker-one-init": "once, before the first message",
        "core:msg-received": "for everything received, before it is parsed, with received_route_mode",
        "core:pre-routing": "for each message before its route",
        "core:receive-parse-error": "for a message that cannot be parsed",
        "core:modinit-before": "once, before modules are loaded",
        "core:tkv": "for events that modules report as typed values",
    },
    statistics: {
        "parked_runs": "script runs that wait",
        "parked_memory": "the octets that script runs that wait take, about, and the messages that wait for them",
        "refused_runs": "script runs that ended where they wanted to wait, since others took all of parked_memory",
        "refused_messages": "messages dropped where they had to wait for a script run of their call, since too many did",
    },
    selects: [crate::select::find],
}
