//! RPC commands.

use crate::access::{Access, Change};
use crate::binding::{Binding, Facts, Texts};
use crate::domain::{Domain, Keeping};
use crate::record::Record;
use crate::{Usrloc, seconds};
use db::Pending;
use module_api::{Fault, LANE_LIMIT, RpcCall, RpcStruct, RpcValue, Runtime, Text, rpc};
use std::sync::Arc;
use stdx::hash::{core_hash, core_hash_slot};

/// The Call-ID and User-Agent of contacts that were added by RPC (observed on 5.6.3).
const RPC_CALL_ID: &[u8] = b"dfjrewr12386fd6-343@kamailio.rpc";
const RPC_USER_AGENT: &[u8] = b"kamailio SIP Router - RPC Server";

fn table(usrloc: &Usrloc, name: &[u8]) -> Result<Arc<Domain>, Fault> {
    let found = usrloc.find_domain(name);
    found.ok_or_else(|| Fault::new(500, "Domain table not found"))
}

/// The next arguments as texts; the fault says what is missing.
fn texts<const N: usize>(call: &mut RpcCall, missing: &str) -> Result<[Text; N], Fault> {
    let mut taken = [const { Text::from_static("") }; N];
    for slot in &mut taken {
        *slot = call
            .optional_text()?
            .ok_or_else(|| Fault::new(500, missing))?;
    }
    Ok(taken)
}

/// The address-of-record that operators mean: without `use_domain` its domain does not count, with it it has to be there. The case
/// of letters counts where it does for registrations (observed on 5.6.3).
fn aor_of(usrloc: &Usrloc, given: &[u8]) -> Result<Text, Fault> {
    let at = given.iter().position(|octet| *octet == b'@');
    if at.is_none() && usrloc.params.use_domain {
        return Err(Fault::new(500, "Domain missing in AOR"));
    }
    let end = at.filter(|_| !usrloc.params.use_domain);
    let mut name = given
        .get(..end.unwrap_or(given.len()))
        .unwrap_or_default()
        .to_vec();
    if !usrloc.tells_cases_apart() {
        name.make_ascii_lowercase();
    }
    Ok(Text::from(name))
}

fn or_unset(text: &[u8]) -> Text {
    if text.is_empty() {
        Text::from_static("[not set]")
    } else {
        Text::from(text)
    }
}

fn contact(runtime: &Runtime, binding: &Binding, now: u32) -> (Text, RpcValue) {
    let (texts, facts) = (binding.texts(), &binding.facts);
    let mut shown = RpcStruct::new();
    shown.add("Address", Text::from(texts.contact));
    match facts.expires {
        0 => shown.add("Expires", "permanent"),
        end => shown.add("Expires", i64::from(end) - i64::from(now)),
    };
    match facts.q {
        q if q < 0 => shown.add("Q", -1),
        q => shown.add("Q", RpcValue::Double(f64::from(q) / 1000.0)),
    };
    let socket = facts.socket_text(&runtime.sockets);
    shown
        .add("Call-ID", Text::from(texts.call_id))
        .add("CSeq", i64::from(facts.cseq))
        .add("User-Agent", Text::from(texts.user_agent))
        .add("Received", or_unset(texts.received))
        .add("Path", or_unset(texts.path))
        .add("State", facts.state.name())
        .add("Flags", i64::from(facts.flags))
        .add("CFlags", i64::from(facts.branch_flags))
        .add("Socket", socket.unwrap_or_else(|| or_unset(b"")))
        .add("Methods", i64::from(facts.methods))
        .add("Ruid", or_unset(texts.ruid))
        .add("Instance", or_unset(texts.instance))
        .add("Reg-Id", i64::from(facts.reg_id))
        .add("Server-Id", i64::from(facts.server_id))
        .add("Tcpconn-Id", facts.connection_number().unwrap_or(-1))
        .add("Keepalive", i64::from(facts.keepalive))
        .add("Last-Keepalive", i64::from(facts.last_keepalive))
        .add("KA-Roundtrip", i64::from(facts.roundtrip_us))
        .add("Last-Modified", i64::from(facts.modified));
    ("Contact".into(), shown.into())
}

