//! Selects.

use super::bench::{Bench, Row};
use super::{RESPONSE, RICH};

/// Rows of one select each.
fn check(message: &str, setup: &'static str, selects: &[(&str, &'static str)]) {
    let mut rows: Vec<Row> = vec![(setup, "", "")];
    rows.extend(
        selects
            .iter()
            .map(|(path, expected)| ("", &*format!("$sel({path})").leak(), *expected)),
    );
    Bench::default().check(message, &rows);
}

#[test]
fn selects_read_a_request() {
    check(
        RICH,
        "",
        &[
            (
                "ruri",
                "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
            ),
            ("ruri.type", "sip"),
            ("ruri.user", "+4930123"),
            ("ruri.pwd", "secret"),
            ("ruri.host", "test.example.net"),
            ("ruri.port", "5080"),
            ("ruri.hostport", "test.example.net:5080"),
            ("ruri.params", "transport=udp;foo=bar;lr"),
            ("ruri.params.foo", "bar"),
            ("ruri.params[\"foo\"]", "bar"),
            ("ruri.params.lr", "<null>"),
            ("ruri.params.nope", "<null>"),
            ("ruri.transport", "udp"),
            ("ruri.rn_user", "+4930123"),
            ("@from.tag", "ft-1"),
            (
                "from",
                "\"Alice Display\" <sip:alice;p=1@example.org:5070;user=phone>;tag=ft-1",
            ),
            ("from.uri", "sip:alice;p=1@example.org:5070;user=phone"),
            ("from.name", "\"Alice Display\""),
            ("from.params.tag", "ft-1"),
            ("from.uri.user", "alice"),
            ("from.uri.hostport", "example.org:5070"),
            ("from.uri.params", "p=1"),
            ("from.uri.params.user", "phone"),
            ("from.uri.pwd", "<null>"),
            ("from.uri.type", "tel"),
            ("f.tag", "ft-1"),
            ("to.name", "<null>"),
            ("to.tag", "<null>"),
            ("to.uri.port", "<null>"),
            ("t.uri.host", "example.net"),
            ("cseq", "7 OPTIONS"),
            ("cseq.num", "7"),
            ("cseq.method", "OPTIONS"),
            ("call_id", "table-call@example.org"),
            ("method", "OPTIONS"),
            ("version", "SIP/2.0"),
            ("rpid.params.party", "calling"),
            ("rpid.uri.host", "rpi.example.org"),
            ("remote_party_id.name", "\"Rem\""),
            ("refer_to.uri", "sip:ref@to.example.org"),
            ("refer_to.tag", "<null>"),
            ("rr", "<null>"),
            ("rr.uri", "<null>"),
            ("user_agent", "Test Agent/1.0"),
            ("session_expires", "1800;refresher=uac"),
            ("min_se", "90"),
            ("organization", "<null>"),
            ("max_forwards", "70"),
            ("status", "<null>"),
            ("code", "<null>"),
            ("reason", "<null>"),
        ],
    );
}

#[test]
fn selects_read_vias_from_one_on() {
    check(
        RICH,
        "",
        &[
            (
                "via",
                "SIP/2.0/UDP 127.0.0.1:45678;branch=z9hG4bKtable1;rport",
            ),
            ("via[0].host", "<null>"),
            ("via[1].host", "127.0.0.1"),
            ("via[2].host", "10.9.8.7"),
            ("via[3]", "SIP/2.0/TLS third.example.org"),
            ("via[-1]", "SIP/2.0/TLS third.example.org"),
            ("via[4]", "<null>"),
            ("via.port", "45678"),
            ("via[1].name", "SIP"),
            ("via[1].version", "2.0"),
            ("via[1].transport", "UDP"),
            ("via[1].rport", "<null>"),
            ("via[2].rport", "12"),
            ("via[2].received", "1.2.3.4"),
            ("via[1].branch", "z9hG4bKtable1"),
            ("via[1].params.branch", "z9hG4bKtable1"),
            ("via[2].params[\"rport\"]", "12"),
            ("v[3].port", "<null>"),
            ("via[1].comment", "<null>"),
        ],
    );
}

