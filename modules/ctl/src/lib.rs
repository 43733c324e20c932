//! Control sockets: RPC commands over binrpc, the protocol of `kamcmd`.
//!
//! One thread serves all sockets and connections; a command runs on it, so that it never delays a SIP message. Without a
//! `binrpc` parameter there is one Unix stream socket, `kamailio_ctl` in the folder of control sockets (`rundir`).

mod answer;
mod binrpc;
mod connection;
pub mod endpoint;
pub mod files;
pub mod listener;
mod params;
mod rpc;
mod service;

use diagnostics::codes;
use endpoint::Endpoint;
use module_api::{Diagnostic, Loader, LogLevel, Module, Runtime, exports};
use params::Params;
use parking_lot::Mutex;
use service::{Board, Service};
use std::sync::Arc;

/// The module's instance.
pub struct Ctl {
    access: files::Access,
    endpoints: Vec<Endpoint>,
    board: Arc<Board>,
    service: Mutex<Option<Service>>,
}

impl Ctl {
    fn open(&self, runtime: &Arc<Runtime>) {
        match Service::start(&self.endpoints, &self.access, &self.board, runtime) {
            Ok(service) => *self.service.lock() = Some(service),
            Err(error) => {
                let time = runtime.host.unix_time();
                let message = format_args!("control sockets cannot be opened: {error}");
                runtime.logger.log(LogLevel::Error, time, message);
            }
        }
    }
}

impl Module for Ctl {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let folder = loader.settings.process.run_folder.to_str_lossy();
        let mut endpoints = Vec::new();
        let mut mistakes = Vec::new();
        for given in &params.binrpc {
            match Endpoint::parse(&given.value.to_str_lossy(), &folder) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(reason) => mistakes.push(Diagnostic::error(
                    codes::params::BAD_PARAMETER,
                    given.span,
                    format!("parameter `binrpc`: {reason}"),
                )),
            }
        }
        if params.binrpc.is_empty() {
            endpoints.push(Endpoint::standard(&folder));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Ctl {
            access: params.access(),
            endpoints,
            board: Arc::default(),
            service: Mutex::default(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let ctl = self.clone();
        loader.hooks.on_start(move |runtime| ctl.open(runtime));
        Ok(())
    }

    fn stop(&self) {
        let service = self.service.lock().take();
        if let Some(service) = service {
            service.stop();
        }
    }
}

exports! {
    name: "ctl",
    module: Ctl,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [rpc::connections, rpc::listen, rpc::who],
    event_routes: {},
    statistics: {},
}
