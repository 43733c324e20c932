//! A server under test: how it is named on our command line, started, waited for and stopped.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::process::{CpuReading, family, pss_kb};

/// Shared memory of a server that wants to know, in megabytes.
const SHARED_MB: &str = "512";
/// Private memory of a process of such a server, in megabytes.
const PRIVATE_MB: &str = "16";
/// The file in its folder that it logs to.
const LOG: &str = "log";
const START_PATIENCE: Duration = Duration::from_secs(15);
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// A server named on the command line: `NAME=BINARY[,arg=FLAGS]…`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerUnderTest {
    /// What the report calls it.
    pub name: String,
    binary: PathBuf,
    arguments: Vec<String>,
}

impl std::str::FromStr for ServerUnderTest {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = text
            .split_once('=')
            .with_context(|| format!("`{text}`: expected NAME=BINARY[,arg=FLAGS]"))?;
        let mut parts = rest.split(',');
        let binary = parts.next().unwrap_or_default();
        let mut arguments = Vec::new();
        for part in parts {
            match part.split_once('=') {
                Some(("arg", flags)) => {
                    arguments.extend(flags.split_whitespace().map(str::to_owned))
                }
                _ => bail!("`{part}`: expected arg=FLAGS"),
            }
        }
        if !Path::new(binary).is_file() {
            bail!("{name}: no file {binary}");
        }
        Ok(Self {
            name: name.to_owned(),
            binary: fs::canonicalize(binary)?,
            arguments,
        })
    }
}

/// Ports and sizes that the configuration files are filled in with.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Where the server listens.
    pub server: SocketAddrV4,
    /// Where forwarded requests go.
    pub far_end: SocketAddrV4,
    /// Worker processes, for servers that have them.
    pub children: u32,
}

impl Setting {
    fn fill_in(&self, template: &str) -> String {
        template
            .replace("@PORT@", &self.server.port().to_string())
            .replace("@FAR_END@", &self.far_end.to_string())
            .replace("@CHILDREN@", &self.children.to_string())
    }
}

/// A started server. Dropping it stops it and removes its folder.
pub struct Running {
    child: Child,
    folder: PathBuf,
    keep_folder: bool,
    /// Time from start to the first answer.
    pub first_answer: Duration,
}

impl Running {
    /// Starts `server` on the configuration `template` and waits until it answers.
    ///
    /// # Errors
    /// When the port is taken, or the server does not start or answer.
    pub fn start(server: &ServerUnderTest, template: &str, setting: &Setting) -> Result<Self> {
        Self::start_with(server, &setting.fill_in(template), setting.server)
    }

    /// Starts `server` on a configuration that has it listen at `address`, and waits until it answers.
    ///
    /// # Errors
    /// When the port is taken, or the server does not start or answer.
    pub fn start_with(
        server: &ServerUnderTest,
        configuration: &str,
        address: SocketAddrV4,
    ) -> Result<Self> {
        wait_until_free(address)?;
        let folder = std::env::temp_dir().join(format!(
            "kahea-bench-{}-{}",
            std::process::id(),
            server.name
        ));
        fs::create_dir_all(&folder)?;
        let config = folder.join("kamailio.cfg");
        fs::write(&config, configuration)?;
        let log = fs::File::create(folder.join(LOG))?;
        let started = Instant::now();
        let child = Command::new(&server.binary)
            .arg("-f")
            .arg(&config)
            .args(["-DD", "-E", "-m", SHARED_MB, "-M", PRIVATE_MB])
            .arg("-P")
            .arg(folder.join("pid"))
            .arg("-Y")
            .arg(&folder)
            .arg("-w")
            .arg(&folder)
            .args(&server.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {:?}", server.binary))?;
        let mut running = Self {
            child,
            folder,
            keep_folder: false,
            first_answer: Duration::ZERO,
        };
        running.wait_for_answer(address)?;
        running.first_answer = started.elapsed();
        // Late work of the start is not the load's.
        std::thread::sleep(Duration::from_millis(300));
        Ok(running)
    }

    fn wait_for_answer(&mut self, server: SocketAddrV4) -> Result<()> {
        let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_millis(5)))?;
        let started = Instant::now();
        while started.elapsed() < START_PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                self.keep_folder = true;
                bail!("ended at once ({status}); see {:?}", self.log());
            }
            // Max-Forwards 0 is answered by every configuration without further effect.
            let ping = probe(&socket, server, "ping", "Max-Forwards: 0\r\n")?;
            if socket.send(&ping).is_err() {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            let mut buffer = [0; 4096];
            if socket
                .recv(&mut buffer)
                .is_ok_and(|length| buffer[..length].starts_with(b"SIP/2.0"))
            {
                return Ok(());
            }
        }
        self.keep_folder = true;
        bail!("did not answer; see {:?}", self.log())
    }

    /// The file that has what it logs.
    pub fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// How it ended, if it did so by itself.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn end(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// The server's processes.
    pub fn processes(&self) -> Vec<i32> {
        family(self.child.id() as i32)
    }

    /// CPU time of all its processes so far.
    pub fn cpu(&self) -> CpuReading {
        CpuReading::of(&self.processes())
    }

    /// Memory of all its processes, in kilobytes.
    pub fn pss_kb(&self) -> u64 {
        pss_kb(&self.processes())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let processes = self.processes();
        signal(self.child.id() as i32, libc::SIGTERM);
        let asked = Instant::now();
        while asked.elapsed() < STOP_PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            for process in processes {
                signal(process, libc::SIGKILL);
            }
            let _ = self.child.wait();
        }
        if !self.keep_folder {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn signal(process: i32, signal: libc::c_int) {
    // SAFETY: takes no pointers; the process is our child or was its descendant a moment ago.
    unsafe {
        libc::kill(process, signal);
    }
}

/// Servers share a UDP port without an error, so nobody else may have it before one is started.
fn wait_until_free(address: SocketAddrV4) -> Result<()> {
    for _ in 0..20 {
        if UdpSocket::bind(address).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    bail!("{address} is in use")
}

/// An OPTIONS with a Call-ID of its own; `user` is the user of its request URI.
pub fn probe(
    socket: &UdpSocket,
    server: SocketAddrV4,
    user: &str,
    headers: &str,
) -> Result<Vec<u8>> {
    let local = socket.local_addr()?;
    let token = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_nanos();
    let mut message = Vec::with_capacity(512);
    write!(
        message,
        "OPTIONS sip:{user}@{server} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {local};branch=z9hG4bK{token:x}\r\n\
         From: <sip:probe@bench.invalid>;tag={token:x}\r\n\
         To: <sip:{user}@{server}>\r\n\
         Call-ID: {token:x}@bench.invalid\r\n\
         CSeq: 1 OPTIONS\r\n\
         User-Agent: kahea bench\r\n\
         {headers}Content-Length: 0\r\n\r\n"
    )?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_a_binary_and_flags() {
        let server: ServerUnderTest = "fm=/bin/sh,arg=-x fm,arg=-v".parse().unwrap();
        assert_eq!(server.name, "fm");
        assert_eq!(server.arguments, ["-x", "fm", "-v"]);
        assert!("fm".parse::<ServerUnderTest>().is_err());
        assert!("fm=/nonexistent".parse::<ServerUnderTest>().is_err());
        assert!("fm=/bin/sh,nice=1".parse::<ServerUnderTest>().is_err());
    }
}
