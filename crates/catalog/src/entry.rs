//! The entries of a module: one value for each thing a script can name.

use crate::{ArgKind, Effect, Routes, SettingKind};

/// How closely an entry follows Kamailio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compat {
    /// As documented and observed.
    Full,
    /// With the stated difference.
    Partial(&'static str),
    /// Accepted, and without effect for the stated reason.
    Accepted(&'static str),
    /// Kamailio has no such thing.
    Ours,
}

impl Compat {
    /// The difference in a sentence; empty where there is none.
    pub fn difference(self) -> String {
        match self {
            Compat::Full => String::new(),
            Compat::Ours => "Kamailio has no such thing.".to_owned(),
            Compat::Partial(why) => format!("Differs: {why}."),
            Compat::Accepted(why) => format!("Accepted without effect: {why}."),
        }
    }
}

/// A parameter of a script function.
#[derive(Clone, Copy, Debug)]
pub struct ParamEntry {
    /// Its name, as in the Rust signature.
    pub name: &'static str,
    /// What it takes.
    pub kind: ArgKind,
    /// Whether it may be left out (then all after it may be, too).
    pub optional: bool,
}

/// One calling form of a script function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionEntry {
    /// The script's name.
    pub name: &'static str,
    /// Other names of the same.
    pub aliases: &'static [&'static str],
    /// The doc comment: a summary line, text, and a `cfg` example.
    pub doc: &'static str,
    /// Its parameters in order.
    pub params: &'static [ParamEntry],
    /// The routes it may be called from.
    pub routes: Routes,
    /// Whether it may park the run that calls it.
    pub waits: bool,
    /// What it does to the request.
    pub effect: Effect,
    /// How closely it follows Kamailio.
    pub compat: Compat,
}

impl FunctionEntry {
    /// Whether the script can call it `name`.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The fewest arguments it takes.
    pub fn arity_min(&self) -> usize {
        self.params.iter().filter(|p| !p.optional).count()
    }

    /// The most arguments it takes.
    pub fn arity_max(&self) -> usize {
        self.params.len()
    }

    /// How it is called by one of its names; what stands in brackets may be left out.
    pub fn form(&self, name: &str) -> String {
        let shown = |param: &ParamEntry| match param.optional {
            true => format!("[{}]", param.name),
            false => param.name.to_owned(),
        };
        let params: Vec<String> = self.params.iter().map(shown).collect();
        format!("{name}({})", params.join(", "))
    }

    /// The first line of the doc comment.
    pub fn summary(&self) -> &'static str {
        summary(self.doc)
    }
}

/// A class of pseudo-variables: `$NAME` or `$NAME(inner)`.
#[derive(Clone, Copy, Debug)]
pub struct PvarEntry {
    /// The name after the `$`.
    pub name: &'static str,
    /// Other names of the same.
    pub aliases: &'static [&'static str],
    /// The doc comment.
    pub doc: &'static str,
    /// Whether a script may assign to it.
    pub writable: bool,
    /// Whether a run that reads it may park.
    pub waits: bool,
    /// How closely it follows Kamailio.
    pub compat: Compat,
}

impl PvarEntry {
    /// Whether the script can call it `$name`.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The first line of the doc comment.
    pub fn summary(&self) -> &'static str {
        summary(self.doc)
    }
}

/// A transformation `{class.name,params}`.
#[derive(Clone, Copy, Debug)]
pub struct TransformationEntry {
    /// The part before the dot.
    pub class: &'static str,
    /// The part after the dot.
    pub name: &'static str,
    /// The fewest and the most parameters.
    pub params: (u8, u8),
    /// What it does, in a line.
    pub doc: &'static str,
}

/// A module parameter, set by `modparam`.
#[derive(Clone, Copy, Debug)]
pub struct SettingEntry {
    /// The name in `modparam`.
    pub name: &'static str,
    /// The type of its value.
    pub kind: SettingKind,
    /// The default, as an operator would write it.
    pub default: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// How closely it follows Kamailio.
    pub compat: Compat,
}

/// An RPC command.
#[derive(Clone, Copy, Debug)]
pub struct RpcEntry {
    /// Its full name, `module.command`.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// Whether it answers with a list, even when that has one value only.
    pub is_list: bool,
}

/// An event route that the module may raise.
#[derive(Clone, Copy, Debug)]
pub struct EventRouteEntry {
    /// The name between the brackets; a part in `<>` is free.
    pub name: &'static str,
    /// When it runs.
    pub doc: &'static str,
}

/// A statistic.
#[derive(Clone, Copy, Debug)]
pub struct StatisticEntry {
    /// The group, such as `sl`.
    pub group: &'static str,
    /// The name within the group.
    pub name: &'static str,
    /// What it counts.
    pub doc: &'static str,
}

/// A module: all that `loadmodule` brings.
#[derive(Clone, Copy, Debug)]
pub struct ModuleEntry {
    /// Kamailio's name of it.
    pub name: &'static str,
    /// The overview, from the crate's own documentation.
    pub doc: &'static str,
    /// Script functions; one entry for each calling form.
    pub functions: &'static [&'static FunctionEntry],
    /// Variable classes.
    pub pvars: &'static [&'static PvarEntry],
    /// Transformations.
    pub transformations: &'static [&'static TransformationEntry],
    /// Parameters.
    pub settings: &'static [SettingEntry],
    /// RPC commands.
    pub rpcs: &'static [&'static RpcEntry],
    /// Event routes.
    pub event_routes: &'static [EventRouteEntry],
    /// Statistics.
    pub statistics: &'static [StatisticEntry],
}

fn summary(doc: &'static str) -> &'static str {
    doc.trim_start().lines().next().unwrap_or("").trim()
}
