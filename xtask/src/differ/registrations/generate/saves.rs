//! What the script does with a REGISTER.

use super::{Cards, Deed};

/// What `save` may be told.
const FLAGS: [&str; 12] = [
    "", "", "", "", "", "0x01", "0x02", "0x04", "0x05", "0x06", "0x08", "0x12",
];
/// What may be done before.
const BEFORE: [&str; 17] = [
    "fix_nated_register();",
    "$avp(received) = \"sip:127.0.0.8:5999\";",
    "$avp(received) = \"sip:127.0.0.8:5999;transport=tcp\";",
    "setbflag(3);",
    "setbflag(5);",
    "setflag(5);",
    "force_rport();",
    "$xavp(reg=>max_contacts) = 1;",
    "$xavp(reg=>max_contacts) = 2;",
    // Whether it counts for a contact that is taken out is on a page.
    "if (!search(\"xpires(=|: *)0\")) $xavp(reg=>expires) = 90;",
    "$xavp(reg=>q) = 700;",
    "$xavp(kept=>k) = \"v\";",
    // 5.6.3 passes over it: it must be the one that it came in on.
    "$xavp(reg=>socket) = $_s($proto:$Ri:$Rp);",
    "set_contact_alias();",
    "fix_nated_contact();",
    "if (!pv_www_authenticate(\"one.test\", \"secret\", \"0\")) { www_challenge(\"one.test\", \"1\"); exit; }",
    "append_to_reply(\"X-A: 1\\r\\n\");",
];

/// What sends a REGISTER on.
pub const PASSED_ON: &str = "t_on_reply(\"R%n\");";
/// Saves what it is answered with.
pub const ON_REPLY: &str = r#"onreply_route[R%n] {
	if (status == "200") {
		save("location");
		$var(r) = $rc;
		xlog("L_ERR", "@@%n $T_req($hdr(X-K)) save $var(r) answered\n");
	}
}
"#;

/// Sends a REGISTER to somebody else.
pub fn passed_on() -> Deed {
    let statements = ["$du = \"sip:phone3\";", PASSED_ON, "t_relay();"];
    Deed {
        method: "REGISTER",
        is_show: false,
        is_rows: false,
        statements: statements.iter().map(|&it| it.to_owned()).collect(),
    }
}

impl Cards<'_> {
    /// Saves.
    pub fn save(&mut self) -> Deed {
        let mut statements = Vec::new();
        for _ in 0..self.random.pick([0, 0, 1, 1, 2]) {
            statements.push(self.random.pick(BEFORE).to_owned());
        }
        let table = self.table();
        let flags = self.random.pick(FLAGS);
        let save = match (flags, self.random.percent(6)) {
            ("", false) => format!("save(\"{table}\");"),
            (_, false) => format!("save(\"{table}\", \"{flags}\");"),
            (_, true) => {
                let flags = if flags.is_empty() { "0" } else { flags };
                format!("save(\"{table}\", \"{flags}\", \"sip:{}\");", self.aor())
            }
        };
        statements.push(save);
        statements.push("$var(r) = $rc;".to_owned());
        statements.push(
            r#"xlog("L_ERR", "@@%n $hdr(X-K) save $var(r) $xavp(rcd[*]=>contact) $xavp(rcd[*]=>received) $xavp(rcd[*]=>path)\n");"#
                .to_owned(),
        );
        if matches!(flags, "0x02" | "0x06" | "0x12") {
            // What 5.6.3 says of RFC 5626 in an answer of 0x12, it says twice.
            let answer = if flags != "0x12" && self.random.percent(50) {
                "reg_send_reply();"
            } else {
                "sl_send_reply(\"200\", \"Ours\");"
            };
            statements.push(answer.to_owned());
        }
        Deed {
            method: "REGISTER",
            is_show: false,
            is_rows: false,
            statements,
        }
    }

    /// A location table.
    pub fn table(&mut self) -> &'static str {
        self.random
            .pick(["location", "location", "location", "location", "other"])
    }
}
