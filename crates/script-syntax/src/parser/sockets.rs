//! Where the server listens and what names it has: `listen`, `socket`, `alias`.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{Item, ItemKind, ListenSocket, SocketLiteral, StringLiteral};
use crate::token::{Sign, TokenKind};

use super::Parser;

impl Parser<'_> {
    /// `listen = address … [advertise address] [name "…"] [virtual]`: addresses follow each other without commas, and
    /// what stands behind the last is meant for all of them (observed on 5.6.3).
    pub(super) fn listen(&mut self, items: &mut Vec<Item>) {
        self.bump();
        if self.expect(Sign::Assign, "after `listen`").is_none() {
            return self.recover_item();
        }
        let mut addresses = Vec::new();
        loop {
            match self.socket_literal() {
                Some(address) => addresses.push(address),
                None => {
                    self.recover_item_in_place();
                    break;
                }
            }
            if self.begins_listen_option() || !self.goes_on() {
                break;
            }
        }
        let mut options = ListenSocket::default();
        while self.begins_listen_option() {
            self.listen_option(&mut options);
        }
        for bind in addresses {
            let span = self.cover_from(bind.span);
            let socket = ListenSocket {
                bind: Some(bind),
                span,
                ..options.clone()
            };
            items.push(Item {
                span,
                kind: ItemKind::Listen(socket),
            });
        }
    }

    fn begins_listen_option(&self) -> bool {
        let is_option = |word| {
            matches!(
                word,
                "advertise" | "ADVERTISE" | "name" | "NAME" | "virtual" | "VIRTUAL"
            )
        };
        self.peek_word().is_some_and(is_option) && !self.is_sign_at(1, Sign::Assign)
    }

    /// Takes one of the words that may follow the addresses.
    fn listen_option(&mut self, socket: &mut ListenSocket) {
        let token = self.bump();
        match self.text(token) {
            "advertise" | "ADVERTISE" => socket.advertise = self.advertised(),
            "name" | "NAME" => socket.name = self.quoted("after `name`"),
            _ => socket.is_virtual = true,
        }
    }

    fn advertised(&mut self) -> Option<SocketLiteral> {
        let socket = self.socket_literal()?;
        if socket.protocol.is_some() {
            let message = "an advertised address has no protocol: it is that of the socket";
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_ADDRESS, socket.span, message));
        }
        Some(socket)
    }

    fn quoted(&mut self, context: &str) -> Option<StringLiteral> {
        let text = self.string();
        if text.is_none() {
            self.report_missing(codes::EXPECTED_STRING, "a quoted text", context);
            if self.peek().kind == TokenKind::Word && !self.peek().starts_line {
                self.bump();
            }
        }
        text
    }

    /// Whether another address of the same list follows.
    fn goes_on(&mut self) -> bool {
        if let (Some(comma), true) = (self.eat(Sign::Comma), self.begins_host()) {
            let message = "addresses of a list have no comma between them";
            let diagnostic = Diagnostic::error(codes::STRAY_COMMA, comma, message);
            self.diagnostics
                .push(diagnostic.suggest("remove it", comma, " "));
        }
        self.begins_host() && !self.begins_item()
    }

    /// `alias = host[:port] …`.
    pub(super) fn alias(&mut self, items: &mut Vec<Item>) {
        let first = self.bump().span;
        if self.expect(Sign::Assign, "after `alias`").is_none() {
            return self.recover_item();
        }
        let mut sockets = Vec::new();
        loop {
            match self.socket_literal() {
                Some(socket) => sockets.push(socket),
                None => {
                    self.recover_item();
                    break;
                }
            }
            if !self.goes_on() {
                break;
            }
        }
        if !sockets.is_empty() {
            let span = sockets
                .last()
                .map_or(first, |last| self.cover(first, last.span));
            items.push(Item {
                kind: ItemKind::Alias(sockets),
                span,
            });
        }
    }

    /// `socket = { attribute = value; … }`.
    pub(super) fn socket_block(&mut self, items: &mut Vec<Item>) {
        let first = self.bump().span;
        if self.expect(Sign::Assign, "after `socket`").is_none() {
            return self.recover_item();
        }
        let Some(open) = self.expect(Sign::OpenBrace, "after `socket =`") else {
            return self.recover_item();
        };
        let mut socket = ListenSocket::default();
        while !self.is_end() && !self.peek_is(Sign::CloseBrace) && !self.begins_route() {
            if self.eat(Sign::Semicolon).is_none() {
                self.socket_attribute(&mut socket);
            }
        }
        if self.eat(Sign::CloseBrace).is_none() {
            self.report_unclosed(open, "`}`", "after the attributes of a socket");
        }
        socket.span = self.cover_from(first);
        if socket.bind.is_none() {
            let message = "a socket has no address to listen on";
            let diagnostic = Diagnostic::error(codes::SOCKET_WITHOUT_BIND, socket.span, message);
            self.diagnostics
                .push(diagnostic.help("add `bind = udp:10.0.0.1:5060;`"));
        }
        items.push(Item {
            span: socket.span,
            kind: ItemKind::Listen(socket),
        });
    }

    fn socket_attribute(&mut self, socket: &mut ListenSocket) {
        let token = self.bump();
        let word = self.text(token);
        if self
            .expect(Sign::Assign, "after the name of an attribute")
            .is_none()
        {
            return self.recover_statement();
        }
        match word {
            "bind" => self.bind(socket),
            "advertise" => socket.advertise = self.advertised(),
            "name" => socket.name = self.quoted("after `name =`"),
            "agname" => socket.group = self.quoted("after `agname =`"),
            "vrf" => socket.vrf = self.quoted("after `vrf =`"),
            // Threads are not counted.
            "workers" => match self.int() {
                Some(_) => {}
                None => self.report_missing(codes::EXPECTED_VALUE, "a number", "after `workers =`"),
            },
            "virtual" => match self.int() {
                Some(int) => socket.is_virtual = int.value != 0,
                None => {
                    self.report_missing(codes::EXPECTED_VALUE, "`yes` or `no`", "after `virtual =`")
                }
            },
            _ => self.report_attribute(word, token.span),
        }
        let closes = self.peek_is(Sign::Semicolon) || self.peek_is(Sign::CloseBrace);
        if !closes {
            self.report_missing(codes::EXPECTED_SIGN, "`;`", "after an attribute");
            self.recover_statement();
        }
    }

    fn report_attribute(&mut self, word: &str, span: Span) {
        let known = [
            "bind",
            "advertise",
            "name",
            "agname",
            "workers",
            "vrf",
            "virtual",
        ];
        let message = format!("a socket has no attribute `{word}`");
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_ATTRIBUTE, span, message);
        if let Some(meant) = diagnostics::did_you_mean(word, known) {
            diagnostic = diagnostic.suggest("there is one of a similar name", span, meant);
        }
        self.report(diagnostic);
        while !self.is_end() && !self.peek_is(Sign::Semicolon) && !self.peek_is(Sign::CloseBrace) {
            self.bump();
        }
    }

    /// `[protocol:]address[:port[-port]]`.
    fn bind(&mut self, socket: &mut ListenSocket) {
        socket.bind = self.socket_literal();
        let has_port = socket.bind.as_ref().is_some_and(|bind| bind.port.is_some());
        if has_port && self.eat(Sign::Minus).is_some() {
            socket.port_last = self.int();
            if socket.port_last.is_none() {
                self.report_missing(codes::BAD_PORT, "the last port of the range", "after `-`");
            }
        }
    }
}
