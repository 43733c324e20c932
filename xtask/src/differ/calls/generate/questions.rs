//! What routes ask of their transaction, and log.

use super::routes::Writer;

/// What a failure route asks, and logs when it is so.
const IN_FAILURE: [(&str, &str); 6] = [
    ("t_branch_timeout()", "branch timeout"),
    ("t_branch_replied()", "branch replied"),
    ("t_any_timeout()", "any timeout"),
    ("t_any_replied()", "any replied"),
    ("isflagset(2)", "flag 2"),
    ("isbflagset(2)", "branch flag 2"),
];

/// What any route of a transaction may ask.
const ANYWHERE: [(&str, &str); 9] = [
    ("t_any_timeout()", "any timeout"),
    ("t_any_replied()", "any replied"),
    ("t_is_canceled()", "canceled"),
    ("t_is_expired()", "expired"),
    ("t_is_set(\"failure_route\")", "failure route set"),
    ("t_is_set(\"branch_route\")", "branch route set"),
    ("t_is_set(\"onreply_route\")", "reply route set"),
    ("t_is_failure_route()", "in a failure route"),
    ("isflagset(5)", "flag 5"),
];

impl Writer<'_> {
    /// Asks everything that a failure route may want to know.
    pub fn ask_in_failure(&mut self) {
        let pattern = self.random.pick(["486", "4..", "408", "[45]..", "603"]);
        self.log(
            &format!("t_check_status(\"{pattern}\")"),
            &format!("status is {pattern}"),
        );
        for (question, text) in IN_FAILURE {
            self.log(question, text);
        }
        self.ask();
    }

    /// Asks something.
    pub fn ask(&mut self) {
        if self.random.percent(20) {
            let (question, text) = self.random.pick(ANYWHERE);
            self.log(question, text);
        }
        self.perhaps(
            10,
            r#"xlog("L_ERR", "@@%n req $T_req($rU) $T_req($hdr(X-A)) rpl $T_rpl($rs) $T_rpl($hdr(X-A))\n");"#,
        );
    }

    fn log(&mut self, condition: &str, text: &str) {
        self.line(&format!(
            "if ({condition}) xlog(\"L_ERR\", \"@@%n {text}\\n\");"
        ));
    }
}
