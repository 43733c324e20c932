//! RPC commands.

use crate::AuthEphemeral;
use module_api::{Fault, RpcCall, Text, rpc};

/// Adds a secret, to be tried first. Argument: the secret.
#[rpc("autheph.add_secret")]
fn add_secret(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    let secret = call.text()?;
    match module.secrets.add(secret) {
        true => Ok(()),
        false => Err(Fault::new(500, "there are too many secrets")),
    }
}

/// Lists the secrets with their numbers, the one that is tried first in front: `ID 0: secret`.
#[rpc("autheph.dump_secrets", list)]
fn dump_secrets(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    for (number, secret) in module.secrets.all().iter().enumerate() {
        call.add(Text::from(format!("ID {number}: {secret}")));
    }
    Ok(())
}

/// Takes a secret away. Argument: its number in the list as it is, so that those behind it move up.
#[rpc("autheph.rm_secret")]
fn rm_secret(module: &AuthEphemeral, call: &mut RpcCall) -> Result<(), Fault> {
    let number = call.int()?;
    match module.secrets.remove(number) {
        true => Ok(()),
        false => Err(Fault::new(500, "Failed removing secret")),
    }
}
