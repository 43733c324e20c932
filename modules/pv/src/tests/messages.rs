//! Header fields and everything else of a message.

use super::bench::Bench;
use super::{BARE, RESPONSE, RICH};
use module_api::{Authenticated, Delivery, Sending, SocketId, Text};
use sip::Transport;

#[test]
fn header_fields_are_read_by_name_and_position() {
    Bench::default().check(RICH, &[
        ("", "$hdr(Subject)|$hdr(s)|$hdr(SUBJECT)|$hdr(x-multi)|$hdr(i)|$hdr(t)", "The subject|The subject|The subject|one|table-call@example.org|<sip:bob@example.net>"),
        ("", "$(hdr(X-Multi)[2])|$(hdr(X-Multi)[3])|$(hdr(X-Multi)[-1])|$(hdr(X-Multi)[-3])|$(hdr(X-Multi)[-4])", "three|<null>|three|one|<null>"),
        ("", "$(hdr(X-Multi)[*])|$(hdr(X-None)[*])|$hdr(X-None)|$hdr(X-Empty)|$hdr(X-List)", "one,two,three|<null>|<null>||a, b, c"),
        ("", "$hdrc(X-Multi)|$hdrc(X-None)|$hdrc(contact)|$hdrc(m)", "3|0|1|1"),
        ("$var(h)=\"Subject\"; $var(i)=1", "$hdr($var(h))|$hdrc($var(h))|$(hdr(X-Multi)[$var(i)])|$hdr($var(none))", "The subject|1|two|<null>"),
        ("", "$hdr(*)|$(hdr(*)[-1])", "SIP/2.0/UDP 127.0.0.1:45678;branch=z9hG4bKtable1;rport|22"),
        ("", "$ci|$cs|$csb|$cl|$cT|$ua|$rm", "table-call@example.org|7|7 OPTIONS|22|text/plain|Test Agent/1.0|OPTIONS"),
        ("", "$ct|$ctu|$cts", "\"Al\" <sip:alice@127.0.0.1:6000;transport=udp>;expires=77;q=0.5, <sip:second@c.example.org>;expires=99|sip:alice@127.0.0.1:6000;transport=udp|0"),
    ]);
    Bench::default().check(
        BARE,
        &[(
            "",
            "$ct|$ua|$cT|$cl|$ctu|$ai|$pu|$re|$rt|$di|$dic",
            "<null>|<null>|<null>|0|<null>|<null>|<null>|<null>|<null>|<null>|<null>",
        )],
    );
    let star = BARE.replace("Content-Length", "Contact: *\nContent-Length");
    Bench::default().check(
        &star,
        &[("", "$ct|$cts|$ctu|$expires(min)", "*|1|<null>|<null>")],
    );
}

#[test]
fn lists_are_taken_apart() {
    Bench::default().check(RICH, &[
        ("", "$hfl(Via)|$(hfl(Via)[1])|$(hfl(v)[2])|$(hfl(Via)[3])|$hflc(Via)", "SIP/2.0/UDP 127.0.0.1:45678;branch=z9hG4bKtable1;rport|SIP/2.0/TCP 10.9.8.7:5555;branch=z9hG4bKsecond;rport=12;received=1.2.3.4|SIP/2.0/TLS third.example.org|<null>|3"),
        ("", "$(hfl(Route)[0])|$(hfl(Route)[1])|$hflc(Route)|$hflc(Contact)|$hflc(X-List)|$hflc(X-None)|$hflc(Diversion)", "<sip:r1.example.org;lr>|<sip:r2.example.org;lr>|2|2|1|0|1"),
        ("", "$(hfl(Contact)[0])|$hfl(X-List)|$(hfl(X-Multi)[1])|$hfl(X-None)|$hfl(Record-Route)", "\"Al\" <sip:alice@127.0.0.1:6000;transport=udp>;expires=77;q=0.5|a, b, c|two|<null>|<null>"),
        // As documented for 6.1; 5.6.3 counts from the end wrongly.
        ("", "$(hfl(Via)[-1])|$hflc(P-Asserted-Identity)|$(hfl(P-Asserted-Identity)[1])", "SIP/2.0/TLS third.example.org|2|<tel:+123>"),
    ]);
}

