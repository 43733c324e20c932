//! The server as a whole.

use crate::Core;
use crate::memory::{self, Memory};
use module_api::calendar::{Calendar, Zone};
use module_api::{Fault, LANE_LIMIT, LogLevel, ParkedRun, RpcCall, RpcStruct, rpc};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use std::time::Duration;

/// The name and version of the server.
const NAME: &str = "kahea";
const VERSION: &str = "6.1.0";

/// What Kamailio calls compile flags, as far as they hold here.
const FLAGS: &str = "USE_TCP, USE_TLS, USE_MCAST, USE_DNS_CACHE, USE_DNS_FAILOVER, USE_NAPTR";

/// The version of the server.
#[rpc("core.version")]
fn version(call: &mut RpcCall) -> Result<(), Fault> {
    call.line(format_args!("{NAME} {VERSION} ({})", platform()));
    Ok(())
}

fn platform() -> String {
    format!("{}/{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What the server was built with.
#[rpc("core.flags")]
fn flags(call: &mut RpcCall) -> Result<(), Fault> {
    call.add(FLAGS);
    Ok(())
}

/// The version of the server and what it was built with.
#[rpc("core.info")]
fn info(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply
        .add("version", format!("{NAME} {VERSION}"))
        .add("id", "unknown")
        .add("compiler", "rustc")
        .add("compiled", "")
        .add("flags", FLAGS);
    call.add(reply);
    Ok(())
}

/// The version of the server, and how long it has run.
#[rpc("core.runinfo")]
fn runinfo(core: &Core, call: &mut RpcCall) -> Result<(), Fault> {
    let now = call.runtime.host.unix_time();
    let seconds = now.saturating_sub(core.started).as_secs() as i64;
    let mut reply = RpcStruct::new();
    reply
        .add("name", NAME)
        .add("version", VERSION)
        .add("sourceid", "unknown")
        .add("compiler", "rustc")
        .add("compiled", "")
        .add("time_now", date(now))
        .add("time_started", date(core.started))
        .add("uptime_secs", seconds)
        .add("utime_days", in_days(seconds));
    call.add(reply);
    Ok(())
}

/// How long the server has run.
#[rpc("core.uptime")]
fn uptime(core: &Core, call: &mut RpcCall) -> Result<(), Fault> {
    let now = call.runtime.host.unix_time();
    let mut reply = RpcStruct::new();
    reply
        .add("now", date(now))
        .add("up_since", date(core.started))
        .add("uptime", now.saturating_sub(core.started).as_secs() as i64);
    call.add(reply);
    Ok(())
}

fn date(time: Duration) -> String {
    Calendar::at(time, Zone::Local).text()
}

fn in_days(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!(
        "{days}d {}h {}m {}s",
        rest / 3600,
        rest % 3600 / 60,
        rest % 60
    )
}

/// The command line of the server.
#[rpc("core.arg", list)]
fn arguments(call: &mut RpcCall) -> Result<(), Fault> {
    for argument in std::env::args_os() {
        call.add(argument.to_string_lossy().into_owned());
    }
    Ok(())
}

/// The working directory.
#[rpc("core.pwd", list)]
fn pwd(call: &mut RpcCall) -> Result<(), Fault> {
    let path = std::env::current_dir().map_err(|error| Fault::new(500, error.to_string()))?;
    call.line(format_args!("{}", path.display()));
    Ok(())
}

/// Sends the server a signal, given by its number: 15, which stops it, when none is given; 0 does nothing.
#[rpc("core.kill")]
fn kill(call: &mut RpcCall) -> Result<(), Fault> {
    let number = call.optional_int()?.unwrap_or(Signal::SIGTERM as i64);
    if number == 0 {
        return Ok(());
    }
    let signal = i32::try_from(number)
        .ok()
        .and_then(|number| Signal::try_from(number).ok());
    let Some(signal) = signal else {
        return Err(Fault::new(400, format!("{number} is no signal")));
    };
    let message = format_args!("RPC command core.kill sends the server {signal}");
    call.runtime.log(LogLevel::Notice, message);
    nix::sys::signal::kill(Pid::this(), signal).map_err(|error| Fault::new(500, error.to_string()))
}

/// Its arguments.
#[rpc("core.echo", list)]
fn echo(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(value) = call.take() {
        call.add(value);
    }
    Ok(())
}

/// Its arguments. Upstream it waits before it answers when it is called too often; here nothing has to wait.
#[rpc("core.echo_delta", list)]
fn echo_delta(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(value) = call.take() {
        call.add(value);
    }
    Ok(())
}

/// Its arguments, which are texts.
#[rpc("core.prints", list)]
fn prints(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(text) = call.optional_text()? {
        call.add(text);
    }
    Ok(())
}

/// Its arguments, which are integers.
#[rpc("core.printi", list)]
fn printi(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(number) = call.optional_int()? {
        call.add(number);
    }
    Ok(())
}

/// The memory of the process ([`crate::memory`]), in octets, or in the unit asked for: `k`, `m` or `g`.
#[rpc("core.shmmem")]
fn shared_memory(call: &mut RpcCall) -> Result<(), Fault> {
    let unit = match call.optional_text()?.and_then(|unit| unit.first().copied()) {
        None | Some(b'b' | b'B') => 1,
        Some(b'k' | b'K') => 1 << 10,
        Some(b'm' | b'M') => 1 << 20,
        Some(b'g' | b'G') => 1 << 30,
        Some(_) => return Err(Fault::new(500, "bad param, (use b|k|m|g)")),
    };
    let memory = Memory::now(memory::configured(&call.runtime.settings));
    let mut reply = RpcStruct::new();
    reply
        .add("total", memory.total / unit)
        .add("free", memory.free() / unit)
        .add("used", memory.used / unit)
        .add("real_used", memory.used / unit)
        .add("max_used", memory.max_used / unit)
        .add("fragments", 1);
    call.add(reply);
    Ok(())
}

/// Refuses: there is no pool of memory whose fragments could be tried.
#[rpc("core.sfmalloc")]
fn fragments(call: &mut RpcCall) -> Result<(), Fault> {
    call.int()?;
    Err(Fault::new(500, "there are no memory pools"))
}

/// The script runs that are parked: of which call, what they wait for, where, and for how many milliseconds.
#[rpc("core.parked")]
fn parked(call: &mut RpcCall) -> Result<(), Fault> {
    let now = call.runtime.host.now();
    let answer = call.answer_later(LANE_LIMIT)?;
    let shown = move |run: ParkedRun| {
        let since = now.saturating_duration_since(run.since);
        let mut entry = RpcStruct::new();
        entry
            .add("call_id", run.call_id)
            .add("what", run.what)
            .add("place", run.place)
            .add("since_ms", since.as_millis() as i64);
        entry.into()
    };
    call.runtime.host.parked(Box::new(move |runs| {
        answer.finish(Ok(runs.into_iter().map(shown).collect()));
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_days() {
        assert_eq!(in_days(0), "0d 0h 0m 0s");
        assert_eq!(in_days(90_061), "1d 1h 1m 1s");
    }
}
