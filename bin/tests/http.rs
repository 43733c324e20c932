//! The script asks web servers: over named connections, in failure routes, within limits, and holding up nobody else.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod bench;

use bench::{Bench, PATIENCE, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// A web server on a port of its own, for as long as the process lives.
fn web() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    place
}

/// Answers a request with what it was, or as its path says; `/never` is not answered.
fn serve(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = number.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut posted = vec![0; length];
    reader.read_exact(&mut posted).unwrap();
    let posted = String::from_utf8(posted).unwrap();
    let asked = first.trim_end_matches(" HTTP/1.1\r\n");
    if asked.ends_with("/never") {
        // Ends when the other side does.
        let _ = stream.read(&mut [0]);
        return;
    }
    let status = match asked.contains("/broken") {
        true => "503 Broken",
        false => "200 OK",
    };
    let body = format!("{asked} {posted}\nsecond line");
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nX-Kind: echo\r\n\r\n{body}"
    );
}

const SCRIPT: &str = r#"
modparam("http_client", "response_headers", 1)
modparam("http_client", "timeout_mode", 2)
request_route {
    if ($rU == "ready") { sl_send_reply("200", "OK"); exit; }
    if ($rU == "fails") {
        t_on_failure("ASK");
        t_set_fr(200, 200);
        $du = "sip:" + $si + ":" + $sp;
        t_relay();
        exit;
    }
    $var(rc) = -1;
    switch ($rU) {
        case "query":
            http_client_query("http://WEB/query", "$var(body)");
            break;
        case "posts":
            http_client_query("http://WEB/posts", "from $fU", "Content-Type: text/plain\r\n", "$var(body)");
            break;
        case "deletes":
            http_client_request("DELETE", "http://WEB/it", "", "", "$var(body)");
            break;
        case "never":
            http_client_query("http://WEB/never", "$var(body)");
            break;
        default:
            http_connect("$rU", "/path", "text/plain", "data of $rU", "$var(body)");
    }
    $var(rc) = $rc;
    set_reply_body("$var(body)", "text/plain");
    append_to_reply("X-Kind: $httprhdr(X-Kind)\r\n");
    sl_send_reply("200", "rc $var(rc)");
}
failure_route[ASK] {
    http_client_query("http://WEB/failure", "$var(body)");
    $var(reason) = "rc " + $rc;
    append_to_reply("X-Body: $var(body)\r\n");
    t_reply("480", "$var(reason)");
}
"#;

/// The program over a web server, with these parameters.
fn started(parameters: &str) -> (Bench, Server, SocketAddr) {
    let (bench, web) = (Bench::new(), web());
    let modules =
        ["sl", "pv", "tm", "textops", "http_client"].map(|name| format!("loadmodule \"{name}\"\n"));
    let text = format!("{}{parameters}{SCRIPT}", modules.concat()).replace("WEB", &web.to_string());
    let server = bench.start(&text);
    (bench, server, web)
}

fn options(bench: &Bench, user: &str) -> String {
    bench.asks("OPTIONS", user, "", PATIENCE).unwrap()
}

#[test]
fn any_url_can_be_asked_and_the_first_line_counts() {
    let (bench, _server, _) = started("");
    let answer = options(&bench, "query");
    assert!(answer.starts_with("SIP/2.0 200 rc 200\r\n"), "{answer}");
    assert!(answer.contains("\r\nX-Kind: echo\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nGET /query "), "{answer}");
    let answer = options(&bench, "posts");
    assert!(
        answer.ends_with("\r\n\r\nPOST /posts from posts"),
        "{answer}"
    );
    let answer = options(&bench, "deletes");
    assert!(answer.ends_with("\r\n\r\nDELETE /it "), "{answer}");
}

