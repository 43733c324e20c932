//! The operations of a program.

use crate::expression::Expr;
use module_api::ast::{BinaryOp, UnaryOp};
use module_api::{Ask, BoundVariable, Place, RouteId};
use std::sync::Arc;
use stdx::ere::Ere;

/// One operation. Jump targets are positions in the program's code.
// A tag of its own is read faster than one that is hidden in the fields: one instruction of ten for each operation.
#[repr(u8)]
pub enum Op {
    /// Assigns to a plain `$var`.
    AssignSlot(u32, Expr, Place),
    /// Assigns to any other variable.
    Assign(Box<(BoundVariable, Expr)>, Place),
    /// Assigns the top of the stack.
    AssignPop(Box<BoundVariable>, Place),
    /// Replaces the top of the stack by the expression's value plus it (`+=`).
    AddTo(Box<Expr>, Place),
    /// Asks for what the variables of the next operation tell.
    Ask(Ask, Place),
    /// Tells the debugger, where one is loaded, of the action that follows.
    Announce(u32),
    /// Sets the return code that scripts see to 0, as before a call within an expression.
    ClearCode,
    /// Calls a script function, which is this action; its return code becomes the last one.
    Call(u32, u32),
    /// Runs a route block; its return code becomes the last one.
    Route(RouteId, Place),
    /// Runs the route block whose name the expression gives.
    RouteNamed(Box<Expr>, Place),
    /// Goes on at the target when the condition's truth is the given one; a failed condition is false.
    JumpOn(Box<Expr>, bool, u32, Place),
    /// Goes on at the target when the truth of the last return code is the given one.
    JumpOnLast(bool, u32),
    /// Pops a value; goes on at the target when its truth is the given one.
    JumpOnPop(bool, u32),
    /// Goes on at the target.
    Jump(u32),
    /// Pushes a value.
    Push(Box<Expr>, Place),
    /// Pushes the last return code.
    PushCode,
    /// Pushes 1 if the last return code is true, else 0.
    PushLastTruth,
    /// Applies an operator to the top of the stack.
    Unary(UnaryOp, Place),
    /// Applies an operator to the two topmost values.
    Binary(BinaryOp, Place),
    /// Pops a value and forgets it.
    Pop,
    /// Begins a loop: its rounds are counted from here.
    LoopBegin,
    /// Counts a round; goes on at the target when there were too many.
    LoopRound(u32, Place),
    /// Goes on at the target; the loop's value so far is that of the last action.
    LoopJump(u32),
    /// Ends the loop; its value becomes that of the last action.
    LoopEnd,
    /// Goes on at the target if the top of the stack, which stays, equals the expression.
    CaseValue(Box<Expr>, u32, Place),
    /// Goes on at the target if the top of the stack, which stays, matches.
    CaseRegex(Arc<Ere>, u32),
    /// Sets the value of the last action.
    Last(i64),
    /// Returns from the block with the expression's value.
    Return(Box<Expr>, Place),
    /// Returns from the block with the top of the stack.
    ReturnPop,
    /// Returns from the block with the last return code.
    ReturnLast,
    /// Returns from the block with 0, which does not end the run: `break` outside of loops.
    Leave,
    /// Ends the run.
    Exit,
    /// Ends the run and sets the mark of `drop`.
    Drop,
}