fn contacts(runtime: &Runtime, record: &Record, now: u32) -> RpcValue {
    let bindings = record.bindings().iter();
    RpcValue::Named(
        bindings
            .map(|binding| contact(runtime, binding, now))
            .collect(),
    )
}

fn dump_table(runtime: &Runtime, domain: &Domain, now: u32, is_brief: bool) -> (Text, RpcValue) {
    let slots = u32::try_from(domain.spec.slots).unwrap_or(1);
    let mut users: Vec<(u32, Box<[u8]>, (Text, RpcValue))> = Vec::new();
    domain.for_each(&mut |record| {
        let hash = core_hash(record.aor());
        let name = Text::from(record.aor());
        let shown = if is_brief {
            ("AoR".into(), name.into())
        } else {
            let mut info = RpcStruct::new();
            info.add("AoR", name)
                .add("HashID", i64::from(hash))
                .add("Contacts", contacts(runtime, record, now));
            ("Info".into(), info.into())
        };
        users.push((core_hash_slot(hash, slots), record.aor().into(), shown));
    });
    users.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let longest = users
        .chunk_by(|one, other| one.0 == other.0)
        .map(<[_]>::len);
    let mut figures = RpcStruct::new();
    figures
        .add("Records", users.len() as i64)
        .add("Max-Slots", longest.max().unwrap_or(0) as i64);
    let mut shown = RpcStruct::new();
    shown
        .add("Domain", domain.name().clone())
        .add("Size", i64::from(slots))
        .add(
            "AoRs",
            RpcValue::Named(users.into_iter().map(|(_, _, shown)| shown).collect()),
        )
        .add("Stats", figures);
    ("Domain".into(), shown.into())
}

/// All tables with all contacts; `brief` shows the address-of-records only.
#[rpc("ul.dump")]
pub fn dump(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let is_brief = call.optional_text()?.is_some_and(|how| *how == *b"brief");
    let runtime = call.runtime.clone();
    let now = seconds(runtime.host.unix_time());
    let domains = usrloc.domains();
    let shown = domains
        .iter()
        .map(|domain| dump_table(&runtime, domain, now, is_brief));
    let shown = RpcValue::Named(shown.collect());
    let mut reply = RpcStruct::new();
    reply.add("Domains", shown);
    call.add(reply);
    Ok(())
}

/// The contacts of an address-of-record.
#[rpc("ul.lookup")]
pub fn lookup(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let [name, aor] = texts(call, "Not enough parameters (table and AOR to lookup)")?;
    let domain = table(usrloc, &name)?;
    let aor = aor_of(usrloc, &aor)?;
    let runtime = call.runtime.clone();
    let now = seconds(runtime.host.unix_time());
    let name = aor.clone();
    let show = move |record: &Record| {
        let mut shown = RpcStruct::new();
        shown
            .add("AoR", name)
            .add("Contacts", contacts(&runtime, record, now));
        shown
    };
    let missing = || Fault::new(500, "AOR not found in location table");
    if domain.spec.keeping == Keeping::Database {
        return with_fetched(usrloc, call, &domain, &aor, move |record| {
            if record.bindings().is_empty() {
                return Err(missing());
            }
            Ok(vec![show(&record).into()])
        });
    }
    let shown = domain.read(&aor, show);
    call.add(shown.ok_or_else(missing)?);
    Ok(())
}

