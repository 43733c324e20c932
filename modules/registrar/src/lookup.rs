//! `lookup` and its kin: from an address-of-record to where its contacts are.

use crate::aor::{Aor, AorName};
use crate::{Registrar, path, records};
use mod_usrloc::{Binding, Domain, Record, Usrloc, seconds};
use module_api::{
    Call, LocationRecord, Step, Target, Text, Value, Verdict, Xavp, XavpList, XavpValue,
};
use sip::Uri;
use std::sync::Arc;

/// Return codes of `lookup`.
const NOT_FOUND: Verdict = Verdict(-1);
const METHOD_NOT_TAKEN: Verdict = Verdict(-2);
const FAILED: Verdict = Verdict(-3);

/// What is done with the contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// The first becomes the Request-URI, the others become branches.
    Request,
    /// The first takes the place of the branch of that number, the others become branches.
    Branch(usize),
    /// All become branches.
    Branches,
    /// They are only told of.
    Lists(Lists),
}

/// The names of the `$xavp` that tell of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// That of the address-of-record.
    pub record: Text,
    /// That of its contacts.
    pub contacts: Text,
}

/// The contact that a GRUU means.
#[derive(Clone, Debug)]
enum Chosen {
    Any,
    Instance(Text),
    Ruid(Text),
}

impl Chosen {
    fn takes(&self, binding: &Binding) -> bool {
        match self {
            Chosen::Any => true,
            Chosen::Instance(wanted) => {
                let own = binding.instance();
                let bare = own.strip_prefix(b"<").unwrap_or(own);
                **wanted == *bare.strip_suffix(b">").unwrap_or(bare)
            }
            Chosen::Ruid(wanted) => **wanted == *binding.ruid(),
        }
    }
}

/// Sends the request to the contacts of a URI's address-of-record, or of the Request-URI's.
pub fn lookup(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    uri: Option<Text>,
    what: Use,
) -> Step {
    let text = match uri {
        Some(uri) if uri.is_empty() => return NOT_FOUND.into(),
        Some(uri) => uri,
        None => Text::from(call.request_uri()),
    };
    let Ok(aor) = registrar.aor(&text) else {
        call.error(format_args!("`{text}` is no URI of an address-of-record"));
        return FAILED.into();
    };
    let Aor {
        name,
        instance,
        temporary,
    } = aor;
    if let Some(user) = temporary {
        let Some(ruid) = ruid_of(user).map(Text::from) else {
            return FAILED.into();
        };
        let table = domain.clone();
        return records::named(
            registrar,
            call,
            &table,
            &ruid.clone(),
            move |registrar, call, name| match name {
                Some(name) => find(registrar, call, domain, name, Chosen::Ruid(ruid), what),
                None => NOT_FOUND.into(),
            },
        );
    }
    let chosen = match instance {
        Some(instance) => Chosen::Instance(Text::from(instance)),
        None => Chosen::Any,
    };
    find(registrar, call, domain, name, chosen, what)
}

fn find(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    name: AorName,
    chosen: Chosen,
    what: Use,
) -> Step {
    let (purpose, aor) = (what.clone(), Text::from(&name[..]));
    records::look(
        registrar,
        call,
        domain,
        name,
        move |registrar, call, record| {
            let Some(record) = record else {
                return Err(NOT_FOUND);
            };
            choose(registrar, call, record, &chosen, &purpose)
        },
        move |registrar, call, found| match found {
            Ok(found) => {
                match &what {
                    Use::Lists(lists) => found.tell(call, lists, aor),
                    _ => found.take_effect(registrar, call, &what),
                }
                Verdict::TRUE.into()
            }
            Err(verdict) => verdict.into(),
        },
    )
}

/// The unique name in the user of a temporary GRUU.
fn ruid_of(user: &[u8]) -> Option<&[u8]> {
    let dash = user.iter().rposition(|byte| *byte == b'-')?;
    let (ruid, hash) = (user.get(..dash)?, user.get(dash + 1..)?);
    stdx::hex::parse(hash).map(|_| ruid)
}

/// What was found for a request.
struct Found {
    targets: Vec<Target>,
    details: Option<XavpList>,
    /// The attributes of each contact, if any has some.
    attributes: Vec<XavpList>,
}

