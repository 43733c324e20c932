//! Files.

use crate::Corex;
use module_api::{Call, PvarRef, Step, Text, Verdict, script_function};

/// Reads the file at `path`, of up to 16 MiB, into the variable `result`.
///
/// False when it cannot be read; the variable stays as it is. While a large file is read only this run waits.
///
/// ```cfg
/// if (!file_read("/nonexistent/file", "$var(content)")) {
///     xinfo("not there\n");   # log: not there
/// }
/// ```
#[script_function(file_read, routes = ANY, waits)]
fn file_read(corex: &Corex, call: &mut Call, path: Text, result: PvarRef) -> Step {
    let host = call.runtime.host.clone();
    let answer = corex.files.read(&*host, path.clone());
    answer.step(call, "a file", move |call, content| {
        let outcome = match content {
            Ok(content) => result.set(call, content).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        told(call, "file_read", &path, outcome)
    })
}

/// Writes `content`, of up to 16 MiB, to the file at `path`, in the place of what it held.
///
/// False when it cannot be written, and when there is nothing to write: then no file is made. While much is written only this run waits.
///
/// ```cfg
/// if (!file_write("/nonexistent/file", "$rm")) {
///     xinfo("not written\n");   # log: not written
/// }
/// ```
#[script_function(file_write, routes = ANY, waits)]
fn file_write(corex: &Corex, call: &mut Call, path: Text, content: Text) -> Step {
    if content.is_empty() {
        call.error(format_args!(
            "file_write: {path}: there is nothing to write"
        ));
        return Verdict::FALSE.into();
    }
    let host = call.runtime.host.clone();
    let answer = corex.files.write(&*host, path.clone(), content);
    answer.step(call, "a file", move |call, written| {
        let outcome = written.map_err(|error| error.to_string());
        told(call, "file_write", &path, outcome)
    })
}

fn told(call: &mut Call, what: &str, path: &Text, outcome: Result<(), String>) -> Verdict {
    match outcome {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("{what}: {path}: {error}"));
            Verdict::FALSE
        }
    }
}
