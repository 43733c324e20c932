//! Contacts that the script has fetched, by the name it gave them.

use mod_usrloc::Binding;
use module_api::{Runtime, Text, Value};
use stdx::hash::core_hash;

/// The contacts of an address-of-record as they were when they were fetched.
#[derive(Clone)]
pub struct Profile {
    /// The location table.
    pub domain: Text,
    /// The address-of-record.
    pub aor: Text,
    /// The bindings in their order.
    pub bindings: Vec<Binding>,
}

/// All that were fetched for a message.
#[derive(Default)]
pub struct Profiles(Vec<(Text, Profile)>);

impl Profiles {
    /// Puts a profile in the place of the one of that name.
    pub fn set(&mut self, name: Text, profile: Profile) {
        self.remove(&name);
        self.0.push((name, profile));
    }

    /// Takes a profile away.
    pub fn remove(&mut self, name: &[u8]) {
        self.0.retain(|(known, _)| **known != *name);
    }

    /// The profile of a name.
    pub fn get(&self, name: &[u8]) -> Option<&Profile> {
        let mut all = self.0.iter();
        all.find(|(known, _)| **known == *name)
            .map(|(_, profile)| profile)
    }
}

/// An attribute of `$ulc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `aor`
    Aor,
    /// `domain`
    Domain,
    /// `aorhash`
    AorHash,
    /// `count`
    Count,
    /// `addr`
    Address,
    /// `path`
    Path,
    /// `received`
    Received,
    /// `expires`
    Expires,
    /// `callid`
    CallId,
    /// `q`
    Q,
    /// `cseq`
    CSeq,
    /// `flags`
    Flags,
    /// `cflags`
    BranchFlags,
    /// `user_agent`
    UserAgent,
    /// `socket`
    Socket,
    /// `modified`
    Modified,
    /// `methods`
    Methods,
    /// `ruid`
    Ruid,
    /// `regid`
    RegId,
    /// `instance`
    Instance,
    /// `conid`
    Connection,
    /// `server_id`
    ServerId,
}

impl Attribute {
    /// The attribute of that name.
    pub fn from_name(name: &str) -> Option<Attribute> {
        Some(match name {
            "aor" => Attribute::Aor,
            "domain" => Attribute::Domain,
            "aorhash" => Attribute::AorHash,
            "count" => Attribute::Count,
            "addr" => Attribute::Address,
            "path" => Attribute::Path,
            "received" => Attribute::Received,
            "expires" => Attribute::Expires,
            "callid" => Attribute::CallId,
            "q" => Attribute::Q,
            "cseq" => Attribute::CSeq,
            "flags" => Attribute::Flags,
            "cflags" => Attribute::BranchFlags,
            "user_agent" => Attribute::UserAgent,
            "socket" => Attribute::Socket,
            "modified" => Attribute::Modified,
            "methods" => Attribute::Methods,
            "ruid" => Attribute::Ruid,
            "regid" => Attribute::RegId,
            "instance" => Attribute::Instance,
            "conid" => Attribute::Connection,
            "server_id" => Attribute::ServerId,
            _ => return None,
        })
    }
}

impl Profile {
    /// The attribute of the contact at a place, or of the address-of-record.
    pub fn attribute(&self, runtime: &Runtime, attribute: Attribute, at: usize) -> Value {
        match attribute {
            Attribute::Aor => return Value::Str(self.aor.clone()),
            Attribute::Domain => return Value::Str(self.domain.clone()),
            Attribute::AorHash => return Value::Int(i64::from(core_hash(&self.aor))),
            Attribute::Count => return Value::Int(self.bindings.len() as i64),
            _ => {}
        }
        match self.bindings.get(at) {
            Some(binding) => of_binding(runtime, binding, attribute),
            None => Value::Null,
        }
    }
}

fn of_binding(runtime: &Runtime, binding: &Binding, attribute: Attribute) -> Value {
    let (texts, facts) = (binding.texts(), &binding.facts);
    let number = |number: u32| Value::Int(i64::from(number));
    match attribute {
        Attribute::Address => Value::from(texts.contact),
        Attribute::Path => Value::from(texts.path),
        Attribute::Received => Value::from(texts.received),
        Attribute::CallId => Value::from(texts.call_id),
        Attribute::UserAgent => Value::from(texts.user_agent),
        Attribute::Ruid => Value::from(texts.ruid),
        Attribute::Instance if texts.instance.is_empty() => Value::Null,
        Attribute::Instance => Value::from(texts.instance),
        Attribute::Expires => number(facts.expires),
        Attribute::Q => Value::Int(i64::from(facts.q)),
        Attribute::CSeq => number(facts.cseq),
        Attribute::Flags => number(facts.flags),
        Attribute::BranchFlags => number(facts.branch_flags),
        Attribute::Modified => number(facts.modified),
        Attribute::Methods => number(facts.methods),
        Attribute::RegId => number(facts.reg_id),
        Attribute::ServerId => number(facts.server_id),
        Attribute::Connection => facts.connection_number().map_or(Value::Null, Value::Int),
        Attribute::Socket => Value::from_option(facts.socket_text(&runtime.sockets)),
        Attribute::Aor | Attribute::Domain | Attribute::AorHash | Attribute::Count => Value::Null,
    }
}
