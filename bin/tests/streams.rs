//! What comes over connections, and what scripts know of them.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE, Server};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

/// A server that listens on TCP too.
fn start(bench: &Bench, parameters: &str) -> Server {
    bench.start(&format!(
        "disable_tcp=no\nlisten=tcp:{}\n{parameters}\nloadmodule \"sl\"\nloadmodule \"pv\"\nloadmodule \"corex\"\n\
         loadmodule \"xhttp\"\nloadmodule \"tcpops\"\n\
         event_route[xhttp:request] {{ xhttp_reply(\"200\", \"OK\", \"text/plain\", \"here\"); }}\n\
         request_route {{\n $var(a) = tcp_con_alive(\"sip:127.0.0.1:$sp\");\n\
         $var(b) = tcp_con_alive(\"127.0.0.1:5062\");\n add_tcp_alias(\"5062\");\n\
         $var(c) = tcp_con_alive(\"127.0.0.1:5062\");\n $var(d) = tcp_con_alive(\"127.0.0.1\");\n\
         sl_send_reply(\"200\", \"$var(a) $var(b) $var(c) $var(d) $tcp(ac_si)\");\n}}\n",
        bench.server
    ))
}

fn connect(bench: &Bench) -> TcpStream {
    let stream = TcpStream::connect(bench.server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes back until the other side pauses or closes.
fn answer(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let length = stream.read(&mut buffer).unwrap_or(0);
    String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned()
}

fn get(bench: &Bench) -> String {
    let mut stream = connect(bench);
    let request =
        "GET / HTTP/1.1\r\nHost: here\r\nVia: SIP/2.0/TCP 127.0.0.1\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    answer(&mut stream)
}

#[test]
fn http_comes_only_where_it_may() {
    let bench = Bench::new();
    let server = start(&bench, "");
    assert!(get(&bench).starts_with("HTTP/1.1 200 OK"));
    drop(server);
    let bench = Bench::new();
    let _server = start(&bench, "tcp_accept_protocols=\"ws,msrp\"");
    assert_eq!(get(&bench), "");
}

#[test]
fn why_a_connection_is_closed_for_what_came_over_it_is_told() {
    let bench = Bench::new();
    let _server = start(&bench, "");
    let cases = [
        (
            "OPTIONS sip:here SIP/2.0\r\nContent-Length: 20000\r\n\r\n",
            "a message has more than 16384 octets (tcp_rd_buf_size)",
        ),
        (
            "OPTIONS sip:here SIP/2.0\r\nContent-Length: -4\r\n\r\n",
            "what comes over it cannot be read: malformed Content-Length",
        ),
        (
            "hello\r\nthere\r\n\r\n",
            "what comes over it cannot be read: not SIP",
        ),
    ];
    for (octets, reason) in cases {
        let mut stream = connect(&bench);
        stream.write_all(octets.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream), "");
        let peer = stream.local_addr().unwrap();
        let expected = format!("the connection of {peer} is closed: {reason}");
        let began = Instant::now();
        while !bench.log().contains(&expected) {
            assert!(began.elapsed() < PATIENCE, "{}", bench.log());
            park_timeout(Duration::from_millis(2));
        }
    }
}

#[test]
fn who_waits_for_its_turn_is_told_to_go_on() {
    let bench = Bench::new();
    let _server = start(&bench, "");
    let mut stream = connect(&bench);
    stream
        .write_all(
            b"POST / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        )
        .unwrap();
    assert_eq!(answer(&mut stream), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").unwrap();
    assert!(answer(&mut stream).ends_with("\r\n\r\nhere"));
    stream
        .write_all(b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n")
        .unwrap();
    assert!(answer(&mut stream).ends_with("\r\nContent-Length: 4\r\n\r\n"));
}

#[test]
fn a_connection_is_found_by_its_address_and_its_aliases() {
    let bench = Bench::new();
    let _server = start(&bench, "");
    let mut stream = connect(&bench);
    let local = stream.local_addr().unwrap();
    let request = format!(
        "OPTIONS sip:here SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let heard = answer(&mut stream);
    let first = heard.lines().next().unwrap_or_default();
    assert_eq!(first, "SIP/2.0 200 1 -1 1 -1 127.0.0.1");
}

/// What a server says of a socket.
fn said(parameters: &str, port: u16, text: &str) -> (Bench, Server, String) {
    let bench = Bench::new();
    let server = bench.start(&format!(
        "loadmodule \"sl\"\nloadmodule \"pv\"\n{parameters}\n\
         request_route {{ sl_send_reply(\"200\", \"{text}\"); }}\n"
    ));
    let phone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let local = phone.local_addr().unwrap();
    let request = format!(
        "OPTIONS sip:here SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    phone
        .send_to(request.as_bytes(), ("127.0.0.1", port))
        .unwrap();
    let mut octets = [0; 4096];
    let length = phone.recv(&mut octets).unwrap();
    let heard = String::from_utf8_lossy(&octets[..length]);
    let first = heard.lines().next().unwrap_or_default().to_owned();
    (bench, server, first)
}

/// Each socket of a range of ports has a name and an advertised port of its own.
#[test]
fn sockets_of_a_range_are_told_apart() {
    let ports = std::iter::repeat_with(|| testkit::free_port().unwrap());
    let is_free = |port: &u16| std::net::UdpSocket::bind(("127.0.0.1", *port + 1)).is_ok();
    let first = ports.take(100).find(is_free).unwrap();
    let last = first + 1;
    let socket = format!(
        "socket = {{\n bind = udp:127.0.0.1:{first}-{last};\n advertise = 192.0.2.1:6060;\n name = \"s\";\n workers = 4;\n}}"
    );
    let (_bench, _server, heard) = said(&socket, last, "$Rn $RAp");
    assert_eq!(heard, format!("SIP/2.0 200 s{last} 6061"));
}

#[test]
fn a_socket_stays_with_its_device() {
    let port = testkit::free_port().unwrap();
    let socket = |device: &str| {
        format!(
            "socket = {{\n bind = udp:127.0.0.1:{port};\n name = \"s\";\n vrf = \"{device}\";\n}}"
        )
    };
    let (_bench, _server, heard) = said(&socket("lo"), port, "$Rn");
    assert_eq!(heard, "SIP/2.0 200 s");
    // There is none of this name.
    let folder = std::env::temp_dir().join(format!("kahea-device-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("k.cfg");
    let text = format!(
        "disable_tcp=yes\n{}\nrequest_route {{ drop; }}\n",
        socket("nodevice")
    );
    std::fs::write(&file, text).unwrap();
    let mut command = bench::kahea();
    command.args(["-DD", "-E", "-f"]).arg(&file);
    let ended = command.arg("-Y").arg(&folder).output().unwrap();
    assert!(!ended.status.success());
    let _ = std::fs::remove_dir_all(&folder);
}

/// Whether a connection is open after a message, and what was answered; both as observed on 5.6.3.
fn is_left_open(bench: &Bench, message: &str) -> (bool, String) {
    let mut stream = connect(bench);
    stream.write_all(message.as_bytes()).unwrap();
    let heard = answer(&mut stream);
    // What comes next shows whether anybody still reads.
    let more = match heard.is_empty() {
        true => return (false, heard),
        false => stream.write_all(b"\r\n\r\n").map(|()| answer(&mut stream)),
    };
    (more.is_ok_and(|more| more == "\r\n"), heard)
}

#[test]
fn a_message_that_led_to_an_error_closes_its_connection() {
    let request = |user: &str, call: &str| {
        format!(
            "OPTIONS sip:{user}@here SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>\r\n{call}CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
    };
    for (mode, stays) in [(0, false), (1, true)] {
        let bench = Bench::new();
        let _server = bench.start(&format!(
            "disable_tcp=no\nlisten=tcp:{}\ntcp_script_mode={mode}\nloadmodule \"sl\"\nloadmodule \"xhttp\"\n\
             loadmodule \"textops\"\n\
             event_route[xhttp:request] {{ xhttp_reply(\"200\", \"OK\", \"text/plain\", \"here\"); return -1; }}\n\
             request_route {{\n sl_send_reply(\"200\", \"OK\");\n if (method == \"OPTIONS\" && uri =~ \"minus\") return -1;\n\
             if (uri =~ \"last\") search(\"nowhere\"); else exit;\n}}\n",
            bench.server
        ));
        let call = "Call-ID: 1\r\n";
        for (user, is_open) in [("good", true), ("minus", stays), ("last", stays)] {
            let (open, heard) = is_left_open(&bench, &request(user, call));
            assert!(heard.starts_with("SIP/2.0 200 OK"), "{user}: {heard}");
            assert_eq!(open, is_open, "{user} {mode}");
        }
        let http = "GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n";
        let (open, heard) = is_left_open(&bench, http);
        assert!(heard.starts_with("HTTP/1.1 200 OK"));
        assert_eq!(open, stays);
        for bad in [
            request("good", ""),
            request("good", call).replace("Via: SIP/2.0/TCP", "Via: x"),
        ] {
            let two = format!("{bad}{}", request("good", call));
            assert_eq!(is_left_open(&bench, &two).0, stays, "{bad}");
        }
    }
}

/// What is told of the end of connections, each of which asked for that, as 5.6.3 has it: `closed` by FIN, `reset` by RST. That
/// `tcp_connection_lifetime` is over is told by ours alone.
#[test]
fn the_end_of_connections_is_an_event_where_the_script_wants_it() {
    for (mode, asks, told) in [
        ("0", "-1", ""),
        ("1", "-1", "timeout closed reset "),
        ("2", "1", "timeout closed reset "),
    ] {
        let bench = Bench::new();
        let _server = bench.start(&format!(
            "disable_tcp=no\nlisten=tcp:{}\ntcp_connection_lifetime=2\nloadmodule \"sl\"\nloadmodule \"pv\"\nloadmodule \"tcpops\"\n\
             loadmodule \"htable\"\nmodparam(\"htable\", \"htable\", \"ends=>size=4;\")\n\
             modparam(\"tcpops\", \"closed_event\", {mode})\n\
             event_route[tcp:closed] {{ $sht(ends=>all) = $sht(ends=>all) + \"closed \"; }}\n\
             event_route[tcp:reset] {{ $sht(ends=>all) = $sht(ends=>all) + \"reset \"; }}\n\
             event_route[tcp:timeout] {{ $sht(ends=>all) = $sht(ends=>all) + \"timeout \"; }}\n\
             request_route {{\n $var(e) = tcp_enable_closed_event();\n sl_send_reply(\"200\", \"$var(e) $sht(ends=>all)\");\n}}\n",
            bench.server
        ));
        let mut idle = connect(&bench);
        assert_eq!(ends(&mut idle), format!("{asks} <null>"));
        assert_eq!(answer(&mut idle), "", "its lifetime is over");
        let so_far = |ends: usize| -> String { told.split_inclusive(' ').take(ends).collect() };
        let mut asker = connect(&bench);
        await_ends(&mut asker, asks, &so_far(1));
        let mut closes = connect(&bench);
        ends(&mut closes);
        drop(closes);
        await_ends(&mut asker, asks, &so_far(2));
        let mut resets = connect(&bench);
        ends(&mut resets);
        let at_once = nix::libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        let linger = nix::sys::socket::sockopt::Linger;
        nix::sys::socket::setsockopt(&resets, linger, &at_once).unwrap();
        drop(resets);
        await_ends(&mut asker, asks, told);
    }
}

/// What the server above says of connections that ended.
fn ends(stream: &mut TcpStream) -> String {
    let request = "OPTIONS sip:here SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let heard = answer(stream);
    let first = heard.lines().next().unwrap_or_default();
    first
        .trim_start_matches("SIP/2.0 200 ")
        .trim_end()
        .to_owned()
}

/// Asks until these ends have been seen.
fn await_ends(stream: &mut TcpStream, asks: &str, told: &str) {
    let told = if told.is_empty() { "<null>" } else { told };
    let expected = format!("{asks} {}", told.trim_end());
    let until = std::time::Instant::now() + PATIENCE;
    let mut heard = ends(stream);
    while heard != expected {
        assert!(std::time::Instant::now() < until, "{heard}");
        heard = ends(stream);
    }
}

/// RFC 3261 §18.2.2, as 5.6.3 has it: the answer goes to where the phone says it can be reached.
#[test]
fn an_answer_whose_connection_is_gone_opens_another_one() {
    let bench = Bench::new();
    let callee = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    callee.set_read_timeout(Some(PATIENCE)).unwrap();
    let _server = bench.start(&format!(
        "disable_tcp=no\nlisten=tcp:{}\nloadmodule \"sl\"\nloadmodule \"tm\"\nloadmodule \"pv\"\nloadmodule \"tcpops\"\n\
         loadmodule \"htable\"\nmodparam(\"htable\", \"htable\", \"ends=>size=4;\")\n\
         event_route[tcp:closed] {{ $sht(ends=>all) = \"closed\"; }}\n\
         request_route {{\n if (method == \"MESSAGE\") {{ $du = \"sip:{}\"; t_relay(); exit; }}\n\
         sl_send_reply(\"200\", \"1 $sht(ends=>all)\");\n}}\n",
        bench.server,
        callee.local_addr().unwrap()
    ));
    let home = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = home.local_addr().unwrap();
    let mut phone = connect(&bench);
    let request = format!(
        "MESSAGE sip:c@d SIP/2.0\r\nVia: SIP/2.0/TCP {address};branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
    );
    phone.write_all(request.as_bytes()).unwrap();
    let mut octets = [0; 4096];
    let (length, server) = callee.recv_from(&mut octets).unwrap();
    let forwarded = String::from_utf8_lossy(&octets[..length]).into_owned();
    drop(phone);
    await_ends(&mut connect(&bench), "1", "closed");
    let response = forwarded
        .replace("MESSAGE sip:c@d SIP/2.0", "SIP/2.0 202 Later")
        .replace("To: <sip:c@d>", "To: <sip:c@d>;tag=2");
    callee.send_to(response.as_bytes(), server).unwrap();
    home.set_nonblocking(true).unwrap();
    let until = std::time::Instant::now() + PATIENCE;
    let mut again = loop {
        match home.accept() {
            Ok((again, _)) => break again,
            Err(error) => assert!(std::time::Instant::now() < until, "{error}"),
        }
    };
    again.set_nonblocking(false).unwrap();
    again.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(answer(&mut again).starts_with("SIP/2.0 202 Later"));
}
