//! Compiles the body of one route block.

use crate::code::Op;
use crate::compile::Options;
use crate::expression::{Expr, both, has_call, pure};
use crate::program::Program;
use diagnostics::codes::{names, params};
use diagnostics::{Diagnostic, Span};
use module_api::ast::{
    self, Argument, AssignOp, BinaryOp, CaseLabel, ExprKind, Statement, StatementKind, UnaryOp,
};
use module_api::{Action, ActionKind, Binder, Place, PlaceInfo, Value};
use std::sync::Arc;
use stdx::ere::{Ere, Flags};

/// The flags that the patterns of cases are compiled with: other than those of `=~`, they know letter case (observed on
/// 5.6.3).
const CASE_FLAGS: Flags = Flags {
    ignore_case: false,
    newline: false,
};

/// Positions of jumps whose target is not known yet.
type Jumps = Vec<usize>;

/// What a `break` leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breakable {
    Loop,
    Switch,
}

/// What a condition asks of a value that is no test itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To be above 0: `if` and `selval`.
    Positive,
    /// To be anything but 0: `while`, and the operands of `!`, `&&` and `||`.
    NonZero,
}

/// Compiles one block into the program.
pub struct BlockCompiler<'a, 'b> {
    /// Where the code goes.
    pub program: &'a mut Program,
    /// What resolves names.
    pub binder: &'a mut Binder<'b>,
    /// Where the places of statements go.
    pub places: &'a mut Vec<PlaceInfo>,
    /// What operators call the block.
    pub name: Arc<str>,
    /// How it is compiled.
    pub options: Options,
    /// The place of the statement at hand.
    statement: Place,
    /// The loops and switches we are in with their breaks, innermost last.
    breakable: Vec<(Breakable, Jumps)>,
}

impl<'a, 'b> BlockCompiler<'a, 'b> {
    /// A compiler for one block.
    pub fn new(
        program: &'a mut Program,
        binder: &'a mut Binder<'b>,
        places: &'a mut Vec<PlaceInfo>,
        name: Arc<str>,
        options: Options,
    ) -> Self {
        BlockCompiler {
            program,
            binder,
            places,
            name,
            options,
            statement: Place::default(),
            breakable: Vec::new(),
        }
    }

    /// Compiles the whole body; the block returns its last code at the end.
    pub fn body(&mut self, body: &ast::Block) {
        self.statements(&body.statements);
        self.emit(Op::ReturnLast);
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            if let Err(diagnostic) = self.statement(statement) {
                self.binder.diagnostics.push(diagnostic);
            }
        }
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Diagnostic> {
        let place = self.place(statement.span);
        self.statement = place;
        if let Some((kind, name)) = announced(&statement.kind) {
            self.announce(kind, name, place);
        }
        match &statement.kind {
            StatementKind::If {
                condition,
                then,
                otherwise,
            } => {
                let jumps = self.condition(condition, Asked::Positive);
                self.statements(&then.statements);
                let end = self.emit(Op::Jump(0));
                self.land(jumps);
                match otherwise {
                    Some(block) => self.statements(&block.statements),
                    None => {
                        self.emit(Op::Last(1));
                    }
                }
                self.land(vec![end]);
            }
            StatementKind::While { condition, body } => self.while_loop(condition, body, place),
            StatementKind::Switch { subject, cases } => self.switch(subject, cases, place),
            StatementKind::Break => self.break_out(),
            StatementKind::Return(value) => self.return_with(value.as_ref(), place)?,
            StatementKind::Exit(_) => {
                self.emit(Op::Exit);
            }
            StatementKind::Drop(_) => {
                self.emit(Op::Drop);
            }
            StatementKind::Expr(expr) => self.expression_statement(expr, place)?,
            StatementKind::Assign { target, op, value } => {
                self.assign(target, *op, value, place)?;
            }
            StatementKind::Block(block) => self.statements(&block.statements),
            StatementKind::Empty | StatementKind::Error => {}
        }
        Ok(())
    }

    /// Code that jumps when a condition does not hold. What is wrong with it keeps nobody from reading on.
    fn condition(&mut self, condition: &ast::Expr, asked: Asked) -> Jumps {
        self.jump_when(condition, false, asked)
            .unwrap_or_else(|diagnostic| {
                self.binder.diagnostics.push(diagnostic);
                Jumps::new()
            })
    }

