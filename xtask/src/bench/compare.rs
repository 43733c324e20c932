//! Servers on the same workload in turn: A B, B A, A B … so that what the machine does meanwhile hits all alike.

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Options;
use super::load::{self, Load, fresh_run};
use super::machine::{MachineReading, wait_for_quiet};
use super::process::CpuSpent;
use super::report::{Record, Results};
use super::server::{Running, ServerUnderTest, Setting, probe};
use super::subscribers::Subscribers;
use super::tally::Outcome;
use super::workload::{Exchange, Kind, MICRO_BODIES, Workload};

/// Length of the stretch that brings caches and buffers up, before the one that counts.
const WARM_UP_SECONDS: f64 = 0.7;
/// How long after the last request a response may come.
const RESPONSE_PATIENCE: Duration = Duration::from_millis(1500);
const MICRO_PATIENCE: Duration = Duration::from_secs(60);

/// Runs every workload on every server, `options.repetitions` times.
///
/// A server that fails leaves a record with the reason; the others go on.
pub fn run(options: &Options) -> Results {
    let mut results = Results::default();
    for workload in &options.workloads {
        for repetition in 0..options.repetitions {
            for server in in_turn(&options.servers, repetition) {
                match measure(workload, server, options) {
                    Ok(records) => results.extend(records),
                    Err(error) => {
                        println!("{} {}: {error:#}", workload.name, server.name);
                        results.extend([Record::failed(workload.name, &server.name, &error)]);
                    }
                }
            }
        }
    }
    results
}

/// The servers, backwards every other time.
pub fn in_turn(servers: &[ServerUnderTest], repetition: usize) -> Vec<&ServerUnderTest> {
    let mut order: Vec<&ServerUnderTest> = servers.iter().collect();
    if repetition % 2 == 1 {
        order.reverse();
    }
    order
}

fn measure(
    workload: &Workload,
    server: &ServerUnderTest,
    options: &Options,
) -> Result<Vec<Record>> {
    let Kind::Load { exchange, rate } = workload.kind else {
        return measure_micro(workload, server, options);
    };
    let load = load_at(exchange, rate, options.seconds, &options.setting);
    let before = preparation(load);
    let subscribers = Subscribers::wanted_by(workload.config, &[before, load])?;
    let config = match &subscribers {
        Some(subscribers) => &subscribers.resolve(workload.config),
        None => workload.config,
    };
    let running = Running::start(server, config, &options.setting)?;
    let prepared = load::run(before)?;
    wait_for_quiet(options.calm);
    let before_kb = running.pss_kb();
    let stretch = Stretch::begin(&running);
    let outcome = load::run(load)?;
    let kept = outcome.answered;
    let mut record = stretch.end(&running, workload.name, &server.name, outcome);
    record.pss_kb = running.pss_kb();
    if exchange == Exchange::Register && kept > 0 {
        let grown_kb = record.pss_kb as f64 - before_kb as f64;
        record.octets_per_unit = Some(grown_kb * 1024.0 / kept as f64);
    }
    if exchange == Exchange::Refresh && prepared.answered < prepared.sent {
        let missing = prepared.sent - prepared.answered;
        record.fault = Some(format!("{missing} contacts were not there to be refreshed"));
    }
    println!("{record}");
    Ok(vec![record])
}

/// The load of an exchange at `rate`, `seconds` long.
pub fn load_at(exchange: Exchange, rate: f64, seconds: f64, setting: &Setting) -> Load {
    Load {
        exchange,
        server: setting.server,
        far_end: exchange.has_far_end().then_some(setting.far_end),
        rate,
        count: (rate * seconds) as usize,
        patience: RESPONSE_PATIENCE,
        run: fresh_run(),
    }
}

/// What goes before a measured load: a short one of the same, or the registrations that it refreshes.
fn preparation(load: Load) -> Load {
    match load.exchange {
        Exchange::Refresh => Load {
            exchange: Exchange::Register,
            ..load
        },
        _ => Load {
            count: (load.rate * WARM_UP_SECONDS) as usize,
            run: !load.run,
            ..load
        },
    }
}