fn choose(
    registrar: &Registrar,
    call: &mut Call,
    record: &Record,
    chosen: &Chosen,
    what: &Use,
) -> Result<Found, Verdict> {
    let now = seconds(call.unix_time);
    let filter = Filter::of(registrar, call, now);
    let most = match (what, registrar.params.append_branches.is_on()) {
        (Use::Request | Use::Branch(_), true) => {
            usize::try_from(call.runtime.settings.max_branches).unwrap_or(12)
        }
        (Use::Branches, true) => {
            usize::try_from(call.runtime.settings.max_branches - 1).unwrap_or(11)
        }
        (Use::Lists(_), _) => usize::MAX,
        // One is looked for even where none is to be used: the return code tells of it.
        (_, false) => 1,
    };
    let mut found = Found {
        targets: Vec::new(),
        details: None,
        attributes: Vec::new(),
    };
    let mut untaken = false;
    for binding in record.bindings() {
        if !filter.takes_age(binding) {
            continue;
        }
        // The return code tells of any contact, whichever a filter lets through or a GRUU means (observed on 5.6.3).
        if !filter.takes_method(binding) {
            untaken = true;
            continue;
        }
        if !filter.takes_flow(call, binding) || !chosen.takes(binding) {
            continue;
        }
        if found.targets.len() >= most {
            break;
        }
        let with_lists = matches!(what, Use::Request | Use::Branch(_));
        if found.targets.is_empty() && with_lists {
            found.details = details(registrar, binding, now);
        }
        if let Some(attributes) = &binding.attributes
            && with_lists
        {
            found
                .attributes
                .resize(found.targets.len(), XavpList::default());
            found.attributes.push(XavpList::clone(attributes));
        }
        found.targets.push(target(registrar, call, binding));
    }
    match (found.targets.is_empty(), untaken) {
        (false, _) => Ok(found),
        (true, true) => Err(METHOD_NOT_TAKEN),
        (true, false) => Err(NOT_FOUND),
    }
}

/// Which contacts are left out.
struct Filter {
    now: u32,
    with_expired: bool,
    /// The bit of the method that contacts have to take.
    method: Option<u32>,
    /// Branch flags of which a contact has to have one.
    branch_flags: Option<u32>,
    with_connection: bool,
}

impl Filter {
    fn of(registrar: &Registrar, call: &Call, now: u32) -> Filter {
        let params = &registrar.params;
        let filters = params.lookup_filter_mode;
        let is_initial = call.message.is_request() && call.message.to_tag().is_none();
        let flags = match registrar.setting(call, b"rlf_bflags") {
            Value::Int(flags) if filters & 1 != 0 => Some(flags as u32),
            _ => None,
        };
        Filter {
            now,
            with_expired: params.use_expired_contacts.is_on(),
            method: (params.method_filtering && is_initial).then(|| call.message.method().bit()),
            branch_flags: flags,
            with_connection: filters & 2 != 0 || registrar.usrloc.params.follow_connections,
        }
    }

    /// Whether it has not expired, or may have.
    fn takes_age(&self, binding: &Binding) -> bool {
        self.with_expired || binding.facts.is_valid(self.now)
    }

    /// Whether its branch flags and its connection are as they have to be.
    fn takes_flow(&self, call: &Call, binding: &Binding) -> bool {
        let facts = &binding.facts;
        self.branch_flags
            .is_none_or(|flags| facts.branch_flags & flags != 0)
            && (!self.with_connection || Usrloc::is_reachable(&call.runtime, facts))
    }

    fn takes_method(&self, binding: &Binding) -> bool {
        self.method
            .is_none_or(|bit| binding.facts.methods & bit != 0)
    }
}

/// Where a request goes for a contact.
fn target(registrar: &Registrar, call: &Call, binding: &Binding) -> Target {
    let (texts, facts) = (binding.texts(), &binding.facts);
    let mut path = texts.path;
    if registrar.params.path_check_local
        && let Some(uri) = path::first_uri(path).and_then(|uri| Uri::parse(uri).ok())
    {
        let port = uri.port().unwrap_or(0);
        if call
            .runtime
            .sockets
            .is_myself(uri.host(), port, uri.transport())
        {
            path = path::after_first(path);
        }
    }
    let next = path::first_uri(path).unwrap_or(texts.received);
    let text = |text: &[u8]| (!text.is_empty()).then(|| Text::from(text));
    Target {
        uri: Some(Text::from(texts.contact)),
        destination_uri: text(next),
        path: text(path),
        socket: facts.socket(),
        flags: facts.branch_flags,
        q: u16::try_from(facts.q).ok(),
        connection: facts.connection(),
        record: Some(Arc::new(LocationRecord {
            ruid: text(texts.ruid),
            user_agent: text(texts.user_agent),
            instance: text(texts.instance),
            reg_id: facts.reg_id,
        })),
    }
}

