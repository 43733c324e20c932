//! A tree as text, short enough to be written by hand: lists in parentheses, no places.

use script_syntax::ast::*;
use script_syntax::{MemoryLoader, Options, parse};

/// The shapes of the items of a script, one per line; then its diagnostics, one per line.
pub fn script(text: &str) -> String {
    script_with(text, &MemoryLoader::new(), &Options::default())
}

pub fn script_with(text: &str, loader: &MemoryLoader, options: &Options) -> String {
    let parsed = parse("a.cfg", text, loader, options);
    let mut lines: Vec<String> = parsed
        .tree
        .items
        .iter()
        .map(|entry| item(&entry.kind))
        .collect();
    for diagnostic in &parsed.diagnostics {
        let place = parsed
            .sources
            .location(parsed.sources.in_file(diagnostic.primary.span));
        let severity = diagnostic.severity.word();
        lines.push(format!(
            "{severity} {} at {}:{}",
            diagnostic.code, place.line, place.column
        ));
    }
    lines.join("\n")
}

/// The shape of the actions of a route block that holds `text`, then its diagnostics.
pub fn actions(text: &str) -> String {
    let shape = script(&format!("route[X] {{\n{text}\n}}"));
    let (route, rest) = shape.split_once('\n').unwrap_or((&shape, ""));
    let body = route
        .strip_prefix("(Route X (")
        .and_then(|body| body.strip_suffix("))"))
        .unwrap_or(route);
    if rest.is_empty() {
        body.to_owned()
    } else {
        format!("{body}\n{rest}")
    }
}

fn list(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("({head}");
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        text.push(' ');
        text.push_str(&part);
    }
    text + ")"
}

fn item(kind: &ItemKind) -> String {
    match kind {
        ItemKind::Parameter(parameter) => list(&parameter.name.text, [value(&parameter.value)]),
        ItemKind::CustomParameter(parameter) => {
            let instance = parameter
                .instance
                .as_ref()
                .map(|int| format!("[{}]", int.value));
            let name = format!(
                "{}{}.{}",
                parameter.group.text,
                instance.unwrap_or_default(),
                parameter.name.text
            );
            let description = parameter
                .description
                .as_ref()
                .map(|text| format!("desc {:?}", text.value));
            list(
                &name,
                [value(&parameter.value), description.unwrap_or_default()],
            )
        }
        ItemKind::CoreParameter(parameter) => list(
            "coreparam",
            [parameter.name.text.to_string(), value(&parameter.value)],
        ),
        ItemKind::Listen(listen) => list("listen", listen_parts(listen)),
        ItemKind::Alias(sockets) => list("alias", sockets.iter().map(socket)),
        ItemKind::LoadModule(load) => {
            let options = load
                .options
                .as_ref()
                .map(|text| format!("{:?}", text.value))
                .unwrap_or_default();
            list(
                if load.expands {
                    "loadmodulex"
                } else {
                    "loadmodule"
                },
                [load.module().to_owned(), options],
            )
        }
        ItemKind::ModulePath(path) => list("loadpath", [format!("{:?}", path.path.value)]),
        ItemKind::ModuleParameter(parameter) => {
            let names = [
                parameter.modules.value.to_string(),
                parameter.name.value.to_string(),
            ];
            let head = if parameter.expands {
                "modparamx"
            } else {
                "modparam"
            };
            list(head, names.into_iter().chain([value(&parameter.value)]))
        }
        ItemKind::Flags(flags) => list("flags", flags.iter().map(flag)),
        ItemKind::AvpFlags(flags) => list("avpflags", flags.iter().map(flag)),
        ItemKind::Route(route) => {
            let name = route
                .name
                .as_ref()
                .map(|name| name.text.to_string())
                .unwrap_or_default();
            list(&format!("{:?}", route.kind), [name, block(&route.body)])
        }
        ItemKind::Error => "error".to_owned(),
    }
}

fn listen_parts(listen: &ListenSocket) -> Vec<String> {
    let text = |head: &str, text: &Option<StringLiteral>| {
        text.as_ref()
            .map(|text| format!("{head} {:?}", text.value))
            .unwrap_or_default()
    };
    vec![
        listen.bind.as_ref().map(socket).unwrap_or_default(),
        listen
            .port_last
            .as_ref()
            .map(|port| format!("to {}", port.value))
            .unwrap_or_default(),
        listen
            .advertise
            .as_ref()
            .map(|address| format!("advertise {}", socket(address)))
            .unwrap_or_default(),
        text("name", &listen.name),
        text("agname", &listen.group),
        text("vrf", &listen.vrf),
        if listen.is_virtual {
            "virtual".to_owned()
        } else {
            String::new()
        },
    ]
}

fn flag(flag: &FlagDeclaration) -> String {
    match &flag.position {
        Some(position) => format!("{}:{}", flag.name.text, position.value),
        None => flag.name.text.to_string(),
    }
}

fn value(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Int(int) => int.value.to_string(),
        ParameterValue::String(text) => format!("{:?}", text.value),
        ParameterValue::Word(name) => name.text.to_string(),
        ParameterValue::Host(address) => host(address),
        ParameterValue::Variable(inner) => variable(inner),
        ParameterValue::Error(_) => "error".to_owned(),
    }
}

fn socket(socket: &SocketLiteral) -> String {
    let protocol = socket
        .protocol
        .map(|protocol| format!("{protocol:?}:").to_lowercase());
    let port = socket.port.as_ref().map(|port| format!(":{}", port.value));
    format!(
        "{}{}{}",
        protocol.unwrap_or_default(),
        host(&socket.host),
        port.unwrap_or_default()
    )
}

