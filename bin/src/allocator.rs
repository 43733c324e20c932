//! Memory: mimalloc, asked in the way that costs least.

use libmimalloc_sys::{
    mi_collect, mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned,
};
use libmimalloc_sys::{mi_zalloc, mi_zalloc_aligned};
use std::alloc::{GlobalAlloc, Layout};

/// mimalloc. Its functions that take an alignment cost twice what the plain ones do, and hardly a block needs them.
pub struct Allocator;

/// Every block of mimalloc that holds so many octets begins at a multiple of it (its `MI_MAX_ALIGN_SIZE`).
const NATURAL: usize = 16;

/// No block begins elsewhere than at a multiple of this.
const SMALLEST: usize = 8;

/// Whether the plain functions give what `layout` asks for, when `size` octets of it are wanted.
#[inline]
fn is_plain(layout: Layout, size: usize) -> bool {
    let align = layout.align();
    align <= SMALLEST || (align == NATURAL && size >= NATURAL)
}

// SAFETY: each function hands its arguments to the one of mimalloc that does what the trait asks for; all of them take blocks of
// all others. The plain ones are asked only for what they align as wanted: blocks come in sizes that are multiples of 8, those
// from 16 octets on in multiples of 16, and the first of a page begins at a multiple of 16, but of 8 where all blocks are of 8.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any power of two may be asked for.
        unsafe {
            if is_plain(layout, layout.size()) {
                mi_malloc(layout.size()).cast()
            } else {
                mi_malloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any power of two may be asked for.
        unsafe {
            if is_plain(layout, layout.size()) {
                mi_zalloc(layout.size()).cast()
            } else {
                mi_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller has it from here.
        unsafe { mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller has the block from here, with this layout; where it stays it is aligned as it was.
        unsafe {
            if is_plain(layout, size) {
                mi_realloc(block.cast(), size).cast()
            } else {
                mi_realloc_aligned(block.cast(), size, layout.align()).cast()
            }
        }
    }
}

/// Gives back what the calling thread has no use for any more. Only it can: the pages that its blocks lie in are its own, whoever
/// has freed them.
pub fn tidy() {
    // SAFETY: only unused memory is given back.
    unsafe { mi_collect(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_aligned_and_keeps_what_it_held() {
        for align in [1, 2, 4, 8, 16, 32, 64, 4096] {
            for size in [1, 7, 8, 15, 16, 17, 24, 40, 100, 1000, 1025, 5000, 200_000] {
                let layout = Layout::from_size_align(size, align).unwrap();
                // SAFETY: the layout is not empty; the block is used within its bounds and given back once.
                unsafe {
                    let blocks = [0; 9].map(|_| Allocator.alloc(layout));
                    for block in blocks {
                        assert_eq!(block as usize % align, 0, "{layout:?}");
                        block.write_bytes(7, size);
                    }
                    for block in blocks {
                        let grown = Allocator.realloc(block, layout, size * 3);
                        assert_eq!(grown as usize % align, 0, "{layout:?} grown");
                        assert_eq!((*grown, *grown.add(size - 1)), (7, 7));
                        let grown_layout = Layout::from_size_align(size * 3, align).unwrap();
                        Allocator.dealloc(grown, grown_layout);
                    }
                    let zeroed = Allocator.alloc_zeroed(layout);
                    assert_eq!((zeroed as usize % align, *zeroed), (0, 0), "{layout:?}");
                    Allocator.dealloc(zeroed, layout);
                }
            }
        }
    }

    /// How much memory that no file stands behind the process has, in kB.
    fn anonymous_kb() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        line.unwrap()
            .trim()
            .strip_suffix(" kB")
            .unwrap()
            .parse()
            .unwrap()
    }

    #[test]
    fn what_another_thread_has_freed_is_given_back_by_its_owner() {
        let blocks: Vec<Vec<u8>> = (0..40_000).map(|_| vec![1; 1_000]).collect();
        std::thread::spawn(move || drop(blocks)).join().unwrap();
        let before = anonymous_kb();
        tidy();
        let after = anonymous_kb();
        assert!(
            after + 20_000 < before,
            "{before} kB before, {after} kB after"
        );
    }
}