impl Found {
    /// Fills the lists.
    fn tell(self, call: &mut Call, lists: &Lists, aor: Text) {
        let count = i64::try_from(self.targets.len()).unwrap_or(i64::MAX);
        let record = [("aor", Value::Str(aor)), ("count", Value::Int(count))];
        put_list(call, &lists.record, Some(list_of(record)));
        // The one that is put last comes first.
        for target in self.targets.into_iter().rev() {
            let socket = target.socket.and_then(|id| call.runtime.sockets.get(id));
            let items = [
                ("uri", Value::from_option(target.uri)),
                ("dsturi", Value::from_option(target.destination_uri)),
                (
                    "socket",
                    Value::from_option(socket.map(|socket| socket.text())),
                ),
            ];
            let known = items.into_iter().filter(|(_, value)| !value.is_null());
            put_list(call, &lists.contacts, Some(list_of(known)));
        }
    }

    fn take_effect(self, registrar: &Registrar, call: &mut Call, what: &Use) {
        if registrar.usrloc.params.follow_connections {
            call.flags.marks.by_known_connection = true;
        }
        let mut targets = self.targets.into_iter();
        match *what {
            Use::Lists(_) => return,
            Use::Request => {
                if let Some(first) = targets.next() {
                    // COMPAT: flags that the script has set stay, besides those of the contact (observed on 5.6.3).
                    let flags = call.target.flags | first.flags;
                    call.target = Target { flags, ..first };
                    call.target_is_new = true;
                }
            }
            Use::Branch(at) => {
                let first = targets.next().zip(call.branches.list.get_mut(at));
                if let Some((first, branch)) = first {
                    **branch = first;
                }
            }
            Use::Branches if !registrar.params.append_branches.is_on() => return,
            Use::Branches => {}
        }
        let most = usize::try_from(call.runtime.settings.max_branches - 1).unwrap_or(11);
        for target in targets {
            if call.branches.list.len() >= most {
                break;
            }
            call.branches.list.push(Box::new(target));
        }
        set_list(call, &registrar.params.xavp_rcd, self.details);
        // Observed on 5.6.3: they are in the order of the contacts, and empty for one without any.
        for kept in self.attributes.into_iter().rev() {
            put_list(call, &registrar.usrloc.params.xavp_contact, Some(kept));
        }
    }
}

fn list_of(items: impl IntoIterator<Item = (&'static str, Value)>) -> XavpList {
    let mut list = XavpList::default();
    for (name, value) in items {
        list.push_last(Xavp {
            name: Text::from_static(name),
            value: XavpValue::Plain(value),
        });
    }
    list
}

fn put_list(call: &mut Call, name: &Text, list: Option<XavpList>) {
    if let Some(list) = list
        && !name.is_empty()
    {
        call.attributes.xavps.push(Xavp {
            name: name.clone(),
            value: XavpValue::List(list),
        });
    }
}

/// Puts a list in the place of the one of that name.
fn set_list(call: &mut Call, name: &Text, list: Option<XavpList>) {
    if list.is_some() && !name.is_empty() {
        call.attributes.xavps.remove(name, 0);
    }
    put_list(call, name, list);
}

/// What is shown of a contact that was found (`xavp_rcd`).
pub fn details(registrar: &Registrar, binding: &Binding, now: u32) -> Option<XavpList> {
    let params = &registrar.params;
    if params.xavp_rcd.is_empty() {
        return None;
    }
    let (texts, facts) = (binding.texts(), &binding.facts);
    let mut list = XavpList::default();
    let mut put = |bit: i64, name: &'static str, value: Value| {
        if params.xavp_rcd_mask & bit == 0 {
            list.push_last(Xavp {
                name: Text::from_static(name),
                value: XavpValue::Plain(value),
            });
        }
    };
    put(1, "ruid", Value::from(texts.ruid));
    put(2, "contact", Value::from(texts.contact));
    let left = i64::from(facts.expires) - i64::from(now);
    put(4, "expires", Value::Int(left));
    if !texts.received.is_empty() {
        put(8, "received", Value::from(texts.received));
    }
    if !texts.path.is_empty() {
        put(16, "path", Value::from(texts.path));
    }
    Some(list)
}

/// What is shown of the contacts that an address-of-record has after a change. Of each name the value of the last comes first.
pub fn details_of_all(registrar: &Registrar, bindings: &[Binding], now: u32) -> XavpList {
    let mut all = XavpList::default();
    let valid = bindings.iter().filter(|one| one.facts.is_valid(now));
    for list in valid.rev().filter_map(|one| details(registrar, one, now)) {
        for item in list.iter() {
            all.push_last(item.clone());
        }
    }
    all
}

/// Puts items before those in the list of that name, which is made if there is none.
pub fn add_to_list(call: &mut Call, name: &Text, mut items: XavpList) {
    let xavps = &mut call.attributes.xavps;
    if let Some(before) = xavps.children(name, 0) {
        for item in before.iter() {
            items.push_last(item.clone());
        }
        xavps.remove(name, 0);
    }
    put_list(call, name, Some(items));
}

