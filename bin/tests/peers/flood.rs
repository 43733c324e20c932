//! Who sends too much is reported by a timer, through a queue, and not by the run that finds it out.

use crate::server::{PATIENCE, Server};
use crate::talk::{Request, Someone};
use std::time::{Duration, Instant};

const CONFIGURATION: &str = r#"
debug=2
log_stderror=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "pike.so"
loadmodule "mqueue.so"
loadmodule "rtimer.so"
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 20)
modparam("pike", "remove_latency", 4)
modparam("mqueue", "mqueue", "name=floods")
modparam("rtimer", "timer", "name=telling;interval=1;mode=1;")
modparam("rtimer", "exec", "timer=telling;route=TELL")
request_route {
    if (!pike_check_req()) {
        mq_add("floods", "$si:$sp", "$rm from $fu to $ru");
        exit;
    }
    sl_send_reply("200", "OK");
}
route[TELL] {
    while (mq_fetch("floods")) {
        xalert("too much from $mqk(floods): $mqv(floods)\n");
    }
}
"#;

#[test]
fn a_timer_tells_of_sources_that_send_too_much() {
    let server = Server::with_text(CONFIGURATION);
    let calm = Someone::at("127.0.0.2");
    let uri = format!("sip:127.0.0.1:{}", server.port);
    let request = Request::new("OPTIONS", &uri);
    let flooding = Someone::at("127.0.0.3");
    for _ in 0..60 {
        flooding.sends(&server, &request.text("UDP", flooding.address));
    }
    calm.asks(&server, &request);
    let line = format!(
        "too much from {}: OPTIONS from sip:stranger@127.0.0.1 to {uri}",
        flooding.address
    );
    let began = Instant::now();
    while !server.log().contains(&line) {
        assert!(began.elapsed() < PATIENCE, "{}", server.log());
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let log = server.log();
    assert!(!log.contains("too much from 127.0.0.2"), "{log}");
    let answers = std::iter::from_fn(|| flooding.receives_soon()).count();
    assert!((20..40).contains(&answers), "{answers}");
}
