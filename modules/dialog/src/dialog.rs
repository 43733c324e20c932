//! A dialog: what is known of a call.

use crate::packed::{Field, Packed};
use module_api::{SocketId, Text, TransactionId};
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// How far a dialog is; the numbers are those that operators see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The INVITE has passed.
    Unconfirmed = 1,
    /// A provisional response has passed.
    Early = 2,
    /// A 2xx has passed.
    Answered = 3,
    /// The ACK has passed.
    Confirmed = 4,
    /// It has ended.
    Deleted = 5,
}

impl State {
    /// The state of a number.
    pub fn from_number(number: i64) -> Option<State> {
        Some(match number {
            1 => State::Unconfirmed,
            2 => State::Early,
            3 => State::Answered,
            4 => State::Confirmed,
            5 => State::Deleted,
            _ => return None,
        })
    }

    /// Whether there was an answer, or an end.
    pub fn is_answered(self) -> bool {
        self > State::Early
    }

    /// Whether the call is going on.
    pub fn is_active(self) -> bool {
        matches!(self, State::Answered | State::Confirmed)
    }
}

/// One of the two who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who has sent the INVITE.
    Caller,
    /// Who has answered it.
    Callee,
}

/// What a dialog is to do beside the usual, as bits that operators see (observed on 5.6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Properties(pub u16);

impl Properties {
    /// Both sides get a BYE when the lifetime is over.
    pub const BYE_ON_TIMEOUT: Properties = Properties(1);
    /// The caller is kept alive.
    pub const KEEP_CALLER: Properties = Properties(2);
    /// The callee is kept alive.
    pub const KEEP_CALLEE: Properties = Properties(4);
    /// Requests leave the lifetime as it is.
    pub const NO_RESET: Properties = Properties(8);

    /// Whether all of `others` are in it.
    pub fn contains(self, others: Properties) -> bool {
        self.0 & others.0 == others.0
    }

    /// Puts in or takes out.
    pub fn set(&mut self, others: Properties, on: bool) {
        if on {
            self.0 |= others.0;
        } else {
            self.0 &= !others.0;
        }
    }

    /// The property that scripts give a name.
    pub fn named(name: &[u8]) -> Option<Properties> {
        Some(match name {
            b"ka-src" => Properties::KEEP_CALLER,
            b"ka-dst" => Properties::KEEP_CALLEE,
            b"timeout-noreset" => Properties::NO_RESET,
            _ => return None,
        })
    }
}

/// What has happened to a dialog, as bits that operators see (observed on 5.6.3).
pub mod marks {
    /// It was answered.
    pub const ANSWERED: u16 = 1;
    /// A request within it has passed.
    pub const USED: u16 = 1 << 1;
    /// A BYE has passed.
    pub const BYE: u16 = 1 << 2;
    /// It has variables.
    pub const VARIABLES: u16 = 1 << 7;
    /// Its INVITE has a transaction.
    pub const TRANSACTION: u16 = 1 << 9;
    /// Its lifetime follows the timer of its session.
    pub const SESSION_TIMER: u16 = 1 << 11;
    /// It was made here.
    pub const OURS: u16 = 1 << 10;
}

/// A member of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which profile, by its number.
    pub profile: u16,
    /// The value; empty in a profile without values.
    pub value: Text,
}

/// A dialog of a call.
pub struct Dialog {
    /// The entry of the table it stands in.
    pub entry: u32,
    /// Its number in that entry.
    pub id: u32,
    body: Mutex<Body>,
    weight: OnceLock<Weight>,
}

/// The octets that a dialog's texts take, counted in as long as there is the dialog.
struct Weight {
    total: Arc<AtomicUsize>,
    own: AtomicUsize,
}

