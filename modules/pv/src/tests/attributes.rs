//! `$var` and its kin, `$avp`, `$xavp`, and the functions about them.

use super::bench::Bench;
use super::{BARE, RICH};

#[test]
fn script_variables_begin_at_zero_or_null() {
    let bench = Bench {
        params: vec![("varset", "init=i:1"), ("varset", "gw=s:sip:11.11.11.11")],
        ..Bench::default()
    };
    bench.check(
        BARE,
        &[
            ("", "$var(unset)|$vz(unset)|$vn(unset)", "0|0|<null>"),
            (
                "",
                "$var(init)|$var(gw)|$vz(gw)",
                "1|sip:11.11.11.11|sip:11.11.11.11",
            ),
            ("$var(a) = \"s\"; $var(a) = 7", "$var(a)|$vz(a)", "7|7"),
            ("$var(a) = $null", "$var(a)", "0"),
            ("$vn(a) = \"q\"", "$vn(a)|$var(a)", "q|0"),
            ("$vn(a) = $null", "$vn(a)", "<null>"),
        ],
    );
}

#[test]
fn shared_variables_keep_their_values() {
    let bench = Bench {
        params: vec![("shvset", "x=i:17"), ("shvset", "y=s:shared")],
        ..Bench::default()
    };
    bench.check(
        BARE,
        &[
            ("", "$shv(unset)|$shv(x)|$shv(y)", "0|17|shared"),
            (
                "$shv(x) = $shv(x) + 1",
                "$shv(x)|$shvinc(x)|$shv(x)",
                "18|19|19",
            ),
            ("$shv(a) = 5; $shv(A) = \"x\"", "$shv(a)|$shv(A)", "5|x"),
            ("$shv(A) = $null", "$shv(A)|", "|"),
        ],
    );
}

#[test]
fn an_avp_is_a_stack() {
    Bench::default().check(
        BARE,
        &[
            (
                "$avp(a)=\"1\"; $avp(a)=\"2\"; $avp(a)=3",
                "$avp(a)|$(avp(a)[0])|$(avp(a)[1])|$(avp(a)[2])|$(avp(a)[3])",
                "3|3|2|1|<null>",
            ),
            (
                "",
                "$(avp(a)[-1])|$(avp(a)[-2])|$(avp(a)[-3])|$(avp(a)[-4])",
                "<null>|<null>|3|<null>",
            ),
            (
                "",
                "$(avp(a)[*])|$cnt($avp(a))|$cnt($avp(none))|$(avp(none)[*])",
                "3, 2, 1|3|0|<null>",
            ),
            ("$(avp(a)[1])=\"x\"", "$(avp(a)[*])", "x, 3, 2, 1"),
            ("$(avp(a)[1])=$null", "$(avp(a)[*])", "3, 2, 1"),
            ("$(avp(a)[7])=$null", "$(avp(a)[*])", "2, 1"),
            ("$var(i)=1", "$(avp(a)[$var(i)])", "1"),
            ("$(avp(a)[*])=\"only\"", "$(avp(a)[*])", "only"),
            ("$(avp(a)[*])=$null", "$avp(a)", "<null>"),
            (
                "$avp(e)=\"\"; $avp(e)=\"z\"",
                "$(avp(e)[*])|$(avp(e)[1])|",
                "z, ||",
            ),
        ],
    );
}

#[test]
fn avp_names_are_texts_numbers_or_what_a_variable_holds() {
    let bench = Bench {
        params: vec![("avp_aliases", "email=s:email_addr;tmp=i:100")],
        ..Bench::default()
    };
    bench.check(
        RICH,
        &[
            (
                "$avp(i:5)=55; $avp(s:5)=\"s\"",
                "$avp(i:5)|$avp(s:5)|$avp(5)",
                "55|s|s",
            ),
            ("$avp(s:name)=\"v\"", "$avp(name)|$avp(s:name)", "v|v"),
            (
                "$var(n)=\"dyn\"; $avp($var(n))=\"dv\"",
                "$avp(dyn)|$avp($var(n))",
                "dv|dv",
            ),
            (
                "$var(n)=55; $avp($var(n))=\"iv\"",
                "$avp(i:55)|$avp($var(n))|$avp(s:55)",
                "iv|iv|<null>",
            ),
            (
                "$var(n)=\"\"; $avp($var(n))=\"iv\"",
                "$avp($var(n))",
                "<null>",
            ),
            (
                "$var(n)=\"i:7\"; $avp($var(n))=\"iv\"",
                "$avp($var(n))|$avp(i:7)",
                "iv|<null>",
            ),
            ("$avp($rU)=\"viaru\"", "$avp(+4930123)", "viaru"),
            (
                "$avp(email)=\"e\"; $avp(tmp)=\"t\"",
                "$avp(s:email_addr)|$avp(i:100)|$avp(email)|$avp(s:email)",
                "e|t|e|<null>",
            ),
        ],
    );
}

