//! Opening a UDP socket.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::{PathMtuDiscovery, UdpConfig};
use crate::config::IpConfig;
use crate::interface::interface_addresses;
use crate::os::set_int;
use crate::socket::ListenSpec;

/// Opens and binds a UDP socket.
///
/// COMPAT: 5.6.3 sets `SO_REUSEADDR`, with which a second server shares the port without an error and takes half of the
/// datagrams. Here a port in use is refused; only multicast groups are shared.
pub(crate) fn bind_udp(spec: &ListenSpec, ip: &IpConfig, config: &UdpConfig) -> io::Result<Socket> {
    let address = spec.address;
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    ip.apply(&socket, address)?;
    spec.bind_device(&socket)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if address.ip().is_multicast() {
        socket.set_reuse_address(true)?;
    }
    if address.ip().is_unspecified() {
        ask_for_local_address(&socket, address)?;
    }
    set_path_mtu_discovery(&socket, address, config.pmtu_discovery)?;
    grow_buffers(&socket, config)?;
    socket.bind(&address.into())?;
    if address.ip().is_multicast() {
        join(&socket, spec)?;
    }
    set_multicast_options(&socket, address, config)?;
    Ok(socket)
}

/// A wildcard socket is told by the kernel which address each datagram was sent to.
fn ask_for_local_address(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv4() {
        set_int(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1)
    } else {
        set_int(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1)
    }
}

fn set_path_mtu_discovery(
    socket: &Socket,
    address: SocketAddr,
    mode: PathMtuDiscovery,
) -> io::Result<()> {
    let value = match mode {
        PathMtuDiscovery::Off => libc::IP_PMTUDISC_DONT,
        PathMtuDiscovery::Always => libc::IP_PMTUDISC_DO,
        PathMtuDiscovery::Kernel => libc::IP_PMTUDISC_WANT,
    };
    if address.is_ipv4() {
        set_int(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, value)
    } else {
        set_int(socket, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, value)
    }
}

/// Asks for the configured buffers where the system's are smaller; beyond the system's limit only an administrator may.
fn grow_buffers(socket: &Socket, config: &UdpConfig) -> io::Result<()> {
    // The kernel reports twice what was asked for (socket(7)).
    if socket.recv_buffer_size()? / 2 < config.maxbuffer {
        socket.set_recv_buffer_size(config.maxbuffer)?;
        if socket.recv_buffer_size()? / 2 < config.maxbuffer {
            let wanted = i32::try_from(config.maxbuffer).unwrap_or(i32::MAX);
            // Refused without CAP_NET_ADMIN: then what was reached has to do.
            let _ = set_int(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, wanted);
        }
    }
    if socket.send_buffer_size()? / 2 < config.maxsndbuffer {
        socket.set_send_buffer_size(config.maxsndbuffer)?;
    }
    Ok(())
}

/// Joins the group on the interface named by `mcast`, or on the one the kernel's routes prefer.
fn join(socket: &Socket, spec: &ListenSpec) -> io::Result<()> {
    match spec.address.ip() {
        IpAddr::V4(group) => {
            let interface = match &spec.mcast {
                Some(name) => interface_addresses()?
                    .into_iter()
                    .filter(|entry| entry.interface == *name)
                    .find_map(|entry| match entry.address {
                        IpAddr::V4(address) => Some(address),
                        IpAddr::V6(_) => None,
                    })
                    .ok_or(io::ErrorKind::NotFound)?,
                None => std::net::Ipv4Addr::UNSPECIFIED,
            };
            socket.join_multicast_v4(&group, &interface)
        }
        IpAddr::V6(group) => {
            let index = match &spec.mcast {
                Some(name) => nix::net::if_::if_nametoindex(name.as_str())?,
                None => 0,
            };
            socket.join_multicast_v6(&group, index)
        }
    }
}

fn set_multicast_options(
    socket: &Socket,
    address: SocketAddr,
    config: &UdpConfig,
) -> io::Result<()> {
    if address.is_ipv4() {
        socket.set_multicast_loop_v4(config.mcast_loopback)?;
        if let Some(ttl) = config.mcast_ttl {
            socket.set_multicast_ttl_v4(ttl.into())?;
        }
    } else {
        socket.set_multicast_loop_v6(config.mcast_loopback)?;
        if let Some(hops) = config.mcast_ttl {
            socket.set_multicast_hops_v6(hops.into())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sip::Transport;

    use super::*;

    fn open(address: &str) -> io::Result<Socket> {
        let spec = ListenSpec::new(Transport::Udp, address.parse().unwrap());
        bind_udp(&spec, &IpConfig::default(), &UdpConfig::default())
    }

    fn address_of(socket: &Socket) -> SocketAddr {
        socket.local_addr().unwrap().as_socket().unwrap()
    }

    #[test]
    fn a_port_in_use_is_refused() {
        let first = open("127.0.0.1:0").unwrap();
        let error = open(&address_of(&first).to_string()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn the_families_do_not_share_a_port() {
        let Ok(six) = open("[::]:0") else { return };
        let four = format!("0.0.0.0:{}", address_of(&six).port());
        assert!(open(&four).is_ok());
    }

    #[test]
    fn the_receive_buffer_grows_to_what_the_system_allows() {
        let socket = open("127.0.0.1:0").unwrap();
        assert!(socket.recv_buffer_size().unwrap() >= 212_992);
    }
}
