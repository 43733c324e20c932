//! What the sockets are set up with.

use std::io;
use std::net::SocketAddr;

use socket2::Socket;

use crate::os::set_int;
use crate::stream::TcpConfig;
use crate::udp::UdpConfig;

/// All settings of this crate.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NetConfig {
    /// For every socket.
    pub ip: IpConfig,
    /// For UDP.
    pub udp: UdpConfig,
    /// For TCP and what runs on it.
    pub tcp: TcpConfig,
}

/// The core parameters that concern every socket; `Default` holds Kamailio's defaults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IpConfig {
    /// `tos`: type of service, or traffic class, of what is sent, 0 to 255.
    pub tos: u32,
    /// `ip_free_bind`: addresses may be listened on that no interface has.
    pub free_bind: bool,
}

impl Default for IpConfig {
    fn default() -> Self {
        IpConfig {
            tos: libc::IPTOS_LOWDELAY.into(),
            free_bind: false,
        }
    }
}

impl IpConfig {
    /// Sets the options of a socket before it is bound to `address`.
    pub(crate) fn apply(&self, socket: &Socket, address: SocketAddr) -> io::Result<()> {
        if address.is_ipv4() {
            socket.set_tos_v4(self.tos)?;
            socket.set_freebind_v4(self.free_bind)
        } else {
            let class = i32::try_from(self.tos).unwrap_or(0);
            set_int(socket, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, class)?;
            socket.set_freebind_v6(self.free_bind)
        }
    }
}
