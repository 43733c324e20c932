//! Bindings as rows of the location table.

use crate::binding::{Binding, Facts, State, Texts};
use crate::params::DatabaseParams;
use db::{Value, Values};
use module_api::{Sockets, Text};

/// The columns in the order in which rows have them, the unique name first.
pub fn columns(params: &DatabaseParams) -> Vec<Text> {
    [
        &params.ruid_column,
        &params.user_column,
        &params.domain_column,
        &params.contact_column,
        &params.received_column,
        &params.path_column,
        &params.expires_column,
        &params.q_column,
        &params.callid_column,
        &params.cseq_column,
        &Text::from_static("last_modified"),
        &params.flags_column,
        &params.cflags_column,
        &params.user_agent_column,
        &params.socket_column,
        &params.methods_column,
        &params.instance_column,
        &params.reg_id_column,
        &params.server_id_column,
        &params.connection_id_column,
        &params.keepalive_column,
        &params.partition_column,
    ]
    .into_iter()
    .cloned()
    .collect()
}

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Whether an address-of-record is `user@domain`.
    pub has_domain: bool,
    /// Whether times are numbers.
    pub has_number_times: bool,
}

impl Form {
    /// A time as a cell.
    pub fn time(self, seconds: u32) -> Value {
        if self.has_number_times {
            Value::Int(i64::from(seconds))
        } else {
            Value::Time(i64::from(seconds))
        }
    }

    /// User and domain of an address-of-record, as cells.
    pub fn name(self, aor: &[u8]) -> (Value, Value) {
        let split = self
            .has_domain
            .then(|| aor.iter().rposition(|byte| *byte == b'@'))
            .flatten();
        match split.and_then(|at| Some((aor.get(..at)?, aor.get(at + 1..)?))) {
            Some((user, domain)) => (Value::from(user), Value::from(domain)),
            None => (Value::from(aor), Value::Null),
        }
    }

    /// The row of a binding.
    pub fn row(self, aor: &[u8], binding: &Binding, sockets: &Sockets) -> Values {
        let (texts, facts) = (binding.texts(), &binding.facts);
        let (user, domain) = self.name(aor);
        let number = |number: u32| Value::Int(i64::from(number));
        let some = |text: &[u8]| match text {
            b"" => Value::Null,
            text => Value::from(text),
        };
        [
            Value::from(texts.ruid),
            user,
            domain,
            Value::from(texts.contact),
            some(texts.received),
            some(texts.path),
            self.time(facts.expires),
            match facts.q {
                q if q < 0 => Value::Double(-1.0),
                q => Value::Double(f64::from(q) / 1000.0),
            },
            Value::from(texts.call_id),
            number(facts.cseq),
            self.time(facts.modified),
            number(facts.flags),
            number(facts.branch_flags),
            Value::from(texts.user_agent),
            Value::from_option(facts.socket_text(sockets)),
            match facts.methods {
                u32::MAX => Value::Null,
                methods => number(methods),
            },
            some(texts.instance),
            number(facts.reg_id),
            number(facts.server_id),
            Value::Int(facts.connection_number().unwrap_or(-1)),
            Value::Int(i64::from(facts.keepalive)),
            Value::Int(0),
        ]
        .into_iter()
        .collect()
    }

    /// The address-of-record of a row's cells; nothing where the domain counts and is missing.
    fn aor(self, user: Text, domain: &Text) -> Option<Text> {
        match self.has_domain {
            false => Some(user),
            true if domain.is_empty() => None,
            true => Some(Text::concat(&[&user, b"@", domain])),
        }
    }

    /// The address-of-record and the binding of a row; nothing when it makes no sense, as one without a domain that was written
    /// without `use_domain`: nobody could reach it (observed on 5.6.3, which leaves it out, too). A row without a unique name
    /// is given `ruid`.
    pub fn read(
        self,
        row: &[Value],
        sockets: &Sockets,
        ruid: impl FnOnce() -> Text,
    ) -> Option<Restored> {
        let mut cells = row.iter();
        let mut text = || cells.next().and_then(Value::to_text).unwrap_or_default();
        let (own_ruid, user, domain) = (text(), text(), text());
        let (contact, received, path) = (text(), text(), text());
        let mut cell = || cells.next().unwrap_or(&Value::Null);
        let expires = time_of(cell());
        let q = cell().as_double().filter(|q| (0.0..=1.0).contains(q));
        let call_id = cell().to_text().unwrap_or_default();
        let cseq = number_of(cell());
        let modified = time_of(cell());
        let (flags, branch_flags) = (number_of(cell()), number_of(cell()));
        let user_agent = cell().to_text().unwrap_or_default();
        let socket_text = cell().to_text().unwrap_or_default();
        let methods = match cell() {
            Value::Null => u32::MAX,
            methods => number_of(methods),
        };
        let instance = cell().to_text().unwrap_or_default();
        let (reg_id, server_id) = (number_of(cell()), number_of(cell()));
        let connection = cell().as_int().filter(|id| *id > 0).unwrap_or(0);
        let keepalive = number_of(cell()) != 0;
        if contact.is_empty() {
            return None;
        }
        let aor = self.aor(user, &domain)?;
        let ruid = if own_ruid.is_empty() {
            ruid()
        } else {
            own_ruid
        };
        let texts = Texts {
            contact: &contact,
            call_id: &call_id,
            user_agent: &user_agent,
            ruid: &ruid,
            received: &received,
            path: &path,
            instance: &instance,
        };
        let mut facts = Facts {
            expires,
            modified,
            last_keepalive: modified,
            cseq,
            flags,
            branch_flags,
            methods,
            reg_id,
            server_id,
            connection: u32::try_from(connection).unwrap_or(0),
            q: q.map_or(-1, |q| (q * 1000.0).round() as i16),
            keepalive,
            state: State::Sync,
            ..Facts::default()
        };
        facts.name_socket(&socket_text, sockets);
        Some(Restored {
            is_remote: facts.socket().is_none() && !socket_text.is_empty(),
            binding: Binding::new(&texts, facts)?,
            aor,
        })
    }
}

