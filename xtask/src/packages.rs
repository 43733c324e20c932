//! Debian packages that some tests compare with or drive. Nothing but those tests needs them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A package, and what its absence skips.
struct Wanted {
    package: &'static str,
    needed_for: &'static str,
}

const WANTED: &[Wanted] = &[
    Wanted {
        package: "kamailio",
        needed_for: "specs confirmed by a real Kamailio; kamcmd and kamctl against a running server; the packaged default kamailio.cfg",
    },
    Wanted {
        package: "kamailio-sqlite-modules",
        needed_for: "database specs confirmed by a real Kamailio",
    },
    Wanted {
        package: "sip-tester",
        needed_for: "calls driven by sipp",
    },
    Wanted {
        package: "baresip-core",
        needed_for: "two baresip phones on the built-in configuration",
    },
    Wanted {
        package: "kamcli",
        needed_for: "kamcli against a running server",
    },
];

/// Seconds after which apt is given up.
const APT_SECONDS: &str = "300";
/// Asked by Debian's packages whether to start a daemon they install; 101 says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";

fn missing() -> Vec<&'static Wanted> {
    WANTED
        .iter()
        .filter(|wanted| !is_installed(wanted.package))
        .collect()
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", package])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.stdout.ends_with(b" installed"))
}

/// Installs what is missing where that is possible: as root, with apt.
pub fn install_missing() {
    let names: Vec<&str> = missing().iter().map(|wanted| wanted.package).collect();
    if names.is_empty() || !Path::new("/usr/bin/apt-get").exists() || !is_root() {
        return;
    }
    println!("== installing {}", names.join(" "));
    let forbidden = forbid_daemons();
    let _ =
        apt(&["update"]) && apt(&[&["install", "--no-install-recommends"], &names[..]].concat());
    if forbidden {
        let _ = fs::remove_file(POLICY);
    }
}

/// Says loudly which tests had nothing to run against.
pub fn report_skipped() {
    let missing = missing();
    if missing.is_empty() {
        return;
    }
    println!(
        "== SKIPPED, because a package is missing (as root with apt it would have been installed):"
    );
    for wanted in missing {
        println!("   SKIPPED {}: needs {}", wanted.needed_for, wanted.package);
    }
}

/// Keeps the packages from starting servers on this machine. False when somebody else already decides that.
fn forbid_daemons() -> bool {
    use std::os::unix::fs::PermissionsExt;
    let ours = !Path::new(POLICY).exists() && fs::write(POLICY, "#!/bin/sh\nexit 101\n").is_ok();
    ours && fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755)).is_ok()
}

fn apt(arguments: &[&str]) -> bool {
    Command::new("timeout")
        .args([APT_SECONDS, "apt-get", "-y", "-qq"])
        .args([
            "-o",
            "Acquire::Retries=1",
            "-o",
            "Acquire::http::Timeout=15",
        ])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    // SAFETY: has no arguments and cannot fail.
    unsafe { libc::geteuid() == 0 }
}
