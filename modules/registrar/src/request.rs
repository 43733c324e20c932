//! What a REGISTER asks for, read before a location table is touched.

use crate::Registrar;
use crate::refusal::Refusal;
use module_api::{Call, Value};
use sip::{Contact, HeaderId, Message, Method, NameAddr, Q, Span};
use smallvec::SmallVec;

/// One contact of a REGISTER.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Its URI, in the message.
    pub uri: Span,
    /// The `+sip.instance` without quotes, in the message; empty when there is none.
    pub instance: Span,
    /// `reg-id`; 0 when there is none.
    pub reg_id: u32,
    /// Whether it names a flow, even if that means nothing.
    pub names_flow: bool,
    /// `received`, the place it came from as it says itself, which counts before what the script says and behind what the Path
    /// says; in the message; empty when there is none.
    pub received: Span,
    /// How long it is to live, in seconds; 0 takes it out.
    pub life: u32,
    /// Its priority in thousandths; -1 for none.
    pub q: i16,
    /// The methods it takes, as bits.
    pub methods: u32,
    /// What is wrong with it, found when it was read.
    pub mistake: Option<Refusal>,
    /// Whether it asks for a life that is refused as too short.
    pub is_too_brief: bool,
}

/// The contacts of a REGISTER.
pub enum Contacts {
    /// None: it asks which there are.
    Query,
    /// `*`: all are to be taken out.
    Star,
    /// These.
    List(SmallVec<[Wanted; 2]>),
}

/// What a REGISTER says of itself in Supported and Require.
#[derive(Clone, Copy, Debug, Default)]
pub struct Supports {
    /// RFC 3327.
    pub path: bool,
    /// RFC 5627.
    pub gruu: bool,
    /// RFC 5626.
    pub outbound: bool,
    /// RFC 5626, and it cannot do without.
    pub needs_outbound: bool,
}

impl Supports {
    /// What the message says.
    pub fn of(message: &Message) -> Supports {
        let needs_outbound = message.lists(HeaderId::Require, b"outbound");
        let mut supports = Supports {
            needs_outbound,
            outbound: needs_outbound,
            ..Supports::default()
        };
        if message.has(HeaderId::Supported) {
            for token in message.list(HeaderId::Supported) {
                let token = message.text(token);
                supports.path |= token.eq_ignore_ascii_case(b"path");
                supports.gruu |= token.eq_ignore_ascii_case(b"gruu");
                supports.outbound |= token.eq_ignore_ascii_case(b"outbound");
            }
        }
        supports
    }
}

/// What the script sets for this registration (`xavp_cfg`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides {
    /// The priority in thousandths.
    pub q: Option<i64>,
    /// The life in seconds.
    pub expires: Option<i64>,
    /// How many contacts the address-of-record may have.
    pub max_contacts: Option<i64>,
}

impl Overrides {
    /// Those of this run.
    pub fn of(registrar: &Registrar, call: &Call) -> Overrides {
        let number = |name: &[u8]| match registrar.setting(call, name) {
            Value::Int(number) => Some(number),
            _ => None,
        };
        if registrar.params.xavp_cfg.is_empty() {
            return Overrides::default();
        }
        Overrides {
            q: number(b"q"),
            expires: number(b"expires").filter(|expires| *expires >= 0),
            max_contacts: number(b"max_contacts").filter(|most| *most >= 0),
        }
    }
}

/// Reads the contacts.
pub fn contacts(
    registrar: &Registrar,
    call: &mut Call,
    message: &Message,
    overrides: &Overrides,
    no_random: bool,
) -> Result<Contacts, Refusal> {
    let expires = match message.value_of(HeaderId::Expires) {
        None => None,
        Some(value) => {
            let mut words = value.split(|octet| octet.is_ascii_whitespace());
            let word = words.find(|word| !word.is_empty());
            asked_of_all(word.ok_or(Refusal::BadExpires)?)
        }
    };
    let allowed = message
        .has(HeaderId::Allow)
        .then(|| message.headers_of(HeaderId::Allow))
        .map(|fields| fields.fold(0, |bits, field| bits | method_bits(message.value(field))));
    let mut list = SmallVec::new();
    let (mut count, mut has_star, mut star_is_first) = (0, false, false);
    for contact in message.contacts() {
        count += 1;
        match contact {
            Err(_) => return Err(Refusal::BadContact),
            Ok(Contact::Star(star)) if !begins_field(message, star) => {
                return Err(Refusal::BadContact);
            }
            Ok(Contact::Star(_)) => {
                has_star = true;
                star_is_first |= count == 1;
            }
            Ok(Contact::Address(address)) => {
                let (mut wanted, asked) = Wanted::read(registrar, message, &address, allowed)?;
                let asked = asked.unwrap_or(expires);
                wanted.set_life(registrar, call, asked, overrides, no_random);
                wanted.override_q(overrides.q);
                list.push(wanted);
            }
        }
    }
    reverse_within_fields(message, &mut list);
    match (count, has_star) {
        (0, _) => Ok(Contacts::Query),
        (_, false) => Ok(Contacts::List(list)),
        (_, true) if expires != Some(0) && star_is_first => Err(Refusal::StarLives),
        (1, true) => Ok(Contacts::Star),
        (_, true) => Err(Refusal::StarNotAlone),
    }
}

/// Whether a contact is the first of its header field.
fn begins_field(message: &Message, contact: Span) -> bool {
    let mut fields = message.headers_of(HeaderId::Contact);
    fields.any(|field| field.value().start == contact.start)
}

