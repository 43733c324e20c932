//! RPC commands.

use crate::AuthEphemeral;
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};

/// Adds a secret, to be tried first. Argument: the secret.
#[rpc("autheph.add_secret")]
fn add_secret(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    let secret = call.text()?;
    match module.secrets.add(secret) {
        true => Ok(()),
        false => Err(Fault::new(500, "there are too many secrets")),
    }
}

/// Lists the secrets with their numbers, the one that is tried first in front.
#[rpc("autheph.dump_secrets", list)]
fn dump_secrets(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    for shared in module.secrets.all() {
        let mut entry = RpcStruct::new();
        entry.add("ID", shared.id).add("secret", shared.secret);
        call.add(RpcValue::from(entry));
    }
    Ok(())
}

/// Takes a secret away. Argument: its number.
#[rpc("autheph.rm_secret")]
fn rm_secret(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    let id = call.int()?;
    match module.secrets.remove(id) {
        true => Ok(()),
        false => Err(Fault::new(404, "there is no such secret")),
    }
}