/// Looks the Request-URI up, and each branch that is nothing but a URI.
pub fn lookup_branches(registrar: &Registrar, call: &mut Call, domain: Arc<Domain>) -> Step {
    let bare = |target: &Target| {
        target.destination_uri.is_none()
            && target.path.is_none()
            && target.ruid().is_none()
            && target.flags == 0
    };
    let wanted: Vec<usize> = (0..call.branches.list.len())
        .filter(|at| call.branches.list.get(*at).is_some_and(|b| bare(b)))
        .collect();
    let step = lookup(registrar, call, domain.clone(), None, Use::Request);
    and_branches(step, call, domain, wanted.into_iter(), None)
}

/// Ends a look-up, then looks the other branches up. `verdict` is what came of those before.
fn and_branches(
    step: Step,
    call: &mut Call,
    domain: Arc<Domain>,
    mut rest: std::vec::IntoIter<usize>,
    verdict: Option<Verdict>,
) -> Step {
    let own = match step {
        Step::Done(own) | Step::Unrecorded(own) => own,
        Step::Wait(mut waiting) => {
            let then = waiting.then;
            waiting.then = Box::new(move |call, answer| {
                let step = then(call, answer);
                and_branches(step, call, domain, rest, verdict)
            });
            return Step::Wait(waiting);
        }
        Step::Enter(_) => return step,
    };
    // It is enough that one of them is there.
    let verdict = verdict
        .filter(|verdict| *verdict == Verdict::TRUE)
        .unwrap_or(own);
    let uri = |at: usize| Some((at, call.branches.list.get(at)?.uri.clone()?));
    let Some((at, uri)) = rest.find_map(uri) else {
        return verdict.into();
    };
    let Some(registrar) = call.runtime.module::<Registrar>() else {
        return Verdict::FALSE.into();
    };
    let step = lookup(&registrar, call, domain.clone(), Some(uri), Use::Branch(at));
    and_branches(step, call, domain, rest, Some(verdict))
}

/// What a contact has to be like for `registered`.
#[derive(Default)]
pub struct Match {
    call_ids: [Option<Text>; 2],
    received: Option<Text>,
    contact: Option<Text>,
}

impl Match {
    /// What the script wants, as the option bits say.
    pub fn of(registrar: &Registrar, call: &mut Call, options: i64) -> Match {
        let set_by_script = registrar.wanted_call_id(call);
        let text = |bit: i64, name: &[u8]| {
            let wanted = (options & bit != 0).then(|| registrar.setting(call, name))?;
            match wanted {
                Value::Str(text) => Some(text),
                _ => None,
            }
        };
        Match {
            call_ids: [text(1, b"match_callid"), set_by_script],
            received: text(2, b"match_received"),
            contact: text(4, b"match_contact"),
        }
    }

    fn takes(&self, binding: &Binding) -> bool {
        let texts = binding.texts();
        let same = |wanted: &Option<Text>, own: &[u8]| {
            wanted.as_ref().is_none_or(|wanted| **wanted == *own)
        };
        let mut call_ids = self.call_ids.iter();
        call_ids.all(|wanted| same(wanted, texts.call_id))
            && same(&self.received, texts.received)
            && same(&self.contact, texts.contact)
    }
}

/// Whether an address-of-record has a contact as wanted.
pub fn registered(
    registrar: &Registrar,
    call: &mut Call,
    domain: Arc<Domain>,
    uri: &[u8],
    wanted: Match,
    actions: i64,
) -> Step {
    let Ok(aor) = registrar.aor(uri) else {
        call.error(format_args!(
            "`{}` is no URI of an address-of-record",
            Text::from(uri)
        ));
        return Verdict::FALSE.into();
    };
    records::look(
        registrar,
        call,
        domain,
        aor.name,
        move |registrar, call, record| {
            let now = seconds(call.unix_time);
            let mut bindings = record?.bindings().iter();
            let found = bindings.find(|binding| {
                binding.facts.is_valid(now)
                    && wanted.takes(binding)
                    && (!registrar.usrloc.params.follow_connections
                        || Usrloc::is_reachable(&call.runtime, &binding.facts))
            })?;
            Some((details(registrar, found, now), found.attributes.clone()))
        },
        move |registrar, call, found| {
            let Some((details, attributes)) = found else {
                return Verdict::FALSE.into();
            };
            if actions & 2 == 0 {
                set_list(call, &registrar.params.xavp_rcd, details);
            }
            if actions & 1 != 0 {
                let kept = attributes.map(|attributes| *attributes);
                put_list(call, &registrar.usrloc.params.xavp_contact, kept);
            }
            Verdict::TRUE.into()
        },
    )
}
