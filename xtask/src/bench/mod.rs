//! The side-by-side benchmark: several servers, one configuration file, one load, in turn.
//!
//! Absolute figures belong to the machine and the hour; the ratio of medians from one interleaved comparison is
//! the result. Start with [`compare`]; what is measured and how is in [`process`].
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark waits for real servers in real time"
)]

mod call;
mod compare;
pub mod digest;
#[cfg(test)]
mod fake_server;
mod load;
mod machine;
mod maxrate;
pub mod message;
mod options;
mod pace;
mod process;
mod register;
mod report;
pub mod server;
mod soak;
mod subscribers;
mod tally;
pub mod udp;
mod wire;
mod workload;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, Value, ValueExt};

use server::{ServerUnderTest, Setting};
use workload::{WORKLOADS, Workload};

const USAGE: &str = "\
usage: cargo xtask bench [maxrate | soak] --server NAME=BINARY[,arg=FLAGS]... [options]

  --server NAME=BINARY[,arg=FLAGS]  a server that accepts Kamailio's command line; repeat it, the first is the reference
  --workload NAME[,NAME...]         default options-busy,forward-busy,micro
  --reps N                          repetitions, default 5 (maxrate: 3)
  --seconds S                       length of a measured stretch, default 6 (maxrate: 3)
  --children N                      worker processes for servers that have them, default 4
  --minutes N                       length of the soak, default 10
  --calm S                          wait up to S seconds for quiet before each stretch, default 4
  --port N                          the server's UDP port, default 26060; the far end has the one 20 above

maxrate is for options, forward and call, whose units leave nothing behind. A call talks for 50 ms.

A fair comparison names Kamailio twice, as shipped and with its fast allocator:
  --server fm=/usr/sbin/kamailio,arg='-x fm' --server kamailio=/usr/sbin/kamailio --server kahea=target/release/kahea
";

/// What the command line asked for.
pub struct Options {
    servers: Vec<ServerUnderTest>,
    workloads: Vec<Workload>,
    repetitions: usize,
    seconds: f64,
    calm: Duration,
    setting: Setting,
}

/// Runs `cargo xtask bench`.
///
/// # Errors
/// When the command line makes no sense.
pub fn run(parser: lexopt::Parser) -> Result<()> {
    let (kind, options) = read(parser)?;
    if options.servers.is_empty() {
        println!("{USAGE}\nworkloads:");
        for workload in WORKLOADS {
            println!("  {:<13} {}", workload.name, workload.about);
        }
        return Ok(());
    }
    match kind {
        Kind::Compare => println!("\n{}", compare::run(&options)),
        Kind::MaxRate => maxrate::run(&options),
        Kind::Soak { minutes } => soak::run(&options, minutes)?,
    }
    Ok(())
}

/// What is measured.
enum Kind {
    /// The cost at a given rate, side by side.
    Compare,
    /// The highest rate that is sustained.
    MaxRate,
    /// Whether a server stands hostile traffic for a long time.
    Soak {
        /// How long.
        minutes: f64,
    },
}

fn read(mut parser: lexopt::Parser) -> Result<(Kind, Options)> {
    let mut word = None;
    let mut minutes = 10.0;
    let (mut repetitions, mut seconds) = (None, None);
    let (mut children, mut port, mut calm) = (4, 26060_u16, 4.0);
    let mut servers = Vec::new();
    let mut names = "options-busy,forward-busy,micro".to_owned();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(given) if word.is_none() => word = Some(given.string()?),
            Long("minutes") => minutes = parser.value()?.parse()?,
            Long("server") => servers.push(parser.value()?.string()?.parse()?),
            Long("workload") => names = parser.value()?.string()?,
            Long("reps") => repetitions = Some(parser.value()?.parse()?),
            Long("seconds") => seconds = Some(parser.value()?.parse()?),
            Long("children") => children = parser.value()?.parse()?,
            Long("calm") => calm = parser.value()?.parse()?,
            Long("port") => port = parser.value()?.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    let kind = match word.as_deref() {
        None => Kind::Compare,
        Some("maxrate") => Kind::MaxRate,
        Some("soak") => Kind::Soak { minutes },
        Some(other) => bail!("there is nothing called {other} to measure"),
    };
    let is_maxrate = matches!(kind, Kind::MaxRate);
    let far_end = port.checked_add(20).context("--port is too high")?;
    let options = Options {
        servers,
        workloads: find_workloads(&names)?,
        repetitions: repetitions.unwrap_or(if is_maxrate { 3 } else { 5 }),
        seconds: seconds.unwrap_or(if is_maxrate { 3.0 } else { 6.0 }),
        calm: Duration::try_from_secs_f64(calm)?,
        setting: Setting {
            server: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
            far_end: SocketAddrV4::new(Ipv4Addr::LOCALHOST, far_end),
            children,
        },
    };
    Ok((kind, options))
}

fn find_workloads(names: &str) -> Result<Vec<Workload>> {
    let mut found = Vec::new();
    for name in names.split(',') {
        match workload::find(name) {
            Some(workload) => found.push(*workload),
            None => bail!("no workload {name}"),
        }
    }
    Ok(found)
}