    /// A `break` leaves the value 0 behind, which does not end the run.
    fn break_out(&mut self) {
        let Some((left, _)) = self.breakable.last() else {
            self.emit(Op::Leave);
            return;
        };
        let jump = match left {
            Breakable::Loop => Op::LoopJump(0),
            Breakable::Switch => Op::Jump(0),
        };
        self.emit(Op::Last(0));
        let jump = self.emit(jump);
        if let Some((_, breaks)) = self.breakable.last_mut() {
            breaks.push(jump);
        }
    }

    /// Compiles what a `break` leaves; answers the jumps of its breaks.
    fn breakable(&mut self, what: Breakable, inside: impl FnOnce(&mut Self)) -> Jumps {
        self.breakable.push((what, Jumps::new()));
        inside(self);
        self.breakable
            .pop()
            .map_or_else(Jumps::new, |(_, breaks)| breaks)
    }

    /// The value of a loop is that of the last statement of its last round; 1 if there was none.
    fn while_loop(&mut self, condition: &ast::Expr, body: &ast::Block, place: Place) {
        self.emit(Op::LoopBegin);
        let start = self.here();
        let mut out = self.condition(condition, Asked::NonZero);
        out.push(self.emit(Op::LoopRound(0, place)));
        out.extend(self.breakable(Breakable::Loop, |block| block.statements(&body.statements)));
        self.emit(Op::LoopJump(start));
        self.land(out);
        self.emit(Op::LoopEnd);
    }

    /// The value of a switch is that of the last statement that was run in it; 1 if there was none.
    fn switch(&mut self, subject: &ast::Expr, cases: &[ast::Case], place: Place) {
        if let Err(diagnostic) = self.push_subject(subject, cases, place) {
            self.binder.diagnostics.push(diagnostic);
        }
        self.emit(Op::Last(1));
        let mut tests = Vec::new();
        let mut default = None;
        for (index, case) in cases.iter().enumerate() {
            match &case.label {
                CaseLabel::Value(value) => match pure(value, self.binder) {
                    Ok(value) => {
                        let test = Op::CaseValue(Box::new(value), 0, place);
                        tests.push((self.emit(test), index));
                    }
                    Err(diagnostic) => self.binder.diagnostics.push(diagnostic),
                },
                CaseLabel::Regex(pattern) => match self.case_pattern(pattern) {
                    Ok(regex) => {
                        let test = Op::CaseRegex(Arc::new(regex), 0);
                        tests.push((self.emit(test), index));
                    }
                    Err(diagnostic) => self.binder.diagnostics.push(diagnostic),
                },
                CaseLabel::Default => default = Some(index),
            }
        }
        let otherwise = self.emit(Op::Jump(0));
        let mut starts = Vec::new();
        let breaks = self.breakable(Breakable::Switch, |block| {
            for case in cases {
                starts.push(block.here());
                block.statements(&case.body);
            }
        });
        self.land(breaks);
        let end = self.here();
        self.emit(Op::Pop);
        for (jump, index) in tests {
            self.patch(jump, starts.get(index).copied().unwrap_or(end));
        }
        self.patch(
            otherwise,
            default.and_then(|i| starts.get(i).copied()).unwrap_or(end),
        );
    }

    /// Pushes what a `switch` looks at: as an integer where it is compared with such.
    fn push_subject(
        &mut self,
        subject: &ast::Expr,
        cases: &[ast::Case],
        place: Place,
    ) -> Result<(), Diagnostic> {
        let is_number = |case: &ast::Case| match &case.label {
            CaseLabel::Value(value) => matches!(value.kind, ExprKind::Int(_)),
            CaseLabel::Regex(_) | CaseLabel::Default => false,
        };
        if has_call(subject) || !cases.iter().any(is_number) {
            return self.push(subject, place);
        }
        let mut value = pure(subject, self.binder)?;
        if value.is_sum() {
            value = Expr::ToInt(Box::new(value));
        }
        self.emit(Op::Push(Box::new(value), place));
        Ok(())
    }

    fn case_pattern(&mut self, pattern: &ast::Expr) -> Result<Ere, Diagnostic> {
        let ExprKind::String(literal) = &pattern.kind else {
            return Err(Diagnostic::error(
                params::BAD_REGEX,
                pattern.span,
                "the pattern of a case is a constant text",
            ));
        };
        Ere::compile(literal.value.as_bytes(), CASE_FLAGS).map_err(|error| {
            Diagnostic::error(
                params::BAD_REGEX,
                pattern.span,
                format!("`{}` is no regular expression: {error}", literal.value),
            )
        })
    }

