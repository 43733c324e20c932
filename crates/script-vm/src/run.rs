//! The execution of a program: a plain value that can stop and go on.

use crate::arithmetic::{binary, equal, int, truth};
use crate::code::Op;
use crate::expression::Expr;
use crate::program::Program;
use crate::timed::Timed;
use module_api::ast::UnaryOp;
use module_api::{
    Answer, Awaited, BoundVariable, Call, Continuation, Entry, Failed, Pause, RouteId, RouteKind,
    RouteOutcome, RunEnd, SetError, Step, Value, Verdict,
};
use smallvec::SmallVec;
use std::borrow::Cow;

/// What calling a route block that does not exist comes to (observed on 5.6.3).
const NO_SUCH_ROUTE: i64 = -10;

/// What a run came to.
pub enum Outcome {
    /// It has ended.
    Done(RouteOutcome),
    /// It waits; [`Run::resume`] goes on with the answer.
    Parked {
        /// For operators: what is awaited.
        what: Cow<'static, str>,
        /// The thing awaited.
        on: Awaited,
    },
}

/// A run of a route block.
#[derive(Default)]
pub struct Run {
    position: u32,
    /// The value of the last action: what a block returns at its end.
    last: i64,
    frames: SmallVec<[Frame; 4]>,
    stack: SmallVec<[Value; 2]>,
    /// The loops we are in, innermost last.
    loops: SmallVec<[Loop; 4]>,
    pending: Option<Pending>,
}

/// A run that waits, in as little memory as it needs.
pub struct DormantRun {
    position: u32,
    last: i64,
    frames: Box<[Frame]>,
    stack: Box<[Value]>,
    loops: Box<[Loop]>,
    pending: Option<Pending>,
}

impl From<Run> for DormantRun {
    fn from(run: Run) -> DormantRun {
        DormantRun {
            position: run.position,
            last: run.last,
            frames: run.frames.into_boxed_slice(),
            stack: run.stack.into_boxed_slice(),
            loops: run.loops.into_boxed_slice(),
            pending: run.pending,
        }
    }
}

impl From<DormantRun> for Run {
    fn from(parked: DormantRun) -> Run {
        Run {
            position: parked.position,
            last: parked.last,
            frames: parked.frames.into_vec().into(),
            stack: parked.stack.into_vec().into(),
            loops: parked.loops.into_vec().into(),
            pending: parked.pending,
        }
    }
}

/// A loop being run.
struct Loop {
    rounds: u32,
    /// What the last action of the last round came to; 1 before the first.
    value: i64,
}

/// What goes on when a parked run does.
enum Pending {
    /// A function.
    Function(Continuation),
    /// What a variable needs.
    Ask(Continuation),
    /// The action that the run was stopped before, unless it is stopped again.
    Action(Box<dyn FnOnce(&mut Call, Answer) -> Option<Pause> + Send>),
}

/// A route block being run.
struct Frame {
    /// Where its caller goes on.
    return_to: u32,
    /// How much of the stack belongs to its callers.
    stack: u32,
    /// How many loops belong to its callers.
    loops: u32,
    /// Set when a function entered the block: what goes on after it.
    entered: Option<Box<Entered>>,
}

struct Entered {
    kind_before: RouteKind,
    then: Box<dyn FnOnce(&mut Call, RouteOutcome) -> Step + Send>,
}

impl Run {
    /// Runs a block from its beginning. The caller has prepared `call` for a run of its kind.
    pub fn start(&mut self, program: &Program, call: &mut Call, route: RouteId) -> Outcome {
        self.last = 1;
        self.enter(program, route, None);
        self.execute(program, call)
    }

    /// Goes on with the answer to what the run waited for.
    pub fn resume(&mut self, program: &Program, call: &mut Call, answer: Answer) -> Outcome {
        let stopped = match self.pending.take() {
            Some(Pending::Function(then)) => {
                let step = then(call, answer);
                self.take(program, call, step)
            }
            Some(Pending::Ask(then)) => {
                let step = then(call, answer);
                self.asked(step)
            }
            Some(Pending::Action(then)) => then(call, answer).map(|pause| self.pause(pause)),
            None => {
                stdx::never!("a run was resumed that did not wait");
                return self.finished(-1, RunEnd::Exit);
            }
        };
        match stopped {
            Some(outcome) => outcome,
            None => self.execute(program, call),
        }
    }

    fn finished(&mut self, code: i64, end: RunEnd) -> Outcome {
        self.frames.clear();
        self.stack.clear();
        self.loops.clear();
        Outcome::Done(RouteOutcome { code, end })
    }

