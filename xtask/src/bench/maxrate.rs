//! The highest rate a server sustains, client and server sharing the machine.

use std::time::Duration;

use anyhow::Result;

use super::Options;
use super::compare::{in_turn, load_at};
use super::load;
use super::report::median;
use super::server::{Running, ServerUnderTest};
use super::workload::{Exchange, Kind, Workload};

/// Share of failed requests from which a rate is not sustained.
const BAD_MAX: f64 = 0.001;
/// Share of the asked rate that the client must really have sent.
const SENT_MIN: f64 = 0.97;
/// How much faster each try is until one fails.
const GROWTH: f64 = 1.5;
/// Halvings of the gap between the last good and the first bad rate.
const REFINEMENTS: usize = 3;
const TRIES_MAX: usize = 24;
/// Below this a server counts as not working at all.
const RATE_MIN: f64 = 50.0;
/// A shared machine may spoil one try.
const CHANCES: usize = 2;

/// Finds and prints the highest sustained rate of every server for every workload that has one.
pub fn run(options: &Options) {
    for workload in &options.workloads {
        let Some((exchange, rate)) = searchable(workload) else {
            println!("{} has no highest rate to look for", workload.name);
            continue;
        };
        let mut found: Vec<Vec<f64>> = vec![Vec::new(); options.servers.len()];
        for repetition in 0..options.repetitions {
            for server in in_turn(&options.servers, repetition) {
                let result = find(workload, exchange, rate, server, options);
                let place = options.servers.iter().position(|s| s == server);
                match (result, place) {
                    (Ok(rate), Some(place)) => {
                        println!("{:<16} {:<12} {rate:.0}/s", workload.name, server.name);
                        found[place].push(rate);
                    }
                    (Err(error), _) => println!("{} {}: {error:#}", workload.name, server.name),
                    _ => {}
                }
            }
        }
        for (server, rates) in options.servers.iter().zip(&found) {
            if let Some(middle) = median(rates) {
                println!(
                    "| {} | {} | median {middle:.0}/s | {rates:.0?} |",
                    workload.name, server.name
                );
            }
        }
    }
}

/// Where the search begins. What the server keeps would fill its memory before the end, so it has no highest rate.
fn searchable(workload: &Workload) -> Option<(Exchange, f64)> {
    match workload.kind {
        Kind::Load { exchange, rate } if !exchange.is_kept() => Some((exchange, rate)),
        _ => None,
    }
}

fn find(
    workload: &Workload,
    exchange: Exchange,
    first: f64,
    server: &ServerUnderTest,
    options: &Options,
) -> Result<f64> {
    let running = Running::start(server, workload.config, &options.setting)?;
    let mut sustained = |rate: f64| sustains(exchange, rate, options);
    let result = search(first, &mut sustained);
    drop(running);
    result
}

/// Grows until a rate fails, then halves the gap.
fn search(first: f64, sustained: &mut impl FnMut(f64) -> Result<bool>) -> Result<f64> {
    let (mut good, mut bad) = (0.0, None);
    let mut rate = first;
    for _ in 0..TRIES_MAX {
        if sustained(rate)? {
            good = rate;
            if bad.is_some() {
                break;
            }
            rate *= GROWTH;
        } else {
            bad = Some(rate);
            if good > 0.0 || rate < RATE_MIN {
                break;
            }
            rate /= 2.0;
        }
    }
    let Some(mut bad) = bad else {
        return Ok(good);
    };
    for _ in 0..REFINEMENTS {
        let middle = (good + bad) / 2.0;
        match sustained(middle)? {
            true => good = middle,
            false => bad = middle,
        }
    }
    Ok(good)
}

fn sustains(exchange: Exchange, rate: f64, options: &Options) -> Result<bool> {
    for _ in 0..CHANCES {
        let outcome = load::run(load_at(exchange, rate, options.seconds, &options.setting))?;
        // What is still under way must not spoil the next try.
        std::thread::sleep(Duration::from_millis(300));
        if outcome.bad_share() < BAD_MAX && outcome.rate() > SENT_MIN * rate {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_close_below_the_limit() {
        for limit in [300.0, 7_300.0, 61_000.0] {
            let found = search(20_000.0, &mut |rate| Ok(rate <= limit)).unwrap();
            assert!(found <= limit && found > limit * 0.85, "{found} of {limit}");
        }
    }
}
