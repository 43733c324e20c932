//! The flow within a block: what is never reached, and what still happens to a request that was answered.

use crate::{Context, blocks, calls, routes, walk};
use catalog::Effect;
use diagnostics::codes::routes as codes;
use diagnostics::{Diagnostic, Span};
use script_syntax::ast::{
    Argument, Block, Call, Case, CaseLabel, Expr, ExprKind, RouteBlock, RouteKind, Script,
    Statement, StatementKind, UnaryOp,
};

/// How deep routes that run each other are followed.
const DEPTH_MAX: usize = 8;

/// How many places of the same habit are shown.
const BREAKS_SHOWN: usize = 4;

pub fn check(block: &RouteBlock, script: &Script, context: &mut Context<'_>) {
    let is_for_requests = matches!(
        block.kind,
        RouteKind::Request | RouteKind::Route | RouteKind::Failure
    );
    let mut walker = Walker {
        script,
        is_for_requests,
        loops: 0,
        breaks: Vec::new(),
        context,
    };
    walker.statements(&block.body.statements, None);
    let breaks = std::mem::take(&mut walker.breaks);
    context.breaks.extend(breaks);
}

/// Names the breaks outside of loops, once for the script: those of old use `break` for `return` throughout.
pub fn report_breaks(context: &mut Context<'_>) {
    let breaks = std::mem::take(&mut context.breaks);
    let Some((first, others)) = breaks.split_first() else {
        return;
    };
    let mut note = Diagnostic::note(
        codes::MISPLACED_BREAK,
        *first,
        "this `break` is in no loop or switch: it ends the run of the block",
    );
    for other in others.iter().take(BREAKS_SHOWN) {
        note = note.also(*other, "and this one");
    }
    context.found.push(note.help("write `return`"));
}

/// A request was answered with a final response by this call, on the way that is looked at.
type Answered = Option<Span>;

/// How a list of statements ends.
struct End {
    /// Whether what follows can be reached.
    goes_on: bool,
    /// Whether a way out of the block's run or of its loop lies within.
    may_leave: bool,
    /// The answer that is certain, or likely forgotten, at its end.
    answered: Answered,
}

struct Walker<'a, 'b> {
    script: &'a Script,
    is_for_requests: bool,
    /// Loops and switches around.
    loops: usize,
    /// Those outside of loops and switches.
    breaks: Vec<Span>,
    context: &'a mut Context<'b>,
}

impl Walker<'_, '_> {
    fn statements(&mut self, statements: &[Statement], answered: Answered) -> End {
        let mut end = End {
            goes_on: true,
            may_leave: false,
            answered,
        };
        for (index, statement) in statements.iter().enumerate() {
            let one = self.statement(statement, end.answered);
            end.may_leave |= one.may_leave;
            end.answered = one.answered;
            if !one.goes_on {
                end.goes_on = false;
                let rest = statements.get(index + 1..).unwrap_or_default();
                self.report_unreachable(statement, rest);
                break;
            }
        }
        end
    }

    /// A lone way out after another one does no harm: habit ends each case with a `break`.
    fn report_unreachable(&mut self, last: &Statement, rest: &[Statement]) {
        let does_something = |statement: &&Statement| {
            !matches!(
                statement.kind,
                StatementKind::Empty
                    | StatementKind::Error
                    | StatementKind::Break
                    | StatementKind::Return(_)
                    | StatementKind::Exit(_)
                    | StatementKind::Drop(_)
            )
        };
        let Some(first) = rest.iter().find(does_something) else {
            return;
        };
        let warning = Diagnostic::warning(
            codes::UNREACHABLE,
            first_word(first, self.context),
            "this is never reached",
        );
        let (place, why) = match &last.kind {
            StatementKind::If { .. } | StatementKind::Switch { .. } => {
                let keyword = Span {
                    end: last.span.start + 2,
                    ..last.span
                };
                (keyword, "every way through this ends the run of the block")
            }
            _ => (last.span, "the run of the block ends here"),
        };
        self.context.found.push(warning.also(place, why));
    }