/// The seconds of an Expires; nothing when it is no number, or one beyond 2^31, which nobody means.
fn asked_of_all(text: &[u8]) -> Option<u32> {
    sip::parse_expires(text).filter(|seconds| i32::try_from(*seconds).is_ok())
}

/// The seconds of an `expires` parameter; nothing when it is no number of 32 bits (RFC 3261 §20.19).
fn asked_of_one(text: &[u8]) -> Option<u32> {
    let seconds = u32::try_from(stdx::number::parse_u64(text)?).ok()?;
    Some(seconds.min(i32::MAX.unsigned_abs()))
}

/// Puts the contacts of each header field into the order in which they are registered: the last first (observed on 5.6.3).
fn reverse_within_fields(message: &Message, list: &mut [Wanted]) {
    if list.len() < 2 {
        return;
    }
    let mut rest = list;
    for field in message.headers_of(HeaderId::Contact) {
        let end = field.value().end;
        let count = rest
            .iter()
            .take_while(|wanted| wanted.uri.end <= end)
            .count();
        let Some((own, after)) = rest.split_at_mut_checked(count) else {
            return;
        };
        own.reverse();
        rest = after;
    }
}

/// The methods of a list, which holds nothing but tokens.
fn method_bits(list: &[u8]) -> u32 {
    list.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
        .fold(0, |bits, name| bits | Method::from_name(name).bit())
}

impl Wanted {
    /// What a contact says of itself, and the life that it asks for, if it asks for one. `allowed` are the methods of Allow.
    fn read(
        registrar: &Registrar,
        message: &Message,
        address: &NameAddr,
        allowed: Option<u32>,
    ) -> Result<(Wanted, Option<Option<u32>>), Refusal> {
        let params = &registrar.params;
        let buffer = message.buffer();
        if i64::from(address.uri.end - address.uri.start) > params.contact_max_size {
            return Err(Refusal::TooLong);
        }
        // Without angle brackets it has to be told from a name.
        if !address.is_bracketed && !address.uri.of(buffer).contains(&b':') {
            return Err(Refusal::BadContact);
        }
        let mut wanted = Wanted {
            uri: address.uri,
            instance: Span::default(),
            reg_id: 0,
            names_flow: false,
            received: Span::default(),
            life: 0,
            q: params.default_q.get() as i16,
            methods: allowed.unwrap_or(u32::MAX),
            mistake: None,
            is_too_brief: false,
        };
        // The last of each counts; one that is empty is passed over.
        let (mut asked, mut reg_id) = (None, None);
        for param in address.params(buffer) {
            if param.is(b"methods") {
                wanted.methods = method_bits(param.text());
            } else if param.text().is_empty() {
                continue;
            } else if param.is(b"expires") {
                // One that is no number is not replaced by that of all (observed on 5.6.3).
                asked = Some(asked_of_one(param.text()));
            } else if param.is(b"q") {
                match Q::parse(param.text()) {
                    Some(q) => wanted.q = q.thousandths() as i16,
                    None => wanted.mistake = Some(Refusal::BadQ),
                }
            } else if param.is(b"+sip.instance") {
                wanted.instance = unquoted(param.value_span, buffer);
            } else if param.is(b"reg-id") {
                reg_id = Some(param.text());
            } else if param.is(b"received") {
                wanted.received = unquoted(param.value_span, buffer);
            }
        }
        if i64::from(wanted.received.end - wanted.received.start) > params.contact_max_size {
            return Err(Refusal::TooLong);
        }
        wanted.names_flow = reg_id.is_some();
        // It tells the flows of an instance apart, and means nothing without one.
        if let Some(text) = reg_id.filter(|_| !wanted.instance.is_empty()) {
            let number = stdx::number::parse_u64(text);
            match number.and_then(|number| u32::try_from(number).ok()) {
                Some(number) if number > 0 => wanted.reg_id = number,
                _ => wanted.mistake = Some(Refusal::BadRegId),
            }
        }
        Ok((wanted, asked))
    }

    /// Gives it the priority that the script sets, if it sets one.
    fn override_q(&mut self, q: Option<i64>) {
        let Some(q) = q else {
            return;
        };
        self.mistake.take_if(|mistake| *mistake == Refusal::BadQ);
        match i16::try_from(q) {
            Ok(q @ 0..=1000) => self.q = q,
            _ => self.mistake = Some(Refusal::BadQ),
        }
    }

    fn set_life(
        &mut self,
        registrar: &Registrar,
        call: &mut Call,
        asked: Option<u32>,
        overrides: &Overrides,
        no_random: bool,
    ) {
        let params = &registrar.params;
        let (mut life, range) = match asked {
            Some(0) => return,
            Some(asked) => (i64::from(asked), params.expires_range.get()),
            None => (
                params.default_expires.get(),
                params.default_expires_range.get(),
            ),
        };
        if let Some(expires) = overrides.expires {
            life = expires;
        }
        if range > 0 && !no_random {
            let most = life / 100 * range + life % 100 * range / 100;
            life -= (call.random() % (most.max(0) as u64 + 1)) as i64;
        }
        if params.min_expires.get() > 0 && life < params.min_expires.get() {
            self.is_too_brief = params.min_expires_mode == 1;
            life = params.min_expires.get();
        }
        if params.max_expires.get() > 0 {
            life = life.min(params.max_expires.get());
        }
        self.life = u32::try_from(life).unwrap_or(u32::MAX);
    }
}

fn unquoted(span: Span, buffer: &[u8]) -> Span {
    match span.of(buffer) {
        [b'"', .., b'"'] => Span::new(span.start + 1, span.end - 1),
        _ => span,
    }
}
