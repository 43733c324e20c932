//! Expressions and literals.

use std::net::IpAddr;

use diagnostics::Span;

use super::{Name, Variable};

/// An expression. Parentheses leave no node: the tree itself says what belongs together.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// From its first to its last token, parentheses included.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number, or `yes`, `no` and their kin.
    Int(IntLiteral),
    /// A quoted text.
    String(StringLiteral),
    /// `$ru`, `$(hdr(X)[-1]{s.len})`.
    Variable(Box<Variable>),
    /// `@a.b[1].c`.
    Select(Select),
    /// `method`, `uri`, `src_ip` and their kin: a part of the message that is looked at.
    Keyword(Keyword),
    /// `myself`, `max_len`, `UDP`, `INET6`: a value that only a keyword is compared with.
    Constant(Constant),
    /// An IP address, perhaps with a mask.
    Address(Address),
    /// `udp:1.2.3.4:5060`, `example.com:5060`: in arguments of core functions.
    Socket(SocketLiteral),
    /// A bare word: a flag, a route, a method, a host name with its dots.
    Word(Name),
    /// An operator before one operand.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// An operator between two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// A long row of operators that calculate, worked out from the left: as a tree it would be as deep as it is long.
    Row {
        /// What stands before the first operator.
        first: Box<Expr>,
        /// The operators, each with what stands right of it; at least one.
        rest: Vec<(BinaryOp, Expr)>,
    },
    /// `selval(condition, then, otherwise)`.
    Choice {
        /// What decides.
        condition: Box<Expr>,
        /// The value when it holds.
        then: Box<Expr>,
        /// The value when it does not.
        otherwise: Box<Expr>,
    },
    /// `name(argument, …)`, also `route(NAME)`.
    Call(Call),
    /// `$x = value` as a condition or in parentheses: assigns, and is 1.
    Assign {
        /// What is assigned to.
        target: Box<Expr>,
        /// What is assigned.
        value: Box<Expr>,
    },
    /// Source that could not be understood; a diagnostic says why.
    Error,
}

/// A number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntLiteral {
    /// The value.
    pub value: i64,
    /// As written: `0x1F`, `010`, `101b`, `yes`; a parameter's negative number has its sign.
    pub text: Box<str>,
    /// Its place.
    pub span: Span,
}

/// A quoted text, together with the texts that follow it directly and the texts and numbers that follow it behind a `+`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringLiteral {
    /// The text that is meant: escapes processed, pieces joined.
    pub value: Box<str>,
    /// The quoted pieces it was written in, at least one.
    pub pieces: Vec<StringPiece>,
    /// From the first to the last quote.
    pub span: Span,
}

/// One quoted piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringPiece {
    /// With its quotes.
    pub span: Span,
    /// `"` or `'`.
    pub quote: char,
    /// Offset in the literal's value at which the piece begins.
    pub value_start: u32,
    /// Pairs of an offset in the value and the source offset it came from, ascending: the start of the piece and
    /// what follows each escape. Empty when the text was changed by a `subst`: then only the whole piece is known.
    pub anchors: Box<[(u32, u32)]>,
}

/// `@a.b[1].c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// The parts between the dots, at least one.
    pub parts: Vec<SelectPart>,
    /// With the `@`.
    pub span: Span,
}

/// One part of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectPart {
    /// The name.
    pub name: Name,
    /// What stands in brackets after it.
    pub steps: Vec<SelectStep>,
}

/// An index of a select's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectStep {
    /// `[1]`, `[-1]`
    Int(i64),
    /// `["text"]`
    Text(Box<str>),
}

/// Parts of the message that have a keyword of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// `method`
    Method,
    /// `uri`: the request URI
    Uri,
    /// `status`: the response's status
    Status,
    /// `from_uri`
    FromUri,
    /// `to_uri`
    ToUri,
    /// `src_ip`
    SourceIp,
    /// `dst_ip`
    DestinationIp,
    /// `src_port`
    SourcePort,
    /// `dst_port`
    DestinationPort,
    /// `proto`
    Proto,
    /// `af`
    AddressFamily,
    /// `snd_ip`: ours, when sending
    SendIp,
    /// `snd_port`
    SendPort,
    /// `snd_proto`, `to_proto`
    SendProto,
    /// `snd_af`, `to_af`
    SendAddressFamily,
    /// `to_ip`: theirs, when sending
    ToIp,
    /// `to_port`
    ToPort,
    /// `msg:len`
    MessageLength,
    /// `uri:host`: only in arguments of `forward` and its kin
    UriHost,
    /// `uri:port`: only in arguments of `forward` and its kin
    UriPort,
}

/// Values that only a [`Keyword`] is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// `myself`
    Myself,
    /// `max_len`
    MaxLen,
    /// `UDP` and the other transports
    Protocol(Protocol),
    /// `INET`, also `IPv4`
    Inet,
    /// `INET6`, also `IPv6`
    Inet6,
}

/// A transport, as the script names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `udp`
    Udp,
    /// `tcp`
    Tcp,
    /// `tls`
    Tls,
    /// `sctp`
    Sctp,
    /// `ws`
    Ws,
    /// `wss`
    Wss,
}

/// An IP address, or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The mask of a network; its ones may have gaps.
    pub mask: Option<IpAddr>,
}

impl Address {
    /// The mask of `length` ones for an address of the family of `ip`; none when that has not as many bits.
    pub fn mask_of(ip: IpAddr, length: u8) -> Option<IpAddr> {
        let length = u32::from(length);
        match ip {
            IpAddr::V4(_) => {
                let zeros = 32u32.checked_sub(length)?;
                Some(IpAddr::V4(u32::MAX.checked_shl(zeros).unwrap_or(0).into()))
            }
            IpAddr::V6(_) => {
                let zeros = 128u32.checked_sub(length)?;
                Some(IpAddr::V6(u128::MAX.checked_shl(zeros).unwrap_or(0).into()))
            }
        }
    }

