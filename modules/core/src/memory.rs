//! The memory of the process, told as upstream tells of its pool of shared memory.
//!
//! There is one heap and no pool. The pool's size is what `-m` or `shm_mem_size` say, which no allocation is refused for;
//! what is used is what the system counts for the process, without the pages of the program's file.

use module_api::CoreSettings;

/// Figures in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The size that was configured, or what is used if that is more.
    pub total: i64,
    /// What is used.
    pub used: i64,
    /// The most that was ever used.
    pub max_used: i64,
}

impl Memory {
    /// The figures now; `configured` is from [`configured`].
    pub fn now(configured: i64) -> Memory {
        let used = kibibytes("RssAnon:");
        let of_files = kibibytes("RssFile:");
        Memory {
            total: configured.max(used),
            used,
            max_used: (kibibytes("VmHWM:") - of_files).max(used),
        }
    }

    /// What is left of the configured size.
    pub fn free(&self) -> i64 {
        self.total - self.used
    }
}

/// The size that the configuration and the command line give to shared memory.
pub fn configured(settings: &CoreSettings) -> i64 {
    settings.memory.shm.saturating_mul(1 << 20)
}

fn kibibytes(name: &str) -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|n| n.parse::<i64>().ok()).unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_and_what_is_used_is_all() {
        let memory = Memory::now(64 << 20);
        assert!(memory.total >= 64 << 20 && memory.used > 0);
        assert_eq!(memory.free() + memory.used, memory.total);
        assert!(Memory::now(0).free() == 0);
    }
}
