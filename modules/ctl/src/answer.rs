//! From a request to its answer.

use crate::binrpc::{self, Request};
use module_api::{Fault, RpcCall, RpcHandler, RpcValue, Runtime};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The commands of all loaded modules, bound to their instances.
pub struct Commands {
    runtime: Arc<Runtime>,
    handlers: BTreeMap<&'static str, RpcHandler>,
}

impl Commands {
    /// Binds the commands. Of two modules with the same command the first loaded wins.
    pub fn new(runtime: Arc<Runtime>) -> Commands {
        let mut handlers = BTreeMap::new();
        for export in runtime.loaded.modules().flat_map(|module| module.rpcs) {
            if let Some(handler) = (export.bind)(&runtime.loaded) {
                handlers.entry(export.entry.name).or_insert(handler);
            }
        }
        Commands { runtime, handlers }
    }

    /// What is loaded.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// Carries a request out and writes the answer.
    pub fn answer(&self, request: &Request) -> Vec<u8> {
        match self.run(&request.payload) {
            Ok(reply) => binrpc::reply(&request.cookie, &reply),
            Err(fault) => binrpc::fault(&request.cookie, &fault),
        }
    }

    fn run(&self, payload: &[u8]) -> Result<Vec<RpcValue>, Fault> {
        let bad = |reason: &str| Fault::new(400, format!("bad request method: {reason}"));
        let mut values = binrpc::values(payload).map_err(bad)?.into_iter();
        let name = match values.next() {
            Some(RpcValue::Str(name)) => name,
            Some(_) => return Err(bad("record doesn't match type")),
            None => return Err(bad("end of packet encountered")),
        };
        let handler = name.to_str().and_then(|name| self.handlers.get(name));
        let handler =
            handler.ok_or_else(|| Fault::new(500, format!("command {name} not found")))?;
        let mut call = RpcCall::new(self.runtime.clone(), values.collect());
        match catch_unwind(AssertUnwindSafe(|| handler(&mut call))) {
            Ok(Ok(())) => Ok(call.reply),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(Fault::new(500, "internal error")),
        }
    }
}
