//! The page that Prometheus reads.

use crate::XhttpProm;
use crate::metric::describe;
use module_api::Runtime;
use std::fmt::Write;
use std::time::Duration;

/// The figures of the script.
pub fn own(module: &XhttpProm, runtime: &Runtime) -> String {
    let mut out = String::from("# User defined metrics\n");
    let stamp = module.stamp(runtime.host.unix_time());
    let beginning = module.params.xhttp_prom_beginning.to_str_lossy();
    for metric in module.metrics.values() {
        if module.params.xhttp_prom_metadata_flags != 0 {
            metric.describe(&beginning, &mut out);
        }
        metric.write(&beginning, &stamp, &mut out);
    }
    out
}

/// All figures.
pub fn whole(module: &XhttpProm, runtime: &Runtime) -> String {
    let mut out = own(module, runtime);
    let params = &module.params;
    let wanted = params.xhttp_prom_stats.to_str_lossy();
    let shows_uptime = params.xhttp_prom_uptime_stat != 0;
    if wanted.is_empty() && !shows_uptime {
        return out;
    }
    out.push_str("\n# Kamailio internal statistics\n");
    let now = runtime.host.unix_time();
    let stamp = module.stamp(now);
    let beginning = params.xhttp_prom_beginning.to_str_lossy();
    let tags = params.xhttp_prom_tags.to_str_lossy();
    let tags = match &*tags {
        "" => String::new(),
        tags => format!("{{{tags}}}"),
    };
    let mut write = |name: &str, kind: &str, value: i64| {
        let name = format!("{beginning}{}", shown(name));
        if params.xhttp_prom_metadata_flags != 0 {
            describe(&name, kind, &mut out);
        }
        // Writing to memory does not fail.
        let _ = writeln!(out, "{name}{tags} {value}{stamp}");
    };
    for (group, name, value) in runtime.statistics.list() {
        let is_wanted = match wanted.strip_suffix(':') {
            Some(wanted) => wanted == group,
            None => wanted == "all" || *wanted == name,
        };
        if is_wanted {
            // What goes up only is not told from what goes down too.
            write(&format!("{group}_{name}"), "untyped", value);
        }
    }
    if shows_uptime {
        write("uptime", "gauge", module.uptime(now));
    }
    out
}

impl XhttpProm {
    /// A time as it stands behind a figure, with the blank before it.
    fn stamp(&self, now: Duration) -> String {
        match self.params.timestamp_format.as_bytes() {
            b"s" => format!(" {}.{:03}", now.as_secs(), now.subsec_millis()),
            b"none" => String::new(),
            _ => format!(" {}", now.as_millis()),
        }
    }

    /// Seconds since the start.
    fn uptime(&self, now: Duration) -> i64 {
        let started = self.started.get().copied().unwrap_or(now);
        i64::try_from(now.saturating_sub(started).as_secs()).unwrap_or(i64::MAX)
    }
}

/// A name in the characters that Prometheus takes.
fn shown(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(keep).collect()
}
