//! What the script does with other requests: it asks, changes, or sends them on.

use super::{Cards, Deed};

/// What is told of where a request would go.
const TARGETS: &str = r#"xlog("L_ERR", "@@%n $hdr(X-K) found $var(r) ru=$ru du=$du bf=$bf fs=$fs ua=$location_ua br=$(branch(uri)[*]) brd=$(branch(dst_uri)[*]) brq=$(branch(q)[*]) brp=$(branch(path)[*]) brf=$(branch(flags)[*]) brs=$(branch(send_socket)[*])\n");"#;
/// What is told of contacts that were fetched.
const FETCHED: &str = r#"xlog("L_ERR", "@@%n $hdr(X-K) fetched $var(r) $ulc(them=>count) $ulc(them=>aor) $ulc(them=>domain) $(ulc(them=>addr)[$var(i)]) $(ulc(them=>path)[$var(i)]) $(ulc(them=>received)[$var(i)]) expires=$var(e) $(ulc(them=>callid)[$var(i)]) $(ulc(them=>q)[$var(i)]) $(ulc(them=>cseq)[$var(i)]) $(ulc(them=>flags)[$var(i)]) $(ulc(them=>cflags)[$var(i)]) $(ulc(them=>user_agent)[$var(i)]) $(ulc(them=>socket)[$var(i)]) $(ulc(them=>methods)[$var(i)])\n");"#;
/// Instances that GRUUs are of.
const INSTANCES: [&str; 2] = [
    "urn:uuid:00000000-0000-0000-0000-000000000001",
    "urn:uuid:00000000-0000-0000-0000-000000000003",
];
/// What is told of an answer to a command.
const ANSWERED: &str = r#"xlog("L_ERR", "@@%n $hdr(X-K) rpc $jsonrpl(code) $jsonrpl(body)\n");"#;

