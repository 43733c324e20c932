//! What stands at the top level of a script.

use diagnostics::Span;

use super::{Block, HostLiteral, IntLiteral, Name, SocketLiteral, StringLiteral, Variable};

/// A whole script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Its items in the order of the source.
    pub items: Vec<Item>,
}

impl Script {
    /// The route blocks in the order of the source.
    pub fn routes(&self) -> impl Iterator<Item = &RouteBlock> {
        self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Route(route) => Some(route),
            _ => None,
        })
    }
}

/// One top-level item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The kinds of top-level items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `name = value`: a core parameter.
    Parameter(Parameter),
    /// `group.name = value desc "…"`: a parameter of the script's own.
    CustomParameter(CustomParameter),
    /// `coreparam[name] = value`.
    CoreParameter(CoreParameter),
    /// `listen = …` or `socket = { … }`: one for each address of a list.
    Listen(ListenSocket),
    /// `alias = …`, also written `domain`: names and addresses that are us.
    Alias(Vec<SocketLiteral>),
    /// `loadmodule "…"` or `loadmodulex "…"`.
    LoadModule(LoadModule),
    /// `loadpath "…"` or `mpath "…"`.
    ModulePath(ModulePath),
    /// `modparam("…", "…", …)` or `modparamx`.
    ModuleParameter(ModuleParameter),
    /// `flags a:1, b`: names for message flags.
    Flags(Vec<FlagDeclaration>),
    /// `avpflags a, b`: names for AVP flags.
    AvpFlags(Vec<FlagDeclaration>),
    /// A route block.
    Route(RouteBlock),
    /// Source that could not be understood; a diagnostic says why.
    Error,
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name as written; aliases are not resolved.
    pub name: Name,
    /// The value.
    pub value: ParameterValue,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// A number, or `yes`, `no` and their kin.
    Int(IntLiteral),
    /// A quoted text.
    String(StringLiteral),
    /// A bare word such as `LOG_LOCAL0`, `TCP` or `epoll_lt`.
    Word(Name),
    /// A bare address or host name.
    Host(HostLiteral),
    /// A variable, evaluated when the script is loaded: only in `modparamx`.
    Variable(Box<Variable>),
    /// Nothing usable; a diagnostic says why.
    Error(Span),
}

/// `group.name = value desc "…"`.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomParameter {
    /// The group.
    pub group: Name,
    /// The instance of the group in `group[1].name`.
    pub instance: Option<IntLiteral>,
    /// The name within the group.
    pub name: Name,
    /// An int or a string.
    pub value: ParameterValue,
    /// The text after `desc`, `descr` or `description`.
    pub description: Option<StringLiteral>,
}

/// `coreparam[name] = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct CoreParameter {
    /// The name, written bare or quoted.
    pub name: Name,
    /// An int, a string or a word.
    pub value: ParameterValue,
}

/// One address to listen on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListenSocket {
    /// The address; `None` only where a `socket` block has no usable `bind`.
    pub bind: Option<SocketLiteral>,
    /// Last port of a range that starts at the port of `bind`.
    pub port_last: Option<IntLiteral>,
    /// The address named in our headers; its protocol is never set.
    pub advertise: Option<SocketLiteral>,
    /// The name `$fsn` knows it by.
    pub name: Option<StringLiteral>,
    /// Whether the address may come and go.
    pub is_virtual: bool,
    /// Async group that gets what is received here (`agname`).
    pub group: Option<StringLiteral>,
    /// Name of the VRF device (`vrf`).
    pub vrf: Option<StringLiteral>,
    /// From its first to its last token.
    pub span: Span,
}

/// `loadmodule "path" ["options"]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadModule {
    /// The module as written, such as `tm.so` or a path.
    pub path: StringLiteral,
    /// Loading options (`g`, `o`), only in the form with parentheses.
    pub options: Option<StringLiteral>,
    /// `loadmodulex`: variables in the path are expanded.
    pub expands: bool,
}

impl LoadModule {
    /// The module's name: the last path segment without `.so`.
    pub fn module(&self) -> &str {
        let file = self.path.value.rsplit('/').next().unwrap_or_default();
        file.strip_suffix(".so").unwrap_or(file)
    }

    /// Whether it may be loaded already (option `o`).
    pub fn may_be_loaded(&self) -> bool {
        let options = self.options.as_ref();
        options.is_some_and(|options| options.value.contains(['o', 'O']))
    }
}

/// `loadpath "…"`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModulePath {
    /// Directories, separated by `:`.
    pub path: StringLiteral,
}

/// `modparam("modules", "name", value)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleParameter {
    /// A module's name or a regular expression such as `auth_db|usrloc`.
    pub modules: StringLiteral,
    /// The parameter.
    pub name: StringLiteral,
    /// An int or a string; also a variable in `modparamx`.
    pub value: ParameterValue,
    /// `modparamx`: variables in the value are expanded.
    pub expands: bool,
}

/// One name of a `flags` or `avpflags` declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagDeclaration {
    /// The name.
    pub name: Name,
    /// The bit, when it is given.
    pub position: Option<IntLiteral>,
}

/// A block of actions that runs on an event or is called.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteBlock {
    /// What runs it.
    pub kind: RouteKind,
    /// The text between the brackets; `None` where there are none.
    pub name: Option<Name>,
    /// The actions.
    pub body: Block,
    /// The keyword and the brackets, without the body.
    pub head: Span,
    /// From the keyword to the closing brace.
    pub span: Span,
}

/// What runs a route block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteKind {
    /// `request_route`, `route` without a name, `route[0]`: every request.
    Request,
    /// `route[name]`: called by the script.
    Route,
    /// `failure_route[name]`: a transaction that failed.
    Failure,
    /// `branch_route[name]`: a branch before it is sent.
    Branch,
    /// `reply_route`, `onreply_route` without a name, `onreply_route[0]`: every response.
    Reply,
    /// `onreply_route[name]`: a response of a transaction.
    OnReply,
    /// `onsend_route`: a message about to be sent.
    Onsend,
    /// `event_route[group:event]`.
    Event,
}