impl Weight {
    fn set(&self, own: usize) {
        let before = self.own.swap(own, Ordering::Relaxed);
        self.total.fetch_add(own, Ordering::Relaxed);
        self.total.fetch_sub(before, Ordering::Relaxed);
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// What changes of a dialog. Times are in seconds since 1970; 0 is not yet.
pub struct Body {
    /// Its texts. Those of a dialog in the table are changed by [`Dialog::set_texts`], which counts them.
    pub texts: Packed,
    /// How far it is.
    pub state: State,
    /// What has happened (`marks`).
    pub marks: u16,
    /// What it is to do.
    pub properties: Properties,
    /// The script's flags.
    pub flags: u32,
    /// When its INVITE came.
    pub created: u32,
    /// When it was answered.
    pub answered: u32,
    /// When it has ended.
    pub ended: u32,
    /// When its lifetime is over.
    pub deadline: u32,
    /// How long it may go on after an answer or a request, in seconds.
    pub lifetime: u32,
    /// The CSeq number of its INVITE.
    pub invite_number: u32,
    /// The caller's last CSeq number.
    pub caller_number: u32,
    /// The callee's last CSeq number.
    pub callee_number: u32,
    /// Our socket on the caller's side.
    pub caller_socket: Option<SocketId>,
    /// Our socket on the callee's side.
    pub callee_socket: Option<SocketId>,
    /// The transaction of its INVITE, where it is known.
    pub carrier: Option<TransactionId>,
    /// How many of our BYEs have no response yet.
    pub byes: u8,
    /// Keep-alive requests without an answer, one after the other.
    pub silent: u8,
    /// When its sides were last kept alive.
    pub kept_alive: u32,
    /// Whether it has rows in the database.
    pub is_stored: bool,
    /// Whether the database has other variables.
    pub has_new_variables: bool,
    /// What not every dialog has.
    pub extra: Option<Box<Extra>>,
}

/// What not every dialog has.
#[derive(Default)]
pub struct Extra {
    /// Variables, newest first.
    pub variables: Vec<(Text, Text)>,
    /// The profiles it is in.
    pub profiles: Vec<Membership>,
    /// The route block that is run when the lifetime is over.
    pub timeout_route: Text,
}

impl Dialog {
    /// A dialog with what is known of it.
    pub fn new(entry: u32, id: u32, body: Body) -> Dialog {
        Dialog {
            entry,
            id,
            body: Mutex::new(body),
            weight: OnceLock::new(),
        }
    }

    /// Counts the octets of its texts in.
    pub fn count_in(&self, total: &Arc<AtomicUsize>) {
        let weight = Weight {
            total: total.clone(),
            own: AtomicUsize::new(0),
        };
        if self.weight.set(weight).is_ok() {
            self.weigh(&self.body());
        }
    }

    /// Changes some of its texts.
    pub fn set_texts(&self, texts: &[(Field, &[u8])]) {
        let mut body = self.body();
        body.texts.set(texts);
        self.weigh(&body);
    }

    fn weigh(&self, body: &Body) {
        if let Some(weight) = self.weight.get() {
            weight.set(body.texts.len());
        }
    }

    /// What is known of it, for this caller alone. Not to be held across anything that may ask again.
    pub fn body(&self) -> MutexGuard<'_, Body> {
        self.body.lock()
    }

    /// A copy of one of its texts.
    pub fn text(&self, field: Field) -> Text {
        Text::from(self.body().texts.text(field))
    }

    /// Whether its lifetime follows the timer of its session.
    pub fn has_session_timer(&self) -> bool {
        self.body().marks & marks::SESSION_TIMER != 0
    }

    /// Has its lifetime follow the timer of its session.
    pub fn set_session_timer(&self) {
        self.body().marks |= marks::SESSION_TIMER;
    }

    /// The value of a variable.
    pub fn variable(&self, name: &[u8]) -> Option<Text> {
        self.body().variable(name).cloned()
    }

    /// Puts a variable, or takes it away. False when there are too many.
    pub fn set_variable(&self, name: &[u8], value: Option<Text>) -> bool {
        self.body().set_variable(name, value)
    }
}

/// How many variables a dialog has at most.
const VARIABLES_MAX: usize = 256;

impl Body {
    /// What not every dialog has, made when it is not there.
    pub fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Variables, newest first.
    pub fn variables(&self) -> &[(Text, Text)] {
        self.extra.as_ref().map_or(&[], |extra| &extra.variables)
    }

    /// The profiles it is in, newest first.
    pub fn profiles(&self) -> &[Membership] {
        self.extra.as_ref().map_or(&[], |extra| &extra.profiles)
    }

    /// The name of the route block for the end of the lifetime; empty when there is none.
    pub fn timeout_route(&self) -> &[u8] {
        self.extra
            .as_ref()
            .map_or(&[], |extra| &extra.timeout_route)
    }