#[test]
fn identities_and_credentials_are_read() {
    Bench::default().check(RICH, &[
        ("", "$ai|$(ai[1])|$(ai[2])|$pu|$pU|$pd|$pn|$(pu[1])", "sip:ass@pai.example.org|tel:+123|<null>|sip:pref@ppi.example.org|pref|ppi.example.org|\"Pref\"|<null>"),
        ("", "$re|$rt|$di|$dir|$dip|$dic", "sip:rem@rpi.example.org|sip:ref@to.example.org|sip:div@div.example.org|user-busy|full|2"),
        ("", "$au|$ad|$aU|$ar|$adu|$aa|$adn|$adc|$adr|$ado", "au|adom|au@adom|areal|sip:adu@x|MD5|n|cn|00|op"),
        ("", "$Au|$AU", "alice@example.org|alice"),
    ]);
    let two = BARE.replace("Content-Length", "Authorization: Digest username=\"u2@dd\", realm=\"r2\"\nProxy-Authorization: Digest username=\"u\", realm=\"r\"\nContent-Length");
    Bench::default().check(
        &two,
        &[("", "$au|$aU|$ar|$ad|$aa|$adu|$ado|", "u|u|r|||<null>||")],
    );
    Bench::default().check(
        BARE,
        &[("", "$au|$aU|$ar|$adn", "<null>|<null>|<null>|<null>")],
    );
    Bench::default().check(
        &BARE.replace("alice@example.org", "example.org"),
        &[("", "$Au|$AU|", "@example.org||")],
    );
    for (username, account, user) in [("au", "au@areal", "au"), ("au@adom", "au@adom", "au")] {
        let mut call = Bench::default().check(BARE, &[]).call;
        call.notes.set(Authenticated {
            username: Text::from(username),
            realm: Text::from("areal"),
        });
        let found = call.notes.get::<Authenticated>().cloned();
        assert!(found.is_some());
        let bench = if username == "au" {
            Bench {
                prepare: |call| {
                    call.notes.set(Authenticated {
                        username: Text::from("au"),
                        realm: Text::from("areal"),
                    })
                },
                ..Bench::default()
            }
        } else {
            Bench {
                prepare: |call| {
                    call.notes.set(Authenticated {
                        username: Text::from("au@adom"),
                        realm: Text::from("areal"),
                    })
                },
                ..Bench::default()
            }
        };
        bench.check(BARE, &[("", "$Au|$AU", format!("{account}|{user}").leak())]);
    }
}

#[test]
fn the_message_is_read_as_a_whole_and_in_parts() {
    Bench::default().check(RICH, &[
        ("", "$mt|$mts|$rv|$rmid|$rs|$rr|$rsi|$ml|$bs|$true", "1|rq|SIP/2.0|512|<null>|<null>|0|1433|22|1"),
        ("", "$rb", "Hello body\r\nline two\r\n"),
        ("", "$msg(len)|$msg(body)|$msg(body_len)|$msg(hdrs_len)|$msg(hdrc)", "1433|Hello body\r\nline two\r\n|22|1312|31"),
        ("", "$msg(fline)", "OPTIONS sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi SIP/2.0"),
        ("", "$mi|$mi", "1|1"),
    ]);
    let bare = BARE.replace('\n', "\r\n");
    let lines: Vec<&str> = bare.split_inclusive("\r\n").collect();
    let headers = lines[1..7].concat();
    Bench::default().check(
        BARE,
        &[
            ("", "$mb", bare.clone().leak()),
            ("", "$msg(buf)", bare.clone().leak()),
            ("", "$msg(hdrs)", headers.trim_end().to_owned().leak()),
            ("", "$msg(fpart)", bare.trim_end().to_owned().leak()),
            ("", "$msg(lpart)", format!("{headers}\r\n").leak()),
            ("", "$rb|$msg(body)|$bs|", "||0|"),
        ],
    );
}

