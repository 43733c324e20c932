//! Command lines and what they mean. What upstream does with them was observed on 5.6.3.

use super::*;

fn parsed(arguments: &[&str]) -> Result<Command, UsageError> {
    parse(arguments.iter().map(OsString::from))
}

fn run(arguments: &[&str]) -> Options {
    match parsed(arguments) {
        Ok(Command::Run(options)) => *options,
        other => panic!("{arguments:?}: {other:?}"),
    }
}

fn setting(arguments: &[&str], name: &str) -> Option<ParamValue> {
    let settings = run(arguments).overrides.settings;
    let mut found = settings.into_iter().filter(|(known, _)| known == name);
    found.next_back().map(|(_, value)| value)
}

#[test]
fn the_usual_options_are_understood() {
    let options = run(&[
        "-f",
        "k.cfg",
        "-DD",
        "-E",
        "-m",
        "64",
        "-M8",
        "-P",
        "/run/k.pid",
        "-G/run/k.pgid",
        "-A",
        "X=1",
        "-A",
        "Y",
        "-l",
        "udp:127.0.0.1:5070",
        "--alias=example.org",
        "--domain",
        "udp:b:1",
        "--modparam=xlog:prefix:s:P:F",
        "-w",
        "/w",
        "-t",
        "/t",
        "-u",
        "user",
        "-g",
        "group",
    ]);
    assert_eq!(options.config.as_deref(), Some("k.cfg"));
    assert_eq!((options.foreground, options.log_to_stderr), (2, true));
    assert_eq!(options.pid_file.as_deref(), Some("/run/k.pid"));
    assert_eq!(options.group_file.as_deref(), Some("/run/k.pgid"));
    assert_eq!(options.directory.as_deref(), Some("/w"));
    assert_eq!(options.root.as_deref(), Some("/t"));
    assert_eq!(options.user.as_deref(), Some("user"));
    assert_eq!(options.group.as_deref(), Some("group"));
    assert_eq!(
        options.defines,
        [("X".into(), Some("1".into())), ("Y".into(), None)]
    );
    assert_eq!(options.overrides.listens, ["udp:127.0.0.1:5070"]);
    assert_eq!(options.overrides.aliases, ["example.org", "udp:b:1"]);
    let value = ParamValue::Text(Text::from_static("P:F"));
    assert_eq!(
        options.overrides.params,
        [("xlog".into(), "prefix".into(), value)]
    );
}

#[test]
fn an_option_s_argument_may_be_attached_follow_or_look_like_an_option() {
    for arguments in [&["-fk.cfg"][..], &["-Ef", "k.cfg"], &["-Efk.cfg"]] {
        assert_eq!(
            run(arguments).config.as_deref(),
            Some("k.cfg"),
            "{arguments:?}"
        );
    }
    assert_eq!(run(&["-f", "-"]).config.as_deref(), Some("-"));
    assert_eq!(run(&["-f", "-E"]).config.as_deref(), Some("-E"));
    let expected = [
        SubstitutionOption::Text("/a/b/".into()),
        SubstitutionOption::Define("!c!d!g".into()),
    ];
    for arguments in [
        &["--subst=/a/b/", "--substdef=!c!d!g"],
        &["--subst", "/a/b/"][..],
    ] {
        let substitutions = run(arguments).substitutions;
        assert_eq!(substitutions, expected[..substitutions.len()]);
    }
    assert_eq!(
        run(&["--substdefs=/a/b/"]).substitutions,
        [SubstitutionOption::QuotedDefine("/a/b/".into())]
    );
}

#[test]
fn modules_are_named_with_and_without_path_and_ending() {
    let options = run(&[
        "--loadmodule=/x/sl.so",
        "--loadmodule",
        "tm.so",
        "--load=pv",
    ]);
    assert_eq!(options.overrides.modules, ["sl", "tm", "pv"]);
}

#[test]
fn a_list_of_addresses_is_several() {
    let options = run(&["-l", "udp:(lo, 127.0.0.5):5099", "-l", "127.0.0.1"]);
    assert_eq!(
        options.overrides.listens,
        ["udp:lo:5099", "udp:127.0.0.5:5099", "127.0.0.1"]
    );
}

#[test]
fn each_d_raises_the_level_and_debug_sets_it() {
    for (arguments, level) in [
        (&["-d"][..], 1),
        (&["-ddd"], 3),
        (&["-d", "-d"], 2),
        (&["--debug=3"], 3),
        (&["--debug", "-2"], -2),
        (&["--debug="], 0),
        (&["--debug=2", "-d"], 3),
        (&["-dd", "--debug=1"], 1),
    ] {
        assert_eq!(
            setting(arguments, "debug"),
            Some(ParamValue::Int(level)),
            "{arguments:?}"
        );
    }
    assert_eq!(setting(&[], "debug"), None);
}