/// What a row says.
pub struct Restored {
    /// The address-of-record.
    pub aor: Text,
    /// The binding.
    pub binding: Binding,
    /// Whether its socket is none of ours.
    pub is_remote: bool,
}

fn number_of(cell: &Value) -> u32 {
    cell.as_int().map_or(0, |number| number as u32)
}

fn time_of(cell: &Value) -> u32 {
    let seconds = match cell {
        Value::Text(text) => db::parse_time(text).or_else(|| cell.as_int()),
        cell => cell.as_int(),
    };
    seconds
        .and_then(|seconds| u32::try_from(seconds).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::{SocketId, SocketInfo};

    fn sockets() -> Sockets {
        Sockets {
            list: vec![SocketInfo {
                id: SocketId(0),
                transport: sip::Transport::Udp,
                address: "127.0.0.1:5060".parse().unwrap(),
                host: Text::from_static("127.0.0.1"),
                given_host: Text::from_static("127.0.0.1"),
                advertised: None,
                name: None,
            }],
            ..Sockets::default()
        }
    }

    fn binding() -> Binding {
        let texts = Texts {
            contact: b"sip:a@192.0.2.1",
            call_id: b"c1",
            user_agent: b"UA",
            ruid: b"uloc-1",
            received: b"",
            path: b"<sip:192.0.2.9;lr>",
            instance: b"",
        };
        let facts = Facts {
            expires: 2_000_000_000,
            modified: 1_900_000_000,
            last_keepalive: 1_900_000_000,
            cseq: 7,
            branch_flags: 64,
            methods: u32::MAX,
            q: 500,
            socket: 0,
            connection: 0,
            ..Facts::default()
        };
        Binding::new(&texts, facts).unwrap()
    }

    #[test]
    fn a_binding_comes_back_from_its_row() {
        for (has_domain, aor) in [(false, "alice"), (true, "alice@example.org")] {
            for has_number_times in [false, true] {
                let form = Form {
                    has_domain,
                    has_number_times,
                };
                let row = form.row(aor.as_bytes(), &binding(), &sockets());
                assert_eq!(row.len(), columns(&DatabaseParams::default()).len());
                let restored = form.read(&row, &sockets(), Text::default).unwrap();
                assert_eq!(restored.aor, aor);
                assert_eq!(restored.binding.texts(), binding().texts());
                let facts = Facts {
                    state: State::Sync,
                    ..binding().facts
                };
                assert_eq!(restored.binding.facts, facts);
                assert!(!restored.is_remote);
            }
        }
    }

    #[test]
    fn a_row_may_name_what_the_socket_advertises() {
        let mut sockets = sockets();
        sockets.list[0].advertised = Some((Text::from_static("192.0.2.7"), 5070));
        let form = Form {
            has_domain: false,
            has_number_times: false,
        };
        let mut known = binding();
        known.facts.advertised = true;
        let mut row = form.row(b"alice", &known, &sockets);
        for (text, advertised) in [
            ("udp:192.0.2.7:5070", true),
            ("udp:127.0.0.1:5060", false),
            ("127.0.0.1:5060", false),
        ] {
            if advertised {
                assert_eq!(row[14], Value::from(text));
            }
            row[14] = Value::from(text);
            let restored = form.read(&row, &sockets, Text::default).unwrap();
            assert!(!restored.is_remote);
            assert_eq!(restored.binding.facts.socket(), Some(SocketId(0)));
            assert_eq!(restored.binding.facts.advertised, advertised);
        }
    }

    #[test]
    fn a_row_without_a_domain_is_nobodys_where_domains_count() {
        let form = |has_domain| Form {
            has_domain,
            has_number_times: true,
        };
        let mut row = form(false).row(b"alice", &binding(), &sockets());
        for domain in [Value::Null, Value::from("")] {
            row[2] = domain;
            let read = |has_domain| form(has_domain).read(&row, &sockets(), Text::default);
            assert!(read(true).is_none());
            assert_eq!(read(false).unwrap().aor, "alice");
        }
    }

    #[test]
    fn times_may_be_texts() {
        let text = Value::from("2033-05-18 03:33:20");
        assert_eq!(time_of(&text), 2_000_000_000);
        assert_eq!(time_of(&Value::from("2000000000")), 2_000_000_000);
        assert_eq!(time_of(&Value::Null), 0);
    }

    #[test]
    fn a_row_of_another_server_is_known_by_its_socket() {
        let form = Form {
            has_domain: false,
            has_number_times: false,
        };
        let mut row = form.row(b"alice", &binding(), &sockets());
        row[14] = Value::from("udp:192.0.2.77:5060");
        let restored = form.read(&row, &sockets(), Text::default).unwrap();
        assert!(restored.is_remote);
        assert_eq!(restored.binding.facts.socket(), None);
    }
}
