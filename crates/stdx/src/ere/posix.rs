//! The C library's own matcher, made safe to share between threads.

use std::ffi::{CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::{Mutex, PoisonError, TryLockError};

use libc::regex_t;

use super::{EreError, Flags};

const REG_EXTENDED: c_int = 1;
const REG_ICASE: c_int = 1 << 1;
const REG_NEWLINE: c_int = 1 << 2;
const REG_NOTBOL: c_int = 1;

/// How many compiled copies may exist: `regexec` holds a lock of its own inside
/// a `regex_t`, so threads that share one wait for each other.
const COPIES_MAX: usize = 8;
/// Groups that fit the stack, the whole match included.
const GROUPS_ON_STACK: usize = 16;

/// glibc's `regmatch_t`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Match {
    start: c_int,
    end: c_int,
}

const NO_MATCH: Match = Match { start: -1, end: -1 };

unsafe extern "C" {
    fn regcomp(regex: *mut regex_t, pattern: *const c_char, flags: c_int) -> c_int;
    fn regexec(
        regex: *const regex_t,
        text: *const c_char,
        matches_count: usize,
        matches: *mut Match,
        flags: c_int,
    ) -> c_int;
    fn regfree(regex: *mut regex_t);
}

/// A pattern compiled by `regcomp`, in as many copies as threads needed at once.
pub(super) struct Posix {
    pattern: CString,
    flags: Flags,
    copies: [Mutex<Option<Compiled>>; COPIES_MAX],
}

impl Posix {
    /// Compiles `pattern`, which ends at its first NUL.
    pub(super) fn compile(pattern: &[u8], flags: Flags) -> Result<Posix, EreError> {
        let end = memchr::memchr(0, pattern).unwrap_or(pattern.len());
        let pattern = CString::new(pattern.get(..end).unwrap_or_default())
            .map_err(|_| EreError::Refused(0))?;
        let mut copies: [Mutex<Option<Compiled>>; COPIES_MAX] = Default::default();
        copies[0] = Mutex::new(Some(Compiled::new(&pattern, flags)?));
        Ok(Posix {
            pattern,
            flags,
            copies,
        })
    }

    /// Looks for the first match in `text`, taken as a text of its own, and
    /// fills `groups`, the whole match first. With `is_continued`, `^` does not
    /// match at the beginning of `text`.
    pub(super) fn search(
        &self,
        text: &[u8],
        is_continued: bool,
        groups: &mut [Option<Range<usize>>],
    ) -> bool {
        let flags = if is_continued { REG_NOTBOL } else { 0 };
        let mut on_stack = [NO_MATCH; GROUPS_ON_STACK];
        let mut on_heap = Vec::new();
        let matches = match on_stack.get_mut(..groups.len().max(1)) {
            Some(matches) => matches,
            None => {
                on_heap.resize(groups.len(), NO_MATCH);
                on_heap.as_mut_slice()
            }
        };
        if !self.with_copy(|regex| regex.execute(text, flags, matches)) {
            return false;
        }
        for (group, found) in groups.iter_mut().zip(matches) {
            *group = match (usize::try_from(found.start), usize::try_from(found.end)) {
                (Ok(start), Ok(end)) => Some(start..end),
                _ => None,
            };
        }
        true
    }

    /// Runs `use_copy` on the first copy that no other thread is using.
    fn with_copy(&self, use_copy: impl FnOnce(&Compiled) -> bool) -> bool {
        let free = self.copies.iter().find_map(|copy| match copy.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        let mut guard = match free {
            Some(guard) => guard,
            None => self.copies[0]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        };
        if guard.is_none() {
            *guard = Compiled::new(&self.pattern, self.flags).ok();
        }
        guard.as_ref().is_some_and(use_copy)
    }
}

/// One `regex_t`, boxed because the C library may keep its address.
struct Compiled(Box<regex_t>);

// SAFETY: a `regex_t` owns plain heap memory and is not tied to the thread that
// compiled it. It is not `Sync` here: `Posix` hands it out under a lock.
unsafe impl Send for Compiled {}

impl Compiled {
    fn new(pattern: &CString, flags: Flags) -> Result<Compiled, EreError> {
        let mut c_flags = REG_EXTENDED;
        if flags.ignore_case {
            c_flags |= REG_ICASE;
        }
        if flags.newline {
            c_flags |= REG_NEWLINE;
        }
        let mut regex = Box::new(MaybeUninit::<regex_t>::uninit());
        // SAFETY: `regex` is writable memory of the size of a `regex_t`, and
        // `pattern` ends with NUL. On success the whole value is initialized; on
        // failure glibc has freed what it had allocated and we drop plain bytes.
        unsafe {
            match regcomp(regex.as_mut_ptr(), pattern.as_ptr(), c_flags) {
                0 => Ok(Compiled(regex.assume_init())),
                code => Err(EreError::Refused(code)),
            }
        }
    }

    /// `matches` holds at least one element and is filled on success.
    fn execute(&self, text: &[u8], flags: c_int, matches: &mut [Match]) -> bool {
        let (Ok(end), Some(first)) = (c_int::try_from(text.len()), matches.first_mut()) else {
            return false;
        };
        *first = Match { start: 0, end };
        // SAFETY: the regex is initialized. With REG_STARTEND the text is the
        // bytes 0..end of `text` and needs no NUL. `matches` is writable for its
        // length, and its first element says which part to search.
        let code = unsafe {
            regexec(
                &*self.0,
                text.as_ptr().cast(),
                matches.len(),
                matches.as_mut_ptr(),
                flags | libc::REG_STARTEND,
            )
        };
        code == 0
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // SAFETY: the value was initialized by `regcomp` and is freed once.
        unsafe { regfree(&mut *self.0) }
    }
}
