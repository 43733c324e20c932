//! The actions of a script as a debugger sees them.

use crate::call::{Call, Place};
use crate::step::{Answer, Operation};
use std::borrow::Cow;
use std::sync::Arc;

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Assigns to a variable.
    Assign,
    /// Decides.
    If,
    /// Repeats.
    While,
    /// Chooses among cases.
    Switch,
    /// Leaves a loop, a switch or a block.
    Break,
    /// Leaves a block.
    Return,
    /// Ends the run.
    Exit,
    /// Ends the run and sets the mark of `drop`.
    Drop,
    /// Runs a route block.
    Route,
    /// Calls a script function with so many arguments.
    Function(u8),
}

/// One action of a program. A condition that calls functions is several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does.
    pub kind: ActionKind,
    /// Its name: of a function its own, else the statement's.
    pub name: Box<str>,
    /// Where it stands.
    pub place: Place,
}

/// Stops a run before an action. The run parks as any other that waits.
pub struct Pause {
    /// For operators: what is awaited.
    pub what: Cow<'static, str>,
    /// The thing awaited.
    pub until: Operation,
    /// What is done then: the run goes on, or is stopped again.
    pub then: Box<dyn FnOnce(&mut Call, Answer) -> Option<Pause> + Send>,
}

/// Called before each action.
pub type ActionHook = Box<dyn Fn(&mut Call, &Arc<Action>) -> Option<Pause> + Send + Sync>;
