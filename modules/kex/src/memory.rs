//! The statistics of memory.

use mod_core::memory::Memory;
use module_api::Statistics;

/// Registers the figures of group `shmem`; `configured` is the configured size in bytes.
pub fn register(statistics: &Statistics, configured: i64) {
    const GROUP: &str = "shmem";
    let figures: [(&str, fn(Memory) -> i64); 6] = [
        ("total_size", |memory| memory.total),
        ("used_size", |memory| memory.used),
        ("real_used_size", |memory| memory.used),
        ("max_used_size", |memory| memory.max_used),
        ("free_size", |memory| memory.free()),
        ("fragments", |_| 1),
    ];
    for (name, figure) in figures {
        statistics.computed(GROUP, name, move || figure(Memory::now(configured)));
    }
}
