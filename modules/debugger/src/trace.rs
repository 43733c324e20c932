//! How actions are told: lines in the log, and in the answers of commands.

use crate::params::Params;
use module_api::{Action, ActionKind, Call, LogLevel, LogOrigin, LogRecord, RouteKind, Runtime};

/// How actions are logged.
pub struct Trace {
    level: LogLevel,
    /// What stands for the name of the level.
    level_name: Option<String>,
    /// The syslog facility; none is the usual.
    facility: Option<u8>,
    label: String,
    names_file: bool,
}

impl Trace {
    /// As the parameters say.
    pub fn new(params: &Params) -> Trace {
        Trace {
            level: LogLevel::from_number(params.log_level),
            level_name: (!params.log_level_name.is_empty())
                .then(|| params.log_level_name.to_str_lossy().into_owned()),
            facility: telemetry::facility_number(&params.log_facility.to_str_lossy()),
            label: format!("{}dbg_cfg_trace(): ", params.log_prefix.to_str_lossy()),
            names_file: params.cfgtrace_format == 0,
        }
    }

    /// Logs an action of a run (observed on 5.6.3).
    pub fn write(&self, call: &Call, action: &Action) {
        let runtime = &call.runtime;
        if !runtime.logger.enabled_for("debugger", self.level) {
            return;
        }
        let Some(place) = runtime.place(action.place) else {
            return;
        };
        let (kind, route) = (route_kind(call.route), place.route_name());
        let file = match self.names_file {
            true => format!(" c=[{}]", place.file),
            false => String::new(),
        };
        let origin = LogOrigin {
            module: "debugger",
            label: Some(&self.label),
            level_name: self.level_name.as_deref(),
            ..LogOrigin::default()
        };
        let (line, number, name) = (place.line, number(action.kind), &action.name);
        runtime.logger.write_from(
            &origin,
            &LogRecord {
                level: self.level,
                time: call.unix_time,
                facility: self.facility,
                message: format_args!("{kind}=[{route}]{file} l={line} a={number} n={name}"),
            },
        );
    }
}

/// An action as commands name it: `[FILE:LINE] a=NUMBER n=NAME`.
pub fn shown(runtime: &Runtime, action: &Action) -> String {
    let (number, name) = (number(action.kind), &action.name);
    match runtime.place(action.place) {
        Some(place) => format!("[{}:{}] a={number} n={name}", place.file, place.line),
        None => format!("[] a={number} n={name}"),
    }
}

/// The numbers that 5.6.3 shows: functions of modules by how many arguments they have.
fn number(kind: ActionKind) -> u16 {
    match kind {
        ActionKind::Break | ActionKind::Return | ActionKind::Exit | ActionKind::Drop => 2,
        ActionKind::Route => 5,
        ActionKind::If => 16,
        ActionKind::Switch => 21,
        ActionKind::While => 23,
        ActionKind::Function(arguments) => 24 + u16::from(arguments),
        ActionKind::Assign => 63,
    }
}

/// The kinds of route as 5.6.3 names them; event routes run as those for requests.
fn route_kind(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Request | RouteKind::Local | RouteKind::Event => "request_route",
        RouteKind::Failure | RouteKind::BranchFailure => "failure_route",
        RouteKind::TransactionReply | RouteKind::CoreReply => "onreply_route",
        RouteKind::Branch => "branch_route",
        RouteKind::Onsend => "onsend_route",
    }
}
