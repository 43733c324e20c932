//! Branches and flags.

use super::BARE;
use super::bench::Bench;

#[test]
fn branches_are_read_and_changed_by_position() {
    Bench::default().check(BARE, &[
        ("", "$br|$bR|$branch(count)|$branch(uri)|$ds", "<null>|<null>|<null>|<null>|<null>"),
        ("$br = \"sip:b1@x.example.org\"; $br = \"sip:b2@y.example.org\"", "$branch(count)|$branch(uri)|$(branch(uri)[1])|$(branch(uri)[-1])|$(branch(uri)[-2])|$(branch(uri)[9])|$(branch(uri)[-3])|$(branch(uri)[*])", "2|sip:b1@x.example.org|sip:b2@y.example.org|sip:b2@y.example.org|sip:b1@x.example.org|<null>|<null>|sip:b1@x.example.org"),
        ("", "$br|$bR|$ds", "sip:b1@x.example.org|sip:b1@x.example.org, sip:b2@y.example.org|Contact: <sip:b1@x.example.org>, <sip:b2@y.example.org>"),
        ("$(branch(uri)[0]) = \"sip:changed@x\"; $(branch(dst_uri)[0]) = \"sip:dst\"", "$(branch(uri)[0])|$(branch(dst_uri)[0])", "sip:changed@x|sip:dst"),
        ("$(branch(q)[0])=700; $(branch(flags)[0])=3; $(branch(path)[0])=\"<sip:pp>\"; $(branch(send_socket)[0])=\"udp:127.0.0.1:5060\"; $branch(otcpid)=5", "$branch(q)|$branch(flags)|$branch(path)|$branch(send_socket)|$branch(otcpid)", "700|3|<sip:pp>|udp:127.0.0.1:5060|5"),
        ("", "$bR|$ds", "<sip:changed@x>;q=0.7, sip:b2@y.example.org|Contact: <sip:changed@x>;q=0.7, <sip:b2@y.example.org>"),
        ("$branch(path)=$null; $branch(dst_uri)=$null; $branch(q)=$null; $branch(send_socket)=$null; $branch(flags)=$null", "$branch(path)|$branch(dst_uri)|$branch(q)|$branch(send_socket)|$branch(flags)", "<null>|<null>|<null>|<null>|0"),
        ("$(branch(uri)[5])=\"sip:no\"; $branch(q)=\"x\"; $branch(flags)=\"x\"; $branch(uri)=5; $branch(count)=5; $branch(instance)=\"x\"; $branch(ruid)=\"x\"", "$branch(count)|$branch(uri)|$branch(instance)|$branch(ruid)", "2|sip:changed@x|<null>|<null>"),
        ("$(branch(uri)[-1]) = $null", "$bR|$branch(count)", "sip:changed@x|1"),
        ("$ru = \"sip:new@h\"", "$ds", "Contact: <sip:new@h>, <sip:changed@x>"),
        ("$br = $null", "$bR", "sip:changed@x"),
    ]);
}

#[test]
fn there_are_not_more_branches_than_there_may_be() {
    let outcome = Bench::default().check(
        BARE,
        &[(
            "$var(i)=0; while ($var(i)<20) { $br = \"sip:b@x\"; $var(i)=$var(i)+1; }",
            "$branch(count)",
            "11",
        )],
    );
    assert_eq!(outcome.log.len(), 9);
}

#[test]
fn a_branch_is_put_together_by_hand() {
    Bench::default().check(BARE, &[
        ("$var(r)=sbranch_append()", "$var(r)|$sbranch(uri)|$sbranch(count)|$sbranch(flags)", "-1|<null>|0|<null>"),
        ("$sbranch(uri)=\"sip:sb@x.y\"; $sbranch(dst_uri)=\"sip:d.x\"; $sbranch(path)=\"<sip:p1;lr>, <sip:p2;lr>\"; $sbranch(q)=500; $sbranch(flags)=6; $sbranch(send_socket)=\"udp:127.0.0.1:5060\"", "$sbranch(uri)|$sbranch(dst_uri)|$sbranch(path)|$sbranch(q)|$sbranch(flags)|$sbranch(send_socket)|$sbranch(ruid)", "sip:sb@x.y|sip:d.x|<sip:p1;lr>, <sip:p2;lr>|500|6|udp:127.0.0.1:5060|<null>"),
        ("$var(r)=sbranch_append()", "$var(r)|$branch(uri)|$branch(dst_uri)|$branch(path)|$branch(q)|$branch(flags)|$branch(send_socket)|$branch(otcpid)", "1|sip:sb@x.y|sip:d.x|<sip:p1;lr>, <sip:p2;lr>|500|6|udp:127.0.0.1:5060|0"),
        ("$var(r)=sbranch_set_ruri()", "$var(r)|$ru|$du|$fs|$bf|$ds", "1|sip:sb@x.y|sip:d.x|udp:127.0.0.1:5060|6|Contact: <sip:sb@x.y>;q=0.5, <sip:sb@x.y>;q=0.5"),
        ("$sbranch(uri)=$null", "$sbranch(uri)|$sbranch(dst_uri)", "<null>|<null>"),
        ("$sbranch(dst_uri)=\"sip:only\"; $var(r)=sbranch_set_ruri()", "$var(r)|$ru", "-1|sip:sb@x.y"),
        ("sbranch_reset()", "$sbranch(dst_uri)", "<null>"),
        // As documented for 6.1.
        ("$xavp(dst=>uri)=\"sip:alice@server.com\"; $xavp(dst[0]=>dsturi)=\"sip:proxy.com\"; $xavp(dst[0]=>socket)=\"tcp:127.0.0.1:5060\"; $var(r)=xavp_push_dst(\"dst\")", "$var(r)|$ru|$du|$fs", "1|sip:alice@server.com|sip:proxy.com|tcp:127.0.0.1:5060"),
        ("$var(r)=xavp_push_dst(\"none\")", "$var(r)", "-1"),
    ]);
}

#[test]
fn flags_are_numbers_hexadecimals_or_bits() {
    Bench::default().check(
        BARE,
        &[
            (
                "",
                "$mf|$mF|$sf|$sF|$bf|$bF|$Mf(1)|$Sf(FLG)|$Bf(4)",
                "0|00000000|0|00000000|0|00000000|0|0|0",
            ),
            ("$mf=5", "$mf|$mF|$Mf(0)$Mf(1)$Mf(2)", "5|00000005|101"),
            ("$Mf(1)=1; $Mf(0)=0", "$mf", "6"),
            ("$mF=16; $mf=\"7\"; $mF=\"0f\"; $Mf(2)=\"1\"", "$mf", "16"),
            ("$Mf(FLG)=-5", "$mf", "24"),
            ("$Mf(FLG)=$null", "$mf", "16"),
            ("$mf=$null", "$mf", "0"),
            ("$mf=-1", "$mf|$mF", "4294967295|ffffffff"),
            (
                "$sf=5; $Sf(3)=1; $bF=9; $Bf(1)=2",
                "$sF|$bf|$bF",
                "0000000d|11|0000000b",
            ),
        ],
    );
}
