//! Phones played by sipp.

use crate::server::{PASSWORD, PATIENCE, Server};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const REGISTER: &str = include_str!("register.xml");
const CALL: &str = include_str!("call.xml");
const ANSWER: &str = include_str!("answer.xml");

/// A user at a port.
pub struct Phone<'a> {
    server: &'a Server,
    name: &'static str,
    port: u16,
}

impl<'a> Phone<'a> {
    /// A phone of a user of the server's.
    pub fn new(server: &'a Server, name: &'static str) -> Phone<'a> {
        let port = testkit::free_port().unwrap();
        Phone { server, name, port }
    }

    /// Registers, with credentials when asked for them.
    pub fn registers(&self) {
        let register = self.plays("register", REGISTER, "");
        self.succeeds(register, "a registration");
    }

    /// Calls another phone, which rings and answers; hangs up.
    pub fn calls(&self, callee: &Phone<'_>) {
        let answer = callee.plays("answer", ANSWER, self.name);
        let call = self.plays("call", CALL, callee.name);
        self.succeeds(call, "a call");
        callee.succeeds(answer, "the answer to a call");
    }

    fn succeeds(&self, played: Child, what: &str) {
        let output = played.wait_with_output().unwrap();
        let errors = self.file("errors");
        let errors = std::fs::read_to_string(errors).unwrap_or_default();
        let status = output.status;
        let (name, log) = (self.name, self.server.log());
        assert!(
            status.success(),
            "{what} of {name}: {status}\n{errors}\n{log}"
        );
    }

    fn plays(&self, scenario: &str, text: &str, peer: &str) -> Child {
        let file = self.file(scenario);
        std::fs::write(&file, text).unwrap();
        let values = self.file("csv");
        let (name, server) = (self.name, self.server.port);
        let line = format!(
            "SEQUENTIAL\n{name};[authentication username={name} password={PASSWORD}];{peer};{server}\n"
        );
        std::fs::write(&values, line).unwrap();
        Command::new("sipp")
            .arg(format!("127.0.0.1:{server}"))
            .arg("-sf")
            .arg(&file)
            .arg("-inf")
            .arg(&values)
            .arg("-error_file")
            .arg(self.file("errors"))
            .args(["-trace_err", "-nostdin", "-m", "1", "-i", "127.0.0.1"])
            .args(["-p", &self.port.to_string()])
            .args([
                "-timeout",
                &PATIENCE.as_secs().to_string(),
                "-timeout_error",
            ])
            .current_dir(&self.server.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn file(&self, kind: &str) -> PathBuf {
        Path::new(&self.server.folder).join(format!("{}.{kind}", self.name))
    }
}
