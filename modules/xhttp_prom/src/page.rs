//! The page that Prometheus reads.

use crate::XhttpProm;
use crate::params::StampFormat;
use module_api::Runtime;
use std::fmt::Write;
use std::time::Duration;

/// The figures of the script.
pub fn own(module: &XhttpProm, runtime: &Runtime) -> String {
    let mut out = String::from("# User defined metrics\n");
    let stamp = module.stamp(runtime.host.unix_time());
    let beginning = module.params.xhttp_prom_beginning.to_str_lossy();
    for metric in module.metrics.values() {
        let flags = module.params.xhttp_prom_metadata_flags;
        metric.describe(flags, &beginning, &mut out);
        metric.write(&beginning, &module.tags, &stamp, &mut out);
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
    let tags = match &*module.tags {
        "" => String::new(),
        tags => format!("{{{tags}}}"),
    };
    // Of what kind these are is not known: what goes up only is not told from what goes down too.
    let mut write = |name: &str, value: i64| {
        // Writing to memory does not fail.
        let _ = writeln!(out, "{beginning}{}{tags} {value}{stamp}", shown(name));
    };
    for (group, name, value) in runtime.statistics.list() {
        let is_wanted = match wanted.strip_suffix(':') {
            Some(wanted) => wanted == group,
            None => wanted == "all" || *wanted == name,
        };
        if is_wanted {
            write(&format!("{group}_{name}"), value);
        }
    }
    if shows_uptime {
        write("uptime", module.uptime(now));
    }
    out
}

impl XhttpProm {
    /// A time as it stands behind a figure, with the blank before it.
    fn stamp(&self, now: Duration) -> String {
        match self.params.timestamp_format {
            StampFormat::Milliseconds => format!(" {}", now.as_millis()),
            StampFormat::Seconds => format!(" {}", now.as_secs()),
            StampFormat::SecondsWithPart => {
                format!(" {}.{:03}", now.as_secs(), now.subsec_millis())
            }
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
