//! Everything that a module sees of the server, and everything that the server sees of a module.
//!
//! A module declares what it brings with [`exports!`] and comes to life through [`Module`]. Its script functions act on
//! a [`Call`]: the message, what was done to it so far, and what the run may use. What takes time is returned as a value
//! ([`Step::wait`]), never a blocking call. Names are resolved once, at load, by the [`Binder`]; an argument's Rust type
//! decides how it is bound and evaluated ([`ScriptArg`]).
//!
//! The crate does not know how a script is executed, which threads there are, or any module by name. Read [`Call`] first.

extern crate self as module_api;

mod action;
mod args;
mod avp;
mod binder;
pub mod blocklist;
pub mod calendar;
mod call;
mod expression;
mod function;
mod gathering;
mod hooks;
mod host;
mod lane;
mod late;
mod live;
mod locks;
mod log;
mod module;
mod notes;
mod outbox;
mod params;
mod pvar;
pub mod relay;
mod route;
mod rpc;
mod runtime;
mod select;
mod settings;
mod slots;
mod socket_address;
mod sockets;
mod step;
mod target;
mod template;
mod traffic;
mod transform_args;
mod transformation;
mod value;
mod variables;
mod work;
mod world;

pub use action::{Action, ActionHook, ActionKind, Pause};
pub use args::{
    ArgError, ArgSource, FlagArg, IntSource, Literal, LiteralInt, PvarRef, Regex, RouteArg,
    ScriptArg, TextSource,
};
pub use avp::{Attributes, AvpName, Avps, Xavp, XavpList, XavpValue};
pub use binder::Binder;
pub use call::{Call, Place, Reception, ResponseExtras, Sending};
pub use catalog::{
    ArgKind, Catalog, Compat, Effect, EventRouteEntry, FunctionEntry, ModuleEntry, ParamEntry,
    PvarEntry, RouteKind, Routes, RpcEntry, SettingEntry, SettingKind, StatisticEntry,
    TransformationEntry,
};
pub use diagnostics::{Diagnostic, Span};
pub use expression::{Expression, ExpressionCompiler, Failed};
pub use function::{BoundFunction, FunctionExport};
pub use gathering::Gathering;
pub use hooks::{
    Admission, CancelHook, ConnectionChange, ConnectionChangeKind, ConnectionHook, Hooks,
    MessageHook, NetworkTap, RequestEndHook, Responder, ResponseOwner, StartHook, Timer, TimerHook,
    ViaHook, WaitingResponseHook, WakeHook,
};
pub use host::{Attached, Host, ParkedRun, RouteDone, RouteRun};
pub use lane::{LaneState, TransactionId};
pub use late::{Answered, LateAnswer, RpcOutcome, Slot, Slots};
pub use live::{Changeable, Live, LiveParam, LiveText};
pub use locks::{Locks, release_forgotten};
pub use log::log_outside;
pub use module::{Instance, LoadFn, Loaded, Loader, Module, ModuleExport};
pub use module_macros::{Params, pvar, rpc, script_function, transformation};
pub use notes::{Authenticated, NetworkDirection, NetworkOctets, Notes, RawMessage, TypedEvent};
pub use outbox::{ConnectionId, Delivery, Outbox, SocketId};
pub use params::{AnyParamSet, NoParams, ParamError, ParamField, ParamSet, ParamValue, Placed};
pub use pvar::{
    Accessor, Ask, BoundVariable, InnerIndex, InnerLiteral, InnerText, Pvar, PvarExport, PvarInner,
    PvarSpec, SetError, View,
};
pub use route::{RouteId, RouteNames, RouteOutcome, RunEnd};
pub use rpc::{
    Fault, LANE_LIMIT, Missing, RpcCall, RpcExport, RpcHandler, RpcReply, RpcStruct, RpcValue,
};
pub use runtime::{PlaceInfo, Runtime};
pub use script_syntax::ast;
pub use select::{SelectExport, SelectIndex, SelectPath, SelectReader, SelectStep, UnknownStep};
pub use settings::{
    BlocklistSettings, CoreSettings, CustomSetting, CustomSettings, DnsSettings, HostText,
    IpSettings, Ipv6Style, KemiSettings, LiveTransport, LogFacility, LogSettings, LowBits,
    MemorySettings, ProcessSettings, StreamProtocols, TcpSettings, TlsSettings, TypeOfService,
    Written,
};
pub use slots::{Unset, VariableSlots};
pub use socket_address::SocketAddress;
pub use sockets::{Alias, SocketInfo, Sockets, transport_of};
pub use stdx::Text;
pub use step::{
    Answer, Awaited, Continuation, Entry, Operation, Step, Unrecorded, Verdict, Waiting,
};
pub use target::{
    Branches, Flags, LocationRecord, Marks, PlaceDetails, Target, write_destination_set,
    write_with_q,
};
pub use telemetry::{
    Counter, Gauge, LogLevel, LogOrigin, LogPlace, LogRecord, LogSink, Logger, RateLimiter,
    Statistics, make_one_line,
};
pub use template::{Index, IndexSource, Template, TemplatePiece};
pub use traffic::Traffic;
pub use transform_args::{TransformArg, TransformInner, TransformSource};
pub use transformation::{Transform, TransformationExport};
pub use value::{NotAnInteger, Value};
pub use variables::{Changing, ModuleVariable, Variables, core_variables, module_variables};
pub use work::{AfterJob, LaneKey, LaneTask, RouteJob, Work};
pub use world::{BoxFuture, ConnectionInfo, KeepAlive, Located, NextHop, World};

/// What the macros' expansions name. Not for other use.
#[doc(hidden)]
pub mod __private {
    pub use crate::args::{
        argument_failed, bind_module, bind_optional, bind_required, lost_argument, note_mistake,
    };
    pub use crate::module::{default_params, load_module};
    pub use crate::params::{check_range, join_settings, nearest, settings_count};
    pub use crate::pvar::no_inner;
    pub use crate::transform_args::{
        bind_transform, bind_transform_optional, check_transform_params,
    };
    pub use crate::*;
}