    fn return_with(&mut self, value: Option<&ast::Expr>, place: Place) -> Result<(), Diagnostic> {
        match value {
            None => {
                self.emit(Op::Return(Box::new(Expr::Constant(Value::Int(1))), place));
            }
            Some(value) if !has_call(value) => {
                let value = Box::new(pure(value, self.binder)?);
                self.emit(Op::Return(value, place));
            }
            Some(value) => {
                self.push(value, place)?;
                self.emit(Op::ReturnPop);
            }
        }
        Ok(())
    }

    fn expression_statement(&mut self, expr: &ast::Expr, place: Place) -> Result<(), Diagnostic> {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call, place),
            ExprKind::Error => Ok(()),
            _ => {
                self.push(expr, place)?;
                self.emit(Op::Pop);
                Ok(())
            }
        }
    }

    fn assign(
        &mut self,
        target: &ast::Expr,
        op: AssignOp,
        value: &ast::Expr,
        place: Place,
    ) -> Result<(), Diagnostic> {
        if matches!(target.kind, ExprKind::Error) {
            // Reported where it was read.
            self.push_exact(value, place)?;
            self.emit(Op::Pop);
            return Ok(());
        }
        let ExprKind::Variable(variable) = &target.kind else {
            return Err(Diagnostic::error(
                names::NOT_A_VARIABLE,
                target.span,
                "only a variable can be assigned to",
            ));
        };
        let bound = match self.binder.variable(variable) {
            Ok(bound) => bound,
            Err(mistake) => {
                // What is wrong with the target does not hide what is wrong with the value.
                if let Err(second) = self.push_exact(value, place) {
                    self.binder.diagnostics.push(second);
                }
                return Err(mistake);
            }
        };
        let writable = self
            .binder
            .loaded
            .pvar(&variable.class)
            .is_none_or(|p| p.entry.writable);
        if !writable || !variable.transformations.is_empty() {
            return Err(Diagnostic::error(
                names::READ_ONLY_VARIABLE,
                target.span,
                format!("`${}` can only be read", variable.class),
            ));
        }
        if has_call(value) {
            self.push_exact(value, place)?;
            if op == AssignOp::Add {
                let current = Box::new(pure(target, self.binder)?);
                self.emit(Op::AddTo(current, place));
            }
            self.emit(Op::AssignPop(Box::new(bound), place));
            return Ok(());
        }
        let value = match op {
            AssignOp::Set => pure(value, self.binder)?,
            AssignOp::Add => Expr::Binary(
                BinaryOp::Add,
                Box::new((pure(target, self.binder)?, pure(value, self.binder)?)),
            ),
        };
        // What may be $null makes a slot what it was at the start of the run; the general form sees to that.
        let may_be_null = matches!(
            value,
            Expr::Slot(_) | Expr::Variable(_) | Expr::Choice(_) | Expr::Native(_)
        );
        match bound.plain_slot() {
            Some(slot) if !may_be_null => self.emit(Op::AssignSlot(slot, value, place)),
            _ => self.emit(Op::Assign(Box::new((bound, value)), place)),
        };
        Ok(())
    }

    /// Emits code that jumps when the truth of `expr` is `wanted`, and goes on otherwise.
    fn jump_when(
        &mut self,
        expr: &ast::Expr,
        wanted: bool,
        asked: Asked,
    ) -> Result<Jumps, Diagnostic> {
        let place = self.place(expr.span);
        // What has to be asked for is not asked for where the other operand decides.
        let is_apart = is_junction(expr) && self.waits(expr);
        if !has_call(expr) && !is_apart {
            let condition = match (pure(expr, self.binder)?, asked) {
                (condition, Asked::Positive) => condition,
                (condition, Asked::NonZero) => condition.tested(),
            };
            return Ok(vec![self.emit(Op::JumpOn(
                Box::new(condition),
                wanted,
                0,
                place,
            ))]);
        }
        match &expr.kind {
            ExprKind::Call(call) => {
                self.asked_call(call, place)?;
                Ok(vec![self.emit(Op::JumpOnLast(wanted, 0))])
            }
            ExprKind::Unary {
                op: UnaryOp::Not,
                operand,
            } => self.jump_when(operand, !wanted, Asked::NonZero),
            ExprKind::Binary { op, left, right } if matches!(op, BinaryOp::And | BinaryOp::Or) => {
                // What the left operand must be to decide alone.
                let deciding = *op == BinaryOp::Or;
                let first = self.jump_when(left, deciding, Asked::NonZero);
                let second = self.jump_when(right, wanted, Asked::NonZero);
                let (first, mut jumps) = both(first, second, self.binder)?;
                if deciding == wanted {
                    jumps.extend(first);
                } else {
                    self.land(first);
                }
                Ok(jumps)
            }
            _ => {
                self.push(expr, place)?;
                let wanted = match asked {
                    Asked::Positive => wanted,
                    Asked::NonZero => {
                        self.emit(Op::Unary(UnaryOp::Not, place));
                        !wanted
                    }
                };
                Ok(vec![self.emit(Op::JumpOnPop(wanted, 0))])
            }
        }
    }

    /// Whether a variable of the expression needs something that the run may wait for.
    fn waits(&self, expr: &ast::Expr) -> bool {
        match &expr.kind {
            ExprKind::Variable(variable) => {
                let export = self.binder.loaded.pvar(&variable.class);
                export.is_some_and(|export| export.entry.waits)
            }
            ExprKind::Unary { operand, .. } => self.waits(operand),
            ExprKind::Binary { left, right, .. } => self.waits(left) || self.waits(right),
            ExprKind::Row { first, rest } => {
                self.waits(first) || rest.iter().any(|(_, operand)| self.waits(operand))
            }
            _ => false,
        }
    }

    /// Pushes the value of an expression in which a lone call stands for its return code.
    fn push_exact(&mut self, expr: &ast::Expr, place: Place) -> Result<(), Diagnostic> {
        if let ExprKind::Call(call) = &expr.kind {
            self.asked_call(call, place)?;
            self.emit(Op::PushCode);
            return Ok(());
        }
        self.push(expr, place)
    }

    /// Pushes the value of an expression.
    fn push(&mut self, expr: &ast::Expr, place: Place) -> Result<(), Diagnostic> {
        if !has_call(expr) {
            let value = Box::new(pure(expr, self.binder)?);
            self.emit(Op::Push(value, place));
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Call(call) => {
                self.asked_call(call, place)?;
                self.emit(if self.options.exact_codes {
                    Op::PushCode
                } else {
                    Op::PushLastTruth
                });
            }
            ExprKind::Unary { op, operand } if *op != UnaryOp::Not => {
                self.push(operand, place)?;
                self.emit(Op::Unary(*op, place));
            }
            ExprKind::Binary { op, left, right } if !matches!(op, BinaryOp::And | BinaryOp::Or) => {
                self.push(left, place)?;
                self.push(right, place)?;
                self.emit(Op::Binary(*op, place));
            }
            ExprKind::Row { first, rest } => {
                self.push(first, place)?;
                for (op, operand) in rest {
                    self.push(operand, place)?;
                    self.emit(Op::Binary(*op, place));
                }
            }
            ExprKind::Choice {
                condition,
                then,
                otherwise,
            } => {
                let jumps = self.jump_when(condition, false, Asked::Positive)?;
                self.push_exact(then, place)?;
                let end = self.emit(Op::Jump(0));
                self.land(jumps);
                self.push_exact(otherwise, place)?;
                self.land(vec![end]);
            }
            _ => {
                let jumps = self.jump_when(expr, false, Asked::Positive)?;
                self.emit(Op::Push(Box::new(Expr::Constant(Value::Int(1))), place));
                let end = self.emit(Op::Jump(0));
                self.land(jumps);
                self.emit(Op::Push(Box::new(Expr::Constant(Value::Int(0))), place));
                self.land(vec![end]);
            }
        }
        Ok(())
    }

    /// A call within an expression: `$rc` is 0 before it.
    fn asked_call(&mut self, call: &ast::Call, place: Place) -> Result<(), Diagnostic> {
        self.emit(Op::ClearCode);
        self.call(call, place)
    }

    fn call(&mut self, call: &ast::Call, place: Place) -> Result<(), Diagnostic> {
        if &*call.name.text == "route" {
            return self.route_call(call, place);
        }
        let name = &*call.name.text;
        let given = match call.arguments.as_slice() {
            [Argument::Empty(_)] => 0,
            arguments => arguments.len(),
        };
        let fits = |form: &&&module_api::FunctionExport| {
            (form.entry.arity_min()..=form.entry.arity_max()).contains(&given)
        };
        let forms = self.binder.loaded.functions(name);
        let Some(form) = forms.iter().find(fits).copied() else {
            return Ok(());
        };
        let bound = (form.bind)(call, self.binder)?;
        let function = self.program.functions.len() as u32;
        self.program.functions.push(bound);
        let arguments = u8::try_from(given).unwrap_or(u8::MAX);
        let kind = ActionKind::Function(arguments);
        self.announce(kind, name, place);
        let action = self.action(kind, name, place);
        self.emit(Op::Call(function, action));
        Ok(())
    }

    fn route_call(&mut self, call: &ast::Call, place: Place) -> Result<(), Diagnostic> {
        let [Argument::Expr(name)] = call.arguments.as_slice() else {
            return Ok(());
        };
        let constant = match &name.kind {
            ExprKind::Word(word) => Some(&*word.text),
            ExprKind::String(literal) => Some(&*literal.value),
            ExprKind::Int(number) => Some(&*number.text),
            _ => None,
        };
        let Some(constant) = constant else {
            let name = Box::new(pure(name, self.binder)?);
            self.announce(ActionKind::Route, "route", place);
            self.emit(Op::RouteNamed(name, place));
            return Ok(());
        };
        if let Some(route) = self.binder.routes.route(constant.as_bytes()) {
            self.announce(ActionKind::Route, "route", place);
            self.emit(Op::Route(route, place));
        }
        Ok(())
    }

    /// Has the debugger told of what follows, where one is loaded.
    fn announce(&mut self, kind: ActionKind, name: &str, place: Place) {
        if self.options.announces {
            let action = self.action(kind, name, place);
            self.emit(Op::Announce(action));
        }
    }

    /// Adds an action to the program; answers its number.
    fn action(&mut self, kind: ActionKind, name: &str, place: Place) -> u32 {
        let name = name.into();
        let actions = &mut self.program.actions;
        actions.push(Arc::new(Action { kind, name, place }));
        actions.len() as u32 - 1
    }

    fn place(&mut self, span: Span) -> Place {
        let span = self.binder.sources.in_file(span);
        let location = self.binder.sources.location(span);
        let same = self.places.last().is_some_and(|last| {
            last.line == location.line
                && last.column == location.column
                && last.file == location.file
        });
        if !same {
            self.places.push(PlaceInfo {
                file: location.file,
                line: location.line,
                column: location.column,
                route: self.name.clone(),
            });
        }
        Place((self.places.len() - 1) as u32)
    }

    /// Adds an operation, behind what its variables need; answers its position.
    fn emit(&mut self, op: Op) -> usize {
        for ask in std::mem::take(&mut self.binder.asks) {
            self.program.code.push(Op::Ask(ask, self.statement));
        }
        self.program.code.push(op);
        self.program.code.len() - 1
    }

    fn here(&self) -> u32 {
        self.program.code.len() as u32
    }

    /// Makes jumps go to what comes next.
    fn land(&mut self, jumps: Jumps) {
        let here = self.here();
        for jump in jumps {
            self.patch(jump, here);
        }
    }

    fn patch(&mut self, jump: usize, to: u32) {
        match self.program.code.get_mut(jump) {
            Some(
                Op::Jump(target)
                | Op::JumpOn(_, _, target, _)
                | Op::JumpOnLast(_, target)
                | Op::JumpOnPop(_, target)
                | Op::LoopJump(target)
                | Op::LoopRound(target, _)
                | Op::CaseValue(_, target, _)
                | Op::CaseRegex(_, target),
            ) => *target = to,
            _ => {
                stdx::never!("a jump was patched that is none");
            }
        }
    }
}

/// Whether an expression is made of conditions.
fn is_junction(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        ExprKind::Binary { op, .. } => matches!(op, BinaryOp::And | BinaryOp::Or),
        _ => false,
    }
}

/// What a statement is announced as; calls are announced where they are made.
fn announced(statement: &StatementKind) -> Option<(ActionKind, &'static str)> {
    Some(match statement {
        StatementKind::If { .. } => (ActionKind::If, "if"),
        StatementKind::While { .. } => (ActionKind::While, "while"),
        StatementKind::Switch { .. } => (ActionKind::Switch, "switch"),
        StatementKind::Break => (ActionKind::Break, "break"),
        StatementKind::Return(_) => (ActionKind::Return, "return"),
        StatementKind::Exit(_) => (ActionKind::Exit, "exit"),
        StatementKind::Drop(_) => (ActionKind::Drop, "drop"),
        StatementKind::Assign { .. } => (ActionKind::Assign, "assign"),
        StatementKind::Expr(_)
        | StatementKind::Block(_)
        | StatementKind::Empty
        | StatementKind::Error => return None,
    })
}
