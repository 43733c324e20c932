//! The memory allocator.

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc,
    mi_zalloc_aligned,
};
use std::alloc::{GlobalAlloc, Layout};

/// mimalloc, asked in its plain way wherever that suffices.
///
/// It aligns what is larger than a word to 16 bytes anyway. Asked for an alignment by name, it gives more than 1,024
/// bytes only out of a larger block, and frees that on a slower path.
pub struct Allocator;

/// What every block of a word or less is aligned to.
const WORD: usize = size_of::<usize>();
/// What every larger block is aligned to: that of C's `max_align_t`.
const LARGEST: usize = 16;

/// Whether any block of that size is aligned as wanted.
#[inline]
const fn is_plain(layout: &Layout, size: usize) -> bool {
    layout.align() <= WORD || (layout.align() <= LARGEST && size >= LARGEST)
}

// SAFETY: mimalloc's functions do what is asked of an allocator; it never unwinds. Blocks it gives in the plain way are
// aligned to a word, those of 16 bytes and more to 16 bytes (`mi_malloc` promises what `malloc` does). All may be freed and
// resized in either way.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: any size may be asked for; the alignment of a layout is a power of two.
        let block = unsafe {
            match is_plain(&layout, size) {
                true => mi_malloc(size),
                false => mi_malloc_aligned(size, align),
            }
        };
        block.cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: as in `alloc`.
        let block = unsafe {
            match is_plain(&layout, size) {
                true => mi_zalloc(size),
                false => mi_zalloc_aligned(size, align),
            }
        };
        block.cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller has it from this allocator and uses it no more.
        unsafe { mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller has the block from this allocator; otherwise as in `alloc`.
        let block = unsafe {
            match is_plain(&layout, size) {
                true => mi_realloc(block.cast(), size),
                false => mi_realloc_aligned(block.cast(), size, layout.align()),
            }
        };
        block.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_as_asked_for_and_keep_their_content() {
        for align in [1, 2, 4, 8, 16, 32, 64, 4096] {
            for size in [1, 3, 8, 9, 16, 24, 100, 1000, 1025, 1100, 3000, 70_000] {
                let layout = Layout::from_size_align(size, align).unwrap();
                let larger = Layout::from_size_align(size * 2 + 1, align).unwrap();
                // SAFETY: sizes are not 0, and each block is written to within its size and freed once.
                unsafe {
                    let block = Allocator.alloc_zeroed(layout);
                    assert_eq!(block as usize % align, 0, "{layout:?}");
                    assert!((0..size).all(|at| *block.add(at) == 0));
                    block.add(size - 1).write(7);
                    let block = Allocator.realloc(block, layout, larger.size());
                    assert_eq!(block as usize % align, 0, "{larger:?}");
                    assert_eq!(*block.add(size - 1), 7);
                    Allocator.dealloc(block, larger);
                    let block = Allocator.alloc(layout);
                    assert_eq!(block as usize % align, 0, "{layout:?}");
                    Allocator.dealloc(block, layout);
                }
            }
        }
    }
}
