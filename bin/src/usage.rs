//! What the program says about itself.

/// The version whose surface is reproduced.
pub const REFERENCE: &str = "6.1.0";

/// The text of `-v`.
pub fn version() -> String {
    format!(
        "version: kahea {REFERENCE} ({}/{}) {}\nflags: IPv4 IPv6 UDP TCP, lanes, one heap\nid: kahea\n",
        std::env::consts::ARCH,
        std::env::consts::OS,
        env!("CARGO_PKG_VERSION"),
    )
}

/// The text of `-I`.
pub fn internals() -> String {
    format!(
        "{}Default configuration file: {}\nLargest message: 65535 octets\nBranches: 12 (max_branches)\n\
         Threads: one for each UDP socket, more when it falls behind; streams and back ends share a pool\n",
        version(),
        DEFAULT_CONFIG
    )
}

/// Where the configuration is looked for when none is named.
pub const DEFAULT_CONFIG: &str = "/etc/kamailio/kamailio.cfg";

/// The text of `-h`.
pub const HELP: &str = "\
Usage: kahea [options]
       kahea check FILE [--json]   all mistakes of a configuration, with their places
       kahea explain CODE|NAME     what a diagnostic, function, variable or module is
       kahea config print          the built-in configuration

Options:
    -a mode          add the machine's names as aliases: yes or no
    --alias=ADDRESS  a name of ours, [proto:]host[:port]; --domain is the same
    --atexit=y|n     accepted
    -A define        a name for the preprocessor, NAME or NAME=VALUE
    -b nr, -B nr     accepted: buffer sizes are parameters
    -c               check the configuration and end
    --cfg-print      show the configuration after the preprocessor and end
    -d               log more, each time it is given
    --debug=level    log up to this level
    -D               stay in the foreground: -D, -DD; -DDD goes to the background
    -e               colours in the log on standard error
    -E               log to standard error
    -f file          the configuration; - is standard input
    -g group         run as this group
    -G file          write the process group id there
    -h, --help       this text
    -I               how the program was built
    -K, -r, -R, -S   accepted
    -l address       listen there, [proto:]addr[:port][/advertised[:port]]; several times
    --loadmodule=X   load a module before those of the configuration
    --log-engine=X   accepted
    -L path          accepted: modules are part of the program
    -m nr, -M nr     accepted: there are no memory pools
    --modparam=P     a module parameter, module:name:i:number or module:name:s:text
    -n processes     accepted: threads are not counted
    -N processes     accepted
    -O nr, -Q nr     accepted
    -P file          write the process id there
    --server-id=nr   the server_id parameter
    --subst=EXP      a substitution in the configuration, /pattern/replacement/flags
    --substdef=EXP   the same, and a define
    --substdefs=EXP  the same, and a quoted define
    -t dir           make this directory the root
    -T               no TCP
    -u user          run as this user
    -v, -V, --version  the version
    -w dir           work in this directory
    -W type, -x name, -X name  accepted
    -Y dir           the directory for run-time files
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_option_with_an_argument() {
        for option in [
            "-f file",
            "-l address",
            "-A define",
            "-P file",
            "--modparam=",
            "--substdef=",
        ] {
            assert!(HELP.contains(option), "{option}");
        }
    }
}
