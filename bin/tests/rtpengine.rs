//! Media of a call go through daemons that speak the ng protocol.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// The commands that a daemon was given, in order.
type Commands = Arc<Mutex<Vec<String>>>;

/// A string of bencode: its text, and what comes behind it.
fn string(octets: &str) -> (&str, &str) {
    let (length, rest) = octets.split_once(':').unwrap();
    rest.split_at(length.parse().unwrap())
}

/// The text behind a key of a dictionary.
fn value<'a>(dict: &'a str, key: &str) -> Option<&'a str> {
    let at = dict.find(&format!("{}:{key}", key.len()))?;
    Some(string(&dict[at + 2 + key.len()..]).0)
}

/// A daemon that adds its name to each description.
fn daemon(name: &'static str) -> (SocketAddr, Commands) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let place = socket.local_addr().unwrap();
    let commands = Commands::default();
    let given = commands.clone();
    std::thread::spawn(move || {
        let mut octets = [0; 65_535];
        while let Ok((length, asker)) = socket.recv_from(&mut octets) {
            let text = String::from_utf8_lossy(&octets[..length]).into_owned();
            let (cookie, dict) = text.split_once(' ').unwrap();
            let command = value(dict, "command").unwrap();
            let answer = match value(dict, "sdp") {
                _ if command == "ping" => "d6:result4:ponge".to_owned(),
                None if command == "query" => {
                    let part = "d5:bytesi160e7:packetsi2e6:errorsi0ee";
                    format!("d6:result2:ok6:totalsd3:RTP{part}4:RTCP{part}ee")
                }
                None => "d6:result2:oke".to_owned(),
                Some(sdp) => {
                    let sdp = format!("{sdp}a=through-{name}\r\n");
                    format!("d6:result2:ok3:sdp{}:{sdp}e", sdp.len())
                }
            };
            if command != "ping" {
                given.lock().unwrap().push(command.to_owned());
            }
            socket
                .send_to(format!("{cookie} {answer}").as_bytes(), asker)
                .unwrap();
        }
    });
    (place, commands)
}

#[test]
fn with_two_sets_media_go_through_a_daemon_of_each() {
    let bench = Bench::new();
    let (first, second) = (daemon("first"), daemon("second"));
    let modules = ["sl", "pv", "tm", "textops", "rtpengine"];
    let modules = modules
        .map(|name| format!("loadmodule \"{name}\"\n"))
        .concat();
    let configuration = format!(
        "{modules}modparam(\"rtpengine\", \"rtpengine_sock\", \"1 == udp:{}\")\n\
         modparam(\"rtpengine\", \"rtpengine_sock\", \"2 == udp:{}\")\n\
         modparam(\"rtpengine\", \"read_sdp_pv\", \"$avp(in)\")\nmodparam(\"rtpengine\", \"write_sdp_pv\", \"$avp(out)\")\n\
         request_route {{\n if ($rU == \"ready\") {{ sl_send_reply(\"200\", \"OK\"); exit; }}\n\
         $avp(in) = \"v=0\\r\\n\";\n set_rtpengine_set(\"1\", \"2\");\n\
         if ($rU == \"ends\") rtpengine_delete();\n else rtpengine_offer();\n\
         set_reply_body(\"$avp(out)\", \"application/sdp\");\n sl_send_reply(\"200\", \"OK\");\n}}\n",
        first.0, second.0
    );
    let _server = bench.start(&configuration);
    let answer = bench.asks("INVITE", "begins", "", PATIENCE).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "v=0\r\na=through-first\r\na=through-second\r\n");
    bench.asks("BYE", "ends", "", PATIENCE).unwrap();
    for (_, commands) in [first, second] {
        assert_eq!(*commands.lock().unwrap(), ["offer", "delete"]);
    }
}

#[test]
fn to_read_what_media_there_was_is_to_ask_the_daemon() {
    let bench = Bench::new();
    let (place, commands) = daemon("only");
    let modules = ["sl", "pv", "tm", "textops", "rtpengine"];
    let modules = modules
        .map(|name| format!("loadmodule \"{name}\"\n"))
        .concat();
    let configuration = format!(
        "{modules}modparam(\"rtpengine\", \"rtpengine_sock\", \"udp:{place}\")\n\
         request_route {{\n if ($rU == \"ready\") {{ sl_send_reply(\"200\", \"OK\"); exit; }}\n\
         $var(round) = 0;\n while ($var(round) < 2 && $rtpstat =~ \"^RTP\") $var(round) = $var(round) + 1;\n\
         $var(answer) = $rtpstat + $var(round);\n\
         set_reply_body(\"$rtpstat, $rtpstat, $var(answer)\", \"text/plain\");\n sl_send_reply(\"200\", \"OK\");\n}}\n"
    );
    let _server = bench.start(&configuration);
    let answer = bench.asks("BYE", "asks", "", PATIENCE).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let totals = "RTP: 160 bytes, 2 packets, 0 errors; RTCP: 160 bytes, 2 packets, 0 errors";
    assert_eq!(body, format!("{totals}, {totals}, {totals}2"));
    // For each round of the loop, for the assignment and for the body, but not where nobody reads it.
    assert_eq!(*commands.lock().unwrap(), ["query"; 4]);
}
