//! Small files.

use module_api::{Call, PvarRef, Text, Verdict, script_function};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;

/// The most octets of a file that a script reads or writes: it happens in place, and must not hold the lane up.
const SIZE_MAX: usize = 64 * 1024;

/// Reads the file at `path` into the variable `result`.
///
/// False when it cannot be read; the variable stays as it is.
///
/// ```cfg
/// if (!file_read("/nonexistent/file", "$var(content)")) {
///     xinfo("not there\n");   # log: not there
/// }
/// ```
#[script_function(file_read, routes = ANY, compat = partial("files of up to 64 KiB"))]
fn file_read(call: &mut Call, path: Text, result: PvarRef) -> Verdict {
    match read(&path) {
        Ok(content) => match result.set(call, Text::from(content)) {
            Ok(()) => Verdict::TRUE,
            Err(error) => {
                call.error(format_args!("file_read: {error}"));
                Verdict::FALSE
            }
        },
        Err(error) => {
            call.error(format_args!("file_read: {path}: {error}"));
            Verdict::FALSE
        }
    }
}

/// Writes `content` to the file at `path`, in the place of what it held.
///
/// False when it cannot be written.
///
/// ```cfg
/// if (!file_write("/nonexistent/file", "$rm")) {
///     xinfo("not written\n");   # log: not written
/// }
/// ```
#[script_function(file_write, routes = ANY, compat = partial("files of up to 64 KiB"))]
fn file_write(call: &mut Call, path: Text, content: Text) -> Verdict {
    match write(&path, &content) {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("file_write: {path}: {error}"));
            Verdict::FALSE
        }
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "more than 64 KiB")
}

fn read(path: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let file = File::open(OsStr::from_bytes(path))?;
    // A pipe or a device may never answer.
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    file.take(SIZE_MAX as u64 + 1).read_to_end(&mut content)?;
    if content.len() > SIZE_MAX {
        return Err(too_large());
    }
    Ok(content)
}

fn write(path: &[u8], content: &[u8]) -> io::Result<()> {
    if content.len() > SIZE_MAX {
        return Err(too_large());
    }
    File::create(OsStr::from_bytes(path))?.write_all(content)
}
