//! Phones that are baresip processes, driven over its control port.

use crate::server::{PASSWORD, PATIENCE, Server};
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{free_port, free_ports};

/// Where Debian puts baresip's modules.
const MODULES: &str = "/usr/lib/baresip/modules";

/// A phone that registers when it starts and answers every call.
pub struct Phone {
    process: Child,
    control: u16,
    log: PathBuf,
    name: &'static str,
    /// The server's address as a domain.
    domain: String,
}

impl Phone {
    /// Starts a phone of a user; ended with the value.
    pub fn start(server: &Server, name: &'static str, transport: &str) -> Phone {
        let folder = server.folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        let (port, control) = (free_port().unwrap(), free_port().unwrap());
        let media = free_ports(11).unwrap();
        let domain = format!("127.0.0.1:{}", server.port);
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:{port}\nsip_trans_def {transport}\ncall_max_calls 4\n\
             audio_player ausine,\naudio_source ausine,440\naudio_alert ausine,\nausrc_srate 48000\nauplay_srate 48000\n\
             ausrc_channels 2\nauplay_channels 2\nnet_af ipv4\nnet_interface 127.0.0.1\nrtp_ports {media}-{}\nmodule_path {MODULES}\n\
             module stdio.so\nmodule g711.so\nmodule ausine.so\nmodule_app account.so\nmodule_app menu.so\n\
             module_app contact.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n",
            media + 10
        );
        let account = format!(
            "<sip:{name}@{domain};transport={transport}>;regint=60;answermode=auto;auth_user={name};\
             auth_pass={PASSWORD}\n"
        );
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("accounts"), account).unwrap();
        std::fs::write(folder.join("contacts"), "").unwrap();
        let log = folder.join("log");
        let output = std::fs::File::create(&log).unwrap();
        let process = Command::new("baresip")
            .arg("-f")
            .arg(&folder)
            .arg("-v")
            .env("HOME", &folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stderr(output.try_clone().unwrap())
            .stdout(output)
            .spawn()
            .unwrap();
        Phone {
            process,
            control,
            log,
            name,
            domain,
        }
    }

    /// Waits until the server has taken the registration.
    pub fn is_registered(&self) {
        self.says("200 OK");
    }

    /// Begins a call to a user.
    pub fn dials(&self, name: &str) {
        let uri = format!("sip:{name}@{}", self.domain);
        self.command(&format!("{{\"command\":\"dial\",\"params\":\"{uri}\"}}"));
    }

    /// Waits until a call is up with a codec that both have.
    pub fn talks(&self) {
        self.says("Call established");
        self.says("PCMU");
    }

    /// Ends the call.
    pub fn hangs_up(&self) {
        self.command("{\"command\":\"hangup\"}");
    }

    /// Waits until the call is over.
    pub fn has_ended(&self) {
        self.says("session closed");
    }

    fn command(&self, json: &str) {
        let mut control = TcpStream::connect(("127.0.0.1", self.control)).unwrap();
        write!(control, "{}:{json},", json.len()).unwrap();
    }

    fn says(&self, expected: &str) {
        let began = Instant::now();
        loop {
            let log = std::fs::read(&self.log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).to_lowercase();
            if log.contains(&expected.to_lowercase()) {
                return;
            }
            let (name, domain) = (self.name, &self.domain);
            assert!(
                began.elapsed() < PATIENCE,
                "{name} at {domain} did not say {expected:?}\n{log}"
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
