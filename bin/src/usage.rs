//! What the program says about itself.

use module_api::Alias;
use net::ListenSpec;
use sip::Transport;

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
       kahea explain CODE|NAME     what a diagnostic is, or anything that has a name
       kahea config print          the built-in configuration
       kahea db init URL [GROUP]   creates the tables of a database
       kahea user add|passwd NAME[@DOMAIN] [PASSWORD] [--hash-only] [--algorithm NAME] [--db URL]
                                   a subscriber in a database; without DOMAIN that of localhost,
                                   without PASSWORD the next line of standard input is it
       kahea user remove NAME[@DOMAIN] [--db URL]
       kahea user list [--db URL]  the subscribers in a database

Options:
    -a mode          add the machine's names as aliases: yes or no
    --alias=ADDRESS  a name of ours, [proto:]host[:port]; --domain is the same
    --all-errors     accepted: all mistakes are always reported
    --atexit=y|n     accepted
    -A define        a name for the preprocessor, NAME or NAME=VALUE
    -b nr, -B nr     accepted: buffer sizes are parameters
    --built-in       the built-in configuration, though there is one in /etc
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
    --iuid=VALUE     accepted: what must be unique is random
    -K, -r, -R, -S   accepted
    -l address       listen there, [proto:]addr[:port][/advertised[:port]]; several times
    --loadmodule=X   load a module before those of the configuration
    --log-engine=X   the form of log lines: plain, json, or json: and the letters of what is in them
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

/// One address that is listened on: `udp: localhost [127.0.0.1]:5060 name n advertise h:5061`. One that is given as an address
/// is told twice only where names of addresses are not looked up (`auto_aliases`; observed on 5.6.3).
pub fn listening(spec: &ListenSpec, has_auto_aliases: bool) -> String {
    let (ip, port) = (spec.address.ip().to_string(), spec.address.port());
    let host = spec.given_host();
    let mut line = match has_auto_aliases && host == ip {
        true => format!("{}: {ip}:{port}", spec.transport),
        false => format!("{}: {host} [{ip}]:{port}", spec.transport),
    };
    if let Some(name) = &spec.name {
        line.extend([" name ", name]);
    }
    if let Some((host, port)) = &spec.advertise {
        line.push_str(&format!(" advertise {host}:{port}"));
    }
    if spec.is_virtual {
        line.push_str(" virtual");
    }
    line
}

/// One name of us: `udp: example.org:5060`; `*` where any will do.
pub fn alias(alias: &Alias) -> String {
    let transport = alias.transport.map_or("*", Transport::name);
    let host = alias
        .host
        .as_ref()
        .and_then(|host| host.to_str())
        .unwrap_or("*");
    match alias.port {
        Some(port) => format!("{transport}: {host}:{port}"),
        None => format!("{transport}: {host}:*"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_listed_as_kamailio_does() {
        let mut spec = ListenSpec::new(Transport::Udp, "127.0.0.1:5060".parse().unwrap());
        assert_eq!(listening(&spec, true), "udp: 127.0.0.1:5060");
        let line = "udp: 127.0.0.1 [127.0.0.1]:5060";
        assert_eq!(listening(&spec, false), line);
        spec.host = Some("localhost".into());
        spec.name = Some("two".into());
        spec.advertise = Some(("203.0.113.8".into(), 5099));
        spec.is_virtual = true;
        let line = "udp: localhost [127.0.0.1]:5060 name two advertise 203.0.113.8:5099 virtual";
        assert_eq!(listening(&spec, true), line);
        let spec = ListenSpec::new(Transport::Tcp, "[::1]:5060".parse().unwrap());
        assert_eq!(listening(&spec, true), "tcp: ::1:5060");
        let mut name = Alias {
            host: None,
            port: None,
            transport: None,
        };
        assert_eq!(alias(&name), "*: *:*");
        name = Alias {
            host: Some(module_api::Text::from_static("example.org")),
            port: Some(5070),
            transport: Some(Transport::Udp),
        };
        assert_eq!(alias(&name), "udp: example.org:5070");
    }

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