    fn enter(&mut self, program: &Program, route: RouteId, entered: Option<Box<Entered>>) {
        self.frames.push(Frame {
            return_to: self.position,
            stack: self.stack.len() as u32,
            loops: self.loops.len() as u32,
            entered,
        });
        self.position = program
            .entries
            .get(route.0 as usize)
            .copied()
            .unwrap_or(u32::MAX);
    }

    /// Deals with a function's answer; none when the run simply goes on.
    #[inline(always)]
    fn take(&mut self, program: &Program, call: &mut Call, step: Step) -> Option<Outcome> {
        match step {
            Step::Done(verdict) => {
                call.return_code = verdict.0;
                self.done(program, call, verdict)
            }
            Step::Unrecorded(verdict) => self.done(program, call, verdict),
            Step::Wait(waiting) => {
                self.pending = Some(Pending::Function(waiting.then));
                Some(Outcome::Parked {
                    what: waiting.what,
                    on: waiting.on,
                })
            }
            Step::Enter(entry) => {
                let Entry { route, kind, then } = *entry;
                let entered = Entered {
                    kind_before: call.route,
                    then,
                };
                call.route = kind;
                self.enter(program, route, Some(Box::new(entered)));
                None
            }
        }
    }

    /// Deals with what a variable needs: only the wait counts.
    fn asked(&mut self, step: Step) -> Option<Outcome> {
        match step {
            Step::Done(_) | Step::Unrecorded(_) => None,
            Step::Wait(waiting) => {
                self.pending = Some(Pending::Ask(waiting.then));
                Some(Outcome::Parked {
                    what: waiting.what,
                    on: waiting.on,
                })
            }
            Step::Enter(_) => {
                stdx::never!("a variable runs no route block");
                None
            }
        }
    }

    /// Goes on after a function, or ends the run.
    fn done(&mut self, program: &Program, call: &mut Call, verdict: Verdict) -> Option<Outcome> {
        self.last = verdict.0;
        if verdict.0 == 0 {
            return self.end(program, call, 0, RunEnd::Exit);
        }
        None
    }

    /// Leaves the current block with a return code.
    fn leave(&mut self, program: &Program, call: &mut Call, code: i64) -> Option<Outcome> {
        if code == 0 {
            return self.end(program, call, 0, RunEnd::Exit);
        }
        self.leave_frame(program, call, code)
    }

    /// Leaves the current block with a return code that does not end the run, whatever it is.
    fn leave_frame(&mut self, program: &Program, call: &mut Call, code: i64) -> Option<Outcome> {
        let Some(frame) = self.pop_frame() else {
            return Some(self.finished(code, RunEnd::Fell));
        };
        match frame.entered {
            Some(entered) => self.after_entered(program, call, *entered, code, RunEnd::Fell),
            None if self.frames.is_empty() => Some(self.finished(code, RunEnd::Fell)),
            None => {
                self.last = code;
                call.return_code = code;
                None
            }
        }
    }

    /// Ends the run, or the run of the block that a function entered.
    fn end(
        &mut self,
        program: &Program,
        call: &mut Call,
        code: i64,
        end: RunEnd,
    ) -> Option<Outcome> {
        while let Some(frame) = self.pop_frame() {
            if let Some(entered) = frame.entered {
                return self.after_entered(program, call, *entered, code, end);
            }
        }
        Some(self.finished(code, end))
    }

    fn after_entered(
        &mut self,
        program: &Program,
        call: &mut Call,
        entered: Entered,
        code: i64,
        end: RunEnd,
    ) -> Option<Outcome> {
        call.route = entered.kind_before;
        let step = (entered.then)(call, RouteOutcome { code, end });
        self.take(program, call, step)
    }

    fn pop_frame(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        self.stack.truncate(frame.stack as usize);
        self.loops.truncate(frame.loops as usize);
        self.position = frame.return_to;
        Some(frame)
    }

    /// Tells the debugger of the action that follows; it may stop the run before it.
    fn announce(&mut self, program: &Program, call: &mut Call, action: u32) -> Option<Outcome> {
        let action = program.actions.get(action as usize)?;
        call.place = action.place;
        let runtime = call.runtime.clone();
        let pause = runtime.hooks.action.as_ref()?(call, action)?;
        Some(self.pause(pause))
    }

