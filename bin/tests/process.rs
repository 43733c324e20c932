//! The program as a process: exit statuses, daemon, signals, the files of its numbers.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid, getsid};
use std::io::Read;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
const FAILED: Option<i32> = Some(255);

/// A folder of its own with a configuration in it, both gone in the end.
struct Bench {
    folder: PathBuf,
    port: u16,
}

impl Bench {
    fn new() -> Bench {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("kahea-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let port = testkit::free_port().unwrap();
        let bench = Bench { folder, port };
        bench.write("request_route { exit; }");
        bench
    }

    fn write(&self, route: &str) {
        let text = format!(
            "listen=udp:127.0.0.1:{}\ndisable_tcp=yes\n{route}\n",
            self.port
        );
        std::fs::write(self.path("k.cfg"), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The program with this configuration and folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.arg("-f").arg(self.path("k.cfg"));
        command
            .arg("-w")
            .arg(&self.folder)
            .arg("-Y")
            .arg(self.path("run"));
        command
            .arg("-P")
            .arg(self.path("pid"))
            .arg("-G")
            .arg(self.path("pgid"));
        command
    }

    fn pid(&self) -> Option<Pid> {
        number_in(&self.path("pid"))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kahea"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn number_in(path: &Path) -> Option<Pid> {
    std::fs::read_to_string(path)
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Pid::from_raw)
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        park_timeout(Duration::from_millis(2));
    }
}

fn is_there(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A process that nobody has waited for yet is gone all the same.
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn questions_are_answered_with_success_and_mistakes_fail() {
    for arguments in [
        &["-h"][..],
        &["--help"],
        &["-v"],
        &["-V"],
        &["--version"],
        &["-I"],
        &["-Z", "-h"],
    ] {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stdout.len() > 50, "{arguments:?}");
    }
    for arguments in [
        &["-Z"][..],
        &["--nothing"],
        &["-m", "x"],
        &["-c", "-f", "/dev/null/k.cfg"],
        &["stray"],
    ] {
        let output = output(arguments);
        assert_eq!(output.status.code(), FAILED, "{arguments:?}");
        assert!(
            !output.stderr.is_empty() && output.stdout.is_empty(),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    let mut child = program(&["-h"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_disk_without_room_for_what_is_said_keeps_nothing_from_going_on() {
    let full = || Stdio::from(std::fs::File::create("/dev/full").unwrap());
    let bench = Bench::new();
    let status = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        command
            .stdout(full())
            .stderr(full())
            .status()
            .unwrap()
            .code()
    };
    assert_eq!(status(&["-c"]), Some(0));
    assert_eq!(status(&["-E", "a-word-to-complain-of"]), Some(0));
    let pid = bench.pid().unwrap();
    kill(pid, Signal::SIGTERM).unwrap();
    wait_until("does not stop", || !is_there(pid));
    bench.write("request_route { no_such_function(); }");
    assert_eq!(status(&[]), FAILED);
}

#[test]
fn the_first_start_on_the_built_in_configuration_says_what_to_do_next_and_shows_nothing_to_others()
{
    let bench = Bench::new();
    let state = bench.path("state");
    let address = format!("udp:127.0.0.1:{}", bench.port);
    let start = || {
        let mut child = program(&["--built-in", "-DD", "-E", "-l", &address, "-Y"])
            .arg(bench.path("run"))
            .arg("-P")
            .arg(bench.path("pid"))
            .env("STATE_DIRECTORY", &state)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("not started", || bench.pid().is_some());
        kill(bench.pid().unwrap(), Signal::SIGTERM).unwrap();
        let mut said = String::new();
        let mut output = child.stdout.take().unwrap();
        output.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
        said
    };
    assert!(start().contains("kahea user add"));
    assert!(!start().contains("kahea user add"));
    for path in [state.clone(), state.join("secret")] {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path:?}");
    }
}

#[test]
fn the_built_in_configuration_is_a_file_of_ones_own_when_it_is_saved() {
    let bench = Bench::new();
    let printed = output(&["config", "print"]).stdout;
    std::fs::write(bench.path("own.cfg"), printed).unwrap();
    let file = bench.path("own.cfg").display().to_string();
    let url = format!("DBURL=\"sqlite://{}\"", bench.path("db").display());
    for define in ["NOTHING", "IN_MEMORY", "SECRET=\"x\""] {
        let said = output(&["-c", "-f", &file, "-A", &url, "-A", define]);
        assert_eq!(said.status.code(), Some(0), "{said:?}");
        assert!(
            !String::from_utf8_lossy(&said.stderr).contains("warning"),
            "{said:?}"
        );
    }
}

#[test]
fn checking_says_by_its_status_whether_a_configuration_is_good() {
    let bench = Bench::new();
    let good = bench.command(&["-c"]).output().unwrap();
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{said}");
    let verdict = String::from_utf8_lossy(&good.stderr).into_owned();
    assert!(
        verdict.ends_with("config file ok, exiting...\n"),
        "{verdict}"
    );
    assert!(
        said.contains(&format!("udp: 127.0.0.1:{}\n", bench.port)),
        "{said}"
    );
    bench.write("request_route { no_such_function(); }");
    let bad = bench.command(&["-c"]).output().unwrap();
    assert_eq!(bad.status.code(), FAILED);
    assert!(!bench.path("pid").exists() && !bench.path("run").exists());
}

#[test]
fn a_start_shows_all_mistakes_of_a_configuration_and_not_only_those_of_its_syntax() {
    let bench = Bench::new();
    bench.write("request_route { no_such_function(); $var(x) = ; }");
    let output = bench.command(&["-DD"]).output().unwrap();
    assert_eq!(output.status.code(), FAILED);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("[N0002]") && said.contains("[S0038]"),
        "{said}"
    );
    assert!(said.ends_with("the configuration has errors\n"), "{said}");
}

#[test]
fn a_state_folder_that_cannot_be_made_is_one_that_can_be_another() {
    let said = program(&["--built-in", "-DD"])
        .env("STATE_DIRECTORY", "/dev/null/state")
        .output()
        .unwrap();
    assert_eq!(said.status.code(), FAILED);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("STATE_DIRECTORY names another"), "{said}");
}

#[test]
fn an_account_that_is_not_there_is_refused_by_the_check_as_by_the_start() {
    let bench = Bench::new();
    for mode in ["-c", "-DD"] {
        for (option, what) in [("-u", "user name/uid"), ("-g", "group name/gid")] {
            let refused = bench
                .command(&[mode, option, "nosuchname"])
                .output()
                .unwrap();
            assert_eq!(refused.status.code(), FAILED);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(said, format!("bad {what} number: {option} nosuchname\n"));
        }
    }
    bench.write("user=\"nosuchname\"\nrequest_route { exit; }");
    let refused = bench.command(&["-c"]).output().unwrap();
    assert_eq!(refused.status.code(), FAILED);
    // A number needs no name, and an empty name is none.
    for account in ["4000000000", ""] {
        let good = bench.command(&["-c", "-u", account]).output().unwrap();
        assert_eq!(good.status.code(), Some(0), "{account}");
    }
}

/// As 5.6.3: who watches the process by that file would take it for gone.
#[test]
fn without_the_files_of_its_numbers_nothing_starts() {
    let bench = Bench::new();
    let missing = bench.path("missing/number");
    let missing = missing.to_str().unwrap();
    for (option, what) in [("-P", "pid"), ("-G", "pgid")] {
        for mode in [&[][..], &["-DD"]] {
            let mut command = bench.command(mode);
            let refused = command.args([option, missing]).output().unwrap();
            assert_eq!(refused.status.code(), FAILED, "{option} {mode:?}");
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            let reason = format!("not started: the {what} file {missing} cannot be written: ");
            assert!(said.contains(&reason), "{said}");
            assert!(!bench.path("pid").exists() && !bench.path("pgid").exists());
            assert!(UdpSocket::bind(("127.0.0.1", bench.port)).is_ok());
        }
    }
}

/// Confirmed with 5.6.3, which takes a `;` for enough too.
#[test]
fn comments_alone_are_no_configuration() {
    let bench = Bench::new();
    let checked = |text: &str| {
        std::fs::write(bench.path("k.cfg"), text).unwrap();
        bench.command(&["-c"]).output().unwrap()
    };
    for text in ["", "\n", "#!KAMAILIO\n#!define A\n# not yet written\n"] {
        let said = checked(text);
        assert_eq!(said.status.code(), FAILED, "{text:?}");
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(
            said.contains("k.cfg, line 1, column 1: error: the script is empty"),
            "{said}"
        );
    }
    assert_eq!(checked(";").status.code(), Some(0));
}

#[test]
fn no_file_without_end_is_included() {
    let bench = Bench::new();
    nix::unistd::mkfifo(&bench.path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for file in ["/dev/zero", "fifo"] {
        bench.write(&format!(
            "include_file \"{file}\"\nrequest_route {{ exit; }}"
        ));
        let bad = bench.command(&["-c"]).output().unwrap();
        let said = String::from_utf8_lossy(&bad.stderr).into_owned();
        assert_eq!(bad.status.code(), FAILED, "{said}");
        let line = format!(
            "k.cfg, line 3, column 14-{}: error: `{file}` cannot be included",
            15 + file.len()
        );
        assert!(
            said.contains(&line) && said.contains("it is no regular file"),
            "{said}"
        );
    }
}

#[test]
fn of_very_many_mistakes_the_first_are_shown() {
    let bench = Bench::new();
    bench.write(&format!(
        "request_route {{ {} }}",
        "no_such();\n".repeat(5000)
    ));
    let bad = bench.command(&["-c"]).output().unwrap();
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("4800 more errors and 0 more warnings are not shown"));
    assert!(said.contains("bad config file (5000 errors)"));
    assert_eq!(said.matches(": error: ").count(), 200);
}

#[test]
fn in_the_foreground_it_outlives_some_signals_and_stops_by_others() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let bench = Bench::new();
        let mut child = bench
            .command(&["-DD"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("no answer to signals yet", || bench.pid().is_some());
        let pid = bench.pid().unwrap();
        assert_eq!(pid.as_raw().unsigned_abs(), child.id());
        // Until the terminal is closed, which is the last step of a start.
        wait_until("not started", || {
            std::fs::read_link(format!("/proc/{pid}/fd/2"))
                .is_ok_and(|path| path == Path::new("/dev/null"))
        });
        assert_eq!(
            std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap(),
            bench.folder.canonicalize().unwrap()
        );
        for harmless in [Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2] {
            kill(pid, harmless).unwrap();
        }
        assert!(child.try_wait().unwrap().is_none());
        let began = Instant::now();
        kill(pid, signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(!bench.path("pid").exists() && !bench.path("pgid").exists());
    }
}

#[test]
fn in_the_background_it_runs_on_after_the_command_has_succeeded() {
    let bench = Bench::new();
    let status = bench
        .command(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    let pid = bench.pid().unwrap();
    assert!(is_there(pid));
    let group = getpgid(Some(pid)).unwrap();
    assert_eq!(number_in(&bench.path("pgid")), Some(group));
    // No leader of its session, so that no terminal can become its own.
    assert_ne!(getsid(Some(pid)).unwrap(), pid);
    assert!(UdpSocket::bind(("127.0.0.1", bench.port)).is_err());
    kill(pid, Signal::SIGTERM).unwrap();
    wait_until("does not stop", || !is_there(pid));
    assert!(!bench.path("pid").exists());
    assert!(UdpSocket::bind(("127.0.0.1", bench.port)).is_ok());
}

#[test]
fn a_start_that_fails_says_so_by_its_status_and_leaves_no_file() {
    for mode in ["-D", "-DD", "-DDD"] {
        let bench = Bench::new();
        let taken = UdpSocket::bind(("127.0.0.1", bench.port)).unwrap();
        let output = bench.command(&[mode]).output().unwrap();
        assert_eq!(output.status.code(), FAILED, "{mode}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains(&format!("127.0.0.1:{}", bench.port)),
            "{said}"
        );
        assert!(!bench.path("pid").exists());
        drop(taken);
    }
}

#[test]
fn a_server_that_runs_is_not_started_again() {
    let bench = Bench::new();
    let own = std::process::id();
    std::fs::write(bench.path("pid"), format!("{own}\n")).unwrap();
    let output = bench.command(&["-DD"]).output().unwrap();
    assert_eq!(output.status.code(), FAILED);
    // The file is the other's.
    assert_eq!(
        number_in(&bench.path("pid"))
            .unwrap()
            .as_raw()
            .unsigned_abs(),
        own
    );
}

#[test]
fn an_account_or_root_that_is_not_there_prevents_the_start() {
    for (option, value) in [
        ("-u", "no-such-user"),
        ("-g", "no-such-group"),
        ("-t", "/dev/null"),
    ] {
        let bench = Bench::new();
        let output = bench.command(&["-DD", option, value]).output().unwrap();
        assert_eq!(output.status.code(), FAILED, "{option}");
    }
}

#[test]
fn the_first_user_may_come_before_the_first_start_and_nobody_else_reads_the_password() {
    let bench = Bench::new();
    let state = bench.path("state");
    let user = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kahea"));
        command
            .arg("user")
            .args(words)
            .env("STATE_DIRECTORY", &state);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    user(&["add", "alice", "secret"]);
    assert!(user(&["list"]).contains("alice"));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in ["kahea.sqlite", "secret"] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
}
