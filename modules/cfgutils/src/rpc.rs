//! RPC commands.

use crate::Cfgutils;
use md5::{Digest, Md5};
use module_api::{Fault, RpcCall, Text, rpc};
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
    stdx::number::push_hex_bytes(&mut out, &Md5::digest(&content));
    Some(Text::from(out))
}

/// Sets the probability of `rand_event()`, in percent.
#[rpc("cfgutils.rand_set_prob")]
fn rand_set_prob(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let percent = call.int()?;
    if !(0..=100).contains(&percent) {
        return Err(Fault::new(500, "Probability out of range 0-100"));
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
    call.line(format_args!("The probability is now {percent} percent."));
    Ok(())
}

fn bit(call: &mut RpcCall) -> Result<u32, Fault> {
    let flag = call.int()?;
    let bit = u32::try_from(flag)
        .ok()
        .and_then(|flag| 1u32.checked_shl(flag));
    bit.ok_or_else(|| Fault::new(500, "Flag number out of range 0-31"))
}

/// Sets a global flag.
#[rpc("cfgutils.set_gflag")]
fn set_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let bit = bit(call)?;
    cfgutils.flags.fetch_or(bit, Ordering::Relaxed);
    Ok(())
}

/// Clears a global flag.
#[rpc("cfgutils.reset_gflag")]
fn reset_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let bit = bit(call)?;
    cfgutils.flags.fetch_and(!bit, Ordering::Relaxed);
    Ok(())
}

/// Whether a global flag is set.
#[rpc("cfgutils.is_gflag")]
fn is_gflag(cfgutils: &Cfgutils, call: &mut RpcCall) -> Result<(), Fault> {
    let bit = bit(call)?;
    call.add(if cfgutils.flags.load(Ordering::Relaxed) & bit != 0 {
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
        return Err(Fault::new(500, "No hash_file given"));
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
