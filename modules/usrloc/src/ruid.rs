//! Unique names of bindings.

use std::sync::atomic::{AtomicU64, Ordering};
use stdx::hex;
use stdx::number::push_decimal;

/// Makes unique names: `uloc-[SERVER-]START-PROCESS-COUNT`.
///
/// The numbers are hexadecimal, the last with its lowest digit first (observed on 5.6.3).
pub struct Ruids {
    middle: Vec<u8>,
    next: AtomicU64,
}

impl Ruids {
    /// Names of a server that started at `start` seconds since 1970 as process `process`. A `server_id` of 0 is left out.
    pub fn new(server_id: i64, start: u64, process: u32) -> Ruids {
        let mut middle = Vec::with_capacity(32);
        if server_id != 0 {
            push_decimal(&mut middle, server_id);
            middle.push(b'-');
        }
        hex::push_number(&mut middle, start);
        middle.push(b'-');
        hex::push_number(&mut middle, u64::from(process));
        middle.push(b'-');
        Ruids {
            middle,
            next: AtomicU64::new(1),
        }
    }

    /// Appends the next name; `family` is what it begins with.
    pub fn push_next(&self, family: &[u8], out: &mut Vec<u8>) {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        out.reserve(family.len() + self.middle.len() + 17);
        out.extend_from_slice(family);
        out.push(b'-');
        out.extend_from_slice(&self.middle);
        hex::push_reversed(out, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_as_those_of_5_6_3() {
        let ruids = Ruids::new(0, 0x6b0112c7, 0x2200);
        let mut out = Vec::new();
        for _ in 0..18 {
            out.clear();
            ruids.push_next(b"uloc", &mut out);
        }
        assert_eq!(out, b"uloc-6b0112c7-2200-21");
        let ruids = Ruids::new(7, 0x6b0112c7, 0x2200);
        out.clear();
        ruids.push_next(b"ulcx", &mut out);
        assert_eq!(out, b"ulcx-7-6b0112c7-2200-1");
    }
}
