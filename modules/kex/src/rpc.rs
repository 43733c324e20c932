//! RPC commands.

use mod_core::memory::{Memory, configured};
use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// What is said where no statistic is named, by commands that show and by commands that change (observed on 5.6.3).
const TO_SHOW: &str = "Please provide which stats to retrieve";
const TO_CHANGE: &str = "Please provide stats name";

/// The statistics that the arguments name: `all`, `group:`, `group:name` or `name`.
fn chosen(call: &mut RpcCall, missing: &'static str) -> Result<Vec<(String, String, i64)>, Fault> {
    let all = call.runtime.statistics.list();
    let mut found = Vec::new();
    let missing = || Fault::new(400, missing);
    let first = call.optional_text()?.ok_or_else(missing)?;
    let mut wanted = first.to_str_lossy().into_owned();
    loop {
        found.extend(
            all.iter()
                .filter(|(group, name, _)| is_wanted(&wanted, group, name))
                .cloned(),
        );
        match call.optional_text()? {
            Some(next) => wanted = next.to_str_lossy().into_owned(),
            None => return Ok(found),
        }
    }
}

fn is_wanted(wanted: &str, group: &str, name: &str) -> bool {
    if wanted == "all" {
        return true;
    }
    match wanted.split_once(':') {
        Some((wanted_group, "")) => wanted_group == group,
        Some((wanted_group, wanted_name)) => wanted_group == group && wanted_name == name,
        None => wanted == name,
    }
}

/// Statistics by group or name, one line each.
#[rpc("stats.get_statistics", list)]
fn get_statistics(call: &mut RpcCall) -> Result<(), Fault> {
    for (group, name, value) in chosen(call, TO_SHOW)? {
        call.line(format_args!("{group}:{name} = {value}"));
    }
    Ok(())
}

/// Statistics by group or name, as texts in a struct.
#[rpc("stats.fetch")]
fn fetch(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for (group, name, value) in chosen(call, TO_SHOW)? {
        reply.add(format!("{group}.{name}"), value.to_string());
    }
    call.add(reply);
    Ok(())
}

/// Statistics by group or name, as numbers in a struct.
#[rpc("stats.fetchn")]
fn fetch_numbers(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for (group, name, value) in chosen(call, TO_SHOW)? {
        reply.add(format!("{group}.{name}"), value);
    }
    call.add(reply);
    Ok(())
}

/// Makes statistics 0 again.
#[rpc("stats.reset_statistics")]
fn reset_statistics(call: &mut RpcCall) -> Result<(), Fault> {
    for (group, name, _) in chosen(call, TO_CHANGE)? {
        call.runtime.statistics.reset(&group, &name);
    }
    Ok(())
}

/// Makes statistics 0 again and shows them, and what they were in parentheses.
#[rpc("stats.clear_statistics")]
fn clear_statistics(call: &mut RpcCall) -> Result<(), Fault> {
    for (group, name, value) in chosen(call, TO_CHANGE)? {
        let now = match call.runtime.statistics.reset(&group, &name) {
            true => 0,
            false => value,
        };
        // COMPAT: what it was stands behind, when it was something else (observed on 5.6.3).
        match now == value {
            true => call.line(format_args!("{group}:{name} = {now}")),
            false => call.line(format_args!("{group}:{name} = {now} ({value})")),
        }
    }
    Ok(())
}

fn now(call: &RpcCall) -> Memory {
    Memory::now(configured(&call.runtime.settings))
}

/// The memory of a module, or of all: modules share one heap, so each is told as part of it, with nothing of its own.
fn of_modules(call: &mut RpcCall) -> Result<(), Fault> {
    let missing = || Fault::new(500, "Module name or \"all\" needed");
    let wanted = call.optional_text()?.ok_or_else(missing)?;
    let kind = call.optional_text()?;
    let runtime = call.runtime.clone();
    let modules = runtime.loaded.modules().map(|module| module.entry.name);
    let modules: Vec<_> = modules
        .filter(|name| wanted == "all" || wanted == *name)
        .collect();
    if modules.is_empty() {
        return Err(Fault::new(500, "No such module"));
    }
    let parts = match kind {
        Some(kind) if kind != "all" => 1,
        _ => 2,
    };
    for module in modules {
        call.line(format_args!("Module: {module}"));
        for _ in 0..parts {
            let mut reply = RpcStruct::new();
            reply.add("Total", 0);
            call.add(reply);
        }
    }
    Ok(())
}

/// The memory of a module (its name, or `all`), private and shared (`pkg`, `shm` or `all`): always nothing of its own.
#[rpc("mod.stats", list)]
fn module_memory(call: &mut RpcCall) -> Result<(), Fault> {
    of_modules(call)
}

/// As `mod.stats`.
#[rpc("mod.mem_stats", list)]
fn module_memory_stats(call: &mut RpcCall) -> Result<(), Fault> {
    of_modules(call)
}

/// As `mod.stats`.
#[rpc("mod.mem_statsx", list)]
fn module_memory_statsx(call: &mut RpcCall) -> Result<(), Fault> {
    of_modules(call)
}

/// The memory of the process; there is one process and one heap. With `pid`, `rank` or `index` and a number only if that is
/// it.
#[rpc("pkg.stats", list)]
fn private_memory(call: &mut RpcCall) -> Result<(), Fault> {
    let pid = i64::from(std::process::id());
    if let Some(selector) = call.optional_text()? {
        let (own, absent) = match &*selector {
            b"pid" => (pid, "No such pid"),
            b"rank" => (0, "No such rank"),
            b"index" => (0, "No such index"),
            _ => return Err(Fault::new(500, "Invalid filter type")),
        };
        if call.int()? != own {
            return Err(Fault::new(500, absent));
        }
    }
    let memory = now(call);
    let mut reply = RpcStruct::new();
    reply
        .add("entry", 0)
        .add("pid", pid)
        .add("rank", 0)
        .add("used", memory.used)
        .add("free", memory.free())
        .add("real_used", memory.used)
        .add("total_size", memory.total)
        .add("total_frags", 1)
        .add("desc", "main process - attendant");
    call.add(reply);
    Ok(())
}

/// What is known of the heap.
#[rpc("pkg.info")]
fn private_memory_info(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("name", "system").add("size", now(call).total);
    call.add(reply);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_chosen_by_group_and_name() {
        for (wanted, expected) in [
            ("all", true),
            ("sl:", true),
            ("tm:", false),
            ("sl:sent_replies", true),
            ("sl:failures", false),
            ("sent_replies", true),
        ] {
            assert_eq!(
                is_wanted(wanted, "sl", "sent_replies"),
                expected,
                "{wanted}"
            );
        }
    }
}