impl Cards<'_> {
    /// Shows what is known of an address-of-record.
    pub fn show(&mut self) -> Deed {
        let (table, name) = (self.table(), self.name());
        let mut deed = command("ul.lookup", &format!("\"{table}\",\"{name}\""));
        deed.is_show = true;
        deed
    }

    /// Asks or changes something.
    pub fn asked(&mut self) -> Deed {
        let (table, aor) = (self.table(), self.aor());
        let uri = match self.random.below(100) {
            0..60 => "$tu".to_owned(),
            _ => format!("sip:{aor}"),
        };
        if self.is_streamed && self.random.percent(40) {
            return self.of_connection();
        }
        match self.random.below(100) {
            0..12 => self.found(&format!("lookup(\"{table}\")")),
            12..16 => self.found_filtered(table),
            16..20 => {
                let instance = self.random.pick(INSTANCES);
                self.found(&format!("lookup(\"{table}\", \"sip:{aor};gr={instance}\")"))
            }
            20..26 => self.found(&format!("lookup(\"{table}\", \"{uri}\")")),
            26..32 => self.found(&format!("lookup_to_dset(\"{table}\", \"{uri}\")")),
            32..40 => self.found_all(table),
            40..46 => self.told(&format!("registered(\"{table}\")")),
            46..56 => self.registered(table, &uri),
            56..60 => self.told(&format!("unregister(\"{table}\", \"{uri}\")")),
            60..62 => self.of_first(
                table,
                &uri,
                "unregister(\"TABLE\", \"URI\", \"$ulc(them=>ruid)\")",
            ),
            62..64 => self.of_first(
                table,
                &uri,
                "lookup(\"TABLE\", \"sip:$ulc(them=>ruid)@one.test;gr\")",
            ),
            64..76 => fetched(table, &uri),
            76..88 => self.show(),
            88 => command("ul.flush", ""),
            89..92 => command("ul.rm", &format!("\"{table}\",\"{}\"", self.name())),
            92..96 => {
                let contact = self.contact_uri();
                command(
                    "ul.rm_contact",
                    &format!("\"{table}\",\"{}\",\"{contact}\"", self.name()),
                )
            }
            _ => {
                let contact = self.contact_uri();
                let rest = self.random.pick([
                    "90,0.5,\"\",0,0,0",
                    "0,1.0,\"\",0,0,0",
                    "60,0.2,\"<sip:p@phone3;lr>\",0,8,4294967295",
                ]);
                command(
                    "ul.add",
                    &format!("\"{table}\",\"{}\",\"{contact}\",{rest}", self.name()),
                )
            }
        }
    }

    /// Sends a request on to the contacts.
    pub fn called(&mut self) -> Deed {
        let table = self.table();
        let mut deed = self.found(&format!("lookup(\"{table}\")"));
        deed.method = "MESSAGE";
        deed.statements.pop();
        deed.statements.extend(self.before_sending());
        deed.statements
            .push("if ($var(r) < 0) sl_send_reply(\"404\", \"Nobody\");".to_owned());
        deed.statements.push("else t_relay();".to_owned());
        deed
    }

    /// An address-of-record as tables have it, whether or not they tell domains apart.
    fn name(&mut self) -> &'static str {
        let aor = self.aor();
        let user = aor.split('@').next().unwrap_or_default();
        if self.random.percent(70) { user } else { aor }
    }

    fn found(&mut self, lookup: &str) -> Deed {
        let mut deed = deed(&[&format!("{lookup};"), "$var(r) = $rc;", TARGETS]);
        deed.method = self
            .random
            .pick(["OPTIONS", "OPTIONS", "INVITE", "MESSAGE", "SUBSCRIBE"]);
        deed
    }

    fn found_filtered(&mut self, table: &str) -> Deed {
        let flags = self.random.pick([8, 32, 40]);
        let mut deed = self.found(&format!("lookup(\"{table}\")"));
        deed.statements
            .insert(0, format!("$xavp(reg=>rlf_bflags) = {flags};"));
        deed
    }

    fn found_all(&mut self, table: &str) -> Deed {
        let other = self.aor();
        deed(&[
            &format!("append_branch(\"sip:{other}\");"),
            &format!("lookup_branches(\"{table}\");"),
            "$var(r) = $rc;",
            TARGETS,
        ])
    }

    /// Asks something, and tells the answer.
    pub fn told(&mut self, question: &str) -> Deed {
        let name = question.split('(').next().unwrap_or_default();
        deed(&[
            &format!("{question};"),
            "$var(r) = $rc;",
            &format!(
                r#"xlog("L_ERR", "@@%n $hdr(X-K) {name} $var(r) $xavp(rcd[*]=>contact) $xavp(rcd[*]=>received) $xavp(kept=>k)\n");"#
            ),
        ])
    }

    /// Does something with the first contact of an address-of-record.
    fn of_first(&mut self, table: &str, uri: &str, what: &str) -> Deed {
        let what = what.replace("TABLE", table).replace("URI", uri);
        let mut deed = self.found(&what);
        let fetch = format!("reg_fetch_contacts(\"{table}\", \"{uri}\", \"them\");");
        deed.statements.insert(0, fetch);
        deed
    }

    fn registered(&mut self, table: &str, uri: &str) -> Deed {
        let options = self.random.below(8);
        let action = self.random.below(4);
        let contact = self.contact_uri();
        let call_id = self.random.pick(["1", "2"]);
        let mut deed = self.told(&format!(
            "registered(\"{table}\", \"{uri}\", {options}, {action})"
        ));
        for (place, statement) in [
            format!("$xavp(reg=>match_callid) = \"{call_id}.%n@differ.invalid\";"),
            format!("$xavp(reg[0]=>match_contact) = \"{contact}\";"),
            "$xavp(reg[0]=>match_received) = \"sip:127.0.0.8:5999\";".to_owned(),
        ]
        .into_iter()
        .enumerate()
        {
            deed.statements.insert(place, statement);
        }
        deed
    }
}

/// Shows what the database has.
pub fn rows() -> Deed {
    let mut deed = deed(&["route(ROWS);"]);
    (deed.is_show, deed.is_rows) = (true, true);
    deed
}

fn fetched(table: &str, uri: &str) -> Deed {
    deed(&[
        &format!("reg_fetch_contacts(\"{table}\", \"{uri}\", \"them\");"),
        "$var(r) = $rc;",
        "$var(i) = 0;",
        "while ($var(i) < $ulc(them=>count)) {",
        "\t$var(e) = $(ulc(them=>expires)[$var(i)]) - $Ts;",
        &format!("\t{FETCHED}"),
        "\t$var(i) = $var(i) + 1;",
        "}",
        "reg_free_contacts(\"them\");",
    ])
}

fn deed(statements: &[&str]) -> Deed {
    let statements = statements.iter().map(|&it| it.to_owned());
    let mut statements: Vec<String> = statements.collect();
    statements.push("sl_send_reply(\"200\", \"OK\");".to_owned());
    Deed {
        method: "OPTIONS",
        is_show: false,
        is_rows: false,
        statements,
    }
}

fn command(name: &str, parameters: &str) -> Deed {
    deed(&[
        &format!(
            r#"jsonrpc_exec('{{"jsonrpc":"2.0","method":"{name}","params":[{parameters}],"id":1}}');"#
        ),
        ANSWERED,
    ])
}
