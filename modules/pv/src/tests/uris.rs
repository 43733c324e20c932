//! The Request-URI, destination and sockets.

use super::bench::{Bench, Row};
use super::{BARE, RESPONSE, RICH};
use sip::Transport;

#[test]
fn the_request_uri_is_read_in_parts() {
    Bench::default().check(RICH, &[
        ("", "$ru", "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi"),
        ("", "$rU|$rd|$rp|$rP|$rz|$rUl|$rul", "+4930123|test.example.net|5080|udp|sip|8|77"),
        ("", "$ou|$ouri|$ruri", "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi|sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi|sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi"),
        ("", "$oU|$od|$op|$oP|$oUl", "+4930123|test.example.net|5080|udp|8"),
        ("", "$nh(d)|$nh(p)|$nh(P)|$nh(U)|$nh(i)", "test.example.net|5080|udp|+4930123|0"),
    ]);
    Bench::default().check(
        BARE,
        &[
            (
                "",
                "$ru|$rU|$rd|$rp|$rP|$rz|$rUl",
                "sip:test.example.net|<null>|test.example.net|5060|UDP|sip|0",
            ),
            ("", "$oU|$oUl|$op", "<null>|0|5060"),
        ],
    );
}

#[test]
fn a_response_has_no_request_uri() {
    Bench::default().check(
        RESPONSE,
        &[
            (
                "",
                "$ru|$rU|$rd|$rp|$rP|$rz|$rUl|$ou|$oU|$oUl",
                "<null>|<null>|<null>|<null>|<null>|<null>|<null>|<null>|<null>|<null>",
            ),
            ("$ru = \"sip:a@b\"", "$ru", "<null>"),
            (
                "",
                "$nh(u)|$nh(U)|$nh(d)|$nh(p)|$nh(P)|$nh(i)",
                "sip:127.0.0.2:5998;transport=udp|<null>|127.0.0.2|5998|udp|4",
            ),
        ],
    );
}

