use super::{CoreSettings, Ipv6Style, LogFacility, LowBits, StreamProtocols, TypeOfService};
use crate::params::{ParamError, ParamSet, ParamValue};
use diagnostics::Span;
use sip::Transport;
use std::collections::BTreeSet;
use stdx::Text;

fn set(settings: &mut CoreSettings, name: &str, value: ParamValue) -> Result<(), ParamError> {
    settings.assign(name, &value, Span::default())
}

fn text(value: &str) -> ParamValue {
    ParamValue::Text(Text::from(value))
}

#[test]
fn a_name_of_a_group_is_set_in_its_group() {
    let mut settings = CoreSettings::default();
    assert_eq!(
        set(
            &mut settings,
            "tcp_connection_lifetime",
            ParamValue::Int(3605)
        ),
        Ok(())
    );
    assert_eq!(
        set(&mut settings, "dns_use_failover", ParamValue::Int(1)),
        Ok(())
    );
    assert_eq!(
        set(&mut settings, "shm_mem_size", ParamValue::Int(8)),
        Ok(())
    );
    assert_eq!(settings.tcp.connection_lifetime, 3605);
    assert!(settings.dns.use_failover);
    assert_eq!(settings.memory.shm, 8);
}

#[test]
fn each_name_is_there_once() {
    let mut seen = BTreeSet::new();
    for setting in CoreSettings::SETTINGS {
        assert!(seen.insert(setting.name), "{}", setting.name);
    }
    assert!(seen.len() > 230);
}

#[test]
fn an_unknown_name_and_a_value_of_the_other_type_are_refused() {
    let mut settings = CoreSettings::default();
    assert_eq!(
        set(&mut settings, "childs", ParamValue::Int(1)),
        Err(ParamError::Unknown)
    );
    let refused = set(&mut settings, "children", text("4"));
    assert!(matches!(refused, Err(ParamError::WrongKind(_))));
    let refused = set(&mut settings, "max_branches", ParamValue::Int(40));
    assert!(matches!(refused, Err(ParamError::Invalid(_))));
}

#[test]
fn of_a_value_out_of_the_range_the_nearest_is_taken() {
    let mut settings = CoreSettings::default();
    let adjusted = set(&mut settings, "max_recursive_level", ParamValue::Int(0));
    let said = "0 is out of range, which is 1 or more: 1 is taken".to_owned();
    assert_eq!(adjusted, Err(ParamError::Adjusted(said)));
    assert_eq!(settings.max_recursive_level, 1);
    let adjusted = set(&mut settings, "udp_mtu", ParamValue::Int(70_000));
    assert!(matches!(adjusted, Err(ParamError::Adjusted(_))));
    let kept = set(&mut settings, "udp_mtu", ParamValue::Int(1300));
    assert_eq!(kept, Ok(()));
}

/// What is said of a value that is taken after all.
fn warned(settings: &mut CoreSettings, name: &str, value: ParamValue) -> String {
    match set(settings, name, value) {
        Err(ParamError::Adjusted(message)) => message,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn of_a_number_that_is_too_large_the_low_bits_are_taken() {
    let mut settings = CoreSettings::default();
    let said = warned(&mut settings, "port", ParamValue::Int(70_000));
    assert_eq!(
        said,
        "70000 is out of range: 4464 is taken, its lowest 16 bits"
    );
    assert_eq!(settings.port, LowBits(4464));
    let wrapped = i64::from(i32::MIN);
    warned(&mut settings, "port", ParamValue::Int(wrapped));
    assert_eq!(settings.port, LowBits(0));
    warned(&mut settings, "tos", ParamValue::Int(300));
    assert_eq!(settings.ip.tos, TypeOfService(44));
    for name in ["tcp_wq_max", "tcp_conn_wq_max", "tcp_max_connections"] {
        warned(&mut settings, name, ParamValue::Int(wrapped));
    }
    assert_eq!(settings.tcp.queue_max, LowBits(1 << 31));
    assert_eq!(settings.tcp.connection_queue_max, LowBits(1 << 31));
    let kept = set(&mut settings, "port", ParamValue::Int(65_535));
    assert_eq!((kept, settings.port), (Ok(()), LowBits(65_535)));
}

#[test]
fn a_text_that_is_only_close_is_taken_with_a_warning() {
    let mut settings = CoreSettings::default();
    warned(&mut settings, "ipv6_hex_style", text("abc"));
    assert_eq!(settings.ip.ipv6_hex_style, Ipv6Style::Full);
    assert!(set(&mut settings, "ipv6_hex_style", text("")).is_err());
    warned(&mut settings, "tos", text("IPTOS_FAST"));
    assert_eq!(settings.ip.tos, TypeOfService(0x10));
    for host in ["0", "0x10", "yes", "off", "x=;", "a.1", "[x]"] {
        let said = warned(&mut settings, "advertised_address", text(host));
        assert!(said.contains("sent as it is"), "{host}: {said}");
        assert_eq!(settings.advertised_address.0, Text::from(host));
    }
    for host in [
        "",
        "a",
        "a.example.org.",
        "my_host",
        "192.0.2.1",
        "::1",
        "[::1]",
        "1.a",
    ] {
        let result = set(&mut settings, "advertised_address", text(host));
        assert_eq!(result, Ok(()), "{host}");
    }
    assert_eq!(set(&mut settings, "tcp_source_ipv6", text("[::1]")), Ok(()));
    assert_eq!(
        settings.tcp.source_ipv6.0,
        Some(std::net::Ipv6Addr::LOCALHOST)
    );
}

#[test]
fn words_stand_for_what_they_name() {
    let mut settings = CoreSettings::default();
    assert_eq!(
        set(&mut settings, "log_facility", text("LOG_LOCAL0")),
        Ok(())
    );
    assert_eq!(settings.log.facility, LogFacility(16));
    assert_eq!(settings.log.facility.name(), "LOG_LOCAL0");
    assert!(set(&mut settings, "log_facility", text("LOG_FOO")).is_err());
    assert_eq!(set(&mut settings, "udp_mtu_try_proto", text("TCP")), Ok(()));
    assert_eq!(settings.ip.udp_mtu_transport.get(), Transport::Tcp);
    assert_eq!(set(&mut settings, "tos", text("IPTOS_RELIABILITY")), Ok(()));
    assert_eq!(settings.ip.tos, TypeOfService(4));
    assert_eq!(set(&mut settings, "ipv6_hex_style", text("A")), Ok(()));
    assert_eq!(settings.ip.ipv6_hex_style, Ipv6Style::FullUpper);
    assert_eq!(
        set(&mut settings, "tcp_accept_protocols", text("http, ws")),
        Ok(())
    );
    assert_eq!(settings.tcp.accept_protocols, StreamProtocols(12));
    assert_eq!(
        set(&mut settings, "tcp_source_ipv4", text("127.0.0.1")),
        Ok(())
    );
    assert_eq!(settings.tcp.source_ipv4.0, Some([127, 0, 0, 1].into()));
    assert!(set(&mut settings, "tcp_source_ipv4", text("localhost")).is_err());
}

#[test]
fn the_lines_that_name_us_follow_from_header_and_switch() {
    let mut settings = CoreSettings::default();
    assert_eq!(
        set(&mut settings, "server_header", text("Server: x")),
        Ok(())
    );
    settings.finish();
    assert_eq!(settings.server_line, Text::from("Server: x\r\n"));
    settings.server_signature = false;
    settings.finish();
    assert!(settings.server_line.is_empty());
}
