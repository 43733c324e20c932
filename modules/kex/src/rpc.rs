//! RPC commands.

use crate::memory::resident;
use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// The statistics that the arguments name: `all`, `group:`, `group:name` or `name`.
fn chosen(call: &mut RpcCall) -> Result<Vec<(String, String, i64)>, Fault> {
    let all = call.runtime.statistics.list();
    let mut found = Vec::new();
    let mut wanted = call.text()?.to_str_lossy().into_owned();
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
    for (group, name, value) in chosen(call)? {
        call.line(format_args!("{group}:{name} = {value}"));
    }
    Ok(())
}

/// Statistics by group or name, as texts in a struct.
#[rpc("stats.fetch")]
fn fetch(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for (group, name, value) in chosen(call)? {
        reply.add(format!("{group}.{name}"), value.to_string());
    }
    call.add(reply);
    Ok(())
}

/// Statistics by group or name, as numbers in a struct.
#[rpc("stats.fetchn")]
fn fetch_numbers(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for (group, name, value) in chosen(call)? {
        reply.add(format!("{group}.{name}"), value);
    }
    call.add(reply);
    Ok(())
}

/// Makes statistics 0 again.
#[rpc("stats.reset_statistics")]
fn reset_statistics(call: &mut RpcCall) -> Result<(), Fault> {
    for (group, name, _) in chosen(call)? {
        call.runtime.statistics.reset(&group, &name);
    }
    Ok(())
}

/// Makes statistics 0 again and shows what they were.
#[rpc("stats.clear_statistics")]
fn clear_statistics(call: &mut RpcCall) -> Result<(), Fault> {
    for (group, name, value) in chosen(call)? {
        if call.runtime.statistics.reset(&group, &name) {
            call.line(format_args!("{group}:{name} = {value}"));
        }
    }
    Ok(())
}

fn memory(call: &mut RpcCall) {
    let mut reply = RpcStruct::new();
    reply.add("total_size", resident());
    call.add(reply);
}

/// The memory of the process; modules share one heap, so there is no figure for each.
#[rpc("mod.stats", list)]
fn module_memory(call: &mut RpcCall) -> Result<(), Fault> {
    memory(call);
    Ok(())
}

/// The memory of the process; see `mod.stats`.
#[rpc("mod.mem_stats", list)]
fn module_memory_stats(call: &mut RpcCall) -> Result<(), Fault> {
    memory(call);
    Ok(())
}

/// The memory of the process; see `mod.stats`.
#[rpc("mod.mem_statsx", list)]
fn module_memory_statsx(call: &mut RpcCall) -> Result<(), Fault> {
    memory(call);
    Ok(())
}

/// The memory of the process; there is one process and one heap.
#[rpc("pkg.stats", list)]
fn private_memory(call: &mut RpcCall) -> Result<(), Fault> {
    let used = resident();
    let mut reply = RpcStruct::new();
    reply
        .add("entry", 0)
        .add("pid", i64::from(std::process::id()))
        .add("rank", 0)
        .add("used", used)
        .add("free", 0)
        .add("real_used", used)
        .add("total_size", used)
        .add("total_frags", 0)
        .add("desc", "main process");
    call.add(reply);
    Ok(())
}

/// What is known of the heap.
#[rpc("pkg.info")]
fn private_memory_info(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply
        .add("name", "heap of the process")
        .add("size", resident());
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