fn host(host: &HostLiteral) -> String {
    match host {
        HostLiteral::Ip(ip, _) if ip.is_ipv6() => format!("[{ip}]"),
        HostLiteral::Ip(ip, _) => ip.to_string(),
        HostLiteral::Name(name) => name.text.to_string(),
        HostLiteral::Any(_) => "*".to_owned(),
        HostLiteral::List(hosts) => list("hosts", hosts.iter().map(self::host)),
    }
}

fn block(block: &Block) -> String {
    let statements: Vec<String> = block.statements.iter().map(statement).collect();
    format!("({})", statements.join(" "))
}

fn statement(statement: &Statement) -> String {
    let result = |head: &str, value: &Option<Expr>| list(head, value.iter().map(expr));
    match &statement.kind {
        StatementKind::If {
            condition,
            then,
            otherwise,
        } => list(
            "if",
            [
                expr(condition),
                block(then),
                otherwise.as_ref().map(block).unwrap_or_default(),
            ],
        ),
        StatementKind::While { condition, body } => list("while", [expr(condition), block(body)]),
        StatementKind::Switch { subject, cases } => list(
            "switch",
            std::iter::once(expr(subject)).chain(cases.iter().map(case)),
        ),
        StatementKind::Break => "break".to_owned(),
        StatementKind::Return(value) => result("return", value),
        StatementKind::Exit(value) => result("exit", value),
        StatementKind::Drop(value) => result("drop", value),
        StatementKind::Expr(value) => expr(value),
        StatementKind::Assign { target, op, value } => list(
            if *op == AssignOp::Set { "=" } else { "+=" },
            [expr(target), expr(value)],
        ),
        StatementKind::Block(inner) => block(inner),
        StatementKind::Empty => ";".to_owned(),
        StatementKind::Error => "error".to_owned(),
    }
}

fn case(case: &Case) -> String {
    let label = match &case.label {
        CaseLabel::Value(value) => expr(value),
        CaseLabel::Regex(pattern) => format!("/{}", expr(pattern)),
        CaseLabel::Default => "default".to_owned(),
    };
    list(
        "case",
        std::iter::once(label).chain(case.body.iter().map(statement)),
    )
}

pub fn expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Int(int) => int.value.to_string(),
        ExprKind::String(text) => format!("{:?}", text.value),
        ExprKind::Variable(inner) => variable(inner),
        ExprKind::Select(inner) => select(inner),
        ExprKind::Keyword(keyword) => format!("{keyword:?}"),
        ExprKind::Constant(Constant::Protocol(protocol)) => format!("{protocol:?}"),
        ExprKind::Constant(constant) => format!("{constant:?}"),
        ExprKind::Address(Address { ip, mask }) => match mask {
            Some(mask) => format!("{ip}/{mask}"),
            None => ip.to_string(),
        },
        ExprKind::Socket(inner) => socket(inner),
        ExprKind::Word(name) => format!("`{}`", name.text),
        ExprKind::Unary { op, operand } => list(&format!("{op:?}"), [self::expr(operand)]),
        ExprKind::Binary { op, left, right } => {
            list(&format!("{op:?}"), [self::expr(left), self::expr(right)])
        }
        ExprKind::Row { first, rest } => {
            let rest = rest
                .iter()
                .map(|(op, right)| list(&format!("{op:?}"), [self::expr(right)]));
            list("row", std::iter::once(self::expr(first)).chain(rest))
        }
        ExprKind::Choice {
            condition,
            then,
            otherwise,
        } => list(
            "selval",
            [
                self::expr(condition),
                self::expr(then),
                self::expr(otherwise),
            ],
        ),
        ExprKind::Call(call) => list(
            &call.name.text,
            call.arguments.iter().map(|argument| match argument {
                Argument::Empty(_) => "_".to_owned(),
                Argument::Expr(value) => self::expr(value),
            }),
        ),
        ExprKind::Assign { target, value } => {
            list("assign", [self::expr(target), self::expr(value)])
        }
        ExprKind::Error => "error".to_owned(),
    }
}

fn select(select: &Select) -> String {
    let part = |part: &SelectPart| {
        let steps = part.steps.iter().map(|step| match step {
            SelectStep::Int(index) => format!("[{index}]"),
            SelectStep::Text(text) => format!("[{text:?}]"),
        });
        format!("{}{}", part.name.text, steps.collect::<String>())
    };
    format!(
        "@{}",
        select.parts.iter().map(part).collect::<Vec<_>>().join(".")
    )
}

/// `$class<inner>[index]{transformation|param|…}`
pub fn variable(variable: &Variable) -> String {
    let mut text = format!("${}", variable.class);
    if let Some(inner) = &variable.inner {
        text.push_str(&format!("<{}>", inner.text));
    }
    match variable.index.as_ref().map(|index| &index.kind) {
        Some(IndexKind::Int(index)) => text.push_str(&format!("[{index}]")),
        Some(IndexKind::All) => text.push_str("[*]"),
        Some(IndexKind::Variable(index)) => text.push_str(&format!("[{}]", self::variable(index))),
        None => {}
    }
    for transformation in &variable.transformations {
        text.push_str(&format!(
            "{{{}.{}",
            transformation.class, transformation.name
        ));
        for param in &transformation.params {
            match param {
                TransformationParam::Text(param) => text.push_str(&format!("|{}", param.text)),
                TransformationParam::Variable(param) => {
                    text.push_str(&format!("|{}", self::variable(param)))
                }
            }
        }
        text.push('}');
    }
    text
}
