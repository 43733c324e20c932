//! Small closed sets: kinds of routes, of arguments and of parameters.

use std::fmt;

/// The kind of a route block, which decides what a function may be called from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u16)]
pub enum RouteKind {
    /// `request_route`, `route`, and named routes called from them.
    Request = 1 << 0,
    /// `failure_route[NAME]`.
    Failure = 1 << 1,
    /// `onreply_route[NAME]`: responses of a transaction.
    TransactionReply = 1 << 2,
    /// `branch_route[NAME]`.
    Branch = 1 << 3,
    /// `onsend_route`.
    Onsend = 1 << 4,
    /// `reply_route` and the unnamed `onreply_route`: every response.
    CoreReply = 1 << 5,
    /// `event_route[tm:local-request]` and relatives: messages the server makes itself.
    Local = 1 << 6,
    /// `event_route[tm:branch-failure:NAME]`.
    BranchFailure = 1 << 7,
    /// Other event routes, timer routes and the like.
    Event = 1 << 8,
}

impl RouteKind {
    /// All kinds, in the order of their bits.
    pub const ALL: [RouteKind; 9] = [
        RouteKind::Request,
        RouteKind::Failure,
        RouteKind::TransactionReply,
        RouteKind::Branch,
        RouteKind::Onsend,
        RouteKind::CoreReply,
        RouteKind::Local,
        RouteKind::BranchFailure,
        RouteKind::Event,
    ];

    /// The name operators know the kind by.
    pub fn name(self) -> &'static str {
        match self {
            RouteKind::Request => "request_route",
            RouteKind::Failure => "failure_route",
            RouteKind::TransactionReply => "onreply_route",
            RouteKind::Branch => "branch_route",
            RouteKind::Onsend => "onsend_route",
            RouteKind::CoreReply => "reply_route",
            RouteKind::Local => "event_route[tm:local-request]",
            RouteKind::BranchFailure => "event_route[tm:branch-failure]",
            RouteKind::Event => "event_route",
        }
    }
}

/// A set of [`RouteKind`]s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Routes(u16);

impl Routes {
    /// Every kind of route.
    pub const ANY: Routes = Routes(0x1ff);
    /// Request routes only.
    pub const REQUEST: Routes = Routes(RouteKind::Request as u16);
    /// Failure routes only.
    pub const FAILURE: Routes = Routes(RouteKind::Failure as u16);
    /// Branch routes only.
    pub const BRANCH: Routes = Routes(RouteKind::Branch as u16);
    /// Responses, before and in a transaction.
    pub const REPLY: Routes =
        Routes(RouteKind::TransactionReply as u16 | RouteKind::CoreReply as u16);
    /// Responses of a transaction.
    pub const TRANSACTION_REPLY: Routes = Routes(RouteKind::TransactionReply as u16);
    /// Responses before any transaction.
    pub const CORE_REPLY: Routes = Routes(RouteKind::CoreReply as u16);
    /// `onsend_route`.
    pub const ONSEND: Routes = Routes(RouteKind::Onsend as u16);
    /// Messages the server makes itself.
    pub const LOCAL: Routes = Routes(RouteKind::Local as u16);
    /// `event_route[tm:branch-failure:NAME]`.
    pub const BRANCH_FAILURE: Routes = Routes(RouteKind::BranchFailure as u16);
    /// Other event routes.
    pub const EVENT: Routes = Routes(RouteKind::Event as u16);

    /// Both sets together.
    pub const fn or(self, other: Routes) -> Routes {
        Routes(self.0 | other.0)
    }

    /// Whether `kind` is in the set.
    pub const fn contains(self, kind: RouteKind) -> bool {
        self.0 & kind as u16 != 0
    }

    /// The kinds in the set, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = RouteKind> {
        RouteKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }
}

impl fmt::Display for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Routes::ANY {
            return f.write_str("any route");
        }
        for (position, kind) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(kind.name())?;
        }
        Ok(())
    }
}

/// What a call of a script function means for the request, as far as a checker wants to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Effect {
    /// Nothing that ends it.
    #[default]
    None,
    /// It is answered. The status is the first argument; without one the answer is a final one.
    Answers,
    /// It is answered with a demand for credentials, whatever the arguments.
    Challenges,
    /// It is sent on.
    SendsOn,
}

/// What a script function takes at one position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgKind {
    /// Text in which variables are expanded at each call.
    Text,
    /// Constant text, taken as it stands.
    Literal,
    /// An integer, or anything that evaluates to one.
    Int,
    /// A constant integer.
    LiteralInt,
    /// A variable, by its name.
    Variable,
    /// A constant regular expression, compiled at load.
    Regex,
    /// A substitution `/expression/replacement/flags`.
    Substitution,
    /// The name of a route block.
    Route,
    /// The number or the declared name of a flag.
    Flag,
    /// The value of any type of an expression.
    Value,
    /// Something the function itself describes.
    Other(&'static str),
}

impl fmt::Display for ArgKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ArgKind::Text => "text",
            ArgKind::Literal => "constant text",
            ArgKind::Int => "integer",
            ArgKind::LiteralInt => "constant integer",
            ArgKind::Variable => "variable",
            ArgKind::Regex => "regular expression",
            ArgKind::Substitution => "substitution",
            ArgKind::Route => "route name",
            ArgKind::Flag => "flag",
            ArgKind::Value => "value",
            ArgKind::Other(name) => name,
        })
    }
}

/// The type of a module parameter's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingKind {
    /// An integer.
    Int,
    /// A string.
    Text,
    /// A string; each occurrence adds a value.
    TextList,
    /// An integer or a string.
    Either,
}

impl fmt::Display for SettingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SettingKind::Int => "integer",
            SettingKind::Text => "string",
            SettingKind::TextList => "string, several times",
            SettingKind::Either => "integer or string",
        })
    }
}
