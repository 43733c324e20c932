//! What neither std nor socket2 offers: a few socket options, and addresses as the kernel writes them.

use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

/// Sets a socket option whose value is an `int`.
pub(crate) fn set_int(socket: &impl AsFd, level: i32, name: i32, value: i32) -> io::Result<()> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the pointer and the length describe `value`, which outlives the call; the kernel only reads it.
    let result = unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            (&raw const value).cast(),
            mem::size_of::<i32>() as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The name that the system knows for an address, by its hosts file or the DNS. Waits for the answer.
pub fn name_of(address: IpAddr) -> Option<String> {
    let mut raw = empty_address();
    let length = write_address(SocketAddr::new(address, 0), &mut raw);
    let mut name = [0 as libc::c_char; libc::NI_MAXHOST as usize];
    // SAFETY: both pointers go with the lengths of what they point to; no service is asked for.
    let result = unsafe {
        libc::getnameinfo(
            (&raw const raw).cast(),
            length,
            name.as_mut_ptr(),
            name.len() as libc::socklen_t,
            std::ptr::null_mut(),
            0,
            libc::NI_NAMEREQD,
        )
    };
    if result != 0 {
        return None;
    }
    let octets: Vec<u8> = name
        .iter()
        .map(|octet| octet.cast_unsigned())
        .take_while(|octet| *octet != 0)
        .collect();
    String::from_utf8(octets).ok()
}

/// Room for an internet address as the kernel writes it: the larger of the two there are.
pub(crate) type RawAddress = libc::sockaddr_in6;

/// Reads an internet address as the kernel writes it. `None` for other families.
pub(crate) fn read_address(storage: &RawAddress) -> Option<SocketAddr> {
    match i32::from(storage.sin6_family) {
        libc::AF_INET => {
            // SAFETY: the room is larger than a `sockaddr_in` and as aligned, all of whose bit patterns are values, and the
            // family, which stands first in both, says that this is one.
            let v4 = unsafe { &*(&raw const *storage).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 => {
            let ip = Ipv6Addr::from(storage.sin6_addr.s6_addr);
            let port = u16::from_be(storage.sin6_port);
            Some(SocketAddrV6::new(ip, port, storage.sin6_flowinfo, storage.sin6_scope_id).into())
        }
        _ => None,
    }
}

/// Writes an internet address as the kernel reads it, and returns its length.
pub(crate) fn write_address(address: SocketAddr, storage: &mut RawAddress) -> libc::socklen_t {
    match address {
        SocketAddr::V4(address) => {
            // SAFETY: as in `read_address`; the room may be overwritten freely.
            let v4 = unsafe { &mut *(&raw mut *storage).cast::<libc::sockaddr_in>() };
            v4.sin_family = libc::AF_INET as libc::sa_family_t;
            v4.sin_port = address.port().to_be();
            v4.sin_addr.s_addr = u32::from(*address.ip()).to_be();
            mem::size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(address) => {
            storage.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            storage.sin6_port = address.port().to_be();
            storage.sin6_flowinfo = address.flowinfo();
            storage.sin6_addr.s6_addr = address.ip().octets();
            storage.sin6_scope_id = address.scope_id();
            mem::size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// An address of no family, to be written over.
pub(crate) const fn empty_address() -> RawAddress {
    // SAFETY: it consists of integers; all zeros is a value of it.
    unsafe { mem::zeroed() }
}

/// Has the system end this thread's sleeps when they are over, and not up to 50 µs later.
pub(crate) fn be_punctual() {
    // SAFETY: this option only takes a number of nanoseconds and has no effect on memory.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1000 as libc::c_ulong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_through_the_kernel_s_form() {
        for text in [
            "127.0.0.1:5060",
            "[::1]:5061",
            "[fe80::1%3]:1",
            "255.255.255.255:65535",
        ] {
            let address: SocketAddr = text.parse().unwrap();
            let mut storage = empty_address();
            write_address(address, &mut storage);
            assert_eq!(read_address(&storage), Some(address));
        }
        assert_eq!(read_address(&empty_address()), None);
    }
}
