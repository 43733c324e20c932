//! Socket options of connections.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::TcpConfig;
use crate::os::set_int;

/// Sets the options that every connection has.
pub(super) fn apply(socket: &impl AsFd, config: &TcpConfig) -> io::Result<()> {
    let reference = SockRef::from(socket);
    reference.set_tcp_nodelay(true)?;
    if config.keepalive {
        keep_alive(
            &reference,
            config.keepidle,
            config.keepintvl,
            config.keepcnt,
        )?;
    }
    if !config.delayed_ack {
        set_int(socket, libc::IPPROTO_TCP, libc::TCP_QUICKACK, 1)?;
    }
    if let Some(time) = config.linger2 {
        let seconds = i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        set_int(socket, libc::IPPROTO_TCP, libc::TCP_LINGER2, seconds)?;
    }
    Ok(())
}

/// Sets the options that have to be there before connecting.
pub(super) fn apply_before_connect(socket: &impl AsFd, config: &TcpConfig) -> io::Result<()> {
    match config.syncnt {
        Some(count) => {
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            set_int(socket, libc::IPPROTO_TCP, libc::TCP_SYNCNT, count)
        }
        None => Ok(()),
    }
}

/// Has the system probe a silent peer. `None` leaves the system's value.
pub(crate) fn keep_alive(
    socket: &SockRef<'_>,
    idle: Option<Duration>,
    interval: Option<Duration>,
    count: Option<u32>,
) -> io::Result<()> {
    let mut parameters = TcpKeepalive::new();
    if let Some(idle) = idle {
        parameters = parameters.with_time(idle);
    }
    if let Some(interval) = interval {
        parameters = parameters.with_interval(interval);
    }
    if let Some(count) = count {
        parameters = parameters.with_retries(count);
    }
    // This switches SO_KEEPALIVE on as well.
    socket.set_tcp_keepalive(&parameters)
}
