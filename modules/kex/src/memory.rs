//! The memory of the process. There is one heap: shared and private memory are the same.

use module_api::Statistics;

/// The resident memory in bytes, as the system counts it.
pub fn resident() -> i64 {
    kibibytes("/proc/self/status", "VmRSS:")
}

/// The most it ever was, in bytes.
fn most_resident() -> i64 {
    kibibytes("/proc/self/status", "VmHWM:")
}

/// The machine's memory in bytes: more there is none of.
fn machine() -> i64 {
    kibibytes("/proc/meminfo", "MemTotal:")
}

fn kibibytes(file: &str, name: &str) -> i64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|n| n.parse::<i64>().ok()).unwrap_or(0) * 1024
}

/// Registers the figures of group `shmem`.
pub fn register(statistics: &Statistics) {
    const GROUP: &str = "shmem";
    statistics.computed(GROUP, "total_size", machine);
    statistics.computed(GROUP, "used_size", resident);
    statistics.computed(GROUP, "real_used_size", resident);
    statistics.computed(GROUP, "max_used_size", most_resident);
    statistics.computed(GROUP, "free_size", || machine() - resident());
    statistics.computed(GROUP, "fragments", || 0);
}
