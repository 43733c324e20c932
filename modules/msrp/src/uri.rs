//! An MSRP URI and its parts.

/// The parts of `msrp://user@host:port/session;transport;parameters`. What is not there is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsrpUri<'a> {
    /// The user with what follows its colon.
    pub userinfo: &'a [u8],
    /// The user.
    pub user: &'a [u8],
    /// The host.
    pub host: &'a [u8],
    /// The port's digits.
    pub port: &'a [u8],
    /// The session id.
    pub session: &'a [u8],
    /// The transport.
    pub proto: &'a [u8],
    /// The transport and the parameters, when there is a parameter (observed on 5.6.3).
    pub params: &'a [u8],
}

impl<'a> MsrpUri<'a> {
    /// Reads a URI; none when it is not one of MSRP with a transport.
    pub fn parse(text: &'a [u8]) -> Option<MsrpUri<'a>> {
        let rest = [b"msrp://".as_slice(), b"msrps://"]
            .iter()
            .find_map(|scheme| strip_prefix_ignoring_case(text, scheme))?;
        let (place, proto_and_params) = stdx::ascii::split_once(rest, b';')?;
        let (authority, session) = stdx::ascii::split_once(place, b'/').unwrap_or((place, b""));
        let (userinfo, host_and_port) =
            stdx::ascii::split_once(authority, b'@').unwrap_or((b"", authority));
        let user = stdx::ascii::split_once(userinfo, b':').map_or(userinfo, |(user, _)| user);
        let after_brackets = host_and_port.iter().position(|octet| *octet == b']');
        let colon = host_and_port
            .iter()
            .skip(after_brackets.unwrap_or(0))
            .position(|octet| *octet == b':')
            .map(|at| at + after_brackets.unwrap_or(0));
        let (host, port) = match colon {
            Some(at) => (host_and_port.get(..at)?, host_and_port.get(at + 1..)?),
            None => (host_and_port, b"".as_slice()),
        };
        let (proto, params) = match stdx::ascii::split_once(proto_and_params, b';') {
            Some((proto, _)) => (proto, proto_and_params),
            None => (proto_and_params, b"".as_slice()),
        };
        let is_complete = !host.is_empty() && !proto.is_empty();
        is_complete.then_some(MsrpUri {
            userinfo,
            user,
            host,
            port,
            session,
            proto,
            params,
        })
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<[String; 7]> {
        let uri = MsrpUri::parse(text.as_bytes())?;
        let parts = [
            uri.user,
            uri.host,
            uri.port,
            uri.session,
            uri.proto,
            uri.params,
            uri.userinfo,
        ];
        Some(parts.map(|part| String::from_utf8_lossy(part).into_owned()))
    }

    /// Observed on 5.6.3.
    #[test]
    fn the_parts_are_those_observed() {
        let check = |text: &str, expected: [&str; 7]| {
            assert_eq!(parts(text), Some(expected.map(str::to_owned)), "{text}");
        };
        check(
            "msrps://us@example.org:2855/sess;tcp",
            ["us", "example.org", "2855", "sess", "tcp", "", "us"],
        );
        check(
            "msrp://h.org/s2;tcp;a=b;c",
            ["", "h.org", "", "s2", "tcp", "tcp;a=b;c", ""],
        );
        check(
            "msrp://u:pw@h.org:99/;ws",
            ["u", "h.org", "99", "", "ws", "", "u:pw"],
        );
        check(
            "MSRP://[2001:db8::1]:99/s;tcp",
            ["", "[2001:db8::1]", "99", "s", "tcp", "", ""],
        );
        for text in ["sip:x", "msrp://h.org/s", "msrp://;tcp", ""] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