#[test]
fn connections_have_names_limits_and_others_that_stand_in() {
    let gone = SocketAddr::from(([127, 0, 0, 1], testkit::free_port().unwrap()));
    let parameters = format!(
        "modparam(\"http_client\", \"httpcon\", \"api=>http://WEB/v1\")\n\
         modparam(\"http_client\", \"httpcon\", \"cut=>http://WEB/;maxdatasize=5\")\n\
         modparam(\"http_client\", \"httpcon\", \"gone=>http://{gone}/;failover=broken\")\n\
         modparam(\"http_client\", \"httpcon\", \"alone=>http://{gone}/\")\n\
         modparam(\"http_client\", \"config_file\", \"servers.cfg\")\n"
    );
    let (bench, web) = (Bench::new(), web());
    let file = format!(
        "# servers\n[broken]\nurl = http://{web}/broken?\nfailover = filed\n[filed]\nurl = http://{web}/filed\n"
    );
    std::fs::write(bench.folder.join("servers.cfg"), file).unwrap();
    let modules =
        ["sl", "pv", "tm", "textops", "http_client"].map(|name| format!("loadmodule \"{name}\"\n"));
    let text = format!("{}{parameters}{SCRIPT}", modules.concat()).replace("WEB", &web.to_string());
    let _server = bench.start(&text);
    for (name, rc, body) in [
        ("api", "200", "POST /v1/path data of api\nsecond line"),
        ("cut", "200", "POST "),
        (
            "filed",
            "200",
            "POST /filed/path data of filed\nsecond line",
        ),
        ("gone", "200", "POST /filed/path data of gone\nsecond line"),
        ("alone", "7", ""),
        ("nobody", "-1", ""),
    ] {
        let answer = options(&bench, name);
        assert!(
            answer.starts_with(&format!("SIP/2.0 200 rc {rc}\r\n")),
            "{answer}"
        );
        let (_, found) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(found, body, "{name}");
    }
}

#[test]
fn who_waits_for_a_silent_server_holds_up_nobody_and_waits_no_longer_than_asked() {
    let (bench, _server, _) = started(
        "modparam(\"http_client\", \"connection_timeout\", 1500)\nmodparam(\"http_client\", \"requests_max\", 1)\n",
    );
    bench.sends("OPTIONS", "never", "");
    // The second request is one more than may be under way; it and the next one are answered before the first.
    let refused = options(&bench, "query");
    assert!(refused.starts_with("SIP/2.0 200 rc 89\r\n"), "{refused}");
    assert!(options(&bench, "ready").contains("200 OK"));
    let timed_out = bench.hears(PATIENCE).unwrap();
    assert!(
        timed_out.starts_with("SIP/2.0 200 rc 28\r\n"),
        "{timed_out}"
    );
    assert!(options(&bench, "query").starts_with("SIP/2.0 200 rc 200\r\n"));
}

#[test]
fn a_failure_route_can_ask_before_it_answers() {
    let (bench, _server, _) = started("");
    bench.sends("OPTIONS", "fails", "");
    // The relayed request comes back to whoever sent it, and is never answered.
    let relayed = bench.hears(PATIENCE).unwrap();
    assert!(relayed.starts_with("OPTIONS sip:fails@"), "{relayed}");
    let mut heard = std::iter::repeat_with(|| bench.hears(PATIENCE).unwrap());
    let answer = heard.find(|text| text.starts_with("SIP/2.0")).unwrap();
    assert!(answer.starts_with("SIP/2.0 480 rc 200\r\n"), "{answer}");
    assert!(answer.contains("\r\nX-Body: GET /failure \r\n"), "{answer}");
}

#[test]
fn who_asks_by_http_what_nothing_answers_is_let_go() {
    let bench = Bench::new();
    let _server = bench.start(&format!(
        "disable_tcp=no\nlisten=tcp:{}\nloadmodule \"sl\"\nrequest_route {{ sl_send_reply(\"200\", \"OK\"); }}",
        bench.server
    ));
    let mut browser = TcpStream::connect(bench.server).unwrap();
    browser.set_read_timeout(Some(PATIENCE)).unwrap();
    browser
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut heard = Vec::new();
    browser.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"");
}