#[test]
fn xavps_are_reached_by_paths() {
    let outcome = Bench::default().check(
        BARE,
        &[
            (
                "$xavp(k=>one)=1; $xavp(k[0]=>two)=\"2\"",
                "$xavp(k=>one)-$xavp(k=>two)-$xavp(k=>three)|$xavp(none)|$xavp(none=>a)",
                "1-2-<null>|<null>|<null>",
            ),
            (
                "$xavp(k=>one)=9",
                "$xavp(k[0]=>one)/$xavp(k[1]=>one)/$xavp(k[2]=>one)|$(xavp(k[1]=>two))",
                "9/1/<null>|2",
            ),
            (
                "$xavp(k[0]=>one)=10",
                "$xavp(k[0]=>one[0])/$xavp(k[0]=>one[1])|$xavp(k[0]=>one[*])",
                "10/9|10, 9",
            ),
            (
                "$xavp(k[0]=>one)=$null",
                "$xavp(k[0]=>one)|$cnt($xavp(k))|$cnt($xavp(k=>one))",
                "9|2|2",
            ),
            ("$xavp(k[0])=$null", "$xavp(k[0]=>two)", "2"),
            ("$xavp(k)=$null", "$xavp(k=>two)|$cnt($xavp(k))", "<null>|0"),
            (
                "$var(i)=1; $xavp(d=>x)=1; $xavp(d=>x)=2; $xavp(d[$var(i)]=>dy)=7",
                "$xavp(d[1]=>dy)|$xavp(d[$var(i)]=>x)",
                "7|1",
            ),
            // Names that hold variables are ours.
            (
                "$var(nm)=\"d\"",
                "$xavp($var(nm)=>x)|$xavp($var(nm)[1]=>x)",
                "2|1",
            ),
            ("$xavp(new[0]=>q)=5", "$xavp(new=>q)", "<null>"),
        ],
    );
    assert_eq!(outcome.log.len(), 1, "{:?}", outcome.log);
}

#[test]
fn xavus_hold_one_value_and_xavis_know_no_case() {
    Bench::default().check(
        BARE,
        &[
            (
                "$xavu(u=>n)=\"uval\"; $xavu(u=>n)=\"uval2\"; $xavu(u=>z)=1",
                "$xavu(u=>n)|$xavu(u=>z)",
                "uval2|1",
            ),
            ("$xavu(w)=5; $xavu(w)=6", "$xavu(w)", "6"),
            ("$xavu(u)=\"over\"", "$xavu(u)|$xavu(u=>n)", "over|<null>"),
            ("$xavu(x=>y=>z)=6", "$xavu(x=>y=>z)|$xavu(x=>y)", "6|<null>"),
            (
                "$xavi(Case=>Name)=\"ci\"; $xavi(CASE[0]=>other)=2",
                "$xavi(case=>name)|$xavi(Case=>OTHER)",
                "ci|2",
            ),
            (
                "xavi_child_seti(\"CI\",\"y\",\"10\"); xavi_child_sets(\"ci\",\"S\",\"t\")",
                "$xavi(ci=>Y)|$xavi(ci=>s)",
                "10|t",
            ),
            (
                "xavi_child_rm(\"cI\",\"Y\")",
                "$xavi(ci=>Y)|$xavi(ci=>s)",
                "<null>|t",
            ),
            ("xavi_rm(\"CI\")", "$xavi(ci=>s)", "<null>"),
        ],
    );
}

#[test]
fn children_are_set_and_removed_by_functions() {
    Bench::default().check(RICH, &[
        ("xavp_child_seti(\"cs\",\"y\",\"10\"); xavp_child_seti(\"cs\",\"y\",11); xavp_child_sets(\"cs\",\"s\",\"t$rm\")", "$xavp(cs=>y[*])|$xavp(cs=>s)|$cnt($xavp(cs))", "11|tOPTIONS|1"),
        ("$var(q)=7; xavp_child_seti(\"cs\",\"v\",\"$var(q)\")", "$xavp(cs=>v)", "7"),
        ("$var(r) = xavp_child_rm(\"cs\",\"y\")", "$var(r)|$xavp(cs=>y[*])|$cnt($xavp(cs=>y))", "1|<null>|0"),
        ("$var(r) = xavp_child_rm(\"cs\",\"nope\")", "$var(r)", "1"),
        ("$var(r) = xavp_rm(\"cs\")", "$var(r)|$cnt($xavp(cs))", "1|0"),
        ("$var(r) = xavp_rm(\"nope\")", "$var(r)", "1"),
        ("$xavp(r)=1; $xavp(r)=2; xavp_rm_all(\"r\")", "$cnt($xavp(r))", "0"),
    ]);
}

