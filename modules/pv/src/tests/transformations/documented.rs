//! What 5.6.3 lacks or does wrongly, as documented for 6.1.

use crate::tests::BARE;
use crate::tests::bench::Bench;

#[test]
fn uris_are_shortened() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(u) = \"sip:alice@server.com:5060;nat=yes;transport=tcp;line=xyz?a=b\"",
                "$(var(u){uri.duri})|$(var(u){uri.saor})|$(var(u){uri.suri})",
                "sip:server.com:5060;transport=tcp|sip:alice@server.com|sip:alice@server.com:5060;transport=tcp",
            ),
            (
                "$var(u) = \"sip:bob@example.org\"",
                "$(var(u){uri.duri})|$(var(u){uri.saor})|$(var(u){uri.suri})",
                "sip:example.org|sip:bob@example.org|sip:bob@example.org",
            ),
            (
                "$var(u) = \"tel:+123;ext=5\"",
                "$(var(u){uri.saor})|$(var(u){uri.suri})",
                "tel:+123|tel:+123",
            ),
            (
                "$var(u) = \"sip:a@b;x=1;lr;y?H=1\"",
                "$(var(u){uri.rmparam,lr})|$(var(u){uri.rmparam,Y})|$(var(u){uri.rmparam,z})",
                "sip:a@b;x=1;y?H=1|sip:a@b;x=1;lr?H=1|sip:a@b;x=1;lr;y?H=1",
            ),
        ],
    );
}

#[test]
fn strings_are_cut_at_the_last_occurrence_and_wrapped() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"one:two:three\"",
                "$(var(s){s.rafter,:})|$(var(s){s.rbefore,:})|$(var(s){s.rafter,z})|$(var(s){s.rbefore,z})",
                "three|one:two||one:two:three",
            ),
            (
                "$var(s) = \"abcdefgh\"",
                "$(var(s){s.fmtlines,4,2}{s.encode.hexa})|$(var(s){s.fmtlinet,3,1}{s.encode.hexa})",
                "616263640d0a202065666768|6162630d0a096465660d0a096768",
            ),
            ("", "$(var(s){s.fmtlines,8,2})|$(var(s){s.fmtlines,0,2})", "abcdefgh|"),
            (
                "$var(s) = \"a\\r\\n b\\n\\tc\\r\\nd\"",
                "$(var(s){s.rmhdws}{s.encode.hexa})|$(var(s){s.rmhlws}{s.encode.hexa})",
                "61206220630d0a64|6162630d0a64",
            ),
            (
                "$var(s) = \"12 34\\t56\"",
                "$(var(s){s.selectws,1})|$(var(s){s.selectsw,-1})|$(var(s){s.select,2,\\s})|$(var(s){s.select,0,\\w})",
                "34|56|56|12",
            ),
            (
                "$var(s) = \"abc\"",
                "$(var(s){s.charat,1})|$(var(s){s.charat,3})|$(var(s){s.byteat,1})|$(var(s){s.byte,0})",
                "b||98|97",
            ),
            ("$var(s) = \"a\\r\\nb\"", "$(var(s){s.escape.crlf})", "a\\r\\nb"),
            ("", "$(var(s){s.escape.crlf}{s.unescape.crlf}{s.encode.hexa})", "610d0a62"),
        ],
    );
}

#[test]
fn digests_and_checksums_are_those_of_their_standards() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"abc\"",
                "$(var(s){s.sha1})",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                "",
                "$(var(s){s.sha3,256})",
                "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
            ),
            (
                "",
                "$(var(s){s.keccak,256})",
                "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
            ),
            (
                "",
                "$(var(s){s.sha3,512})",
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
            ),
            ("", "$(var(s){s.crc32})|$(var(s){s.sha3,7})", "891568578|"),
        ],
    );
}

#[test]
fn numbers_are_of_64_bits_and_whole() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"99999999999\"",
                "$(var(s){s.int})|$(var(s){s.intv})",
                "99999999999|99999999999",
            ),
            (
                "$var(s) = \"12x\"; $var(r) = $(var(s){s.intv}) + 1",
                "$var(r)",
                "1",
            ),
            (
                "$var(i) = 1234",
                "$(var(i){num.fdigit})|$(var(i){num.ldigit})",
                "1|4",
            ),
            (
                "$var(s) = \"1234\"",
                "$(var(s){num.fdigit})|$(avp(none){num.ldigit})",
                "0|0",
            ),
        ],
    );
}

#[test]
fn values_stand_in_for_null_and_become_json() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"\\\"name\\\" <sip:name@a.com>\\n\"; $var(i) = 5",
                "$(var(s){val.json})|$(var(s){val.jsonqe})|$(var(i){val.jsonqe})",
                "\\\"name\\\" <sip:name@a.com>\\n|\"\\\"name\\\" <sip:name@a.com>\\n\"|5",
            ),
            (
                "",
                "$(avp(none){val.json})|$(avp(none){val.jsonqe})|$(avp(none){val.n0})|$(avp(none){val.ne})",
                "|\"\"|0|",
            ),
            ("$vn(x) = $(avp(none){val.ne})", "$vn(x)|$avp(none)|$(avp(none){s.len})", "|<null>|"),
        ],
    );
}

#[test]
fn base58_and_packed_characters_come_back() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"hello world\"",
                "$(var(s){s.encode.base58}{s.decode.base58})|$(var(s){s.encode.7bit}{s.decode.7bit})",
                "hello world|hello world",
            ),
            ("$var(s) = \"0OIl\"", "[$(var(s){s.decode.base58})]", "[]"),
            ("$var(s) = \"!!!!\"", "[$(var(s){s.decode.base64})]", "[]"),
            ("$var(s) = \"zz\"", "[$(var(s){s.decode.hexa})$(var(s){s.decode.7bit})]", "[]"),
            ("$var(s) = \"a%zzb%4\"", "$(var(s){s.urldecode.param})", "a%zzb%4"),
        ],
    );
}

#[test]
fn a_negative_line_number_counts_empty_lines_too() {
    Bench::default().check(
        BARE,
        &[(
            "$var(l) = \"one\\ntwo\\r\\n\\nfour\\n\"",
            "$(var(l){line.at,-1})|$(var(l){line.at,-2})|$(var(l){line.at,-3})|$(var(l){line.at,-4})|$(var(l){line.at,-5})",
            "four||two|one|",
        )],
    );
}

#[test]
fn sockets_of_every_transport_are_read() {
    Bench::default().check(
        BARE,
        &[
            (
                "$var(s) = \"tls:[::1]:5061\"",
                "$(var(s){sock.host})|$(var(s){sock.port})|$(var(s){sock.proto})|$(var(s){sock.touri})",
                "[::1]|5061|tls|sip:[::1]:5061;transport=tls",
            ),
            (
                "$var(u) = \"sip:1.2.3.4;transport=tls\"",
                "$(var(u){uri.tosocket})",
                "tls:1.2.3.4:5061",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_a_parameter_is_refused_at_load() {
    let bench = Bench::default();
    for format in [
        "$(var(a){s.substr,x,2})",
        "$(var(a){s.substr,1})",
        "$(var(a){s.select,0,::})",
        "$(var(a){s.select,0,})",
        "$(var(a){s.replace,b})",
        "$(var(a){s.len,1})",
        "$(var(a){re.subst,/(/x/})",
        "$(var(a){re.subst,/a/$nosuch(x)/})",
        "$(var(a){re.subst})",
        "$(var(a){s.lenght})",
    ] {
        assert_eq!(bench.mistakes(format).len(), 1, "{format}");
    }
}
