//! What every configuration has without loading anything: the functions of the core, return codes, the environment, and the
//! RPC commands about the server itself.
//!
//! It is loaded first, whether a configuration names it or not.

mod arguments;
mod driver;
mod functions;
mod pvars;
mod rpc;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};
use std::time::Instant;

/// The module's instance.
pub struct Core {
    started: Instant,
    /// What `exec` has started.
    commands: driver::Commands,
}

impl Module for Core {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Core {
            started: Instant::now(),
            commands: driver::Commands::default(),
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
    ],
    transformations: [],
    rpcs: [
        rpc::version,
        rpc::uptime,
        rpc::echo,
        rpc::prints,
        rpc::printi,
        rpc::pwd,
        rpc::kill,
        rpc::sockets_list,
        rpc::aliases_list,
        rpc::tcp_info,
        rpc::tcp_list,
        rpc::shared_memory,
        rpc::processes,
        rpc::processes_at_length,
        rpc::modules,
        rpc::defines,
        rpc::parked,
        rpc::list_methods,
        rpc::method_help,
    ],
    event_routes: {
        "core:worker-one-init": "once, before the first message",
    },
    statistics: {},
}