#[test]
fn xavps_are_copied_and_turned() {
    Bench::default().check(BARE, &[
        ("$xavp(ca=>x)=\"0x\"; $xavp(ca[0]=>y)=\"0y\"; $xavp(ca=>x)=\"1x\"; $var(r)=xavp_copy(\"ca\",\"1\",\"cb\")", "$var(r)|$xavp(cb=>x)|$xavp(cb=>y)", "1|0x|0y"),
        ("$var(i)=0; $var(r)=xavp_copy(\"ca\",\"$var(i)\",\"cb\")", "$var(r)|$xavp(cb[0]=>x)|$xavp(cb[1]=>x)", "1|0x|1x"),
        ("$var(r)=xavp_copy(\"ca\",\"9\",\"cb\")", "$var(r)", "-1"),
        ("$var(r)=xavp_copy(\"ca\",\"0\",\"cb\",\"0\")", "$var(r)|$xavp(cb[0]=>x)|$cnt($xavp(cb))", "1|1x|2"),
        ("$var(r)=xavp_copy(\"ca\",\"0\",\"cb\",\"7\")", "$var(r)", "-1"),
        ("$xavp(n)=30; $xavp(n)=20; $xavp(n)=10; $var(r)=xavp_lshift(\"n\",\"1\")", "$var(r)|$xavp(n[0]) $xavp(n[1]) $xavp(n[2])", "1|20 30 10"),
    ]);
}

#[test]
fn parameters_become_children_and_back() {
    Bench::default().check(BARE, &[
        ("xavp_params_explode(\"a=b;c=d;e;f=\\\"q;r\\\" ; g = h\", \"px\")", "$xavp(px=>a)|$xavp(px=>c)|$xavp(px=>e)|$xavp(px=>f)|$xavp(px=>g)", "b|d||q;r|h"),
        ("$var(r)=xavp_params_explode(\"a=1;a=2;b=3;c\", \"px\")", "$var(r)|$cnt($xavp(px))|$xavp(px[0]=>a[*])|$xavp(px[1]=>g)", "1|2|1, 2|h"),
        ("xavp_params_implode(\"px\",\"$var(out)\")", "$var(out)", "a=1;a=2;b=3;c;"),
        ("$var(r)=xavp_params_explode(\";;\", \"px3\")", "$var(r)|$cnt($xavp(px3))", "-1|0"),
        ("$xavp(im=>e)=\"f\"; $xavp(im[0]=>c)=5; $xavp(im[0]=>a)=\"b c\"; xavp_params_implode(\"im\",\"$var(out)\")", "$var(out)", "a=b c;c=5;e=f;"),
        ("xavp_params_implode_qval(\"im\",\"$avp(out)\")", "$avp(out)", "a=\"b c\";c=5;e=\"f\";"),
        ("$var(r)=xavp_params_implode(\"nonexist\",\"$var(out)\")", "$var(r)", "-1"),
        ("$xavp(plainx)=5; $var(r)=xavp_params_implode(\"plainx\",\"$var(out)\")", "$var(r)", "-1"),
        ("xavu_params_explode(\"a=b;c=d;a=e\", \"ux\"); xavu_params_explode(\"n=1;c=dd\", \"ux\")", "$xavu(ux=>a)|$xavu(ux=>c)|$xavu(ux=>n)", "b|dd|1"),
        ("xavp_xparams_explode(\"a=b,c=\\\"d,e\\\", f\", \",\", \"xx\")", "$xavp(xx=>a)|$xavp(xx=>c)|$xavp(xx=>f)|", "b|d,e||"),
        ("$var(r)=xavp_slist_explode(\"a=b; c=d;;e\", \"=;\", \"t\", \"sl\")", "$var(r)|$xavp(sl[0]=>v[*])|$cnt($xavp(sl=>v))|$xavp(sl=>v)", "1|a, b, c, d, e|5|a"),
        ("$var(r)=xavp_slist_explode(\"a, b\", \",\", \"\", \"sl2\")", "$var(r)[$xavp(sl2[0]=>v[1])]", "1[ b]"),
        ("$var(r)=xavp_slist_explode(\"\", \",\", \"\", \"sl3\")", "$var(r)|$cnt($xavp(sl3))", "-1|0"),
        ("$var(r)=xavp_slist_explode(\";;\", \";\", \"\", \"sl4\")", "$var(r)|$cnt($xavp(sl4))", "1|1"),
    ]);
}

