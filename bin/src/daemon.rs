//! Becoming a daemon: everything about the process that is not the server.

use crate::commands::tell;
use crate::options::Options;
use module_api::{CoreSettings, ProcessSettings, Text};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{
    ForkResult, Gid, Group, Uid, User, chown, fork, getpgrp, setgid, setsid, setuid,
};
use std::ffi::CString;
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What is to become of the process: the command line's wishes before those of the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its tie to the terminal.
    pub attachment: Attachment,
    /// What it runs as.
    pub account: Account,
    /// The folder that becomes the root.
    root: Option<PathBuf>,
    /// The folder to work in.
    directory: Option<PathBuf>,
    /// The folder of control sockets, made if it is missing.
    run_folder: Option<PathBuf>,
    pid_file: Option<PathBuf>,
    group_file: Option<PathBuf>,
    /// Standard error stays, for the log.
    keeps_stderr: bool,
    open_files: Option<u64>,
    dumps_core: bool,
}

/// How a process is tied to who started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// It goes to the background, and its parent ends when it has started.
    Background,
    /// `-DD`: it stays a child, but needs nothing of its parent's.
    Foreground,
    /// `-D`, `fork=no`: folder and output stay what they are.
    Untouched,
}

/// What a process runs as; nothing is what it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    user: Option<Uid>,
    group: Option<Gid>,
    /// The user's name, for the other groups.
    name: Option<CString>,
}

impl Plan {
    /// The plan.
    ///
    /// # Errors
    /// If there is no such user or group.
    pub fn new(options: &Options, settings: &CoreSettings) -> io::Result<Plan> {
        let process = &settings.process;
        let chosen = |option: &Option<String>, setting: &Text| {
            let given = option.as_deref().or_else(|| setting.to_str());
            given.filter(|given| !given.is_empty()).map(str::to_owned)
        };
        let attachment = match (options.foreground, process.fork) {
            (0, false) | (1, _) => Attachment::Untouched,
            (2, _) => Attachment::Foreground,
            (_, _) => Attachment::Background,
        };
        let directory = chosen(&options.directory, &process.work_folder).map(PathBuf::from);
        Ok(Plan {
            attachment,
            account: Account::find(
                chosen(&options.user, &process.user),
                chosen(&options.group, &process.group),
            )?,
            root: chosen(&options.root, &process.chroot).map(PathBuf::from),
            // As 5.6.3; a daemon must not keep the folder busy that it was started in.
            directory: match attachment {
                Attachment::Untouched => directory,
                _ => directory.or_else(|| Some("/".into())),
            },
            run_folder: chosen(&None, &process.run_folder).map(PathBuf::from),
            pid_file: options.pid_file.as_ref().map(PathBuf::from),
            group_file: options.group_file.as_ref().map(PathBuf::from),
            keeps_stderr: options.log_to_stderr || settings.log.stderror,
            open_files: process
                .open_files_limit
                .and_then(|limit| u64::try_from(limit).ok()),
            dumps_core: !process.disable_core_dump,
        })
    }

    /// Changes root and folder.
    ///
    /// COMPAT: 5.6.3 starts even if it cannot; a server that was to be confined must not.
    pub fn enter_folders(&self) -> Result<(), String> {
        if let Some(root) = &self.root {
            nix::unistd::chroot(root).map_err(|error| refused("chroot", root, error.into()))?;
            std::env::set_current_dir("/").map_err(|error| refused("chdir", root, error))?;
        }
        if let Some(directory) = &self.directory {
            std::env::set_current_dir(directory)
                .map_err(|error| refused("chdir", directory, error))?;
        }
        Ok(())
    }