#[test]
fn a_response_is_read() {
    Bench::default().check(RESPONSE, &[
        ("", "$mt|$mts|$rs|$rsi|$rr|$rm|$rmid|$rv", "2|rp|183|183|Session Progress|INVITE|1|SIP/2.0"),
        ("$var(x) = $rs + 1", "$var(x)|$msg(hdrs_len)", "184|275"),
        ("", "$rpl(duri)|$rpl(dhost)|$rpl(dport)|$rpl(dproto)|$rpl(dprotoid)|$rpl(cntvia)|$rpl(cntrr)", "sip:127.0.0.2:5998;transport=udp|127.0.0.2|5998|udp|1|2|0"),
    ]);
    Bench::default().check(BARE, &[("", "$rpl(duri)|$rpl(cntvia)", "<null>|<null>")]);
}

#[test]
fn methods_have_their_numbers() {
    for (method, number) in [
        ("CANCEL", "2"),
        ("ACK", "4"),
        ("BYE", "8"),
        ("REGISTER", "32"),
        ("PUBLISH", "8192"),
        ("KDMQ", "16384"),
        ("GET", "32768"),
        ("FOO", "524288"),
    ] {
        Bench::default().check(&BARE.replace("INVITE", method), &[("", "$rmid", number)]);
    }
}

#[test]
fn vias_are_read_in_parts() {
    Bench::default().check(RICH, &[
        ("", "$via0(host)|$via0(port)|$via0(proto)|$via0(protoid)|$via0(branch)|$via0(rport)|$via0(received)", "127.0.0.1|45678|UDP|1|z9hG4bKtable1|<null>|<null>"),
        ("", "$via1(host)|$via1(port)|$via1(proto)|$via1(protoid)|$via1(branch)|$via1(rport)|$via1(received)", "10.9.8.7|5555|TCP|2|z9hG4bKsecond|12|1.2.3.4"),
        ("", "$viaZ(host)|$viaZ(port)|$viaZ(proto)|$viaZ(protoid)|$viaZ(branch)|$viaZ(oc)|$viaZ(i)", "third.example.org|5060|TLS|3|<null>|0|<null>"),
        ("", "$via1(params)", "branch=z9hG4bKsecond;rport=12;received=1.2.3.4"),
    ]);
    let overload = BARE.replace(
        "branch=z9hG4bKmin",
        "branch=z9hG4bKmin;i=7;oc=20;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.781",
    );
    Bench::default().check(
        &overload,
        &[(
            "",
            "$via0(i)|$via0(oc)|$via0(ocval)|$via0(ocalgo)|$via0(oc-validity)|$via0(oc-seq)|$via1(host)",
            "7|2|20|loss|500|1282321615.781|<null>",
        )],
    );
}

#[test]
fn lifetimes_are_compared() {
    Bench::default().check(RICH, &[("", "$expires(min)|$expires(max)", "77|99")]);
    Bench::default().check(
        BARE,
        &[("", "$expires(min)|$expires(max)", "<null>|<null>")],
    );
    for (header, expected) in [
        (
            "Contact: <sip:a@b>;expires=9\nContact: <sip:e@f>;q=0.1\nExpires: 33",
            "9|33",
        ),
        ("Contact: <sip:a@b>, <sip:c@d>\nExpires: 10", "10|10"),
        ("Expires: 10", "10|10"),
        ("Contact: <sip:a@b>", "<null>|<null>"),
    ] {
        let message = BARE.replace("Content-Length", &format!("{header}\nContent-Length"));
        Bench::default().check(&message, &[("", "$expires(min)|$expires(max)", expected)]);
    }
}