    /// The value of a variable.
    pub fn variable(&self, name: &[u8]) -> Option<&Text> {
        let mut variables = self.variables().iter();
        variables.find_map(|(key, value)| (**key == *name).then_some(value))
    }

    /// See [`Dialog::set_variable`].
    pub fn set_variable(&mut self, name: &[u8], value: Option<Text>) -> bool {
        self.marks |= marks::VARIABLES;
        self.has_new_variables = true;
        let variables = &mut self.extra_mut().variables;
        let at = variables.iter().position(|(key, _)| **key == *name);
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(entry) = variables.get_mut(at) {
                    entry.1 = value;
                }
            }
            (Some(at), None) => {
                variables.remove(at);
            }
            (None, Some(value)) => {
                if variables.len() >= VARIABLES_MAX {
                    return false;
                }
                variables.insert(0, (Text::from(name), value));
            }
            (None, None) => {}
        }
        true
    }

    /// Who has sent a request with these tags; none when they are not of this dialog.
    pub fn sender(&self, from_tag: &[u8], to_tag: &[u8]) -> Option<Side> {
        let caller = self.texts.text(Field::FromTag);
        let callee = self.texts.text(Field::ToTag);
        let is_open = callee.is_empty() || to_tag.is_empty();
        if from_tag == caller && (to_tag == callee || is_open) {
            return Some(Side::Caller);
        }
        let is_callee = from_tag == callee || callee.is_empty();
        (to_tag == caller && !to_tag.is_empty() && is_callee).then_some(Side::Callee)
    }

    /// How long the call has been going on, in seconds: until now, or until it ended.
    pub fn duration(&self, now: u32) -> u32 {
        match (self.answered, self.ended) {
            (0, _) => 0,
            (answered, 0) => now.saturating_sub(answered),
            (answered, ended) => ended.saturating_sub(answered),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A dialog of the caller `a`, and of the callee `b` when it is answered.
    pub fn body(state: State) -> Body {
        let mut texts = Packed::new(&[(Field::CallId, b"call"), (Field::FromTag, b"a")]);
        if state.is_active() {
            texts.set(&[(Field::ToTag, b"b")]);
        }
        Body {
            texts,
            state,
            marks: 0,
            properties: Properties::default(),
            flags: 0,
            created: 100,
            answered: if state.is_active() { 110 } else { 0 },
            ended: 0,
            deadline: 1_000,
            lifetime: 60,
            invite_number: 1,
            caller_number: 1,
            callee_number: 0,
            caller_socket: None,
            callee_socket: None,
            carrier: None,
            byes: 0,
            silent: 0,
            kept_alive: 0,
            is_stored: false,
            has_new_variables: false,
            extra: None,
        }
    }

    #[test]
    fn tags_tell_who_has_sent_a_request() {
        let answered = body(State::Confirmed);
        let early = body(State::Early);
        for (from, to, of_answered, of_early) in [
            ("a", "b", Some(Side::Caller), Some(Side::Caller)),
            ("b", "a", Some(Side::Callee), Some(Side::Callee)),
            ("a", "", Some(Side::Caller), Some(Side::Caller)),
            ("a", "x", None, Some(Side::Caller)),
            ("x", "a", None, Some(Side::Callee)),
            ("x", "", None, None),
            ("x", "b", None, None),
        ] {
            let sent = |body: &Body| body.sender(from.as_bytes(), to.as_bytes());
            assert_eq!(sent(&answered), of_answered, "{from} {to}");
            assert_eq!(sent(&early), of_early, "{from} {to}");
        }
    }

    #[test]
    fn a_variable_is_put_changed_and_taken_away() {
        let mut body = body(State::Early);
        assert!(body.set_variable(b"a", Some(Text::from("1"))));
        assert!(body.set_variable(b"b", Some(Text::from("2"))));
        assert!(body.set_variable(b"a", Some(Text::from("3"))));
        assert_eq!(body.variable(b"a"), Some(&Text::from("3")));
        assert!(body.set_variable(b"a", None));
        assert_eq!(body.variable(b"a"), None);
        assert_eq!(body.variables().len(), 1);
    }

    /// Hundreds of thousands of them may be there at a time.
    #[test]
    fn a_dialog_without_its_texts_is_small() {
        assert!(size_of::<Dialog>() <= 176, "{}", size_of::<Dialog>());
    }
}
