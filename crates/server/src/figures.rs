//! The statistics of groups `tcp` and `dns`: what connections and the resolver count, under Kamailio's names.

use crate::names::Resolver;
use net::{Connections, TcpCounts};
use telemetry::Statistics;

/// Registers what connections count.
pub fn of_connections(statistics: &Statistics, connections: &Connections) {
    let totals: [(&str, fn(&TcpCounts) -> u64); 9] = [
        ("con_reset", |counts| counts.con_reset),
        ("con_timeout", |counts| counts.con_timeout),
        ("connect_failed", |counts| counts.connect_failed),
        ("connect_success", |counts| counts.connect_success),
        ("established", |counts| counts.established),
        ("local_reject", |counts| counts.local_reject),
        ("passive_open", |counts| counts.passive_open),
        ("send_timeout", |counts| counts.send_timeout),
        ("sendq_full", |counts| counts.sendq_full),
    ];
    for (name, pick) in totals {
        let connections = connections.clone();
        statistics.total("tcp", name, move || shown(pick(&connections.counts())));
    }
    let levels: [(&str, fn(&TcpCounts) -> u64); 2] = [
        ("current_opened_connections", |counts| {
            counts.current_opened_connections
        }),
        ("current_write_queue_size", |counts| {
            counts.current_write_queue_size
        }),
    ];
    for (name, pick) in levels {
        let connections = connections.clone();
        statistics.computed("tcp", name, move || shown(pick(&connections.counts())));
    }
}

/// Registers what the resolver counts.
pub fn of_names(statistics: &Statistics, resolver: &Resolver) {
    let (failed, slow) = (resolver.clone(), resolver.clone());
    statistics.total("dns", "failed_dns_request", move || shown(failed.failed()));
    statistics.total("dns", "slow_dns_request", move || shown(slow.slow()));
}

fn shown(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