    fn statement(&mut self, statement: &Statement, answered: Answered) -> End {
        let mut end = End {
            goes_on: true,
            may_leave: false,
            answered,
        };
        match &statement.kind {
            StatementKind::If {
                condition,
                then,
                otherwise,
            } => return self.branch(condition, then, otherwise.as_ref(), answered),
            StatementKind::While { condition, body } => {
                end.answered = self.expression(condition, answered);
                self.loops += 1;
                let inner = self.statements(&body.statements, None);
                self.loops -= 1;
                if inner.may_leave {
                    end = End {
                        may_leave: true,
                        answered: None,
                        ..end
                    };
                }
            }
            StatementKind::Switch { subject, cases } => {
                end.answered = self.expression(subject, answered);
                return self.switch(cases, end);
            }
            StatementKind::Break => {
                if self.loops == 0 {
                    self.breaks.push(statement.span);
                }
                return left();
            }
            StatementKind::Return(value)
            | StatementKind::Exit(value)
            | StatementKind::Drop(value) => {
                if let Some(value) = value {
                    self.expression(value, answered);
                }
                return left();
            }
            StatementKind::Expr(expr) => end.answered = self.expression(expr, answered),
            StatementKind::Assign { value, .. } => end.answered = self.expression(value, answered),
            StatementKind::Block(block) => return self.statements(&block.statements, answered),
            StatementKind::Empty | StatementKind::Error => {}
        }
        end
    }

    fn branch(
        &mut self,
        condition: &Expr,
        then: &Block,
        otherwise: Option<&Block>,
        answered: Answered,
    ) -> End {
        let answered = self.expression(condition, answered);
        // What is in a branch after an answer may well be meant for the other requests.
        let then = self.statements(&then.statements, None);
        let otherwise = otherwise.map(|block| self.statements(&block.statements, None));
        let may_leave = then.may_leave || otherwise.as_ref().is_some_and(|branch| branch.may_leave);
        let goes_on = then.goes_on || otherwise.as_ref().is_none_or(|branch| branch.goes_on);
        let within = [Some(&then), otherwise.as_ref()]
            .into_iter()
            .flatten()
            .filter(|branch| branch.goes_on)
            .find_map(|branch| branch.answered);
        End {
            goes_on,
            may_leave,
            answered: match answered {
                Some(_) if may_leave => None,
                Some(answer) => Some(answer),
                None => within,
            },
        }
    }

    fn switch(&mut self, cases: &[Case], mut end: End) -> End {
        self.loops += 1;
        let mut has_default = false;
        let mut has_break = false;
        let mut last_goes_on = true;
        for case in cases {
            has_default |= matches!(case.label, CaseLabel::Default);
            let inner = self.statements(&case.body, None);
            end.may_leave |= inner.may_leave;
            has_break |= has_own_break(&case.body);
            last_goes_on = inner.goes_on;
        }
        self.loops -= 1;
        end.goes_on = !has_default || has_break || last_goes_on;
        if end.may_leave {
            end.answered = None;
        }
        end
    }

    /// Looks at the calls of an expression that are certain to be made; the answer afterwards.
    fn expression(&mut self, expr: &Expr, mut answered: Answered) -> Answered {
        let mut certain = Vec::new();
        certain_calls(expr, &mut certain);
        for call in certain {
            if let (Some(answer), true) = (answered, self.is_for_requests)
                && let Some(sender) = self.sends_on(call, 0)
            {
                self.report_going_on(call, sender, answer);
                return None;
            }
            if routes::is_route_call(call) {
                // It may end the run.
                answered = None;
            } else if self.is_final(call) {
                answered = Some(call.span);
            }
        }
        answered
    }

    fn effect(&self, call: &Call) -> Effect {
        self.context
            .form(&call.name.text, calls::given(call))
            .map_or(Effect::None, |form| form.effect)
    }

