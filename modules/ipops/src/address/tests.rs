use super::*;

/// Observed on 5.6.3.
#[test]
fn addresses_are_told_from_other_texts() {
    for (text, written) in [
        ("1.2.3.4", Some("v4")),
        ("::1", Some("v6")),
        ("[::1]", Some("reference")),
        ("::ffff:1.2.3.4", Some("v6")),
        ("1.2.3", None),
        ("01.2.3.4", None),
        ("1.2.3.256", None),
        ("fe80::1%eth0", None),
        ("", None),
        ("[1.2.3.4]", None),
        (" 1.2.3.4", None),
        ("abc", None),
    ] {
        let found = Written::parse(text.as_bytes()).map(|written| match written {
            Written::V4(_) => "v4",
            Written::V6(_) => "v6",
            Written::V6Reference(_) => "reference",
        });
        assert_eq!(found, written, "{text}");
    }
}

/// Observed on 5.6.3.
#[test]
fn addresses_are_found_in_lists_of_networks() {
    for (address, networks, expected) in [
        ("10.0.123.123", "10.0.123.1/24", true),
        ("10.0.123.123", "10.0.0.0/16,192.168.0.0/24", true),
        ("192.168.0.9", "10.0.0.0/16, 192.168.0.0/24", true),
        ("10.0.0.1", "10.0.0.1", true),
        ("10.0.0.1", "10.0.0.1/33", false),
        ("10.0.0.1", "10.0.0.1/0", true),
        ("10.0.0.1", "10.0.0.1/32", true),
        ("::1", "::/64", true),
        ("::1", "[::]/64", false),
        ("::1", "10.0.0.0/8", false),
        ("10.0.0.1", "::/8,10.0.0.0/8", true),
        ("10.0.0.1", "bad,10.0.0.0/8", true),
        ("10.0.0.1", "10.0.0.0/255.0.0.0", false),
        ("10.0.0.1", "", false),
        ("10.0.0.1", "10.0.0.0/8,", true),
        ("10.0.0.1", "10.0.0.2,10.0.0.1", true),
        ("10.0.0.1", "10.0.0.0/8/9", false),
        ("10.0.0.1", "10.0.0.0/x", true),
    ] {
        assert_eq!(
            is_in_list(address.parse().unwrap(), networks.as_bytes()),
            expected,
            "{address} in {networks}"
        );
    }
}

/// Observed on 5.6.3.
#[test]
fn addresses_have_kinds() {
    for (address, expected) in [
        ("0.1.2.3", "PRIVATE"),
        ("10.1.1.1", "PRIVATE"),
        ("100.64.0.1", "SHARED"),
        ("127.1.1.1", "LOOPBACK"),
        ("169.254.1.1", "LINK-LOCAL"),
        ("172.16.0.1", "PRIVATE"),
        ("172.32.0.1", "PUBLIC"),
        ("192.0.0.1", "RESERVED"),
        ("192.0.2.1", "TEST-NET"),
        ("192.31.196.1", "PUBLIC"),
        ("192.88.99.1", "6TO4-RELAY"),
        ("192.168.1.1", "PRIVATE"),
        ("198.18.0.1", "RESERVED"),
        ("198.51.100.1", "TEST-NET"),
        ("203.0.113.1", "TEST-NET"),
        ("224.0.0.1", "MULTICAST"),
        ("240.0.0.1", "RESERVED"),
        ("255.255.255.255", "BROADCAST"),
        ("8.8.8.8", "PUBLIC"),
        ("::", "UNSPECIFIED"),
        ("::1", "LOOPBACK"),
        ("::ffff:1.2.3.4", "IPV4MAP"),
        ("::1.2.3.4", "RESERVED"),
        ("64:ff9b::1", "RESERVED"),
        ("100::1", "DISCARD"),
        ("100:1::1", "RESERVED"),
        ("2001::1", "TEREDO"),
        ("2001:2::1", "BMWG"),
        ("2001:db8::1", "DOCUMENTATION"),
        ("2001:10::1", "ORCHID"),
        ("2001:20::1", "GLOBAL-UNICAST"),
        ("2002::1", "6TO4"),
        ("3fff::1", "GLOBAL-UNICAST"),
        ("4000::1", "RESERVED"),
        ("fd00::1", "UNIQUE-LOCAL-UNICAST"),
        ("fe00::1", "RESERVED"),
        ("fe80::1", "LINK-LOCAL-UNICAST"),
        ("fec0::1", "RESERVED"),
        ("ff02::1", "MULTICAST"),
        ("5f00::1", "RESERVED"),
    ] {
        assert_eq!(kind(address.parse().unwrap()), expected, "{address}");
    }
}
