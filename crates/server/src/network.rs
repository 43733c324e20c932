//! The core parameters as the sockets want them.

use module_api::{CoreSettings, IpSettings, StreamProtocols, TcpSettings};
use net::{IpConfig, NetConfig, PathMtuDiscovery, RawConfig, TakenAlias, TcpConfig, UdpConfig};
use std::time::Duration;

/// What the sockets are set up with.
pub fn net_config(settings: &CoreSettings) -> NetConfig {
    NetConfig {
        ip: IpConfig {
            tos: settings.ip.tos.0.into(),
            free_bind: settings.ip.free_bind,
        },
        udp: udp_config(&settings.ip),
        tcp: tcp_config(&settings.tcp),
    }
}

fn udp_config(ip: &IpSettings) -> UdpConfig {
    let default = UdpConfig::default();
    let unset = IpSettings::default();
    UdpConfig {
        // Who does not say how large the buffer is to be gets one that holds a burst.
        maxbuffer: match ip.receive_buffer == unset.receive_buffer {
            true => default.maxbuffer,
            false => size(ip.receive_buffer),
        },
        maxsndbuffer: size(ip.send_buffer),
        pmtu_discovery: match ip.pmtu_discovery {
            1 => PathMtuDiscovery::Always,
            2 => PathMtuDiscovery::Kernel,
            _ => PathMtuDiscovery::Off,
        },
        receive_wait_max: receive_wait_max(ip),
        mcast_loopback: ip.mcast_loopback,
        mcast_ttl: ip.mcast_ttl.and_then(|ttl| u8::try_from(ttl).ok()),
        raw: (ip.udp4_raw != 0).then(|| RawConfig {
            mtu: u16::try_from(ip.udp4_raw_mtu).unwrap_or(u16::MAX),
            ttl: u8::try_from(ip.udp4_raw_ttl).ok().filter(|ttl| *ttl != 0),
            is_optional: ip.udp4_raw < 0,
        }),
        ..default
    }
}

/// How long a thread may wait for more messages before it reads on.
pub fn receive_wait_max(ip: &IpSettings) -> Duration {
    Duration::from_micros(u64::try_from(ip.receive_wait_max).unwrap_or(0))
}

/// How stream connections are looked after.
pub fn tcp_config(tcp: &TcpSettings) -> TcpConfig {
    TcpConfig {
        max_connections: size(tcp.max_connections.0),
        accept_iplimit: size(tcp.accept_iplimit),
        accept_unique: tcp.accept_unique,
        connection_lifetime: seconds_or_ever(tcp.connection_lifetime),
        connect_timeout: seconds_or_ever(tcp.connect_timeout),
        send_timeout: seconds_or_ever(tcp.send_timeout),
        msg_data_timeout: seconds(tcp.message_data_timeout),
        msg_read_timeout: seconds(tcp.message_read_timeout),
        no_connect: tcp.no_connect,
        connection_match: tcp.connection_match,
        source_ipv4: tcp.source_ipv4.0,
        source_ipv6: tcp.source_ipv6.0,
        reuse_port: tcp.reuse_port,
        conn_wq_max: size(tcp.connection_queue_max.0),
        wq_max: size(tcp.queue_max.0),
        rd_buf_size: size(tcp.read_buffer),
        accept_no_cl: tcp.accept_no_content_length,
        accept_haproxy: tcp.accept_haproxy || tcp.accept_protocols.has(StreamProtocols::HAPROXY),
        wait_data: Duration::from_millis(u64::try_from(tcp.wait_data_ms).unwrap_or(0)),
        crlf_ping: tcp.crlf_ping,
        keepalive: tcp.keepalive,
        keepidle: tcp.keepalive_idle.map(seconds),
        keepintvl: tcp.keepalive_interval.map(seconds),
        keepcnt: tcp
            .keepalive_count
            .and_then(|count| u32::try_from(count).ok()),
        listen_backlog: u32::try_from(tcp.listen_backlog).unwrap_or(0),
        defer_accept: seconds(tcp.defer_accept),
        delayed_ack: tcp.delayed_ack,
        syncnt: tcp.syn_count.and_then(|count| u32::try_from(count).ok()),
        linger2: tcp.linger2.map(seconds),
        close_rst: tcp.close_rst,
        taken_alias: TakenAlias::from_flags(tcp.alias_flags),
    }
}

/// A negative number of octets or connections is none.
fn size(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn seconds(value: i64) -> Duration {
    Duration::from_secs(u64::try_from(value).unwrap_or(0))
}

/// Negative is without limit; what the system's timers can still count is.
fn seconds_or_ever(value: i64) -> Duration {
    const EVER: Duration = Duration::from_secs(365 * 24 * 3600);
    match u64::try_from(value) {
        Ok(value) => Duration::from_secs(value).min(EVER),
        Err(_) => EVER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::Span;
    use module_api::{ParamSet, ParamValue};

    #[test]
    fn unset_parameters_are_the_sockets_own_defaults() {
        assert_eq!(net_config(&CoreSettings::default()), NetConfig::default());
    }

    #[test]
    fn parameters_reach_the_sockets() {
        let mut settings = CoreSettings::default();
        for (name, value) in [
            ("tos", 8),
            ("maxbuffer", 500_000),
            ("receive_wait_max", 0),
            ("tcp_connection_lifetime", -1),
            ("tcp_keepidle", 30),
            ("tcp_accept_no_cl", 1),
            ("tcp_rd_buf_size", 65_536),
        ] {
            let value = ParamValue::Int(value);
            settings.assign(name, &value, Span::default()).unwrap();
        }
        let config = net_config(&settings);
        assert_eq!(config.ip.tos, 8);
        assert_eq!(config.udp.maxbuffer, 500_000);
        assert_eq!(config.udp.receive_wait_max, Duration::ZERO);
        assert!(config.tcp.connection_lifetime > Duration::from_secs(86_400));
        assert_eq!(config.tcp.keepidle, Some(Duration::from_secs(30)));
        assert!(config.tcp.accept_no_cl);
        assert_eq!(config.tcp.rd_buf_size, 65_536);
    }
}