#[test]
fn constants_do_not_change() {
    Bench::default().check(BARE, &[
        ("", "$K(IPv4)-$K(UDP)-$K(TCP)-$K(TLS)-$K(SCTP)-$K(WS)-$K(WSS)|$K(INET)|$K(IPv6)|$K(INET6)", "2-1-2-3-4-5-6|2|10|10"),
        ("", "$version(num)|$ksr(ver)|$ksr(verval)|$version(hash)", "6.1.0|6.1.0|6001000|unknown"),
        ("", "$En$Er$Es$Et$Ec$Eq$Ek$Ei$Ej$Eb$Ev", "\n\r \t,\"':;\\`"),
        ("", "$sid|$stat(rcv_requests)|$stat(nosuch)", "0|7|<null>"),
        ("", "$ccp(gv.sval)|$ccp(gv.ival)|$ccp(gv.none)", "hello|10|<null>"),
        ("$ccp(gv.sval) = \"new\"; $ccp(gv.ival) = 7; $ccp(gv.none) = 1; $ccp(gv.ival) = \"x\"", "$ccp(gv.sval)|$ccp(gv.ival)|$ccp(gv.none)", "new|7|<null>"),
    ]);
}

#[test]
fn time_is_shown_in_many_forms() {
    Bench::default().check(BARE, &[
        ("", "$Ts|$TS|$TV(s)|$TV(u)|$TV(sn).$TV(un)|$TV(Sn)", "1795223579|1795223579|1795223579|649460|1795223579.649460|1795223579.649460"),
        ("", "$utime(year)-$utime(mon)-$utime(mday) $utime(hour):$utime(min):$utime(sec) $utime(wday) $utime(yday) $utime(isdst)", "2026-11-21 1:12:59 7 325 0"),
        ("", "$utimef(%Y-%m-%d)|$utimef(%d/%m $rm)", "2026-11-21|21/11 $rm"),
    ]);
}

#[test]
fn the_message_can_be_changed_octet_by_octet() {
    Bench::default().check(
        RICH,
        &[
            ("", "$msgbuf(0)$msgbuf(1)|$msgbuf(99999)", "OP|<null>"),
            ("$var(i)=1", "$msgbuf($var(i))", "P"),
            (
                "$msgbuf(0)=\"o\"",
                "$rm|$(ci)",
                "oPTIONS|table-call@example.org",
            ),
            ("$msgbuf(99999)=\"o\"; $msgbuf(0)=\"\"", "$rm", "oPTIONS"),
        ],
    );
}

#[test]
fn what_is_about_to_leave_is_shown_in_an_onsend_route() {
    let bench = Bench {
        prepare: |call| {
            let delivery = Delivery {
                transport: Transport::Udp,
                peer: "10.1.2.3:5070".parse().unwrap(),
                socket: SocketId(0),
                connection: None,
                no_connect: false,
                close_after: false,
                anew: None,
            };
            call.sending = Some(Box::new(Sending {
                delivery,
                bytes: Text::from("INVITE x"),
            }));
        },
        ..Bench::default()
    };
    bench.check(
        BARE,
        &[
            (
                "",
                "$snd(ip)|$snd(af)|$snd(len)|$snd(port)|$snd(proto)|$snd(sproto)|$snd(buf)",
                "10.1.2.3|2|8|5070|1|udp|INVITE x",
            ),
            (
                "",
                "$sndto(ip)|$sndto(port)|$sndfrom(ip)|$sndfrom(port)|$sndfrom(sproto)",
                "10.1.2.3|5070|127.0.0.1|5060|udp",
            ),
        ],
    );
}

#[test]
fn recorded_changes_are_shown_in_the_rebuilt_message() {
    let outcome = Bench::default().check(BARE, &[("$fn = \"New\"; $ru = \"sip:x@y\"", "", "")]);
    let expected = BARE
        .replace(
            "sip:alice@example.org;tag",
            "New <sip:alice@example.org>;tag",
        )
        .replace("sip:test.example.net", "sip:x@y");
    let expected = expected.replace('\n', "\r\n");
    drop(outcome);
    Bench::default().check(
        BARE,
        &[("$fn = \"New\"; $ru = \"sip:x@y\"", "$mbu", expected.leak())],
    );
}
