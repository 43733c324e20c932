//! Records of single runs, and the table of medians and ratios they end in.

use std::fmt;

/// Cores in use by others from which a run counts as noisy.
const NOISY_CORES: f64 = 0.5;
/// Quiet runs from which the noisy ones are left out of the medians.
const QUIET_MIN: usize = 2;

/// One run of one workload on one server.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The workload's name.
    pub workload: String,
    /// The server's name.
    pub server: String,
    /// CPU time per unit in microseconds, user and system over all processes; `None` when nothing was done.
    pub cpu_us: Option<f64>,
    /// Part of it in the kernel, 0 to 1; coarse.
    pub system_share: f64,
    /// Median response time in microseconds.
    pub p50_us: Option<u32>,
    /// 99th percentile of the response time in microseconds.
    pub p99_us: Option<u32>,
    /// Part of the requests without a correct response, 0 to 1.
    pub bad_share: f64,
    /// CPU time of the client per request in microseconds.
    pub client_us: f64,
    /// Memory under load in kilobytes; zero when not measured.
    pub pss_kb: u64,
    /// Memory that each unit of the load took for good, in octets; `None` when units leave nothing behind.
    pub octets_per_unit: Option<f64>,
    /// Cores that others used meanwhile.
    pub other_cores: f64,
    /// Cores that the hypervisor took away meanwhile.
    pub stolen_cores: f64,
    /// What was wrong; a figure beside it does not count.
    pub fault: Option<String>,
}

impl Record {
    /// The record of a run that did not come about.
    pub fn failed(workload: &str, server: &str, error: &anyhow::Error) -> Self {
        Self {
            workload: workload.to_owned(),
            server: server.to_owned(),
            fault: Some(format!("{error:#}")),
            ..Self::default()
        }
    }

    fn is_noisy(&self) -> bool {
        self.other_cores + self.stolen_cores > NOISY_CORES
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16} {:<12}", self.workload, self.server)?;
        match self.cpu_us {
            Some(us) => write!(
                f,
                " {us:9.3} µs/unit, {:3.0} % in the kernel",
                self.system_share * 100.0
            )?,
            None => write!(f, " nothing done")?,
        }
        if let (Some(p50), Some(p99)) = (self.p50_us, self.p99_us) {
            let (bad, client) = (self.bad_share * 100.0, self.client_us);
            write!(
                f,
                ", p50 {p50} p99 {p99} µs, bad {bad:.3} %, client {client:.1} µs"
            )?;
        }
        if let Some(octets) = self.octets_per_unit {
            write!(f, ", keeps {octets:.0} B/unit")?;
        }
        write!(
            f,
            ", others {:.2} cores",
            self.other_cores + self.stolen_cores
        )?;
        match &self.fault {
            Some(fault) => write!(f, " CHECK: {fault}"),
            None => Ok(()),
        }
    }
}

/// All records of a comparison.
#[derive(Debug, Default)]
pub struct Results {
    records: Vec<Record>,
}

impl Results {
    /// Adds records.
    pub fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        self.records.extend(records);
    }

    /// Names in the order of their first appearance.
    fn names(&self, of: impl Fn(&Record) -> &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for record in &self.records {
            let name = of(record);
            if !names.contains(&name) {
                names.push(
                    self.records
                        .iter()
                        .map(&of)
                        .find(|n| *n == name)
                        .unwrap_or_default(),
                );
            }
        }
        names
    }
}

impl fmt::Display for Results {
    /// A Markdown table; the first server is the reference of the ratios.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| workload | server | runs | CPU µs/unit (min..max) | ratio | kernel % | p50 µs | p99 µs | bad % | PSS MB | B/unit | |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        let servers = self.names(|record| &record.server);
        for workload in self.names(|record| &record.workload) {
            let mut reference = None;
            for server in &servers {
                let all: Vec<&Record> = self
                    .records
                    .iter()
                    .filter(|r| r.workload == workload && r.server == *server)
                    .collect();
                if !all.is_empty() {
                    write_row(f, workload, server, &all, &mut reference)?;
                }
            }
        }
        Ok(())
    }
}

fn write_row(
    f: &mut fmt::Formatter<'_>,
    workload: &str,
    server: &str,
    all: &[&Record],
    reference: &mut Option<f64>,
) -> fmt::Result {
    let quiet: Vec<&Record> = all.iter().copied().filter(|r| !r.is_noisy()).collect();
    let noisy = all.len() - quiet.len();
    let used = if quiet.len() >= QUIET_MIN {
        &quiet[..]
    } else {
        all
    };
    let cpu: Vec<f64> = used.iter().filter_map(|r| r.cpu_us).collect();
    let middle = median(&cpu);
    if reference.is_none() {
        *reference = middle;
    }
    let ratio = middle.zip(*reference).map(|(own, first)| own / first);
    let of = |get: fn(&Record) -> Option<f64>| {
        median(&used.iter().filter_map(|r| get(r)).collect::<Vec<f64>>())
    };
    let (least, most) = (
        cpu.iter().copied().reduce(f64::min),
        cpu.iter().copied().reduce(f64::max),
    );
    let mut notes: Vec<String> = Vec::new();
    if noisy > 0 {
        notes.push(format!("{noisy} noisy"));
    }
    notes.extend(
        all.iter()
            .find_map(|r| r.fault.as_ref().map(|fault| format!("CHECK: {fault}"))),
    );
    writeln!(
        f,
        "| {workload} | {server} | {} | {} ({}..{}) | {} | {} | {} | {} | {} | {} | {} | {} |",
        used.len(),
        number(middle, 3),
        number(least, 3),
        number(most, 3),
        number(ratio, 3),
        number(of(|r| Some(r.system_share * 100.0)), 0),
        number(of(|r| r.p50_us.map(f64::from)), 0),
        number(of(|r| r.p99_us.map(f64::from)), 0),
        number(of(|r| r.p50_us.map(|_| r.bad_share * 100.0)), 3),
        number(
            of(|r| (r.pss_kb > 0).then_some(r.pss_kb as f64 / 1024.0)),
            1
        ),
        number(of(|r| r.octets_per_unit), 0),
        notes.join(", "),
    )
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}

/// The middle value; the mean of the two middle ones when there is an even number.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        1 => Some(upper),
        _ => Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(server: &str, cpu_us: f64, other_cores: f64) -> Record {
        Record {
            workload: "w".to_owned(),
            server: server.to_owned(),
            cpu_us: Some(cpu_us),
            other_cores,
            ..Record::default()
        }
    }

    #[test]
    fn the_ratio_is_of_medians_over_quiet_runs() {
        let mut results = Results::default();
        results.extend([
            record("a", 10.0, 0.0),
            record("a", 12.0, 0.0),
            record("a", 99.0, 1.5),
            record("b", 5.0, 0.0),
            record("b", 6.0, 0.0),
        ]);
        let table = results.to_string();
        assert!(
            table.contains("| w | a | 2 | 11.000 (10.000..12.000) | 1.000 |"),
            "{table}"
        );
        assert!(table.contains("1 noisy"), "{table}");
        assert!(
            table.contains("| w | b | 2 | 5.500 (5.000..6.000) | 0.500 |"),
            "{table}"
        );
    }

    #[test]
    fn the_median_of_none_is_none() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    }
}
