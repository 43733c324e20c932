//! What the program takes of the machine's memory once it runs.

use std::ffi::{c_int, c_void};

/// Gives back the pages of the program's file that are mapped by now, most of them for the start only. Those still needed
/// come back from the page cache as they are touched.
pub fn forget_start() {
    // SAFETY: the callback has the signature asked for, touches nothing that outlives the call, and does not unwind.
    unsafe {
        libc::dl_iterate_phdr(Some(forget_first), std::ptr::null_mut());
    }
}

/// Called for the program first and then for its libraries; deals with the program only.
extern "C" fn forget_first(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut c_void,
) -> c_int {
    // SAFETY: the loader hands over a valid description whose headers stay as long as the program runs.
    let (base, headers) = unsafe {
        let info = &*info;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
        (info.dlpi_addr, headers)
    };
    for header in headers {
        let is_loaded = header.p_type == libc::PT_LOAD;
        // What can be written holds relocated addresses, which no file could bring back.
        if !is_loaded || header.p_flags & libc::PF_W != 0 {
            continue;
        }
        let page = 4096;
        let start = (base + header.p_vaddr).next_multiple_of(page);
        let end = (base + header.p_vaddr + header.p_memsz) / page * page;
        if start < end {
            // SAFETY: whole pages of a mapping of the program's file that nobody writes: their content comes back.
            unsafe {
                libc::madvise(
                    start as *mut c_void,
                    (end - start) as usize,
                    libc::MADV_DONTNEED,
                );
            }
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of mapped files is in memory, in kB.
    fn resident_kb() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssFile:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Words that lie in the program's file.
    fn known_words() -> usize {
        crate::usage::HELP.split_whitespace().count()
    }

    #[test]
    fn what_the_start_needed_is_given_back_and_comes_again_when_touched() {
        let words = known_words();
        let before = resident_kb();
        forget_start();
        let after = resident_kb();
        assert!(after < before, "{before:?} kB before, {after:?} kB after");
        assert_eq!(known_words(), words);
    }
}