#[test]
fn selects_read_any_header_field() {
    check(
        RICH,
        "",
        &[
            ("msg.len", "1433"),
            ("msg.id", "1"),
            ("msg.id.hex", "00000001"),
            ("msg.type", "1"),
            ("msg.flags", "0"),
            (
                "msg.first_line",
                "OPTIONS sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi SIP/2.0",
            ),
            ("msg.body", "Hello body\r\nline two\r\n"),
            ("msg.content", "Hello body\r\nline two\r\n"),
            ("msg.body.sdp", "<null>"),
            ("msg.body.sdp.line[\"v\"]", "<null>"),
            ("msg.req.method", "OPTIONS"),
            ("msg.req.uri.host", "test.example.net"),
            ("msg.request.version", "SIP/2.0"),
            ("msg.res", "<null>"),
            ("msg.res.code", "<null>"),
            ("msg.header.subject", "The subject"),
            ("msg.header[\"Subject\"]", "The subject"),
            ("msg.header[\"X-Multi\"]", "one"),
            ("msg.header.x_multi", "one"),
            ("msg.header[\"X-None\"]", "<null>"),
            ("msg.h[\"From\"].nameaddr.uri.host", "example.org"),
            ("msg.header[\"Contact\"].nameaddr.name", "\"Al\""),
            (
                "msg.header[\"Contact\"].nameaddr.uri",
                "sip:alice@127.0.0.1:6000;transport=udp",
            ),
            (
                "message.header[\"Session-Expires\"].params.refresher",
                "uac",
            ),
        ],
    );
}

#[test]
fn selects_read_contacts_and_credentials() {
    // The last contact of a header field (observed on 5.6.3).
    check(
        RICH,
        "",
        &[
            (
                "contact",
                "\"Al\" <sip:alice@127.0.0.1:6000;transport=udp>;expires=77;q=0.5, <sip:second@c.example.org>;expires=99",
            ),
            ("contact.uri", "sip:second@c.example.org"),
            ("contact.name", "<null>"),
            ("contact.expires", "99"),
            ("contact.q", "<null>"),
            ("contact.instance", "<null>"),
            ("contact.params.expires", "99"),
            ("m.uri.port", "<null>"),
            ("authorization[\"areal\"].username", "au@adom"),
            ("authorization[\"areal\"].username.user", "au"),
            ("authorization[\"areal\"].username.domain", "adom"),
            ("authorization[\"areal\"].nc", "00000001"),
            ("authorization[\"areal\"].qop", "auth"),
            ("authorization[\"areal\"].uri", "sip:adu@x"),
            ("authorization[\"other\"].username", "<null>"),
            ("proxy_authorization[\"areal\"].username", "<null>"),
        ],
    );
}

#[test]
fn selects_read_where_things_come_from_and_go() {
    let setup =
        "$du=\"sip:du@1.2.3.4:99\"; $br=\"sip:b1@y:5\"; $br=\"sip:b2@z\"; $(branch(q)[1])=500";
    check(
        RICH,
        setup,
        &[
            ("src.ip", "127.0.0.2"),
            ("src.port", "45678"),
            ("src.ip_port", "127.0.0.2:45678"),
            ("dst.ip", "127.0.0.1"),
            ("dst.ip_port", "127.0.0.1:5060"),
            ("received.port", "5060"),
            ("received.proto", "udp"),
            ("received.proto_ip_port", "udp:127.0.0.1:5060"),
            ("dst_uri", "sip:du@1.2.3.4:99"),
            ("dst_uri.host", "1.2.3.4"),
            ("next_hop.hostport", "1.2.3.4:99"),
            ("next_hop.user", "du"),
            ("next_hop.src_ip", "127.0.0.1"),
            ("branch.count", "2"),
            ("branch.uri", "sip:b1@y:5,sip:b2@z"),
            ("branch.uri[0]", "sip:b1@y:5"),
            ("branch.uri[0].host", "y"),
            ("branch.uri[1]", "sip:b2@z"),
            ("branch.uri[-1]", "<null>"),
            ("branch.q", ",0.5"),
            ("branch.q[0]", "<null>"),
            ("branch.uriq", "sip:b1@y:5,<sip:b2@z>;q=0.5"),
            ("sys.now", "1795223579"),
            ("sys.now.utc", "Sat Nov 21 01:12:59 2026"),
            ("sys.now.gmt[\"%H:%M\"]", "01:12"),
            ("sys.server_id", "0"),
            ("cfg_get.gv.sval", "hello"),
        ],
    );
}

