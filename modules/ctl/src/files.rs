//! The files of Unix sockets: whose they are, and that none is left behind.

use module_api::{ParamError, ParamField, ParamValue, SettingKind, Span, Text};
use nix::unistd::{Gid, Group, Uid, User, chown};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

/// Who may use the Unix sockets.
pub struct Access {
    /// Their permissions.
    pub mode: FileMode,
    /// Their user.
    pub user: Owner,
    /// Their group.
    pub group: Owner,
}

/// The permissions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(pub u32);

impl FileMode {
    /// What nobody but the owner can use.
    const OWN: FileMode = FileMode(0o600);
}

impl ParamField for FileMode {
    const KIND: SettingKind = SettingKind::Int;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut number = 0i64;
        number.assign(value, span)?;
        let mode = u32::try_from(number).ok().map(FileMode);
        let mode = mode.filter(|mode| (1..=0o7777).contains(&mode.0));
        *self = mode.unwrap_or(FileMode::OWN);
        match mode {
            Some(_) => Ok(()),
            None => Err(ParamError::Adjusted(format!(
                "{number} is not the mode of a file: 0600 is taken"
            ))),
        }
    }

    fn value(&self) -> Option<ParamValue> {
        Some(ParamValue::Int(self.0.into()))
    }
}

/// A user or a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// That of the process.
    #[default]
    Own,
    /// By number.
    Number(u32),
    /// By name.
    Name(String),
}

impl Owner {
    fn written(name: &Text) -> Owner {
        let name = name.to_str_lossy().into_owned();
        match name.parse() {
            _ if name.is_empty() => Owner::Own,
            Ok(number) => Owner::Number(number),
            Err(_) => Owner::Name(name),
        }
    }

    /// The owner, or, where none was named, the one that `name` means.
    pub fn or(self, name: &Text) -> Owner {
        match self {
            Owner::Own => Owner::written(name),
            named => named,
        }
    }
}

impl ParamField for Owner {
    const KIND: SettingKind = SettingKind::Either;

    fn assign(&mut self, value: &ParamValue, _: Span) -> Result<(), ParamError> {
        *self = match value {
            ParamValue::Int(number) => Owner::Number(
                u32::try_from(*number)
                    .map_err(|_| ParamError::Invalid(format!("{number} is no identifier")))?,
            ),
            ParamValue::Text(name) => Owner::written(name),
        };
        Ok(())
    }
}

impl Access {
    /// Gives a socket's file the permissions and the owner that were asked for.
    pub fn apply(&self, path: &Path) -> io::Result<()> {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(self.mode.0))?;
        let user = match &self.user {
            Owner::Own => None,
            Owner::Number(number) => Some(Uid::from_raw(*number)),
            Owner::Name(name) => Some(
                User::from_name(name)?
                    .ok_or_else(|| absent("user", name))?
                    .uid,
            ),
        };
        let group = match &self.group {
            Owner::Own => None,
            Owner::Number(number) => Some(Gid::from_raw(*number)),
            Owner::Name(name) => Some(
                Group::from_name(name)?
                    .ok_or_else(|| absent("group", name))?
                    .gid,
            ),
        };
        if user.is_some() || group.is_some() {
            chown(path, user, group)?;
        }
        Ok(())
    }
}

fn absent(kind: &str, name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no {kind} `{name}`"),
    )
}

/// Makes room for a socket's file: removes the one of an earlier server, makes the folder. A file that is no socket
/// stays, and opening the socket fails.
pub fn make_room(path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    remove(path);
}

/// Removes a socket's file.
pub fn remove(path: &Path) {
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_a_name_or_a_number() {
        let owner = |value: ParamValue| {
            let mut owner = Owner::default();
            owner.assign(&value, Span::default()).map(|()| owner)
        };
        assert_eq!(owner(ParamValue::Int(7)), Ok(Owner::Number(7)));
        assert!(owner(ParamValue::Int(-7)).is_err());
        let text = |text| ParamValue::Text(Text::from_static(text));
        assert_eq!(owner(text("7")), Ok(Owner::Number(7)));
        assert_eq!(
            owner(text("kamailio")),
            Ok(Owner::Name("kamailio".to_owned()))
        );
        assert_eq!(owner(text("")), Ok(Owner::Own));
    }

    #[test]
    fn what_is_no_mode_is_for_the_owner_alone() {
        for (number, mode, is_odd) in [
            (0o660, 0o660, false),
            (0, 0o600, true),
            (-1, 0o600, true),
            (0o10000, 0o600, true),
        ] {
            let mut read = FileMode(0);
            let result = read.assign(&ParamValue::Int(number), Span::default());
            assert_eq!(
                (read, result.is_err()),
                (FileMode(mode), is_odd),
                "{number}"
            );
        }
    }
}
