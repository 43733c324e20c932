//! RPC commands.

use crate::Cfgutils;
use md5::{Digest, Md5};
use module_api::{Fault, RpcCall, Text, Value, rpc};
use std::sync::atomic::Ordering;

/// The configuration file whose hash is compared.
pub struct ConfigFile {
    path: Text,
    hash: Option<Text>,
}

impl ConfigFile {
    /// Remembers the hash that the file has now.
    pub fn read(path: Text) -> ConfigFile {
        let hash = hash_of(&path);
        ConfigFile { path, hash }
    }
}

/// The MD5 of a file as hex digits.
fn hash_of(path: &Text) -> Option<Text> {
    let content = std::fs::read(path.to_str()?).ok()?;
    let mut out = Vec::with_capacity(32);
    stdx::hex::push_octets(&mut out, &Md5::digest(&content));
    Some(Text::from(out))
}

/// Sets the probability of `rand_event()`, in percent.
#[rpc("cfgutils.rand_set_prob")]
fn rand_set_prob(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let percent = call.int().map_err(invalid)?;
    if !(0..=100).contains(&percent) {
        return Err(Fault::new(500, "Invalid Percent"));
    }
    cfgutils.probability.store(percent, Ordering::Relaxed);
    Ok(())
}

/// Sets the probability of `rand_event()` back to its initial value.
#[rpc("cfgutils.rand_reset_prob")]
fn rand_reset_prob(cfgutils: &Cfgutils, _call: &mut RpcCall) -> Result<(), Fault> {
    cfgutils
        .probability
        .store(cfgutils.initial_probability, Ordering::Relaxed);
    Ok(())
}

/// The probability of `rand_event()`, in percent.
#[rpc("cfgutils.rand_get_prob")]
fn rand_get_prob(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let percent = cfgutils.probability.load(Ordering::Relaxed);
    call.line(format_args!("actual probability: {percent} percent"));
    Ok(())
}

fn invalid(_: Fault) -> Fault {
    Fault::new(500, "Invalid Parameters")
}

/// Flags as the bits of a number, decimal or hexadecimal: unlike the functions of a script, which number them, a command
/// takes several at once.
fn mask(call: &mut RpcCall) -> Result<u32, Fault> {
    let text = call.text().map_err(invalid)?;
    let number = Value::Str(text).to_int().ok();
    let mask = number.and_then(|number| u32::try_from(number).ok());
    mask.ok_or_else(|| Fault::new(500, "Invalid Parameters"))
}

/// Sets the global flags that a number has as bits.
#[rpc("cfgutils.set_gflag")]
fn set_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let mask = mask(call)?;
    cfgutils.flags.fetch_or(mask, Ordering::Relaxed);
    Ok(())
}

/// Clears the global flags that a number has as bits.
#[rpc("cfgutils.reset_gflag")]
fn reset_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let mask = mask(call)?;
    cfgutils.flags.fetch_and(!mask, Ordering::Relaxed);
    Ok(())
}

/// Whether all global flags are set that a number has as bits.
#[rpc("cfgutils.is_gflag")]
fn is_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let mask = mask(call)?;
    call.add(if cfgutils.flags.load(Ordering::Relaxed) & mask == mask {
        "TRUE"
    } else {
        "FALSE"
    });
    Ok(())
}

/// The global flags, as a number in hex and decimal.
#[rpc("cfgutils.get_gflags")]
fn get_gflags(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let flags = cfgutils.flags.load(Ordering::Relaxed);
    call.line(format_args!("0x{flags:X} ({flags})"));
    Ok(())
}

/// The hash of the configuration file as it was at the start.
#[rpc("cfgutils.get_config_hash")]
fn get_config_hash(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let hash = cfgutils
        .config
        .as_ref()
        .and_then(|config| config.hash.clone());
    call.add(
        hash.ok_or_else(|| Fault::new(500, "No hash_file given or unable to generate hash value"))?,
    );
    Ok(())
}

/// Whether the configuration file still is what it was at the start.
#[rpc("cfgutils.check_config_hash")]
fn check_config_hash(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let Some(config) = &cfgutils.config else {
        return Err(Fault::new(500, "No hash file"));
    };
    match hash_of(&config.path) {
        None => Err(Fault::new(500, "Error while generating hash value")),
        now if now == config.hash => {
            call.line(format_args!(
                "The actual config file hash is identical to the stored one."
            ));
            Ok(())
        }
        _ => Err(Fault::new(
            400,
            "The actual config file hash is not identical to the stored one.",
        )),
    }
}