    /// Sets the limits of the process. Without a wish it may open as many files as the system lets it; a wish only raises
    /// what it may already, as in 5.6.3.
    pub fn set_limits(&self) -> io::Result<()> {
        let (given, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let wanted = self.open_files.map_or(most, |wanted| wanted.max(given));
        if setrlimit(Resource::RLIMIT_NOFILE, wanted, wanted.max(most)).is_err() {
            setrlimit(Resource::RLIMIT_NOFILE, wanted.min(most), most)?;
        }
        if !self.dumps_core {
            setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
        }
        Ok(())
    }

    /// Makes the folder of control sockets, for its user alone, unless it is there.
    ///
    /// # Errors
    /// If it is not there and cannot be made, in the words of 5.6.3, which does not start then either.
    pub fn make_run_folder(&self) -> Result<(), String> {
        let Some(folder) = &self.run_folder else {
            return Ok(());
        };
        if folder.exists() {
            return Ok(());
        }
        let made = DirBuilder::new().mode(0o700).create(folder);
        made.map_err(|error| {
            let folder = folder.display();
            format!("failed to create runtime dir {folder}, check directory permissions: {error}")
        })?;
        self.account.give(folder);
        Ok(())
    }

    /// Whether the pid file is that of a process that runs.
    pub fn is_running(&self) -> bool {
        let Some(path) = &self.pid_file else {
            return false;
        };
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let Ok(number) = text.trim().parse::<u32>() else {
            return false;
        };
        number != std::process::id() && Path::new(&format!("/proc/{number}")).exists()
    }

    /// Writes the files that hold the process's numbers.
    ///
    /// # Errors
    /// If one cannot be written, but not of a process that stays where it was started: 5.6.3 does not start either, and writes
    /// none in that case.
    pub fn write_numbers(&self) -> Result<NumberFiles, String> {
        let mut files = NumberFiles::default();
        for (what, path, number) in [
            ("pid", &self.pid_file, std::process::id().to_string()),
            ("pgid", &self.group_file, getpgrp().to_string()),
        ] {
            let Some(path) = path else { continue };
            match std::fs::write(path, format!("{number}\n")) {
                Ok(()) => {
                    self.account.give(path);
                    files.0.push(path.clone());
                }
                Err(error) => {
                    let path = path.display();
                    let reason = format!("the {what} file {path} cannot be written: {error}");
                    if self.attachment != Attachment::Untouched {
                        return Err(reason);
                    }
                    tell(format_args!("kahea: {reason}"));
                }
            }
        }
        Ok(files)
    }

    /// Cuts the process off from the terminal: nothing is read, and nothing said but the log if that was asked for.
    pub fn close_terminal(&self) -> io::Result<()> {
        if self.attachment == Attachment::Untouched {
            return Ok(());
        }
        let null = File::options().read(true).write(true).open("/dev/null")?;
        let last = if self.keeps_stderr {
            libc::STDOUT_FILENO
        } else {
            libc::STDERR_FILENO
        };
        for standard in libc::STDIN_FILENO..=last {
            // SAFETY: both are open descriptors of this process; dup2 replaces the second, which nobody else owns.
            if unsafe { libc::dup2(null.as_raw_fd(), standard) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }
}

impl Account {
    /// The account of these names or numbers. A user without a group brings his own. Errors are in the words of 5.6.3.
    fn find(user: Option<String>, group: Option<String>) -> io::Result<Account> {
        let unknown = |what, option, name| {
            let words = format!("bad {what} number: {option} {name}");
            io::Error::new(io::ErrorKind::NotFound, words)
        };
        let mut account = Account::default();
        if let Some(name) = user {
            let number = name.parse().ok().map(Uid::from_raw);
            let known = match number {
                Some(number) => User::from_uid(number)?,
                None => User::from_name(&name)?,
            };
            // A number need not have a name.
            let number = known.as_ref().map(|user| user.uid).or(number);
            account.user = Some(number.ok_or_else(|| unknown("user name/uid", "-u", name))?);
            if let Some(known) = known {
                account.group = Some(known.gid);
                account.name = CString::new(known.name).ok();
            }
        }
        if let Some(name) = group {
            let number = match name.parse() {
                Ok(number) => Some(Gid::from_raw(number)),
                Err(_) => Group::from_name(&name)?.map(|group| group.gid),
            };
            account.group = Some(number.ok_or_else(|| unknown("group name/gid", "-g", name))?);
        }
        Ok(account)
    }

    /// Becomes it, for good.
    pub fn assume(&self) -> io::Result<()> {
        if let Some(group) = self.group {
            setgid(group)?;
        }
        if let Some(user) = self.user {
            match (&self.name, self.group) {
                (Some(name), Some(group)) => nix::unistd::initgroups(name, group)?,
                _ => nix::unistd::setgroups(&[])?,
            }
            setuid(user)?;
        }
        Ok(())
    }

    /// Puts it into the settings, in numbers, for modules that make files for it.
    pub fn enter_into(&self, process: &mut ProcessSettings) {
        let number = |number: Option<u32>| number.map(|number| Text::from(number.to_string()));
        process.user = number(self.user.map(Uid::as_raw)).unwrap_or_default();
        process.group = number(self.group.map(Gid::as_raw)).unwrap_or_default();
    }

    /// Hands a file over. Whoever is not allowed to is not going to change accounts either.
    pub fn give(&self, path: &Path) {
        if self.user.is_some() || self.group.is_some() {
            let _ = chown(path, self.user, self.group);
        }
    }
}

/// What is told of a folder that cannot be entered, as 5.6.3 says it.
fn refused(what: &str, folder: &Path, error: io::Error) -> String {
    format!("cannot {what} to {}: {error}", folder.display())
}

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
    /// It has nothing left to do but to end, with success if the server has started.
    Parent {
        /// Whether it has.
        has_started: bool,
    },
}

/// Goes to the background if that is the plan. Must be called before any thread exists.
///
/// Two forks: the process in between leads the new session and ends, so that the server can never be given a terminal.
pub fn detach(plan: &Plan) -> io::Result<Detached> {
    if plan.attachment != Attachment::Background {
        return Ok(Detached::Server(Readiness(None)));
    }
    let (read, write) = nix::unistd::pipe()?;
    // SAFETY: no other thread exists, so that the child is a whole process.
    if let ForkResult::Parent { .. } = unsafe { fork() }? {
        drop(write);
        let mut news = [0];
        // The end of the pipe without news means that the server has ended.
        let has_started = File::from(read).read(&mut news)? == 1;
        return Ok(Detached::Parent { has_started });
    }
    drop(read);
    setsid()?;
    // SAFETY: as above.
    if let ForkResult::Parent { .. } = unsafe { fork() }? {
        // Its end of the pipe closes with it; the server's stays open.
        return Ok(Detached::Parent { has_started: true });
    }
    Ok(Detached::Server(Readiness(Some(File::from(write)))))
}

/// Files that hold the process's numbers; removed when this is dropped.
#[derive(Debug, Default)]
pub struct NumberFiles(Vec<PathBuf>);

impl Drop for NumberFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(change: impl FnOnce(&mut Options, &mut CoreSettings)) -> io::Result<Plan> {
        let (mut options, mut settings) = (Options::default(), CoreSettings::default());
        change(&mut options, &mut settings);
        Plan::new(&options, &settings)
    }

    #[test]
    fn the_command_line_wins_over_the_configuration() {
        let plan = plan(|options, settings| {
            options.directory = Some("/cli".into());
            settings.process.work_folder = Text::from_static("/cfg");
            settings.process.chroot = Text::from_static("/jail");
        })
        .unwrap();
        assert_eq!(plan.directory, Some("/cli".into()));
        assert_eq!(plan.root, Some("/jail".into()));
    }

    #[test]
    fn how_often_d_was_given_says_where_the_process_stays() {
        for (count, fork, attachment) in [
            (0, true, Attachment::Background),
            (0, false, Attachment::Untouched),
            (1, true, Attachment::Untouched),
            (2, true, Attachment::Foreground),
            (2, false, Attachment::Foreground),
            (3, false, Attachment::Background),
        ] {
            let plan = plan(|options, settings| {
                options.foreground = count;
                settings.process.fork = fork;
            })
            .unwrap();
            assert_eq!(plan.attachment, attachment, "{count} {fork}");
            let stays = attachment == Attachment::Untouched;
            assert_eq!(plan.directory.is_none(), stays);
        }
    }

    #[test]
    fn accounts_are_names_or_numbers() {
        let account = |user: Option<&str>, group: Option<&str>| {
            Account::find(user.map(str::to_owned), group.map(str::to_owned))
        };
        let root = account(Some("root"), None).unwrap();
        assert_eq!(
            (root.user, root.group),
            (Some(Uid::from_raw(0)), Some(Gid::from_raw(0)))
        );
        assert_eq!(account(Some("0"), None).unwrap(), root);
        let nameless = account(Some("4000000000"), Some("7")).unwrap();
        assert_eq!(nameless.user, Some(Uid::from_raw(4_000_000_000)));
        assert_eq!(
            (nameless.group, nameless.name.as_ref()),
            (Some(Gid::from_raw(7)), None)
        );
        assert_eq!(account(None, None).unwrap(), Account::default());
        let mut process = ProcessSettings::default();
        root.enter_into(&mut process);
        assert_eq!((&*process.user, &*process.group), (&b"0"[..], &b"0"[..]));
        nameless.enter_into(&mut process);
        assert_eq!(&*process.user, b"4000000000");
        assert_eq!(&*process.group, b"7");
        assert!(account(Some("no-such-user"), None).is_err());
        assert!(account(None, Some("no-such-group")).is_err());
    }

    #[test]
    fn number_files_come_and_go() {
        let folder = std::env::temp_dir().join(format!("kahea-numbers-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let (pid_file, missing) = (folder.join("pid"), folder.join("missing/group"));
        let plan = |foreground| {
            plan(|options, _| {
                options.foreground = foreground;
                options.pid_file = Some(pid_file.to_str().unwrap().into());
                options.group_file = Some(missing.to_str().unwrap().into());
            })
            .unwrap()
        };
        for foreground in [0, 2] {
            let reason = plan(foreground).write_numbers().unwrap_err();
            assert!(reason.contains(missing.to_str().unwrap()), "{reason}");
            assert!(!pid_file.exists());
        }
        let files = plan(1).write_numbers().unwrap();
        let own = std::process::id();
        assert_eq!(
            std::fs::read_to_string(&pid_file).unwrap(),
            format!("{own}\n")
        );
        drop(files);
        assert!(!pid_file.exists());
        std::fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn a_pid_file_counts_only_while_its_process_runs() {
        let path = std::env::temp_dir().join(format!("kahea-pid-{}", std::process::id()));
        let plan =
            plan(|options, _| options.pid_file = Some(path.to_str().unwrap().into())).unwrap();
        assert!(!plan.is_running());
        for (text, is_running) in [
            ("1\n", true),
            ("4294967294", false),
            ("", false),
            ("x", false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(plan.is_running(), is_running, "{text}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