/// Goes on with an address-of-record of a table that is in the database only; what `then` makes of it is the answer.
fn with_fetched(
    usrloc: &Usrloc,
    call: &mut RpcCall,
    domain: &Arc<Domain>,
    aor: &[u8],
    then: impl FnOnce(Record) -> Result<Vec<RpcValue>, Fault> + Send + 'static,
) -> Result<(), Fault> {
    let storage = usrloc.storage();
    let storage = storage.ok_or_else(|| Fault::new(500, "Database is not connected"))?;
    let then = |record: Result<Record, db::Error>| match record {
        Ok(record) => then(record),
        Err(error) => Err(Fault::new(500, error.to_string())),
    };
    match storage.fetch(&call.runtime, domain, aor) {
        Pending::Ready(record) => call.reply.extend(then(record)?),
        Pending::Later(record) => {
            let answer = call.answer_later(LANE_LIMIT)?;
            call.runtime
                .host
                .spawn(Box::pin(async move { answer.finish(then(record.await)) }));
        }
    }
    Ok(())
}

/// Changes an address-of-record, wherever its table is kept. Nobody waits for the rows.
fn change(
    usrloc: &Usrloc,
    call: &mut RpcCall,
    domain: Arc<Domain>,
    aor: Text,
    work: impl FnOnce(&mut Access<'_>) -> Result<(), Fault> + Send + 'static,
) -> Result<(), Fault> {
    if domain.spec.keeping != Keeping::Database {
        let (done, changes) = domain.access(&aor, work);
        write(usrloc, call, &domain, changes);
        return done;
    }
    let (storage, runtime) = (usrloc.storage().cloned(), call.runtime.clone());
    let (table, name) = (domain.clone(), aor.clone());
    with_fetched(usrloc, call, &domain, &aor, move |mut record| {
        let mut changes = Vec::new();
        let order = table.spec.order;
        work(&mut Access::fetched(
            &name,
            &mut record,
            order,
            &mut changes,
        ))?;
        if let Some(storage) = storage {
            storage.write_later(&runtime, &table, changes);
        }
        Ok(Vec::new())
    })
}

/// Removes an address-of-record with all its contacts.
#[rpc("ul.rm")]
pub fn rm(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let [name, aor] = texts(call, "Not enough parameters (table and AOR to lookup)")?;
    let domain = table(usrloc, &name)?;
    let aor = aor_of(usrloc, &aor)?;
    change(usrloc, call, domain, aor, |access| {
        access.take(|_| true);
        Ok(())
    })
}

/// Removes a contact of an address-of-record.
#[rpc("ul.rm_contact")]
pub fn rm_contact(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let [name, aor, contact] = texts(call, "Not enough parameters (table, AOR and contact)")?;
    let domain = table(usrloc, &name)?;
    let aor = aor_of(usrloc, &aor)?;
    change(usrloc, call, domain, aor, move |access| {
        if access.bindings().is_empty() {
            return Err(Fault::new(404, "AOR not found"));
        }
        let gone = access.take(|binding| *binding.contact() == *contact);
        if gone.is_empty() {
            return Err(Fault::new(404, "Contact not found"));
        }
        Ok(())
    })
}

/// Writes changes that nobody waits for.
fn write(usrloc: &Usrloc, call: &RpcCall, domain: &Arc<Domain>, changes: Vec<Change>) {
    if let Some(storage) = usrloc.storage() {
        storage.write_later(&call.runtime, domain, changes);
    }
}

/// A text that `0` and `.` leave out.
fn optional(text: Text) -> Text {
    match &*text {
        b"0" | b"." => Text::default(),
        _ => text,
    }
}

/// The next argument as a number that may have a fraction.
fn fraction(call: &mut RpcCall) -> Result<f64, Fault> {
    match call.take() {
        Some(RpcValue::Double(number)) => Ok(number),
        Some(RpcValue::Int(number)) => Ok(number as f64),
        Some(RpcValue::Str(text)) => text
            .to_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(malformed),
        _ => Err(malformed()),
    }
}

fn malformed() -> Fault {
    Fault::new(500, "Not enough parameters or wrong format")
}

/// When a contact ends that is to live so long: 0 is never, and less is in the past (observed on 5.6.3).
fn end_of(expires: i64, now: u32) -> u32 {
    match expires {
        0 => 0,
        _ => i64::from(now)
            .saturating_add(expires)
            .clamp(1, u32::MAX.into()) as u32,
    }
}

/// Adds a contact: table, address-of-record, contact, expires, q, path, flags, branch flags, methods, received, socket.
#[rpc("ul.add")]
pub fn add(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let wrong = "Not enough parameters or wrong format";
    let [name, aor, contact] = texts(call, wrong)?;
    let expires = call.int().map_err(|_| malformed())?;
    let q = fraction(call)?;
    let [path] = texts(call, wrong)?;
    let path = optional(path);
    let mut figure = || -> Result<u32, Fault> {
        let number = call.int().map_err(|_| malformed())?;
        Ok(number as u32)
    };
    let (flags, branch_flags, methods) = (figure()?, figure()?, figure()?);
    let received = optional(call.optional_text()?.unwrap_or_default());
    let socket = optional(call.optional_text()?.unwrap_or_default());
    let domain = table(usrloc, &name)?;
    let aor = aor_of(usrloc, &aor)?;
    let runtime = call.runtime.clone();
    let now = seconds(runtime.host.unix_time());
    let mut ruid = Vec::new();
    usrloc.push_ruid_of(b"ulcx", &runtime, &mut ruid);
    let mut facts = Facts {
        expires: end_of(expires, now),
        last_keepalive: now,
        cseq: 1,
        flags,
        branch_flags,
        methods,
        q: if (0.0..=1.0).contains(&q) {
            (q * 1000.0).round() as i16
        } else {
            -1
        },
        server_id: usrloc.server_id(),
        keepalive: branch_flags & usrloc.nat_flag() != 0,
        ..Facts::default()
    };
    facts.name_socket(&socket, &runtime.sockets);
    let matching = usrloc.matching();
    change(usrloc, call, domain, aor, move |access| {
        let texts = Texts {
            contact: &contact,
            call_id: RPC_CALL_ID,
            user_agent: RPC_USER_AGENT,
            ruid: &ruid,
            received: &received,
            path: &path,
            instance: b"",
        };
        let added = match access.find(matching, &texts, 0) {
            Some(at) => access.update(at, &texts, facts, None),
            None => access.insert(&texts, facts, None),
        };
        added.map(|_| ()).ok_or_else(malformed)
    })
}

/// Writes what has changed to the database.
#[rpc("ul.flush")]
pub fn flush(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    if let Some(storage) = usrloc.storage() {
        for domain in usrloc.domains() {
            storage.flush_later(&call.runtime, &domain);
        }
    }
    Ok(())
}

/// What of the next argument's table the database counts.
fn count(usrloc: &Usrloc, call: &mut RpcCall, counted: &str, ended: &str) -> Result<(), Fault> {
    let Some(storage) = usrloc.storage() else {
        let mode = usrloc.params.database.db_mode;
        let message = format!("Command is not supported in db_mode={mode}");
        return Err(Fault::new(500, message));
    };
    let [name] = texts(call, "Not enough parameters (table to lookup)")?;
    let domain = table(usrloc, &name)?;
    let now = seconds(call.runtime.host.unix_time());
    match storage.count(&domain, counted, ended, now) {
        Ok(number) => {
            call.add(number);
            Ok(())
        }
        Err(error) => Err(Fault::new(500, error.to_string())),
    }
}

/// How many address-of-records with contacts that have not expired the database has.
#[rpc("ul.db_users")]
pub fn db_users(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    let column = usrloc.params.database.user_column.to_str_lossy();
    let counted = format!("DISTINCT {column}");
    count(usrloc, call, &counted, ">")
}

/// How many contacts that have not expired the database has.
#[rpc("ul.db_contacts")]
pub fn db_contacts(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    count(usrloc, call, "*", ">")
}

/// How many expired contacts the database has.
#[rpc("ul.db_expired_contacts")]
pub fn db_expired_contacts(usrloc: &Usrloc, call: &mut RpcCall) -> Result<(), Fault> {
    count(usrloc, call, "*", "<=")
}
