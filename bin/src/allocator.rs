//! The memory allocator.

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc,
    mi_zalloc_aligned,
};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr;

/// mimalloc, and for each thread a few blocks of each size that it has freed last.
///
/// mimalloc gives out every block of a page before one that was freed a moment ago: what lives as long as one message would
/// wander through memory, and find each block cold. Here the block freed last is used next, while it is still in the
/// processor's cache.
///
/// mimalloc is asked in its plain way wherever that suffices. It aligns what is larger than a word to 16 bytes anyway; asked
/// for an alignment by name, it gives more than 1,024 bytes only out of a larger block, and frees that on a slower path.
pub struct Allocator;

/// What every block of a word or less is aligned to.
const WORD: usize = size_of::<usize>();
/// What every larger block is aligned to, that of C's `max_align_t`, and by how much sizes differ.
const STEP: usize = 16;
/// The number of sizes that are kept.
const SIZES: usize = 128;
/// Bytes that are kept of one size at most; two blocks, if they are larger.
const KEPT_BYTES: usize = 4096;
/// Blocks that are kept of one size at most.
const KEPT_BLOCKS: usize = 32;

/// The size that is asked for instead of `size`, so that all blocks of one shelf are alike.
#[inline]
const fn rounded(size: usize) -> usize {
    match size {
        0..=WORD => size,
        _ => size.saturating_add(STEP - 1) & !(STEP - 1),
    }
}

/// The shelf for blocks of that size: those of more than a word and up to 2,048 bytes have one.
#[inline]
const fn shelf_of(size: usize) -> Option<usize> {
    match size {
        0..=WORD => None,
        _ if size > SIZES * STEP => None,
        _ => Some((size - 1) / STEP),
    }
}

/// How many blocks a shelf has room for.
#[inline]
const fn room_of(shelf: usize) -> usize {
    let fitting = KEPT_BYTES / ((shelf + 1) * STEP);
    match fitting {
        0..=2 => 2,
        _ if fitting > KEPT_BLOCKS => KEPT_BLOCKS,
        _ => fitting,
    }
}

/// Whether any block of that size is aligned as wanted.
#[inline]
const fn is_plain(layout: &Layout, size: usize) -> bool {
    layout.align() <= WORD || (layout.align() <= STEP && size >= STEP)
}

/// A block that is free: its first word leads to the next.
struct Free {
    next: *mut Free,
}

/// The free blocks of one size.
struct Shelf {
    first: Cell<*mut Free>,
    count: Cell<usize>,
}

/// The free blocks of one thread, by size.
struct Shelves([Shelf; SIZES]);

impl Shelves {
    const fn new() -> Shelves {
        Shelves(
            [const {
                Shelf {
                    first: Cell::new(ptr::null_mut()),
                    count: Cell::new(0),
                }
            }; SIZES],
        )
    }

    /// The block of that shelf that was freed last, or null.
    #[inline]
    fn take(&self, shelf: usize) -> *mut u8 {
        let Some(shelf) = self.0.get(shelf) else {
            return ptr::null_mut();
        };
        let block = shelf.first.get();
        if !block.is_null() {
            // SAFETY: what is on a shelf is a free block of at least 16 bytes that begins with the next one's place.
            shelf.first.set(unsafe { (*block).next });
            shelf.count.set(shelf.count.get() - 1);
        }
        block.cast()
    }

    /// Puts a block on its shelf; false if that is full.
    ///
    /// # Safety
    /// The block is mimalloc's, of at least the size of the shelf, and nobody uses it.
    #[inline]
    unsafe fn put(&self, number: usize, block: *mut u8) -> bool {
        let Some(shelf) = self.0.get(number) else {
            return false;
        };
        if shelf.count.get() >= room_of(number) {
            return false;
        }
        let block = block.cast::<Free>();
        // SAFETY: the block is free, has room for a pointer and is aligned for one.
        unsafe {
            block.write(Free {
                next: shelf.first.get(),
            });
        }
        shelf.first.set(block);
        shelf.count.set(shelf.count.get() + 1);
        true
    }
}

impl Drop for Shelves {
    fn drop(&mut self) {
        for shelf in 0..SIZES {
            loop {
                let block = self.take(shelf);
                if block.is_null() {
                    break;
                }
                // SAFETY: it is mimalloc's and free.
                unsafe { mi_free(block.cast()) };
            }
        }
    }
}

thread_local! {
    static SHELVES: Shelves = const { Shelves::new() };
}