#[test]
fn parts_of_the_request_uri_are_replaced() {
    let reset = "$ru = $ou; ";
    let rows: Vec<Row> = [
        (
            "$rU = \"other\"",
            "sip:other:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rd = \"dom.example.org\"",
            "sip:+4930123:secret@dom.example.org:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rp = \"7070\"",
            "sip:+4930123:secret@test.example.net:7070;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rp = 7071",
            "sip:+4930123:secret@test.example.net:7071;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rp = $null",
            "sip:+4930123:secret@test.example.net;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rU = $null",
            "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rU = \"\"",
            "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$rU = 5; $rd = 5; $ru = 5; $ru = $null; $rd = $null",
            "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        // What is no URI any more has no value, but is where the request goes; 5.6.3 lets line ends in, too.
        ("$rp = \"abc\"", "<null>"),
        ("$rd = \"\"", "<null>"),
        ("$rU = \"a@b\"", "<null>"),
        ("$rd = \"a:5\"", "<null>"),
        (
            "$rU = \"a b\"",
            "sip:a b:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$ru = \"sip:a\\r\\nb\"; $rU = \"a\\r\\nb\"",
            "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            "$ru = \"tel:+1;ext=5\"; $rd = \"d\"",
            "sip:+1;ext=5@d;user=phone",
        ),
        ("$ru = \"sip:host:5070\"; $rU = \"u\"", "sip:u@host:5070"),
        ("$ru = \"not a uri\"", "<null>"),
        ("$ru = \"http://x/y\"", "<null>"),
    ]
    .into_iter()
    .map(|(code, expected)| (&*format!("{reset}{code}").leak(), "$ru", expected))
    .collect();
    let outcome = Bench::default().check(RICH, &rows);
    assert!(outcome.call.target_is_new);
}

#[test]
fn a_changed_uri_is_read_in_parts() {
    Bench::default().check(BARE, &[
        ("$ru = \"sips:x@host\"", "$rz|$rp|$rP|$rU", "sips|5060|UDP|x"),
        ("$ru = \"tel:+123456;phone-context=example.org\"", "$rU|$rd|$rz|$rp", "+123456|<null>|tel|5060"),
        ("$ru = \"urn:service:sos\"", "$rU|$rd|$rz|$rp", "service|sos|urn|5060"),
        ("$ru = \"sip:u;a=b@h;user=phone\"", "$rU|$rUl|$rz", "u|1|tel"),
        ("$ru = \"sip:a-user-with-a-very-long-name-indeed@a-host-with-a-very-long-name.example.org\"", "$rU|$rd|$ou", "a-user-with-a-very-long-name-indeed|a-host-with-a-very-long-name.example.org|sip:test.example.net"),
    ]);
}

#[test]
fn the_next_hop_is_the_destination_when_it_is_set() {
    Bench::default().check(
        RICH,
        &[
            ("", "$du|$dd|$dp|$dP", "<null>|<null>|<null>|<null>"),
            (
                "$du = \"sip:10.0.0.1:5080;transport=tcp\"",
                "$du|$dd|$dp|$dP|$duri",
                "sip:10.0.0.1:5080;transport=tcp|10.0.0.1|5080|tcp|sip:10.0.0.1:5080;transport=tcp",
            ),
            ("$du = 5", "$du", "sip:10.0.0.1:5080;transport=tcp"),
            (
                "$du = \"sip:h;transport=tls\"",
                "$dp|$dP|$dd|$nh(u)|$nh(d)|$nh(P)|$nh(U)|$nh(i)",
                "5061|tls|h|sip:h;transport=tls|h|tls|<null>|0",
            ),
            (
                "$du = \"sips:u@10.0.0.1\"",
                "$dp|$dP|$dd|$nh(U)|$nh(i)",
                "5060|UDP|10.0.0.1|u|4",
            ),
            (
                "$du = \"sip:[::1]:55\"",
                "$dp|$dP|$dd|$nh(i)|$nh(d)",
                "55|UDP|[::1]|6|[::1]",
            ),
            (
                "$du = \"bad\"",
                "$du|$dd|$dp|$dP",
                "bad|<null>|<null>|<null>",
            ),
            ("$du = \"\"", "[$du]$dd", "[<null>]<null>"),
            ("$du = $null", "$du|$nh(d)", "<null>|test.example.net"),
        ],
    );
}

#[test]
fn a_socket_is_forced_by_address_or_name() {
    let outcome = Bench::default().check(
        BARE,
        &[
            ("", "$fs|$fsn|$fsp", "<null>|<null>|0"),
            (
                "$fs = \"udp:127.0.0.1:5060\"",
                "$fs|$fsn|$fsp",
                "udp:127.0.0.1:5060|main|5060",
            ),
            (
                "$fs = \"tcp:127.0.0.1:5060\"",
                "$fs|$fsn|$fsp",
                "tcp:127.0.0.1:5060|<null>|5060",
            ),
            (
                "$fs = \"udp:127.0.0.1:1\"; $fs = \"junk\"; $fs = 5; $fsn = \"nosuch\"",
                "$fs",
                "tcp:127.0.0.1:5060",
            ),
            ("$fs = \"127.0.0.1:5060\"", "$fs", "udp:127.0.0.1:5060"),
            ("$fs = $null", "$fs", "<null>"),
            ("$fsn = \"main\"", "$fs", "udp:127.0.0.1:5060"),
            ("$fsn = $null", "$fs", "<null>"),
            ("$fs = \"UDP:127.0.0.1\"", "$fs", "udp:127.0.0.1:5060"),
        ],
    );
    assert_eq!(outcome.log.len(), 4, "{:?}", outcome.log);
}

#[test]
fn where_a_message_came_from_is_shown_in_all_forms() {
    Bench::default().check(BARE, &[
        ("", "$si|$src_ip|$siz|$sp|$su|$sut|$sas", "127.0.0.2|127.0.0.2|127.0.0.2|45678|sip:127.0.0.2:45678|sip:127.0.0.2:45678;transport=udp|udp:127.0.0.2:45678"),
        ("", "$pr|$proto|$prid|$conid|$af(id)|$af(name)", "udp|udp|1|<null>|2|IPv4"),
        ("", "$Ri|$Rp|$Ru|$Rut|$Ras|$Rn", "127.0.0.1|5060|sip:127.0.0.1:5060|sip:127.0.0.1:5060;transport=udp|udp:127.0.0.1:5060|main"),
        ("", "$RAi|$RAp|$RAu|$RAut", "127.0.0.1|5060|sip:127.0.0.1:5060|sip:127.0.0.1:5060;transport=udp"),
        ("", "$rcv(srcip)|$rcv(buf)|$recv(len)|$snd(ip)|$sndto(buf)|$sndfrom(port)", "<null>|<null>|<null>|<null>|<null>|<null>"),
    ]);
    let tcp = Bench {
        transport: Transport::Tcp,
        ..Bench::default()
    };
    tcp.check(BARE, &[
        ("", "$pr|$prid|$conid|$su|$sas|$Ras|$Ru|$Rn", "tcp|2|1|sip:127.0.0.2:45678;transport=tcp|tcp:127.0.0.2:45678|tcp:127.0.0.1:5060|sip:127.0.0.1:5060;transport=tcp|<null>"),
        // The socket says it is another.
        ("", "$RAi|$RAp|$RAu", "adv.example.org|5090|sip:adv.example.org:5090;transport=tcp"),
    ]);
}

#[test]
fn what_was_received_can_be_read_and_changed_before_it_is_parsed() {
    let bench = Bench {
        prepare: |call| {
            call.notes.set(module_api::RawMessage {
                bytes: module_api::Text::from("INVITE x\r\n"),
                mode: 1,
            });
        },
        ..Bench::default()
    };
    bench.check(BARE, &[
        ("", "$rcv(len)|$rcv(proto)|$rcv(sproto)|$rcv(srcip)|$rcv(srcport)|$rcv(rcvip)|$rcv(rcvport)|$rcv(af)|$rcv(safe)|$rcv(evtype)", "10|1|udp|127.0.0.2|45678|127.0.0.1|5060|2|1|1"),
        ("$rcv(bufat) = \"2:XY\"", "$rcv(buf)", "INXYTE x\r\n"),
        ("$rcv(hexat) = \"0:0142\"", "$(rcv(buf))|$rcv(safe)", "\u{1}BXYTE x\r\n|0"),
        ("$rcv(bufat) = \"9:XY\"; $rcv(bufat) = \"XY\"; $rcv(hexat) = \"0:5\"; $rcv(len) = 5", "$rcv(len)", "10"),
    ]);
}