#[test]
fn selects_read_a_response() {
    check(
        RESPONSE,
        "",
        &[
            ("status", "183"),
            ("code", "183"),
            ("reason", "Session Progress"),
            ("version", "SIP/2.0"),
            ("method", "<null>"),
            ("msg.res.code", "183"),
            ("msg.response.reason", "Session Progress"),
            ("msg.req", "<null>"),
            ("msg.type", "2"),
            ("ruri", "<null>"),
            ("next_hop", "<null>"),
            ("branch.count", "0"),
            ("via[2].host", "127.0.0.1"),
            ("contact.uri", "sip:c@1.2.3.4"),
        ],
    );
}

#[test]
fn selects_read_values_of_lists() {
    let fields = "X-A: foo;p=1, bar;q=2\nX-A: \"Al, Bo\" <sip:al@a.example.org:5070>;r=3\nContent-Length: 0\n\n";
    let message = super::BARE.replace("Content-Length: 0\n\n", fields);
    check(
        &message,
        "",
        &[
            (
                "hf_value.x_a",
                "foo;p=1,bar;q=2,\"Al, Bo\" <sip:al@a.example.org:5070>;r=3",
            ),
            ("hf_value[\"X-A\"][2]", "bar;q=2"),
            ("hf_value.x_a[0]", "foo;p=1"),
            ("hf_value.x_a[-2]", "bar;q=2"),
            ("hf_value.x_a[4]", "<null>"),
            ("hf_value.x_a[1].p.p", "1"),
            ("hf_value.x_a[1].param[\"q\"]", "<null>"),
            ("hf_value.x_a[3].params.r", "<null>"),
            ("hf_value.x_a[3].uri.port", "5070"),
            ("hf_value.x_a[3].name", "Al, Bo"),
            ("hf_value.x_a[3].nameaddr.name", "\"Al, Bo\""),
            ("hf_value.nope", "<null>"),
            ("hf_value_exists.x_a.foo", "0"),
        ],
    );
}

#[test]
fn selects_read_whole_header_fields_and_their_parameters() {
    let fields = "X-D: Digest realm=\"a, b\", u=\"<sip:al@a.example.org>\"\nX-D: Basic in-all=yes\nContent-Length: 0\n\n";
    let message = super::BARE.replace("Content-Length: 0\n\n", fields);
    check(
        &message,
        "",
        &[
            (
                "hf_value2.x_d",
                "Digest realm=\"a, b\", u=\"<sip:al@a.example.org>\"",
            ),
            ("hf_value2.x_d[-1]", "Basic in-all=yes"),
            ("hf_value2.x_d[3]", "<null>"),
            ("hf_value2.x_d.realm", "a, b"),
            ("hf_value2.x_d.params.realm", "a, b"),
            ("hf_value2.x_d[2].in_all", "yes"),
            ("hf_value2.x_d.u.uri", "sip:al@a.example.org"),
        ],
    );
}

#[test]
fn selects_read_lines_of_sdp() {
    let sdp = "v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=audio 9 RTP/AVP 0\n";
    let message = super::BARE.replace(
        "Content-Length: 0\n\n",
        &format!(
            "Content-Type: application/sdp\nContent-Length: {}\n\n{sdp}",
            sdp.len() + 4
        ),
    );
    check(
        &message,
        "",
        &[
            ("msg.body.sdp.line[\"c\"]", "IN IP4 10.0.0.1"),
            ("msg.body.sdp.line[\"m=audio\"]", " 9 RTP/AVP 0"),
            ("msg.content.sdp.line.x", "<null>"),
        ],
    );
}