// SAFETY: mimalloc's functions do what is asked of an allocator; nothing here unwinds. Blocks it gives in the plain way are
// aligned to a word, those of 16 bytes and more to 16 bytes (`mi_malloc` promises what `malloc` does). All may be freed and
// resized in either way. Every block that can come to a shelf was asked for with the rounded size of that shelf.
unsafe impl GlobalAlloc for Allocator {
    // One copy of it for all who allocate: it stays in the processor's cache, and the program small.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        if !is_plain(&layout, size) {
            // SAFETY: any size may be asked for; the alignment of a layout is a power of two.
            return unsafe { mi_malloc_aligned(size, align) }.cast();
        }
        if let Some(shelf) = shelf_of(size)
            && let Ok(block) = SHELVES.try_with(|shelves| shelves.take(shelf))
            && !block.is_null()
        {
            return block;
        }
        // SAFETY: any size may be asked for.
        unsafe { mi_malloc(rounded(size)) }.cast()
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: as in `alloc`.
        let block = unsafe {
            match is_plain(&layout, size) {
                true => mi_zalloc(rounded(size)),
                false => mi_zalloc_aligned(size, align),
            }
        };
        block.cast()
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let size = layout.size();
        if is_plain(&layout, size)
            && let Some(shelf) = shelf_of(size)
            // SAFETY: a block of this layout was asked for with the rounded size, and its owner uses it no more.
            && let Ok(true) = SHELVES.try_with(|shelves| unsafe { shelves.put(shelf, block) })
        {
            return;
        }
        // SAFETY: the caller has it from this allocator and uses it no more.
        unsafe { mi_free(block.cast()) }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_plain(&layout, size) || !is_plain(&layout, layout.size()) {
            // SAFETY: the caller has the block from this allocator; otherwise as in `alloc`.
            return unsafe { mi_realloc_aligned(block.cast(), size, layout.align()) }.cast();
        }
        if rounded(layout.size()) == rounded(size) {
            return block;
        }
        // SAFETY: the caller has the block from this allocator.
        unsafe { mi_realloc(block.cast(), rounded(size)) }.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_are_aligned_as_asked_for_and_keep_their_content() {
        for align in [1, 2, 4, 8, 16, 32, 64, 4096] {
            for size in [
                1, 3, 8, 9, 16, 24, 100, 1000, 1025, 2048, 2049, 3000, 70_000,
            ] {
                let (small, large) = (layout(size, align), layout(size * 2 + 1, align));
                for _ in 0..3 {
                    // SAFETY: sizes are not 0, and each block is written to within its size and freed once.
                    unsafe {
                        let block = Allocator.alloc_zeroed(small);
                        assert_eq!(block as usize % align, 0, "{small:?}");
                        assert!((0..size).all(|at| *block.add(at) == 0));
                        block.add(size - 1).write(7);
                        let block = Allocator.realloc(block, small, large.size());
                        assert_eq!(block as usize % align, 0, "{large:?}");
                        assert_eq!(*block.add(size - 1), 7);
                        Allocator.dealloc(block, large);
                        let block = Allocator.alloc(small);
                        assert_eq!(block as usize % align, 0, "{small:?}");
                        block.write_bytes(0xff, size);
                        Allocator.dealloc(block, small);
                    }
                }
            }
        }
    }

    #[test]
    fn the_block_freed_last_is_used_next() {
        // SAFETY: as above.
        unsafe {
            let (first, second) = (
                Allocator.alloc(layout(1200, 8)),
                Allocator.alloc(layout(1200, 8)),
            );
            Allocator.dealloc(first, layout(1200, 8));
            Allocator.dealloc(second, layout(1200, 8));
            assert_eq!(Allocator.alloc(layout(1195, 1)), second);
            assert_eq!(Allocator.alloc(layout(1200, 16)), first);
            Allocator.dealloc(first, layout(1200, 16));
            Allocator.dealloc(second, layout(1195, 1));
        }
    }

    #[test]
    fn a_thread_keeps_little_and_leaves_nothing() {
        let total: usize = (0..SIZES)
            .map(|shelf| room_of(shelf) * (shelf + 1) * STEP)
            .sum();
        assert!(total < 600_000, "{total}");
        assert!((0..SIZES).all(|shelf| (2..=KEPT_BLOCKS).contains(&room_of(shelf))));
        let shelves = Shelves::new();
        // SAFETY: the block is mimalloc's and nobody uses it.
        unsafe { assert!(shelves.put(3, mi_malloc(64).cast())) };
        drop(shelves);
    }

    #[test]
    fn sizes_have_the_shelf_of_their_rounded_size() {
        for size in 0..=2100 {
            assert_eq!(shelf_of(size), shelf_of(rounded(size)), "{size}");
            if let Some(shelf) = shelf_of(size) {
                assert_eq!((shelf + 1) * STEP, rounded(size));
            }
        }
    }
}
