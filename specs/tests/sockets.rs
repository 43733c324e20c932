//! By which of our sockets a message leaves, and what is none.

use module_api::SocketId;
use std::net::SocketAddr;
use testkit::Bench;

const CONFIGURATION: &str = "
loadmodule \"pv.so\"
listen=udp:127.0.0.1:5060
listen=udp:127.0.0.1:5061
listen=udp:127.0.0.1:5062
request_route { $du = \"sip:127.0.0.3\"; forward(); }
reply_route { if ($tU == \"moved\") $fs = \"udp:127.0.0.1:5062\"; }
";

/// As observed on 5.6.3: a translator on the way lets nothing else through.
#[test]
fn a_response_leaves_by_the_socket_it_came_in_on_unless_the_script_says_otherwise() {
    let phone: SocketAddr = "127.0.0.2:5060".parse().unwrap();
    let gateway: SocketAddr = "127.0.0.3:5060".parse().unwrap();
    for (user, expected) in [("bob", SocketId(1)), ("moved", SocketId(2))] {
        let mut bench = Bench::new(CONFIGURATION, mod_all::MODULES, 1).unwrap();
        let fields = format!(
            "From: <sip:alice@example.org>;tag=a\r\nTo: <sip:{user}@example.org>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
        );
        let via = "Via: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n";
        let request = format!("OPTIONS sip:{user}@example.org SIP/2.0\r\n{via}{fields}\r\n");
        assert!(bench.receive_by(SocketId(1), phone, &request));
        let sent = bench.take_sent();
        assert_eq!(sent[0].delivery.socket, SocketId(1));
        let ours = sent[0]
            .text
            .lines()
            .find(|line| line.starts_with("Via: "))
            .unwrap();
        let response = format!("SIP/2.0 200 OK\r\n{ours}\r\n{via}{fields}\r\n");
        assert!(bench.receive_by(SocketId(1), gateway, &response));
        let sent = bench.take_sent();
        assert_eq!(sent[0].to, phone);
        assert_eq!(sent[0].delivery.socket, expected, "{user}");
    }
}

/// As observed on 5.6.3.
#[test]
fn a_socket_is_known_by_what_it_advertises_and_by_its_address_alone() {
    let configuration = "
loadmodule \"pv.so\"
listen=udp:127.0.0.1:5061
listen=udp:127.0.0.9:5060
listen=udp:127.0.0.9:5062 advertise 192.0.2.9:7777
request_route { $fs = $(rU{s.unescape.user}); $du = \"sip:127.0.0.3\"; forward(); }
";
    for (name, expected) in [
        ("udp:192.0.2.9:7777", SocketId(2)),
        ("udp:192.0.2.9", SocketId(2)),
        ("udp:127.0.0.9", SocketId(1)),
        ("udp:127.0.0.9:5062", SocketId(2)),
        ("udp:127.0.0.1", SocketId(0)),
        ("udp:192.0.2.9:1", SocketId(0)),
    ] {
        let mut bench = Bench::new(configuration, mod_all::MODULES, 1).unwrap();
        let request = format!(
            "OPTIONS sip:{}@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n\
             From: <sip:alice@example.org>;tag=a\r\nTo: <sip:bob@example.org>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
            name.replace(':', "%3a")
        );
        assert!(bench.receive("127.0.0.2:5060".parse().unwrap(), &request));
        let sent = bench.take_sent();
        assert_eq!(sent[0].delivery.socket, expected, "{name}");
    }
}

/// As observed on 5.6.3.
#[test]
fn a_request_leaves_by_the_socket_it_came_in_at_whichever_the_script_says_it_did() {
    let phone: SocketAddr = "127.0.0.2:5060".parse().unwrap();
    let configuration = "
loadmodule \"pv.so\"
loadmodule \"sl.so\"
loadmodule \"corex.so\"
listen=udp:127.0.0.1:5060
listen=udp:127.0.0.1:5061
request_route {
    set_recv_socket(\"udp:127.0.0.1:5061\");
    if ($rU == \"answered\") { sl_send_reply(\"200\", \"$Rp\"); exit; }
    $du = \"sip:127.0.0.3\";
    forward();
}
";
    for (user, expected) in [("answered", SocketId(1)), ("bob", SocketId(0))] {
        let mut bench = Bench::new(configuration, mod_all::MODULES, 1).unwrap();
        let request = format!(
            "OPTIONS sip:{user}@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n\
             From: <sip:alice@example.org>;tag=a\r\nTo: <sip:bob@example.org>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
        );
        assert!(bench.receive(phone, &request));
        let sent = bench.take_sent();
        assert_eq!(sent[0].delivery.socket, expected, "{user}");
        assert!(user == "bob" || sent[0].text.starts_with("SIP/2.0 200 5061"));
    }
}

/// As observed on 5.6.3: what keeps a way through NAT open runs no route.
#[test]
fn a_datagram_of_less_than_32_octets_is_nothing_that_a_script_sees() {
    let configuration = "
received_route_mode=1
loadmodule \"pv.so\"
loadmodule \"xlog.so\"
request_route { exit; }
event_route[core:msg-received] { xnotice(\"came $rcv(len)\\n\"); }
event_route[core:receive-parse-error] { xnotice(\"no message\\n\"); }
";
    let mut bench = Bench::new(configuration, mod_all::MODULES, 1).unwrap();
    let phone: SocketAddr = "127.0.0.2:5060".parse().unwrap();
    for octets in ["\r\n\r\n", "\0\0\0\0", &"x".repeat(31), &"x".repeat(32)] {
        bench.receive_octets(phone, octets.to_owned().into());
    }
    let log = bench.log();
    let told = log.iter().filter(|line| line.contains("<script>"));
    assert_eq!(told.count(), 2, "{log:?}");
}
