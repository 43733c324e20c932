//! The syntax tree: what a script says, with the place of everything.
//!
//! The tree is made after the preprocessor: defines are replaced, files included, inactive regions gone. A span
//! therefore lies in a file or in the value of a define; the source map tells which.

mod expr;
mod item;
mod statement;
mod variable;

pub use expr::{
    Address, Argument, BinaryOp, Call, Constant, Expr, ExprKind, HostLiteral, IntLiteral, Keyword,
    Protocol, Select, SelectPart, SelectStep, SocketLiteral, StringLiteral, StringPiece, UnaryOp,
};
pub use item::{
    CoreParameter, CustomParameter, FlagDeclaration, Item, ItemKind, ListenSocket, LoadModule,
    ModuleParameter, ModulePath, Parameter, ParameterValue, RouteBlock, RouteKind, Script,
};
pub use statement::{AssignOp, Block, Case, CaseLabel, Statement, StatementKind};
pub use variable::{
    Format, FormatPiece, Index, IndexKind, Inner, TextPlace, Transformation, TransformationParam,
    Variable,
};

use diagnostics::Span;

/// A name as it is written, such as a function's, a parameter's or a route's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text, without quotes if it had any.
    pub text: Box<str>,
    /// Its place.
    pub span: Span,
}
