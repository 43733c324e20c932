//! Addresses, host names, and `[protocol:]host[:port]`.

use std::net::{IpAddr, Ipv6Addr};

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{HostLiteral, IntLiteral, Name, Protocol, SocketLiteral};
use crate::token::{Sign, TokenKind};
use crate::words;

use super::Parser;

impl Parser<'_> {
    /// The address at hand; reports when it is none.
    pub(super) fn ip(&mut self) -> Option<IpAddr> {
        let token = self.peek();
        if token.kind != TokenKind::Address {
            self.report_missing(codes::BAD_ADDRESS, "an address", "here");
            return None;
        }
        self.bump();
        let text = self.text(token);
        match parse_ip(text) {
            Some(ip) => Some(ip),
            None => {
                let message = format!("`{text}` is no address");
                self.diagnostics
                    .push(Diagnostic::error(codes::BAD_ADDRESS, token.span, message));
                None
            }
        }
    }

    /// A bare host name: words, numbers, dots and hyphens without blanks between.
    pub(super) fn host_name(&mut self) -> Name {
        let first = self.bump();
        let mut text = self.text(first).to_owned();
        loop {
            let (joint, part) = (self.peek(), self.peek_at(1));
            let joins = matches!(joint.kind, TokenKind::Sign(Sign::Dot | Sign::Minus))
                && !joint.is_spaced
                && !part.is_spaced
                && matches!(
                    part.kind,
                    TokenKind::Word | TokenKind::Number | TokenKind::NumberWord
                );
            if !joins {
                break;
            }
            text.push_str(self.text(joint));
            text.push_str(self.text(part));
            self.at += 2;
        }
        Name {
            text: text.into_boxed_str(),
            span: self.cover_from(first.span),
        }
    }

    /// Whether a host could begin here.
    pub(super) fn begins_host(&self) -> bool {
        match self.peek().kind {
            TokenKind::Word => self
                .peek_word()
                .is_some_and(|word| !words::is_statement(word)),
            TokenKind::Number
            | TokenKind::NumberWord
            | TokenKind::Address
            | TokenKind::String(_) => true,
            TokenKind::Sign(sign) => {
                matches!(sign, Sign::OpenBracket | Sign::OpenParenthesis | Sign::Star)
            }
            _ => false,
        }
    }

    pub(super) fn host(&mut self) -> Option<HostLiteral> {
        let token = self.peek();
        match token.kind {
            TokenKind::Address => self.ip().map(|ip| HostLiteral::Ip(ip, token.span)),
            TokenKind::Sign(Sign::OpenBracket) => {
                self.bump();
                let ip = self.ip();
                self.expect(Sign::CloseBracket, "after an address");
                ip.map(|ip| HostLiteral::Ip(ip, self.cover_from(token.span)))
            }
            TokenKind::Sign(Sign::Star) => {
                self.bump();
                Some(HostLiteral::Any(token.span))
            }
            TokenKind::Sign(Sign::OpenParenthesis) => self.host_list(),
            TokenKind::String(_) => self
                .string()
                .map(|text| quoted_host(&text.value, text.span)),
            TokenKind::Word | TokenKind::Number | TokenKind::NumberWord if self.begins_host() => {
                Some(HostLiteral::Name(self.host_name()))
            }
            _ => {
                self.report_missing(
                    codes::BAD_ADDRESS,
                    "an address, a host name or an interface",
                    "here",
                );
                None
            }
        }
    }

    /// `(host, host)`.
    fn host_list(&mut self) -> Option<HostLiteral> {
        let open = self.bump().span;
        let mut hosts = Vec::new();
        while self.begins_host() && !self.peek_is(Sign::OpenParenthesis) {
            hosts.extend(self.host());
            if self.eat(Sign::Comma).is_none() {
                break;
            }
        }
        if self.eat(Sign::CloseParenthesis).is_none() {
            self.report_unclosed(open, "`)`", "after a list of hosts");
        }
        Some(HostLiteral::List(hosts))
    }

    /// `[protocol:]host[:port]`; `None` when there is no host.
    pub(super) fn socket_literal(&mut self) -> Option<SocketLiteral> {
        let first = self.peek().span;
        let protocol = self.protocol_prefix();
        let host = self.host()?;
        let port = self.port();
        Some(SocketLiteral {
            protocol,
            host,
            port,
            span: self.cover_from(first),
        })
    }

    fn protocol_prefix(&mut self) -> Option<Protocol> {
        if !self.is_sign_at(1, Sign::Colon) {
            return None;
        }
        let word = self.peek_word()?;
        let protocol = words::protocol(word);
        if protocol.is_some() || self.is_misspelt_protocol(word) {
            self.at += 2;
        }
        protocol
    }

    /// Whether a word before `:` and an address is none of the protocols, which is reported.
    fn is_misspelt_protocol(&mut self, word: &str) -> bool {
        let meant = diagnostics::did_you_mean(word, ["udp", "tcp", "tls", "sctp", "ws", "wss"]);
        let is_followed = match self.peek_at(2).kind {
            TokenKind::Address | TokenKind::Sign(Sign::OpenBracket) => true,
            TokenKind::Word | TokenKind::NumberWord => meant.is_some(),
            _ => false,
        };
        if is_followed {
            let span = self.peek().span;
            let message = format!("`{word}` is no protocol");
            let diagnostic = Diagnostic::error(codes::BAD_ADDRESS, span, message);
            self.report(match meant {
                Some(meant) => diagnostic.suggest(format!("did you mean `{meant}`?"), span, meant),
                None => diagnostic.help("a protocol is `udp`, `tcp`, `tls`, `sctp`, `ws` or `wss`"),
            });
        }
        is_followed
    }

    /// `:5060`; `:*` is port 0, any.
    fn port(&mut self) -> Option<IntLiteral> {
        self.eat(Sign::Colon)?;
        if let Some(span) = self.eat(Sign::Star) {
            return Some(IntLiteral {
                value: 0,
                text: "*".into(),
                span,
            });
        }
        let mut port = self.int();
        match &mut port {
            None => {
                self.report_missing(codes::BAD_PORT, "a port", "after `:`");
                let next = self.peek();
                if !next.is_spaced && matches!(next.kind, TokenKind::Word | TokenKind::NumberWord) {
                    self.bump();
                }
            }
            Some(int) if !(0..=65_535).contains(&int.value) => {
                // As Kamailio takes it (observed on 5.6.3).
                int.value &= 0xFFFF;
                let message = format!("`{}` is no port", int.text);
                let diagnostic = Diagnostic::warning(codes::BAD_PORT, int.span, message)
                    .label(format!("is taken as {}", int.value));
                self.diagnostics.push(diagnostic);
            }
            Some(_) => {}
        }
        port
    }
}

/// An address in any form, IPv6 without brackets.
fn parse_ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    // Leading zeros are decimal here, which the standard library refuses.
    let mut octets = [0; 4];
    let mut groups = text.split('.');
    for octet in &mut octets {
        *octet = groups.next()?.parse().ok()?;
    }
    groups.next().is_none().then_some(IpAddr::from(octets))
}

/// A quoted host may be an address, with or without brackets.
fn quoted_host(text: &str, span: Span) -> HostLiteral {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    match parse_ip(bare) {
        Some(ip) => HostLiteral::Ip(ip, span),
        None => HostLiteral::Name(Name {
            text: text.into(),
            span,
        }),
    }
}
