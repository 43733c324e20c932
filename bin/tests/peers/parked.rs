//! Requests within a call that are put aside and taken up again: from a queue by timers, by a task, later, or not at all.

use crate::server::Server;
use crate::talk::{Request, Someone, response, status};
use std::fmt::Write;

const BASIS: &str = r#"
debug=2
log_stderror=yes
async_workers=2
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "async.so"
modparam("async", "workers", 1)
request_route {
    if (has_totag()) {
        if (!loose_route()) exit;
        if (is_method("INVITE")) {
            route(ASIDE);
        } else {
            route(ON);
        }
        exit;
    }
    sl_send_reply("200", "Alive");
}
route[ON] {
    if (is_method("INVITE")) xnotice("goes on: $ci\n");
    t_relay();
}
"#;

/// A queue that twelve timers empty, each a hundred times a second.
fn by_queue() -> String {
    let mut text = String::from(
        r#"
loadmodule "mqueue.so"
loadmodule "rtimer.so"
modparam("mqueue", "mqueue", "name=aside")
route[ASIDE] {
    if (!t_suspend()) {
        sl_send_reply("500", "Internal Server Error");
        exit;
    }
    mq_add("aside", "$T(id_index):$T(id_label)", "");
}
route[TAKE] {
    while (mq_fetch("aside")) {
        $var(index) = $(mqk(aside){s.select,0,:}{s.int});
        $var(label) = $(mqk(aside){s.select,1,:}{s.int});
        t_continue("$var(index)", "$var(label)", "ON");
        return;
    }
}
"#,
    );
    for number in 1..=12 {
        let timer = format!("take{number}");
        writeln!(
            text,
            "modparam(\"rtimer\", \"timer\", \"name={timer};interval=10000u;mode=1;\")\n\
             modparam(\"rtimer\", \"exec\", \"timer={timer};route=TAKE\")"
        )
        .unwrap();
    }
    text
}

/// Thirty requests within calls arrive at once; each callee's two responses come back in their order.
fn calls_go_on(aside: &str) -> Server {
    let server = Server::with_text(&format!("{BASIS}{aside}"));
    let (caller, callee) = (Someone::at("127.0.0.1"), Someone::at("127.0.0.1"));
    let uri = format!("sip:bob@{}", callee.address);
    let route = format!("Route: <sip:127.0.0.1:{};lr>\r\n", server.port);
    let within = |method| Request {
        to: "<sip:bob@127.0.0.1>;tag=b",
        more: &route,
        ..Request::new(method, &uri)
    };
    for _ in 0..30 {
        caller.sends(&server, &within("INVITE").text("UDP", caller.address));
    }
    let mut rung = std::collections::BTreeSet::new();
    let (mut asked, mut answered) = (0, 0);
    while asked < 30 {
        let request = callee.receives();
        assert!(request.starts_with("INVITE "), "{request}");
        callee.sends(&server, &response(&request, 180));
        callee.sends(&server, &response(&request, 200));
        asked += 1;
    }
    while answered < 30 {
        let message = caller.receives();
        let call = message.lines().find(|line| line.starts_with("Call-ID:"));
        let call = call.unwrap().to_owned();
        match status(&message) {
            100 => {}
            180 => assert!(rung.insert(call)),
            200 => {
                assert!(rung.contains(&call), "200 before 180\n{}", server.log());
                answered += 1;
            }
            other => assert_eq!(other, 180, "{message}\n{}", server.log()),
        }
    }
    // What is not put aside goes on as well.
    caller.sends(&server, &within("BYE").text("UDP", caller.address));
    let request = callee.receives();
    callee.sends(&server, &response(&request, 200));
    assert_eq!(status(&caller.receives()), 200);
    let log = server.log();
    assert_eq!(log.matches("goes on: ").count(), 30, "{log}");
    server
}

#[test]
fn twelve_timers_take_requests_up_that_wait_in_a_queue() {
    calls_go_on(&by_queue());
}

#[test]
fn a_task_takes_requests_up() {
    calls_go_on("route[ASIDE] {\n    async_task_route(\"ON\");\n}\n");
}

#[test]
fn requests_are_taken_up_some_time_later() {
    calls_go_on("route[ASIDE] {\n    async_ms_route(\"ON\", \"50\");\n}\n");
}

#[test]
fn responses_are_in_order_though_no_request_is_put_aside() {
    calls_go_on("route[ASIDE] {\n    route(ON);\n}\n");
}
