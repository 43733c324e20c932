//! A program: started, fed, listened to, waited for, killed when its time is up. Runs on the runtime for back ends.

use crate::environment::Environment;
use module_api::Text;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How much of what a program writes is kept, in octets.
const OUTPUT_MAX: usize = 256 * 1024;

/// A program to be run.
pub struct Program {
    /// What the shell is to do.
    pub command: Text,
    /// Variables it finds beside those of the server.
    pub environment: Environment,
    /// What it can read.
    pub input: Text,
    /// Whether what it writes is kept.
    pub keeps_output: bool,
    /// How long it may run.
    pub limit: Option<Duration>,
}

/// How a program has ended.
#[derive(Debug)]
pub struct Finished {
    /// What it has written.
    pub output: Vec<u8>,
    /// How it ended.
    pub status: ExitStatus,
}

/// Why a program did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no runtime to wait for it on.
    #[error("programs cannot be run here")]
    NoRuntime,
    /// As many run as may.
    #[error("as many programs run as may (programs_max)")]
    TooMany,
    /// It was not started, or not waited for.
    #[error("{0}")]
    System(#[from] io::Error),
    /// Its time was up.
    #[error("it was killed after {} s", .0.as_secs())]
    Killed(Duration),
}

impl Program {
    /// Runs it to its end.
    pub async fn run(self) -> Result<Finished, ProgramError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(ProgramError::NoRuntime);
        }
        let mut child = self.start()?;
        let Some(limit) = self.limit else {
            return Ok(self.attend(&mut child).await?);
        };
        match tokio::time::timeout(limit, self.attend(&mut child)).await {
            Ok(finished) => Ok(finished?),
            Err(_) => {
                kill_group(&child);
                child.kill().await?;
                Err(ProgramError::Killed(limit))
            }
        }
    }

    fn start(&self) -> io::Result<Child> {
        let piped_if = |wanted: bool, otherwise: Stdio| match wanted {
            true => Stdio::piped(),
            false => otherwise,
        };
        Command::new("/bin/sh")
            .arg0("sh")
            .arg("-c")
            .arg(OsStr::from_bytes(&self.command))
            .envs(&self.environment)
            .stdin(piped_if(!self.input.is_empty(), Stdio::null()))
            .stdout(piped_if(self.keeps_output, Stdio::inherit()))
            // What it starts can be killed with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    async fn attend(&self, child: &mut Child) -> io::Result<Finished> {
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // Whether it reads what it is given is its own business.
                let _ = stdin.write_all(&self.input).await;
            }
        };
        let listen = async move {
            match stdout {
                Some(stdout) => read_output(stdout).await,
                None => Ok(Vec::new()),
            }
        };
        let ((), output, status) = tokio::join!(feed, listen, child.wait());
        Ok(Finished {
            output: output?,
            status: status?,
        })
    }
}

/// Reads all there is and keeps what there is room for.
async fn read_output(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(output);
        }
        let room = OUTPUT_MAX.saturating_sub(output.len()).min(length);
        output.extend_from_slice(piece.get(..room).unwrap_or_default());
    }
}

fn kill_group(child: &Child) {
    let Some(pid) = child.id().and_then(|id| libc::pid_t::try_from(id).ok()) else {
        return;
    };
    // SAFETY: kill has no memory effects. The child has not been waited for, so that its number is still its own, and it
    // leads the group of that number.
    unsafe {
        libc::kill(-pid, libc::SIGKILL);
    }
}

/// Text between single quotes, as the shell reads them.
pub fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'\'');
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

/// The lines of an output that are not empty.
pub fn lines(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = output.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn program(command: &str) -> Program {
        Program {
            command: Text::from(command),
            environment: Environment::new(),
            input: Text::default(),
            keeps_output: true,
            limit: Some(Duration::from_secs(60)),
        }
    }

    #[tokio::test]
    async fn a_program_is_heard_and_its_end_is_seen() {
        let finished = program("echo one; echo two; exit 3").run().await.unwrap();
        assert_eq!(finished.output, b"one\ntwo\n");
        assert_eq!(finished.status.code(), Some(3));
    }

    #[tokio::test]
    async fn a_program_reads_its_input_and_its_environment() {
        let mut reading = program("cat; echo \"$SIP_HF_TO\"");
        reading.input = Text::from("hello\n");
        reading
            .environment
            .insert("SIP_HF_TO".to_owned(), "a 'b'".into());
        assert_eq!(reading.run().await.unwrap().output, b"hello\na 'b'\n");
        // Nobody reads this much, and nobody minds.
        let mut ignoring = program("true");
        ignoring.input = Text::from(vec![b'x'; 1 << 20]);
        assert!(ignoring.run().await.unwrap().status.success());
        assert_eq!(program("cat | wc -c").run().await.unwrap().output, b"0\n");
    }

    #[tokio::test]
    async fn a_program_is_killed_with_its_children() {
        let mut slow = program("sleep 600 | cat");
        slow.limit = Some(Duration::from_millis(100));
        let begun = Instant::now();
        assert!(matches!(slow.run().await, Err(ProgramError::Killed(_))));
        assert!(begun.elapsed() < Duration::from_secs(300));
    }

    #[tokio::test]
    async fn what_is_too_much_is_not_kept() {
        let finished = program("head -c 1000000 /dev/zero").run().await.unwrap();
        assert_eq!(finished.output.len(), OUTPUT_MAX);
        assert!(finished.status.success());
    }

    #[test]
    fn quotes_are_quoted() {
        assert_eq!(quoted(b"sip:o'hara@h"), b"'sip:o'\\''hara@h'");
    }

    #[test]
    fn empty_lines_are_no_lines() {
        let found: Vec<_> = lines(b"\none\r\n\ntwo").collect();
        assert_eq!(found, [&b"one"[..], b"two"]);
    }
}
