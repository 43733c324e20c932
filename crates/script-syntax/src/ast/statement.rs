//! Actions: what stands inside a route block.

use diagnostics::Span;

use super::Expr;

/// Actions that run one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The actions in the order of the source.
    pub statements: Vec<Statement>,
    /// With the braces, where there are any.
    pub span: Span,
}

/// One action.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// From its first to its last token, without the semicolon.
    pub span: Span,
}

/// The kinds of actions.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `if (condition) then [else otherwise]`. A single action is a block of one.
    If {
        /// What decides.
        condition: Expr,
        /// Runs when it holds.
        then: Block,
        /// Runs when it does not.
        otherwise: Option<Block>,
    },
    /// `while (condition) body`.
    While {
        /// What decides, before each round.
        condition: Expr,
        /// Runs as long as it holds.
        body: Block,
    },
    /// `switch (subject) { case …: … }`. A case without `break` falls through into the next.
    Switch {
        /// What is compared.
        subject: Expr,
        /// The labels in the order of the source.
        cases: Vec<Case>,
    },
    /// `break`.
    Break,
    /// `return [value]`.
    Return(Option<Expr>),
    /// `exit [value]`.
    Exit(Option<Expr>),
    /// `drop [value]`.
    Drop(Option<Expr>),
    /// An expression run for its effect, nearly always a call.
    Expr(Expr),
    /// `target = value` or `target += value`.
    Assign {
        /// Where the value goes: a variable, else a mistake the checker names.
        target: Expr,
        /// Which of the two forms.
        op: AssignOp,
        /// What is assigned.
        value: Expr,
    },
    /// `{ … }` on its own.
    Block(Block),
    /// A semicolon with nothing before it.
    Empty,
    /// Source that could not be understood; a diagnostic says why.
    Error,
}

/// The forms of assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`
    Add,
}

/// One label of a `switch` and the actions after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The label.
    pub label: CaseLabel,
    /// The actions up to the next label; empty where the label shares the next one's actions.
    pub body: Vec<Statement>,
    /// From the keyword to the last action.
    pub span: Span,
}

/// A label of a `switch`.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseLabel {
    /// `case value:`
    Value(Expr),
    /// `case /"regular expression":`
    Regex(Expr),
    /// `default:`
    Default,
}
