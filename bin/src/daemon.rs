//! Becoming a daemon: everything about the process that is not the server.

use crate::options::Options;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{
    ForkResult, Gid, Group, Uid, User, chroot, fork, getpgrp, setgid, setsid, setuid,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// How the parent learns whether the daemon has started.
pub struct Readiness(Option<File>);

impl Readiness {
    /// Tells the parent that the server runs.
    pub fn announce(self) {
        if let Some(mut pipe) = self.0 {
            // A parent that is gone needs no news.
            let _ = pipe.write_all(b"1");
        }
    }
}

/// What a process is after [`detach`].
pub enum Detached {
    /// It goes on as the server.
    Server(Readiness),
    /// It is the parent of a server that has started, or not: it ends with this status.
    Parent(u8),
}

/// Goes to the background unless the options say otherwise. Must be called before any thread exists.
pub fn detach(options: &Options) -> io::Result<Detached> {
    if matches!(options.foreground, 1 | 2) {
        return Ok(Detached::Server(Readiness(None)));
    }
    let (read, write) = nix::unistd::pipe()?;
    // SAFETY: no other thread exists, so the child may do what it likes.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => {
            drop(write);
            let mut news = [0u8; 1];
            // The end of the pipe without news means that the child has ended.
            let started = File::from(read).read(&mut news)? == 1;
            Ok(Detached::Parent(u8::from(!started)))
        }
        ForkResult::Child => {
            drop(read);
            setsid()?;
            Ok(Detached::Server(Readiness(Some(File::from(write)))))
        }
    }
}

/// Cuts a daemon off from the terminal.
pub fn close_terminal() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    for standard in 0..=2 {
        // SAFETY: both are open descriptors; dup2 replaces the second.
        if unsafe { libc::dup2(null.as_raw_fd(), standard) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Changes root and directory.
pub fn enter_directories(options: &Options) -> io::Result<()> {
    if let Some(root) = &options.root {
        chroot(root.as_str())?;
        std::env::set_current_dir("/")?;
    }
    if let Some(directory) = &options.directory {
        std::env::set_current_dir(directory)?;
    }
    Ok(())
}

/// Gives up privileges.
pub fn become_user(options: &Options) -> io::Result<()> {
    let unknown =
        |what: &str| io::Error::new(io::ErrorKind::NotFound, format!("there is no {what}"));
    let user = match &options.user {
        Some(name) => Some(find_user(name)?.ok_or_else(|| unknown(&format!("user {name}")))?),
        None => None,
    };
    let group = match &options.group {
        Some(name) => Some(find_group(name)?.ok_or_else(|| unknown(&format!("group {name}")))?),
        None => user.as_ref().map(|user| user.gid),
    };
    if let Some(group) = group {
        setgid(group)?;
    }
    if let Some(user) = user {
        let name = std::ffi::CString::new(user.name.as_str())?;
        nix::unistd::initgroups(&name, group.unwrap_or(user.gid))?;
        setuid(user.uid)?;
    }
    Ok(())
}

fn find_user(name: &str) -> io::Result<Option<User>> {
    Ok(match name.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number))?,
        Err(_) => User::from_name(name)?,
    })
}

fn find_group(name: &str) -> io::Result<Option<Gid>> {
    Ok(match name.parse() {
        Ok(number) => Some(Gid::from_raw(number)),
        Err(_) => Group::from_name(name)?.map(|group| group.gid),
    })
}

/// Files that hold the process's numbers; removed when this is dropped.
#[derive(Default)]
pub struct NumberFiles(Vec<PathBuf>);

impl NumberFiles {
    /// Writes those that the options ask for.
    pub fn write(options: &Options) -> io::Result<NumberFiles> {
        let mut files = NumberFiles::default();
        let numbers = [
            (&options.pid_file, std::process::id().to_string()),
            (&options.group_file, getpgrp().to_string()),
        ];
        for (path, number) in numbers {
            if let Some(path) = path {
                std::fs::write(path, format!("{number}\n"))?;
                files.0.push(PathBuf::from(path));
            }
        }
        Ok(files)
    }
}

impl Drop for NumberFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The signals a server listens to; blocked in all threads, taken by [`Signals::wait`].
pub struct Signals(SigSet);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Stop in order.
    Stop,
    /// Show statistics.
    Report,
    /// Nothing.
    Nothing,
}

impl Signals {
    /// Blocks the signals. Must be called before any thread exists, so that all threads inherit it.
    pub fn block() -> io::Result<Signals> {
        let mut set = SigSet::empty();
        for signal in [
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            Signal::SIGUSR1,
            Signal::SIGUSR2,
            Signal::SIGPIPE,
            Signal::SIGCHLD,
        ] {
            set.add(signal);
        }
        set.thread_block()?;
        Ok(Signals(set))
    }

    /// Waits for the next signal.
    pub fn wait(&self) -> Request {
        match self.0.wait() {
            Ok(Signal::SIGTERM | Signal::SIGINT) => Request::Stop,
            Ok(Signal::SIGUSR1) => Request::Report,
            _ => Request::Nothing,
        }
    }
}