/// What is read before and after a measured stretch.
struct Stretch {
    machine: MachineReading,
    cpu: super::process::CpuReading,
    began: Instant,
}

impl Stretch {
    fn begin(running: &Running) -> Self {
        Self {
            machine: MachineReading::take(),
            cpu: running.cpu(),
            began: Instant::now(),
        }
    }

    fn end(self, running: &Running, workload: &str, server: &str, outcome: Outcome) -> Record {
        let spent = running.cpu().since(&self.cpu);
        let wall = self.began.elapsed().as_secs_f64();
        let (busy, stolen) = MachineReading::take().cores_since(&self.machine);
        let ours = (spent.total + outcome.client_cpu).as_secs_f64() / wall;
        Record {
            other_cores: (busy - ours).max(0.0),
            stolen_cores: stolen,
            ..Record::of_load(workload, server, spent, outcome)
        }
    }
}

fn measure_micro(
    workload: &Workload,
    server: &ServerUnderTest,
    options: &Options,
) -> Result<Vec<Record>> {
    let running = Running::start(server, workload.config, &options.setting)?;
    let mut records = Vec::new();
    for (body, steps) in MICRO_BODIES {
        wait_for_quiet(options.calm);
        let machine = MachineReading::take();
        let before = running.cpu();
        let began = Instant::now();
        let answer = ask(options.setting.server, body, *steps)?;
        let spent = running.cpu().since(&before);
        let wall = began.elapsed().as_secs_f64();
        let (busy, stolen) = MachineReading::take().cores_since(&machine);
        let record = Record {
            other_cores: (busy - spent.total.as_secs_f64() / wall).max(0.0),
            stolen_cores: stolen,
            fault: (!answer.starts_with("SIP/2.0 200")).then(|| first_line(&answer)),
            ..Record::of_steps(
                &format!("{}-{body}", workload.name),
                &server.name,
                spent,
                *steps,
            )
        };
        println!("{record}");
        records.push(record);
    }
    Ok(records)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("no answer").to_owned()
}

/// Asks the server to run `steps` of a body and waits for the answer.
fn ask(server: SocketAddrV4, body: &str, steps: u64) -> Result<String> {
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(MICRO_PATIENCE))?;
    let headers = format!("Max-Forwards: 70\r\nX-Steps: {steps}\r\n");
    socket.send(&probe(&socket, server, body, &headers)?)?;
    let mut buffer = [0; 4096];
    let length = socket
        .recv(&mut buffer)
        .with_context(|| format!("no answer to {body}"))?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

impl Record {
    fn of_load(workload: &str, server: &str, spent: CpuSpent, outcome: Outcome) -> Self {
        let mut record = Self::of_steps(workload, server, spent, outcome.answered as u64);
        record.p50_us = outcome.percentile(0.5);
        record.p99_us = outcome.percentile(0.99);
        record.bad_share = outcome.bad_share();
        record.client_us = outcome.client_cpu.as_secs_f64() * 1e6 / outcome.sent.max(1) as f64;
        record.fault = outcome
            .faults
            .iter()
            .next()
            .map(|(what, count)| format!("{count} times {what}"));
        record
    }

    fn of_steps(workload: &str, server: &str, spent: CpuSpent, units: u64) -> Self {
        Self {
            workload: workload.to_owned(),
            server: server.to_owned(),
            cpu_us: (units > 0).then(|| spent.total.as_secs_f64() * 1e6 / units as f64),
            system_share: spent.system_share,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preparation_of(exchange: Exchange) -> (Load, Load) {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1);
        let setting = Setting {
            server: address,
            far_end: address,
            children: 1,
        };
        let load = load_at(exchange, 1000.0, 2.0, &setting);
        (load, preparation(load))
    }

    #[test]
    fn contacts_are_there_before_they_are_refreshed() {
        let (load, before) = preparation_of(Exchange::Refresh);
        assert_eq!(before.exchange, Exchange::Register);
        assert_eq!((before.run, before.count), (load.run, load.count));
    }

    #[test]
    fn new_contacts_are_not_those_of_the_warm_up() {
        let (load, before) = preparation_of(Exchange::Register);
        assert_ne!(before.run, load.run);
        assert!(before.count < load.count);
    }
}
