//! Module parameters.

use crate::files::{Access, FileMode, Owner};
use module_api::{Params, Placed, ProcessSettings, Text};

/// What `modparam("ctl", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A socket to listen on: `unix:PATH`, `unixs:PATH`, `unixd:PATH` (datagrams), `tcp:ADDRESS:PORT` or
    /// `udp:ADDRESS:PORT`; a path alone is a Unix stream socket, an address alone is UDP. A path that is not absolute
    /// is below `rundir`. An address is written in numbers, or as `localhost`; 5.6.3 takes no other name either.
    pub binrpc: Vec<Placed<Text>>,
    /// The permissions of Unix sockets.
    #[param(default = FileMode(0o600))]
    pub mode: FileMode,
    /// The user, by name or number, that Unix sockets belong to; unset, the one that the server runs as (`user`, `-u`).
    pub user: Owner,
    /// The group, by name or number, that Unix sockets belong to; unset, the one that the server runs as (`group`, `-g`).
    pub group: Owner,
    /// A socket for an older protocol in lines.
    #[param(compat = accepted("obsolete upstream, where answers hold memory that was given back (observed on 5.6.3); binrpc is spoken"))]
    pub fifo: Vec<Text>,
    /// Whether an argument of the wrong type is converted.
    #[param(default = 0, compat = accepted("arguments are always converted"))]
    pub autoconversion: i64,
    /// The size of the largest reply in kB.
    #[param(default = 32, compat = accepted("replies are as long as they need to be"))]
    pub binrpc_max_body_size: i64,
    /// The size of the largest struct in a reply in kB.
    #[param(default = 8, compat = accepted("structs are as long as they need to be"))]
    pub binrpc_struct_max_body_size: i64,
    /// The size of the buffer for one value in bytes.
    #[param(default = 1024, compat = accepted("values are as long as they need to be"))]
    pub binrpc_buffer_size: i64,
}

impl Params {
    /// Who may use Unix sockets of a server that runs as `process` says.
    pub fn access(self, process: &ProcessSettings) -> Access {
        Access {
            mode: self.mode,
            user: self.user.or(&process.user),
            group: self.group.or(&process.group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_belong_to_whom_the_server_runs_as_unless_others_are_named() {
        let owners = |params: Params, process: &ProcessSettings| {
            let access = params.access(process);
            (access.user, access.group)
        };
        let nobody = ProcessSettings {
            user: Text::from_static("65534"),
            group: Text::from_static("nogroup"),
            ..ProcessSettings::default()
        };
        let group = Owner::Name("nogroup".to_owned());
        let unset = owners(Params::default(), &nobody);
        assert_eq!(unset, (Owner::Number(65534), group.clone()));
        let params = Params {
            user: Owner::Number(1),
            ..Params::default()
        };
        assert_eq!(owners(params, &nobody), (Owner::Number(1), group));
        let own = owners(Params::default(), &ProcessSettings::default());
        assert_eq!(own, (Owner::Own, Owner::Own));
    }
}
