//! The control tools that people have.

use crate::server::{PATIENCE, Server};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A tool that is told where the server's control socket is.
pub struct Tool {
    program: &'static str,
    arguments: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Tool {
    /// `kamcmd`, over the socket of the module `ctl`.
    pub fn kamcmd(server: &Server) -> Tool {
        let socket = server.folder.join("kamailio_ctl");
        Tool {
            program: "/usr/sbin/kamcmd",
            arguments: vec!["-s".into(), format!("unix:{}", socket.display())],
            environment: Vec::new(),
        }
    }

    /// `kamctl`, over the FIFO of the module `jsonrpcs`.
    pub fn kamctl(server: &Server) -> Tool {
        let settings = server.folder.join(".kamctlrc");
        let fifo = server.folder.join("kamailio_rpc.fifo");
        let text = format!(
            "SIP_DOMAIN=127.0.0.1\nRPCFIFOPATH={}\nCTLENGINE=RPCFIFO\nSTORE_PLAINTEXT_PW=0\n",
            fifo.display()
        );
        std::fs::write(&settings, text).unwrap();
        Tool {
            program: "/usr/sbin/kamctl",
            arguments: Vec::new(),
            environment: vec![("HOME", server.folder.clone())],
        }
    }

    /// `kamcli`, over the datagram socket of the module `jsonrpcs`. Over a FIFO its release 2.0.0 ends with a TypeError of its own,
    /// whoever serves it: it hands `os.write` a `str` before a single octet has reached the server.
    pub fn kamcli(server: &Server) -> Tool {
        let at = |name: &str| server.folder.join(name).display().to_string();
        let settings = at("kamcli.ini");
        let text = format!(
            "[main]\ndomain=127.0.0.1\n[ctl]\ntype=jsonrpc\n[jsonrpc]\ntransport=socket\nsrvaddr={}\nrcvaddr={}\noutformat=json\n",
            at("kamailio_rpc.sock"),
            at("kamcli.sock")
        );
        std::fs::write(&settings, text).unwrap();
        Tool {
            program: "kamcli",
            arguments: vec!["--no-default-configs".into(), "--config".into(), settings],
            environment: vec![("HOME", server.folder.clone())],
        }
    }

    /// Runs a command, whose output must contain a text.
    pub fn prints(&self, command: &[&str], expected: &str) {
        let output = Command::new("timeout")
            .arg(PATIENCE.as_secs().to_string())
            .arg(self.program)
            .args(&self.arguments)
            .args(command)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let program = self.program;
        assert!(
            output.status.success() && text.contains(expected),
            "{program} {command:?} did not print {expected:?}: {output:?}"
        );
    }
}
