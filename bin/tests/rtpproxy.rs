//! Media of a call go through a proxy that speaks RTPProxy's protocol.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// A proxy that tells figures until the session is deleted; besides, what it was asked about sessions.
fn proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let place = socket.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::<String>::new()));
    let given = asked.clone();
    std::thread::spawn(move || {
        let mut octets = [0; 65_535];
        while let Ok((length, asker)) = socket.recv_from(&mut octets) {
            let text = String::from_utf8_lossy(&octets[..length]).into_owned();
            let (cookie, command) = text.trim_end().split_once(' ').unwrap();
            let mut given = given.lock().unwrap();
            let is_gone = given.iter().any(|command| command.starts_with('D'));
            let answer = match command {
                "V" => "20040107",
                _ if command.starts_with('V') => "1",
                _ if command.starts_with('Q') && is_gone => "E8",
                _ if command.starts_with('Q') => "25 30 31 0 2",
                _ => "0",
            };
            if !command.starts_with('V') {
                given.push(command.to_owned());
            }
            let answer = format!("{cookie} {answer}\n");
            socket.send_to(answer.as_bytes(), asker).unwrap();
        }
    });
    (place, asked)
}

#[test]
fn to_read_the_figures_of_a_session_is_to_ask_the_proxy() {
    let bench = Bench::new();
    let (place, asked) = proxy();
    let modules = ["sl", "pv", "tm", "textops", "rtpproxy"];
    let modules = modules
        .map(|name| format!("loadmodule \"{name}\"\n"))
        .concat();
    let configuration = format!(
        "{modules}modparam(\"rtpproxy\", \"rtpproxy_sock\", \"udp:{place}\")\n\
         request_route {{\n if ($rU == \"ready\") {{ sl_send_reply(\"200\", \"OK\"); exit; }}\n\
         $var(before) = $rtpstat;\n rtpproxy_destroy();\n\
         set_reply_body(\"$var(before), then $rtpstat\", \"text/plain\");\n sl_send_reply(\"200\", \"OK\");\n}}\n"
    );
    let _server = bench.start(&configuration);
    let answer = bench.asks("BYE", "asks", "", PATIENCE).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "25 30 31 0 2, then E8");
    let asked = asked.lock().unwrap();
    let letters: Vec<_> = asked.iter().map(|command| &command[..1]).collect();
    assert_eq!(letters, ["Q", "D", "Q"]);
    assert!(asked[0].contains(";1"), "{asked:?}");
}