#[test]
fn variables_are_copied_to_xavps_and_back() {
    Bench::default().check(BARE, &[
        ("$var(tt)=3; $var(foo)=\"fi\"; $vn(vnn)=\"vn\"; $var(r)=pv_var_to_xavp(\"tt\",\"ok\")", "$var(r)|$xavp(ok[0]=>tt)", "1|3"),
        ("$var(r)=pv_var_to_xavp(\"*\",\"ok\")", "$var(r)|$xavp(ok[0]=>tt)$xavp(ok[0]=>foo)|$cnt($xavp(ok))|$xavp(ok[0]=>vnn)", "1|3fi|1|<null>"),
        ("$var(r)=pv_var_to_xavp(\"nosuchvar\",\"ok2\")", "$var(r)|$cnt($xavp(ok2))", "-1|0"),
        ("$var(r)=pv_var_to_xavp(\"foo\",\"ok\")", "$var(r)|$cnt($xavp(ok))|$xavp(ok=>tt)|$xavp(ok=>foo)", "1|1|<null>|fi"),
        ("$xavp(bar=>temp)=33; $xavp(bar[0]=>foo2)=\"fi2\"; $var(r)=pv_xavp_to_var(\"bar\")", "$var(r)|$var(temp)|$var(foo2)", "1|33|fi2"),
        ("$var(r)=pv_xavp_to_var(\"nobar\")", "$var(r)", "-1"),
    ]);
}

#[test]
fn texts_are_evaluated_a_second_time() {
    Bench::default().check(BARE, &[
        ("$var(x)=\"test\"; $var(y)=\"$var(x)\"; $var(r)=pv_evalx(\"$var(z)\",\"$var(y) one\")", "$var(z)|$var(r)", "test one|1"),
        ("$var(r)=pv_evalx(\"$avp(z)\",\"$$rm\")", "$avp(z)|$var(r)", "INVITE|1"),
        ("$var(bad)=\"$nosuch(x)\"; $var(r)=pv_evalx(\"$var(z)\",\"$var(bad)\")", "$var(z)|$var(r)", "test one|-1"),
        ("$var(p)=\"x$rU\"", "$_s($var(p))|$_s(a $$ b)|$_s($rm-$fU)", "x$rU|a $ b|INVITE-alice"),
    ]);
}

#[test]
fn functions_tell_types_apart() {
    Bench::default().check(
        RICH,
        &[
            (
                "if (pv_isset(\"$avp(nope)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "-1",
            ),
            (
                "if (pv_isset(\"$var(nope)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "if (pv_isset(\"$hdr(X-Empty)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "$avp(un)=\"1\"; $avp(un)=\"2\"; pv_unset(\"$avp(un)\")",
                "$(avp(un)[*])",
                "1",
            ),
            (
                "$var(g)=\"12\"; if (is_int(\"$var(g)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "-1",
            ),
            (
                "$var(g)=12; if (is_int(\"$var(g)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "if (not_empty(\"$rU\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "if (not_empty(\"$hdr(X-Empty)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "-1",
            ),
            (
                "if (not_empty(\"$var(g)\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "-1",
            ),
            (
                "if (typeof(\"$avp(nope)\",\"null\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "if (typeof(\"$var(g)\",\"int\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "1",
            ),
            (
                "if (typeof(\"$rm\",\"int\")) $var(r)=1; else $var(r)=$rc",
                "$var(r)",
                "-1",
            ),
        ],
    );
}

#[test]
fn lists_are_printed_to_the_log() {
    let outcome = Bench::default().check(
        BARE,
        &[(
            "$xavp(a=>x)=1; $xavp(a[0]=>y)=\"s\"; $xavp(b)=\"plain\"; pv_xavp_print()",
            "",
            "",
        )],
    );
    let log = outcome.log.join("\n");
    for line in [
        "xavp b (str): plain",
        "xavp a (list)",
        "xavp a=>y (str): s",
        "xavp a=>x (int): 1",
    ] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn names_that_mean_nothing_are_refused_at_load() {
    let bench = Bench::default();
    for good in [
        "$avp(x)",
        "$xavp(a[0]=>b[*])",
        "$cnt($xavp(a))",
        "$xavp(a[$var(i)]=>b)",
    ] {
        assert_eq!(bench.mistakes(good), [""; 0], "{good}");
    }
    for bad in [
        "$avp()",
        "$avp(i:x)",
        "$xavp()",
        "$xavp(a[x])",
        "$xavp(a[0)",
        "$xavp(=>b)",
        "$cnt($var(x))",
        "$cnt(a)",
        "$var()",
        "$hdr()",
        "$time(x)",
        "$via0(y)",
        "$Mf(100)",
        "$Mf(NONE)",
        "$K(FTP)",
        "$ccp(x)",
        "$branch(x)",
        "$sel(nosuch)",
        "$msgbuf(x)",
        "$ru(x)",
    ] {
        assert_ne!(bench.mistakes(bad), [""; 0], "{bad}");
    }
}
