//! Having memory brought into the caches before it is needed.

/// How many octets are brought at once, from an address that is a multiple of it.
pub const LINE: usize = 64;

/// Has the octets around `address` brought into the caches while the caller goes on.
///
/// Nothing is read: an address where there is nothing, or that belongs to somebody else, does no harm and no good. It is of use
/// some hundred instructions before a read that would wait for the memory; sooner or later than that it only costs.
#[inline]
pub fn fetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has SSE, and a prefetch neither faults nor changes anything that a program can see.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(core::ptr::without_provenance(address));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