    /// Whether an address is this one, or lies in this network.
    pub fn holds(&self, ip: IpAddr) -> bool {
        match (ip, self.ip, self.mask) {
            (_, _, None) => ip == self.ip,
            (IpAddr::V4(ip), IpAddr::V4(net), Some(IpAddr::V4(mask))) => {
                ip.to_bits() & mask.to_bits() == net.to_bits() & mask.to_bits()
            }
            (IpAddr::V6(ip), IpAddr::V6(net), Some(IpAddr::V6(mask))) => {
                ip.to_bits() & mask.to_bits() == net.to_bits() & mask.to_bits()
            }
            _ => false,
        }
    }
}

/// A host where an address or a name may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostLiteral {
    /// An address.
    Ip(IpAddr, Span),
    /// A host name or the name of an interface; quoted or bare.
    Name(Name),
    /// `*`: any host, only in aliases.
    Any(Span),
    /// `(host, host)`: one association with several addresses.
    List(Vec<HostLiteral>),
}

/// `[protocol:]host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketLiteral {
    /// The transport, where given.
    pub protocol: Option<Protocol>,
    /// The host.
    pub host: HostLiteral,
    /// The port, where given.
    pub port: Option<IntLiteral>,
    /// From its first to its last token.
    pub span: Span,
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`, `not`
    Not,
    /// `-`
    Minus,
    /// `~`
    BitNot,
    /// `defined`
    Defined,
    /// `(int)`
    ToInt,
    /// `(str)`
    ToString,
    /// `strlen(…)`
    StringLength,
    /// `strempty(…)`
    StringEmpty,
}

/// Operators between two operands, from the loosest to the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`, `or`
    Or,
    /// `&&`, `and`
    And,
    /// `|`
    BitOr,
    /// `&`
    BitAnd,
    /// `^`
    BitXor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Match,
    /// `eq`: as texts
    TextEqual,
    /// `ne`: as texts
    TextNotEqual,
    /// `ieq`: as numbers
    IntEqual,
    /// `ine`: as numbers
    IntNotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `mod`
    Modulo,
}

impl BinaryOp {
    /// Whether it compares: it gives 1 or 0.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterOrEqual, IntEqual, IntNotEqual, Less, LessOrEqual};
        use BinaryOp::{Match, NotEqual, TextEqual, TextNotEqual};
        matches!(
            self,
            Equal | NotEqual | Match | TextEqual | TextNotEqual | IntEqual | IntNotEqual
        ) || matches!(self, Less | Greater | LessOrEqual | GreaterOrEqual)
    }
}

/// `name(argument, …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// What stands between the parentheses.
    pub arguments: Vec<Argument>,
    /// From the name to the closing parenthesis.
    pub span: Span,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// Nothing between two commas.
    Empty(Span),
    /// A value.
    Expr(Expr),
}

impl Argument {
    /// Its place.
    pub fn span(&self) -> Span {
        match self {
            Argument::Empty(span) => *span,
            Argument::Expr(expr) => expr.span,
        }
    }
}

impl StringPiece {
    /// Lets the piece begin further on in the value, by as many octets.
    pub(crate) fn move_by(&mut self, octets: usize) {
        let octets = octets as u32;
        self.value_start += octets;
        for (value, _) in &mut self.anchors {
            *value += octets;
        }
    }
}

impl StringLiteral {
    /// A number as the text that it is behind a `+`.
    pub(crate) fn of_number(number: &IntLiteral) -> StringLiteral {
        StringLiteral {
            value: number.value.to_string().into_boxed_str(),
            pieces: vec![StringPiece {
                span: number.span,
                quote: '"',
                value_start: 0,
                anchors: Box::default(),
            }],
            span: number.span,
        }
    }

    /// This text with `next` behind it; `span` covers both.
    pub(crate) fn followed_by(&self, next: &StringLiteral, span: Span) -> StringLiteral {
        let mut pieces = self.pieces.clone();
        for piece in &next.pieces {
            let mut piece = piece.clone();
            piece.move_by(self.value.len());
            pieces.push(piece);
        }
        StringLiteral {
            value: [&*self.value, &*next.value].concat().into_boxed_str(),
            pieces,
            span,
        }
    }

    /// The source range of a range of the value: exact where the source is known, else the whole piece.
    pub fn span_of(&self, range: std::ops::Range<usize>) -> Span {
        let (first, start) = self.source_offset(range.start);
        if range.is_empty() {
            return start.map_or(first, |start| Span {
                start,
                end: start,
                ..first
            });
        }
        let (last, end) = self.source_offset(range.end - 1);
        let head = Span {
            start: start.unwrap_or(first.start),
            ..first
        };
        let tail_end = end.map_or(last.end, |end| end + 1);
        if last.file == head.file {
            Span {
                end: tail_end,
                ..head
            }
        } else {
            head
        }
    }

    /// The piece that holds a value offset, and the source offset when it is known.
    fn source_offset(&self, offset: usize) -> (Span, Option<u32>) {
        let offset = offset as u32;
        let index = self
            .pieces
            .partition_point(|piece| piece.value_start <= offset)
            .saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else {
            return (self.span, None);
        };
        let anchor = piece
            .anchors
            .partition_point(|(value, _)| *value <= offset)
            .saturating_sub(1);
        let source = piece
            .anchors
            .get(anchor)
            .map(|(value, source)| source + offset.saturating_sub(*value));
        (piece.span, source)
    }
}