#[test]
fn parameters_are_set_by_options() {
    for (arguments, name, value) in [
        (&["-T"][..], "disable_tcp", 1),
        (&["-e"], "log_color", 1),
        (&["-n", "3"], "children", 3),
        (&["-n", "-1"], "children", 0),
        (&["-N5"], "tcp_children", 5),
        (&["-a", "on"], "auto_aliases", 1),
        (&["-a", "no"], "auto_aliases", 0),
        (&["--server-id=77"], "server_id", 77),
        (&["--server-id="], "server_id", 0),
    ] {
        assert_eq!(
            setting(arguments, name),
            Some(ParamValue::Int(value)),
            "{arguments:?}"
        );
    }
    assert_eq!(
        setting(&["-Y", "/run/x"], "run_dir"),
        Some(ParamValue::Text(Text::from_static("/run/x")))
    );
}

#[test]
fn d_counts() {
    for (arguments, count) in [
        (&[][..], 0),
        (&["-D"], 1),
        (&["-DD"], 2),
        (&["-D", "-D"], 2),
        (&["-DDD"], 3),
    ] {
        assert_eq!(run(arguments).foreground, count, "{arguments:?}");
    }
}

#[test]
fn what_has_no_meaning_here_is_accepted() {
    run(&[
        "-rRKS",
        "-b",
        "1",
        "-B",
        "2",
        "-O",
        "5",
        "-Q",
        "3",
        "-x",
        "fm",
        "-X",
        "tlsf_malloc",
        "-W",
        "epoll_lt",
        "-L",
        "/x",
        "-m0",
        "-M",
        "0",
        "--log-engine=json:a",
        "--log-engine=",
        "--iuid",
        "x",
        "--all-errors",
        "--atexit=nope",
        "--atexit",
        "1",
        "--",
        "-Z",
    ]);
    assert_eq!(run(&["-E", "stray", "--", "-Z"]).ignored, ["stray", "-Z"]);
}

#[test]
fn what_is_wrong_is_refused() {
    for arguments in [
        &["-Z"][..],
        &["--nothing"],
        &["--nothing=5"],
        &["--substd=/a/b/"],
        &["--cfg-print=3"],
        &["-f"],
        &["-c", "-l"],
        &["-a"],
        &["--debug"],
        &["-a", "perhaps"],
        &["-a", "YES"],
        &["--atexit=perhaps"],
        &["--atexit="],
        &["--atexit=2"],
        &["-n", "many"],
        &["-n", "2x"],
        &["-N", ""],
        &["-m", "abc"],
        &["-m", "0x20"],
        &["-m", "-5"],
        &["-M", "8k"],
        &["-O", "abc"],
        &["-b", "abc"],
        &["-x", "zz"],
        &["-X", "FM"],
        &["-W", "best"],
        &["--debug=abc"],
        &["--server-id=0x10"],
        &["-A", ""],
        &["-A", "=5"],
        &["-A", "X=1", "-A", "X"],
        &["-l", ""],
        &["-l", "::1"],
        &["--alias="],
        &["--alias=foo:bar"],
        &["--modparam="],
        &["--modparam=sl"],
        &["--modparam=sl:x"],
        &["--modparam=sl:x:i:abc"],
        &["--modparam=sl:x:y:1"],
        &["stray"],
        &["chekc", "k.cfg"],
    ] {
        assert!(parsed(arguments).is_err(), "{arguments:?}");
    }
}

#[test]
fn questions_about_the_program_win_over_mistakes() {
    for (arguments, command) in [
        (&["-h"][..], Command::Help),
        (&["--help"], Command::Help),
        (&["-v"], Command::Version),
        (&["-V"], Command::Version),
        (&["--vers"], Command::Version),
        (&["-I"], Command::Internals),
        (&["-Z", "-h"], Command::Help),
        (&["-h", "-Z"], Command::Help),
        (&["--nothing", "-h"], Command::Help),
        (&["-v", "-h"], Command::Help),
        (&["-v", "-f"], Command::Version),
        (&["-cv"], Command::Version),
        (&["-I", "-v"], Command::Internals),
    ] {
        assert_eq!(parsed(arguments), Ok(command), "{arguments:?}");
    }
    assert!(parsed(&["-f", "-h"]).is_ok_and(|command| matches!(command, Command::Run(_))));
}

#[test]
fn checking_and_printing_are_modes() {
    let checks = |command| matches!(command, Ok(Command::Check(_)));
    assert!(checks(parsed(&["-c", "-f", "k.cfg"])) && checks(parsed(&["-cfk.cfg"])));
    let prints = |command| matches!(command, Ok(Command::Print(_)));
    assert!(prints(parsed(&["--cfg-print"])) && prints(parsed(&["-c", "--cfg-print"])));
}

#[test]
fn our_own_commands_come_first() {
    assert_eq!(
        parsed(&["explain", "N0001"]),
        Ok(Command::Explain("N0001".into()))
    );
    assert_eq!(parsed(&["config", "print"]), Ok(Command::BuiltIn));
    for help in ["-h", "--help"] {
        assert!(matches!(parsed(&["check", help]), Ok(Command::Help)));
    }
    let check = parsed(&["check", "k.cfg", "-A", "X", "--json"]);
    assert!(matches!(check, Ok(Command::Diagnose { json: true, .. })));
    for arguments in [
        &["check"][..],
        &["explain"],
        &["config"],
        &["check", "a", "--nothing"],
        &["check", "a", "b"],
    ] {
        assert!(parsed(arguments).is_err(), "{arguments:?}");
    }
}