    fn is_final(&self, call: &Call) -> bool {
        match self.effect(call) {
            Effect::Answers => {}
            Effect::Challenges => return true,
            Effect::None | Effect::SendsOn => return false,
        }
        match call.arguments.first() {
            Some(Argument::Expr(status)) => routes::constant_name(status)
                .and_then(|text| text.parse::<u32>().ok())
                .is_some_and(|status| status >= 200),
            _ => true,
        }
    }

    /// The call by which this call is certain to send the request on: itself, or one in the route it runs.
    fn sends_on(&self, call: &Call, depth: usize) -> Option<Span> {
        if !routes::is_route_call(call) {
            return (self.effect(call) == Effect::SendsOn).then_some(call.name.span);
        }
        let Some(Argument::Expr(name)) = call.arguments.first() else {
            return None;
        };
        let name = routes::constant_name(name)?;
        let block = self
            .script
            .routes()
            .find(|block| block.kind == RouteKind::Route && blocks::name(block) == name)?;
        if depth >= DEPTH_MAX {
            return None;
        }
        for statement in &block.body.statements {
            for expr in walk::expressions_of(statement) {
                let mut certain = Vec::new();
                certain_calls(expr, &mut certain);
                for call in certain {
                    if let Some(sender) = self.sends_on(call, depth + 1) {
                        return Some(sender);
                    }
                    if routes::is_route_call(call) {
                        return None;
                    }
                }
            }
            if may_leave(statement) {
                return None;
            }
        }
        None
    }

    fn report_going_on(&mut self, call: &Call, sender: Span, answer: Span) {
        let message = "the request was answered, and is sent on all the same";
        let mut warning = Diagnostic::warning(codes::GOES_ON_AFTER_FINAL, call.span, message)
            .also(answer, "this is the final response");
        if sender != call.name.span {
            warning = warning.also(sender, "it is sent on here");
        }
        let help = "end the run with `exit` after the response";
        self.context.found.push(warning.help(help));
    }
}

fn left() -> End {
    End {
        goes_on: false,
        may_leave: true,
        answered: None,
    }
}

/// The statement up to the end of its first line.
fn first_word(statement: &Statement, context: &Context<'_>) -> Span {
    let text = context.names.sources.text(statement.span);
    let length = text.find('\n').unwrap_or(text.len()) as u32;
    Span {
        end: statement.span.start + length,
        ..statement.span
    }
}

/// The calls that are made whenever an expression is evaluated, in order.
fn certain_calls<'a>(expr: &'a Expr, found: &mut Vec<&'a Call>) {
    match &expr.kind {
        ExprKind::Call(call) => found.push(call),
        ExprKind::Binary { op, left, right } => {
            certain_calls(left, found);
            let decides = matches!(
                op,
                script_syntax::ast::BinaryOp::And | script_syntax::ast::BinaryOp::Or
            );
            if !decides {
                certain_calls(right, found);
            }
        }
        ExprKind::Unary {
            op: UnaryOp::Not | UnaryOp::Minus,
            operand,
        } => certain_calls(operand, found),
        ExprKind::Row { .. } => {
            for operand in walk::operands(expr) {
                certain_calls(operand, found);
            }
        }
        ExprKind::Assign { value, .. } => certain_calls(value, found),
        ExprKind::Choice { condition, .. } => certain_calls(condition, found),
        _ => {}
    }
}

/// Whether a statement or one in its blocks ends the run of the block.
fn may_leave(statement: &Statement) -> bool {
    let mut found = false;
    walk::statements(std::slice::from_ref(statement), &mut |inner| {
        found |= matches!(
            inner.kind,
            StatementKind::Return(_) | StatementKind::Exit(_) | StatementKind::Drop(_)
        );
    });
    found
}

/// Whether a `break` among these statements leaves the switch they stand in.
fn has_own_break(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match &statement.kind {
        StatementKind::Break => true,
        StatementKind::If { .. } | StatementKind::Block(_) => {
            walk::blocks_of(statement).into_iter().any(has_own_break)
        }
        _ => false,
    })
}