    fn call_function(
        &mut self,
        program: &Program,
        call: &mut Call,
        function: u32,
        action: u32,
    ) -> Option<Outcome> {
        let function = program.functions.get(function as usize)?;
        let action = program.actions.get(action as usize)?;
        call.place = action.place;
        let timed = Timed::begin(call, action);
        let mut step = function.call(call);
        if let Some(timed) = timed {
            step = timed.end(call, step);
        }
        self.take(program, call, step)
    }

    fn pause(&mut self, pause: Pause) -> Outcome {
        self.pending = Some(Pending::Action(pause.then));
        Outcome::Parked {
            what: pause.what,
            on: Awaited::Operation(pause.until),
        }
    }

    fn execute(&mut self, program: &Program, call: &mut Call) -> Outcome {
        loop {
            let Some(op) = program.code.get(self.position as usize) else {
                stdx::never!("a run has left its program");
                return self.finished(-1, RunEnd::Exit);
            };
            self.position += 1;
            let outcome = match op {
                Op::AssignSlot(slot, expr, place) => {
                    call.place = *place;
                    self.last = 1;
                    assign_slot(call, *slot, expr);
                    continue;
                }
                Op::JumpOn(condition, wanted, target, place) => {
                    call.place = *place;
                    if condition.truth(call).unwrap_or(false) == *wanted {
                        self.position = *target;
                    }
                    continue;
                }
                Op::Call(function, action) => self.call_function(program, call, *function, *action),
                Op::Ask(ask, place) => {
                    call.place = *place;
                    let step = ask(call);
                    self.asked(step)
                }
                Op::Route(route, place) => {
                    call.place = *place;
                    self.call_route(program, call, *route);
                    continue;
                }
                Op::RouteNamed(name, place) => {
                    call.place = *place;
                    self.call_route_named(program, call, name);
                    continue;
                }
                Op::ReturnLast => self.leave_frame(program, call, self.last),
                Op::Return(value, place) => {
                    call.place = *place;
                    let code = value.int(call).unwrap_or(-1);
                    self.leave(program, call, code)
                }
                Op::ReturnPop => {
                    let code = self.pop().to_int().unwrap_or(-1);
                    self.leave(program, call, code)
                }
                Op::Announce(action) => self.announce(program, call, *action),
                Op::Leave => self.leave_frame(program, call, 0),
                Op::Exit => self.end(program, call, 1, RunEnd::Exit),
                Op::Drop => self.end(program, call, 0, RunEnd::Drop),
                other => {
                    self.plain(call, other);
                    continue;
                }
            };
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    /// The operations that never end or stop a run.
    fn plain(&mut self, call: &mut Call, op: &Op) {
        match op {
            Op::Assign(parts, place) => {
                call.place = *place;
                let (target, expr) = &**parts;
                let value = match expr.quick_int(call) {
                    Some(number) => Ok(Value::Int(number)),
                    None => expr.value(call),
                };
                let done = value.map(|value| expr.give(call, target, value));
                self.assigned(call, target, done);
            }
            Op::AssignPop(target, place) => {
                call.place = *place;
                let value = self.pop();
                let done = target.set(call, value);
                self.assigned(call, target, Ok(done));
            }
            Op::AddTo(current, place) => {
                call.place = *place;
                let right = self.pop();
                let sum = current
                    .value(call)
                    .and_then(|left| binary(call, module_api::ast::BinaryOp::Add, left, right));
                self.stack.push(sum.unwrap_or_default());
            }
            Op::JumpOnLast(wanted, target) => {
                if (self.last > 0) == *wanted {
                    self.position = *target;
                }
            }
            Op::JumpOnPop(wanted, target) => {
                if self.pop().is_true() == *wanted {
                    self.position = *target;
                }
            }
            Op::Jump(target) => self.position = *target,
            Op::Push(expr, place) => {
                call.place = *place;
                let value = expr.value(call).unwrap_or_default();
                self.stack.push(value);
            }
            Op::PushCode => self.stack.push(Value::Int(self.last)),
            Op::PushLastTruth => self.stack.push(truth(self.last > 0)),
            Op::Unary(op, place) => {
                call.place = *place;
                let value = self.pop();
                self.stack.push(unary(call, *op, value).unwrap_or_default());
            }
            Op::Binary(op, place) => {
                call.place = *place;
                let right = self.pop();
                let left = self.pop();
                self.stack
                    .push(binary(call, *op, left, right).unwrap_or_default());
            }
            Op::Pop => {
                self.pop();
            }
            Op::LoopBegin => self.loops.push(Loop {
                rounds: 0,
                value: 1,
            }),
            Op::LoopRound(out, place) => self.count_round(call, *out, *place),
            Op::LoopJump(target) => {
                self.position = *target;
                if let Some(inside) = self.loops.last_mut() {
                    inside.value = self.last;
                }
            }
            Op::LoopEnd => {
                if let Some(left) = self.loops.pop() {
                    self.last = left.value;
                }
            }
            Op::CaseValue(expr, target, place) => {
                call.place = *place;
                if let Ok(value) = expr.value(call)
                    && self
                        .stack
                        .last()
                        .is_some_and(|subject| is_case(subject, &value))
                {
                    self.position = *target;
                }
            }
            Op::CaseRegex(regex, target) => {
                let subject = self.stack.last().map(Value::to_text).unwrap_or_default();
                if regex.is_match(&subject) {
                    self.position = *target;
                }
            }
            Op::Last(value) => self.last = *value,
            Op::ClearCode => call.return_code = 0,
            _ => {
                stdx::never!("an operation was left to the wrong hands");
            }
        }
    }

    /// Notes what became of an assignment: whether there was a value, and whether the target took it.
    fn assigned(
        &mut self,
        call: &mut Call,
        target: &BoundVariable,
        done: Result<Result<(), SetError>, Failed>,
    ) {
        self.last = 1;
        if let Ok(Err(error)) = done {
            call.error(format_args!("cannot assign to {}: {error}", target.text));
            self.last = -1;
        }
    }

    fn count_round(&mut self, call: &mut Call, out: u32, place: module_api::Place) {
        let Some(inside) = self.loops.last_mut() else {
            return;
        };
        inside.rounds = inside.rounds.saturating_add(1);
        let most = call.runtime.settings.max_while_loops.get();
        if most > 0 && i64::from(inside.rounds) > most {
            inside.value = -1;
            self.position = out;
            call.place = place;
            call.error(format_args!(
                "the loop was left after {most} rounds (max_while_loops)"
            ));
        }
    }

    fn call_route(&mut self, program: &Program, call: &mut Call, route: RouteId) {
        let deepest = call.runtime.settings.max_recursive_level;
        if self.frames.len() as i64 > deepest {
            call.error(format_args!(
                "route blocks call each other more than {deepest} deep (max_recursive_level)"
            ));
            self.last = -1;
            call.return_code = -1;
            return;
        }
        self.enter(program, route, None);
        self.last = 1;
    }

    fn call_route_named(&mut self, program: &Program, call: &mut Call, name: &Expr) {
        let name = name.value(call).map(Value::into_text).unwrap_or_default();
        match call.runtime.routes.route(&name) {
            Some(route) => self.call_route(program, call, route),
            None => {
                call.error(format_args!("there is no route[{name}]"));
                self.last = NO_SUCH_ROUTE;
            }
        }
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_default()
    }
}

/// Assigns to a plain `$var`; an expression that fails leaves it as it was.
#[inline]
fn assign_slot(call: &mut Call, slot: u32, expr: &Expr) {
    if let Some(number) = expr.quick_int(call) {
        match call.variables.get_mut(slot as usize) {
            Some(Value::Int(entry)) => *entry = number,
            Some(entry) => *entry = Value::Int(number),
            None => {}
        }
        return;
    }
    if let Ok(value) = expr.value(call)
        && let Some(entry) = call.variables.get_mut(slot as usize)
    {
        *entry = value;
    }
}

/// Whether a `case` is the one: a number is compared with what a text says (observed on 5.6.3: `07` is 7).
fn is_case(subject: &Value, label: &Value) -> bool {
    match (subject, label) {
        (Value::Str(_), Value::Int(number)) => subject.to_int() == Ok(*number),
        _ => equal(subject, label),
    }
}

/// Applies a unary operator to a value from the stack.
fn unary(call: &mut Call, op: UnaryOp, value: Value) -> Result<Value, Failed> {
    Ok(match op {
        UnaryOp::Not => truth(!value.is_nonzero()),
        UnaryOp::Minus => Value::Int(int(call, &value)?.wrapping_neg()),
        UnaryOp::BitNot => Value::Int(!int(call, &value)?),
        UnaryOp::Defined => truth(!value.is_null()),
        UnaryOp::ToInt => Value::Int(int(call, &value)?),
        UnaryOp::ToString => Value::Str(value.into_text()),
        UnaryOp::StringLength => Value::Int(value.to_text().len() as i64),
        UnaryOp::StringEmpty => truth(value.to_text().is_empty()),
    })
}
