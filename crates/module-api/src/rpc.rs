//! RPC commands: arguments in, a reply of plain values out, whatever the transport.

use crate::late::{Answered, LateAnswer, RpcOutcome, Slots};
use crate::runtime::Runtime;
use catalog::RpcEntry;
use futures_channel::oneshot;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use stdx::Text;

/// A value of an RPC request or reply.
#[derive(Clone, Debug, PartialEq)]
pub enum RpcValue {
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A string.
    Str(Text),
    /// No string where one would be: `null` in JSON, [`RpcValue::NOTHING`] where there is no such thing.
    Null,
    /// Named values in order; a name may occur several times.
    Struct(Vec<(Text, RpcValue)>),
    /// Values in order.
    Array(Vec<RpcValue>),
    /// Values in order, each with a name: to most clients an array of structs of one member. COMPAT: `kamcmd` shows the names
    /// where the structs would be (observed on 5.6.3).
    Named(Vec<(Text, RpcValue)>),
}

impl RpcValue {
    /// How clients are shown that there is no string (observed on 5.6.3).
    pub const NOTHING: &'static str = "<null string>";
}

impl From<i64> for RpcValue {
    fn from(number: i64) -> Self {
        RpcValue::Int(number)
    }
}

impl From<&str> for RpcValue {
    fn from(text: &str) -> Self {
        RpcValue::Str(Text::from(text))
    }
}

impl From<String> for RpcValue {
    fn from(text: String) -> Self {
        RpcValue::Str(Text::from(text))
    }
}

impl From<Text> for RpcValue {
    fn from(text: Text) -> Self {
        RpcValue::Str(text)
    }
}

/// A struct under construction.
#[derive(Clone, Debug, Default)]
pub struct RpcStruct(Vec<(Text, RpcValue)>);

impl RpcStruct {
    /// An empty struct.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub fn add(&mut self, name: impl Into<Text>, value: impl Into<RpcValue>) -> &mut Self {
        self.0.push((name.into(), value.into()));
        self
    }
}

impl From<RpcStruct> for RpcValue {
    fn from(members: RpcStruct) -> Self {
        RpcValue::Struct(members.0)
    }
}

/// Why an RPC command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A code in the manner of HTTP: 400 for the caller's fault, 404, 500.
    pub code: u16,
    /// What went wrong.
    pub message: String,
    /// The argument that is missing, when that is all that went wrong: some protocols have words of their own for it.
    pub missing: Option<Missing>,
}

/// An argument that a command needs and was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its number, from 0 on.
    pub number: usize,
    /// What it would be: `string` or `integer`.
    pub kind: &'static str,
}

impl fmt::Display for Missing {
    /// In the words that 5.6.3 uses for it over its binary protocol, and over no other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Missing { number, kind } = self;
        write!(
            f,
            "error at parameter {number}: expected {kind} type but end of packet encountered"
        )
    }
}

impl Fault {
    /// A fault with its code.
    pub fn new(code: u16, message: impl Into<String>) -> Fault {
        Fault {
            code,
            message: message.into(),
            missing: None,
        }
    }

    fn missing(number: usize, kind: &'static str) -> Fault {
        Fault {
            missing: Some(Missing { number, kind }),
            ..Fault::new(400, "Too few parameters")
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} - {}", self.code, self.message)
    }
}

/// How long a command waits for lanes that others are using.
pub const LANE_LIMIT: Duration = Duration::from_secs(5);

/// One call of an RPC command: its arguments, and the reply it builds.
pub struct RpcCall {
    /// What is loaded.
    pub runtime: Arc<Runtime>,
    /// Arguments not yet taken.
    arguments: VecDeque<RpcValue>,
    /// How many were taken.
    taken: usize,
    /// The values of the reply.
    pub reply: Vec<RpcValue>,
    /// What is answered instead when the command has ended.
    later: Option<Promised>,
}

/// An answer that a command has promised.
struct Promised {
    answer: oneshot::Receiver<Result<Vec<RpcValue>, Fault>>,
    limit: Duration,
    slot: crate::late::Slot,
}

impl RpcCall {
    /// A call with these arguments.
    pub fn new(runtime: Arc<Runtime>, arguments: Vec<RpcValue>) -> RpcCall {
        RpcCall {
            runtime,
            arguments: arguments.into(),
            taken: 0,
            reply: Vec::new(),
            later: None,
        }
    }

