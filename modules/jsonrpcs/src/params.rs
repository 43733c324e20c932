//! Module parameters.

use crate::fifo::FifoPlace;
use mod_ctl::endpoint::Endpoint;
use mod_ctl::files::{Access, FileMode, Owner};
use module_api::{Params, Placed, Text};
use std::path::Path;

/// What `modparam("jsonrpcs", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether answers have line breaks and indentation.
    #[param(default = 1)]
    pub pretty_format: i64,
    /// The sum of the transports: 1 HTTP, 2 FIFO, 4 datagrams, 8 TCP; 0 is all.
    #[param(default = 6, range = 0..=15)]
    pub transport: i64,
    /// The file of the FIFO; a path that is not absolute is below `rundir`.
    #[param(default = Text::from_static("kamailio_rpc.fifo"))]
    pub fifo_name: Text,
    /// The permissions of the FIFO.
    #[param(default = FileMode(0o660))]
    pub fifo_mode: FileMode,
    /// The group, by name or number, that the FIFO belongs to.
    pub fifo_group: Owner,
    /// The user, by name or number, that the FIFO belongs to.
    pub fifo_user: Owner,
    /// The folder of the FIFOs that answers are written to.
    #[param(default = Text::from_static("/tmp/"))]
    pub fifo_reply_dir: Text,
    /// The socket for datagrams: a path, absolute or below `rundir`, or `udp:ADDRESS:PORT`; none when empty.
    #[param(default = Placed { value: Text::from_static("kamailio_rpc.sock"), ..Placed::default() }, shown = "kamailio_rpc.sock")]
    pub dgram_socket: Placed<Text>,
    /// How many processes serve datagrams.
    #[param(default = 1, compat = accepted("one thread serves all transports"))]
    pub dgram_workers: i64,
    /// How long the sending of an answer may take, in milliseconds.
    #[param(default = 2000, compat = accepted("an answer that cannot be sent at once is lost, as a datagram may be"))]
    pub dgram_timeout: i64,
    /// The permissions of the datagram socket's file.
    #[param(default = FileMode(0o660))]
    pub dgram_mode: FileMode,
    /// The group, by name or number, that the datagram socket's file belongs to.
    pub dgram_group: Owner,
    /// The user, by name or number, that the datagram socket's file belongs to.
    pub dgram_user: Owner,
    /// The TCP socket: `[tcp:]ADDRESS:PORT`.
    #[param(shown = "")]
    pub tcp_socket: Placed<Text>,
}

/// Where the commands come from.
pub struct Places {
    /// The sockets, and who may use their files.
    pub sockets: Vec<(Endpoint, Access)>,
    /// The FIFO.
    pub fifo: Option<FifoPlace>,
}

fn access(mode: FileMode, user: &Owner, group: &Owner) -> Access {
    Access {
        mode,
        user: user.clone(),
        group: group.clone(),
    }
}

impl Params {
    /// Who may use the datagram socket.
    pub fn datagram_access(&self) -> Access {
        access(self.dgram_mode, &self.dgram_user, &self.dgram_group)
    }

    /// The FIFO and who may use it.
    pub fn fifo(&self, folder: &str) -> FifoPlace {
        FifoPlace {
            path: Path::new(folder).join(&*self.fifo_name.to_str_lossy()),
            answers: Path::new(&*self.fifo_reply_dir.to_str_lossy()).to_owned(),
            access: access(self.fifo_mode, &self.fifo_user, &self.fifo_group),
        }
    }
}

/// The datagram socket in the words of an [`Endpoint`].
pub fn datagram_place(text: &str) -> String {
    match text.split_once(':') {
        Some(("unix", path)) => format!("unixd:{path}"),
        Some(("udp", _)) => text.to_owned(),
        _ => format!("unixd:{text}"),
    }
}

/// The TCP socket in the words of an [`Endpoint`].
pub fn stream_place(text: &str) -> String {
    match text.starts_with("tcp:") {
        true => text.to_owned(),
        false => format!("tcp:{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_paths_or_addresses() {
        assert_eq!(datagram_place("k.sock"), "unixd:k.sock");
        assert_eq!(datagram_place("/run/k.sock"), "unixd:/run/k.sock");
        assert_eq!(datagram_place("udp:127.0.0.1:8033"), "udp:127.0.0.1:8033");
        assert_eq!(stream_place("127.0.0.1:8033"), "tcp:127.0.0.1:8033");
    }
}
