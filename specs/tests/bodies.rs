//! Bodies of messages that pages of specs cannot send: there each has a Content-Length.

use module_api::SocketId;
use std::net::SocketAddr;
use testkit::Bench;

const CONFIGURATION: &str = "
loadmodule \"sl.so\"
loadmodule \"textops.so\"
listen=udp:127.0.0.1:5060
request_route {
    if (has_body()) sl_send_reply(\"200\", \"Body\");
    else sl_send_reply(\"200\", \"None\");
}
";

/// As the manual says, and as observed on 5.6.3.
#[test]
fn a_body_without_a_content_length_is_none_for_has_body() {
    let phone: SocketAddr = "127.0.0.2:5060".parse().unwrap();
    for (length, expected) in [("Content-Length: 5\r\n", "Body"), ("", "None")] {
        let mut bench = Bench::new(CONFIGURATION, mod_all::MODULES, 1).unwrap();
        let request = format!(
            "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK1\r\n\
             From: <sip:alice@example.org>;tag=a\r\nTo: <sip:bob@example.org>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
             Content-Type: text/plain\r\n{length}\r\nhello"
        );
        assert!(bench.receive_by(SocketId(0), phone, &request));
        let first_line = bench.take_sent()[0].text.lines().next().map(str::to_owned);
        assert_eq!(first_line, Some(format!("SIP/2.0 200 {expected}")));
    }
}