    /// Has the command answered from elsewhere after its function has ended: with what the handle is given within `limit`,
    /// else with a fault. When the function itself fails, that is the answer. A fault when too many commands wait already.
    pub fn answer_later(&mut self, limit: Duration) -> Result<LateAnswer, Fault> {
        let slot = Slots::take(&self.runtime.late_answers)?;
        let (handle, answer) = LateAnswer::new();
        self.later = Some(Promised {
            answer,
            limit,
            slot,
        });
        Ok(handle)
    }

    /// Adds a value to the reply.
    pub fn add(&mut self, value: impl Into<RpcValue>) {
        self.reply.push(value.into());
    }

    /// Adds a line of text to the reply.
    pub fn line(&mut self, text: fmt::Arguments<'_>) {
        self.reply.push(RpcValue::from(text.to_string()));
    }

    /// The next argument as it came, if there is one.
    pub fn take(&mut self) -> Option<RpcValue> {
        let argument = self.arguments.pop_front()?;
        self.taken += 1;
        Some(argument)
    }

    /// How many arguments are left.
    pub fn remaining(&self) -> usize {
        self.arguments.len()
    }

    /// Nothing, or a fault in the command's own words when fewer than `count` arguments are left.
    pub fn needs(&self, count: usize, code: u16, message: &str) -> Result<(), Fault> {
        match self.remaining() < count {
            true => Err(Fault::new(code, message)),
            false => Ok(()),
        }
    }

    /// The next argument as text.
    pub fn text(&mut self) -> Result<Text, Fault> {
        self.optional_text()?
            .ok_or_else(|| Fault::missing(self.taken, "string"))
    }

    /// The next argument as text, if there is one.
    pub fn optional_text(&mut self) -> Result<Option<Text>, Fault> {
        match self.take() {
            None => Ok(None),
            Some(RpcValue::Str(text)) => Ok(Some(text)),
            Some(RpcValue::Int(number)) => Ok(Some(Text::from(number))),
            Some(RpcValue::Double(number)) => Ok(Some(Text::from(number.to_string()))),
            Some(_) => Err(Fault::new(400, "A string is needed as parameter")),
        }
    }

    /// The next argument as an integer.
    pub fn int(&mut self) -> Result<i64, Fault> {
        self.optional_int()?
            .ok_or_else(|| Fault::missing(self.taken, "integer"))
    }

    /// The next argument as an integer, if there is one.
    pub fn optional_int(&mut self) -> Result<Option<i64>, Fault> {
        match self.take() {
            None => Ok(None),
            Some(RpcValue::Int(number)) => Ok(Some(number)),
            Some(RpcValue::Double(number)) => Ok(Some(number as i64)),
            Some(RpcValue::Str(text)) => stdx::number::parse_i64(&text)
                .map(Some)
                .ok_or_else(|| Fault::new(400, "An integer is needed as parameter")),
            Some(_) => Err(Fault::new(400, "An integer is needed as parameter")),
        }
    }
}

/// What carries an RPC command out.
pub type RpcHandler = Box<dyn Fn(&mut RpcCall) -> Result<(), Fault> + Send + Sync>;

/// An RPC command as a module exports it; made by `#[rpc]`.
pub struct RpcExport {
    /// Its entry in the catalog.
    pub entry: RpcEntry,
    /// Binds it to the instance of its module.
    pub bind: fn(&crate::module::Loaded) -> Option<RpcHandler>,
}

/// What a command answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RpcReply {
    /// The values, in order.
    pub values: Vec<RpcValue>,
    /// Whether they are a list, however many there are.
    pub is_list: bool,
}

impl Runtime {
    /// Carries an RPC command out; none when no loaded module has it. Of two modules with the same command the first loaded
    /// counts.
    pub fn rpc(
        self: &Arc<Runtime>,
        name: &[u8],
        arguments: Vec<RpcValue>,
    ) -> Option<Answered<RpcOutcome>> {
        let mut commands = self.loaded.modules().flat_map(|module| module.rpcs);
        let export = commands.find(|export| export.entry.name.as_bytes() == name)?;
        let handler = (export.bind)(&self.loaded)?;
        let mut call = RpcCall::new(self.clone(), arguments);
        // A command that breaks must not take the server's control with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| handler(&mut call)));
        let is_list = export.entry.is_list;
        let reply = move |values| RpcReply { values, is_list };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::new(500, "internal error")),
        };
        Some(match (outcome, call.later) {
            (Err(fault), _) => Answered::Now(Err(fault)),
            (Ok(()), None) => Answered::Now(Ok(reply(call.reply))),
            (Ok(()), Some(promised)) => {
                let expiry = self.host.sleep(promised.limit);
                let late = crate::late::within(promised.answer, expiry, promised.slot);
                Answered::Later(late).map(move |values| values.map(reply))
            }
        })
    }
}
