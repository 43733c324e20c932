//! What a server costs: CPU time and memory, summed over all its processes and their threads.
//!
//! CPU time is read from each process's own CPU clock, which covers all threads it has and ever had, user and system,
//! in nanoseconds. The counters in `/proc/PID/stat` advance in hundredths of a second and serve only to split the sum
//! into user and system. Work that the kernel does for the server in another process's time (delivery over loopback
//! runs in the sender's system call) is not in it, equally for every server.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// CPU time of one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessCpu {
    total: Duration,
    user_ticks: u64,
    system_ticks: u64,
}

/// CPU times of a server's processes at one moment.
#[derive(Debug, Default)]
pub struct CpuReading(BTreeMap<i32, ProcessCpu>);

/// CPU time spent between two readings.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuSpent {
    /// User and system.
    pub total: Duration,
    /// Part of it spent in the kernel, 0 to 1; coarse.
    pub system_share: f64,
}

impl CpuReading {
    /// Reads the clocks of `processes`; those that are gone are left out.
    pub fn of(processes: &[i32]) -> Self {
        Self(
            processes
                .iter()
                .filter_map(|&process| Some((process, process_cpu(process)?)))
                .collect(),
        )
    }

    /// What was spent since `earlier`. A process that began in between counts from its beginning;
    /// one that ended in between is not counted, since its clock ended with it.
    pub fn since(&self, earlier: &Self) -> CpuSpent {
        let mut total = Duration::ZERO;
        let (mut user, mut system) = (0, 0);
        for (process, now) in &self.0 {
            let before = earlier.0.get(process).copied().unwrap_or_default();
            total += now.total.saturating_sub(before.total);
            user += now.user_ticks.saturating_sub(before.user_ticks);
            system += now.system_ticks.saturating_sub(before.system_ticks);
        }
        CpuSpent {
            total,
            system_share: system as f64 / (user + system).max(1) as f64,
        }
    }
}

fn process_cpu(process: i32) -> Option<ProcessCpu> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: writes one clock id into a local that outlives the call.
    if unsafe { libc::clock_getcpuclockid(process, &raw mut clock) } != 0 {
        return None;
    }
    let fields = stat_fields(process)?;
    Some(ProcessCpu {
        total: read_clock(clock)?,
        user_ticks: fields.get(11)?.parse().ok()?,
        system_ticks: fields.get(12)?.parse().ok()?,
    })
}

/// CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    read_clock(libc::CLOCK_THREAD_CPUTIME_ID).unwrap_or_default()
}

fn read_clock(clock: libc::clockid_t) -> Option<Duration> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes one timespec into a local that outlives the call.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut time) } != 0;
    (!failed).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// The fields of `/proc/PID/stat` after the program's name: state, parent, group …
fn stat_fields(process: i32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = text.rsplit_once(')')?;
    Some(after_name.split_whitespace().map(str::to_owned).collect())
}

/// A process and all its descendants.
pub fn family(root: i32) -> Vec<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for entry in entries {
        let Some(process) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        if let Some(parent) = stat_fields(process).and_then(|f| f.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&process) = found.get(next) {
        found.extend(children.get(&process).into_iter().flatten());
        next += 1;
    }
    found
}

/// Proportional set size in kilobytes: memory shared by several processes is counted once over all of them.
pub fn pss_kb(processes: &[i32]) -> u64 {
    let of_one = |process: &i32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let line = text.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    processes.iter().filter_map(of_one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_done_here_shows_on_our_own_clock() {
        let me = [std::process::id() as i32];
        let before = CpuReading::of(&me);
        let thread = thread_cpu();
        let mut sum = 0_u64;
        while thread_cpu() - thread < Duration::from_millis(5) {
            sum = std::hint::black_box(sum + 1);
        }
        let spent = CpuReading::of(&me).since(&before);
        assert!(spent.total >= Duration::from_millis(5), "{spent:?}");
        assert!(family(me[0]).contains(&me[0]));
        assert!(pss_kb(&me) > 0);
    }
}
