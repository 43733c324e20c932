//! The page that Prometheus reads.

use crate::XhttpProm;
use module_api::Runtime;
use std::fmt::Write;

/// The figures of the script.
pub fn own(module: &XhttpProm, runtime: &Runtime) -> String {
    let mut out = String::from("# User defined metrics\n");
    let millis = runtime.host.unix_time().as_millis();
    let beginning = module.params.xhttp_prom_beginning.to_str_lossy();
    for metric in module.metrics.values() {
        metric.write(&beginning, millis, &mut out);
    }
    out
}

/// All figures.
pub fn whole(module: &XhttpProm, runtime: &Runtime) -> String {
    let mut out = own(module, runtime);
    let params = &module.params;
    let wanted = params.xhttp_prom_stats.to_str_lossy();
    if wanted.is_empty() {
        return out;
    }
    out.push_str("\n# Kamailio internal statistics\n");
    let millis = runtime.host.unix_time().as_millis();
    let beginning = params.xhttp_prom_beginning.to_str_lossy();
    let tags = params.xhttp_prom_tags.to_str_lossy();
    let tags = match &*tags {
        "" => String::new(),
        tags => format!("{{{tags}}}"),
    };
    for (group, name, value) in runtime.statistics.list() {
        let is_wanted = match wanted.strip_suffix(':') {
            Some(wanted) => wanted == group,
            None => wanted == "all" || *wanted == name,
        };
        if is_wanted {
            let name = shown(&format!("{group}_{name}"));
            // Writing to memory does not fail.
            let _ = writeln!(out, "{beginning}{name}{tags} {value} {millis}");
        }
    }
    out
}

/// A name in the characters that Prometheus takes.
fn shown(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(keep).collect()
}
