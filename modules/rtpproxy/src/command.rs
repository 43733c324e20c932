//! The commands of the control protocol, and what scripts want of them (observed on 5.6.3 against a scripted proxy).

use std::net::IpAddr;
use stdx::Text;
use stdx::number::push_decimal;

/// What scripts want, as the letters of the flags say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The letters for the proxy, in their order.
    pub letters: Vec<u8>,
    /// The address in the description counts, not that of the message.
    pub trusts_address: bool,
    /// Only a session that there is already.
    pub looks_up: bool,
    /// Marks of other proxies are overlooked.
    pub ignores_marks: bool,
    /// The address of the whole session is changed although each stream has its own.
    pub changes_session: bool,
    /// Which branch tells sessions apart.
    pub branch: BranchKey,
    /// The direction follows from the family of the address.
    pub bridges_families: bool,
    /// All of a call is deleted, whatever the To tag.
    pub without_to_tag: bool,
}

/// Which branch of a message tells sessions of one call apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BranchKey {
    /// None.
    #[default]
    None,
    /// That of the topmost Via.
    First,
    /// That of the second.
    Second,
    /// The first of a request, the second of a response.
    ByDirection,
    /// The variable `extra_id_pv`.
    Variable,
}

impl Options {
    /// Reads the letters of a script.
    ///
    /// # Errors
    /// The letter that means nothing.
    pub fn parse(text: &[u8]) -> Result<Options, char> {
        let mut options = Options::default();
        let mut rest = text.iter().copied().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                b' ' => {}
                b'1' => options.branch = BranchKey::First,
                b'2' => options.branch = BranchKey::Second,
                b'3' => options.branch = BranchKey::ByDirection,
                b'b' => options.branch = BranchKey::Variable,
                b'a' => {
                    options.letters.push(b'A');
                    options.trusts_address = true;
                }
                b'l' => options.looks_up = true,
                b'i' => options.letters.push(b'I'),
                b'e' => options.letters.push(b'E'),
                b'x' => options.bridges_families = true,
                b'f' => options.ignores_marks = true,
                b'r' => options.trusts_address = true,
                // The address of the origin is changed whatever the flags.
                b'o' => {}
                b'c' => options.changes_session = true,
                b'w' => options.letters.push(b'S'),
                b't' => options.without_to_tag = true,
                b'z' => {
                    options.letters.push(b'Z');
                    while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
                        options.letters.push(digit);
                    }
                }
                other => return Err(char::from(other)),
            }
        }
        Ok(options)
    }
}

/// The session that a command is about.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The Call-ID, with what tells branches apart.
    pub call_id: Text,
    /// The tag of who the command speaks for.
    pub from_tag: Text,
    /// The tag of the other end; empty when it is not known.
    pub to_tag: Text,
}

/// A stream as a command offers it.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its number, from 1.
    pub number: usize,
    /// Its formats, separated by commas.
    pub formats: Text,
    /// Where its sender wants media.
    pub address: IpAddr,
    /// The port there.
    pub port: u16,
}

/// What every offer and answer has to do with, beside the session and its streams.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// The session is known already.
    pub is_lookup: bool,
    /// The proxy wants to know the formats.
    pub tells_formats: bool,
    /// Where the proxy is to tell of silent streams; empty for nowhere.
    pub timeout_socket: &'a [u8],
}

/// `U` or `L`: the stream of a session, new or known.
///
/// The place for what is told of silent streams goes with `U` where both ends are known.
pub fn update(
    manner: Manner<'_>,
    options: &Options,
    session: &Session,
    stream: &Stream,
) -> Vec<u8> {
    let Manner {
        is_lookup,
        tells_formats,
        timeout_socket,
    } = manner;
    let mut out = Vec::with_capacity(128);
    out.push(if is_lookup { b'L' } else { b'U' });
    out.extend_from_slice(&options.letters);
    if options.bridges_families {
        out.extend_from_slice(if stream.address.is_ipv4() {
            b"IE"
        } else {
            b"EI"
        });
    }
    if stream.address.is_ipv6() {
        out.push(b'6');
    }
    if tells_formats && !stream.formats.is_empty() {
        out.push(b'c');
        out.extend_from_slice(&stream.formats);
    }
    out.push(b' ');
    out.extend_from_slice(&session.call_id);
    out.push(b' ');
    out.extend_from_slice(stream.address.to_string().as_bytes());
    out.push(b' ');
    push_decimal(&mut out, i64::from(stream.port));
    push_tag(&session.from_tag, Some(stream.number), &mut out);
    if !session.to_tag.is_empty() {
        push_tag(&session.to_tag, Some(stream.number), &mut out);
        if !is_lookup && !timeout_socket.is_empty() {
            out.push(b' ');
            out.extend_from_slice(timeout_socket);
        }
    }
    out
}

fn push_tag(tag: &[u8], number: Option<usize>, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(tag);
    if let Some(number) = number {
        out.push(b';');
        push_decimal(out, number as i64);
    }
}

/// A command about both ends of a session as a whole: `D` (delete), `R` (record).
pub fn whole(letter: u8, session: &Session) -> Vec<u8> {
    let mut out = vec![letter, b' '];
    out.extend_from_slice(&session.call_id);
    push_tag(&session.from_tag, None, &mut out);
    if !session.to_tag.is_empty() {
        push_tag(&session.to_tag, None, &mut out);
    }
    out
}

/// `Q`: the figures of a session.
pub fn query(session: &Session) -> Vec<u8> {
    let mut out = b"Q ".to_vec();
    out.extend_from_slice(&session.call_id);
    push_tag(&session.from_tag, Some(1), &mut out);
    if !session.to_tag.is_empty() {
        push_tag(&session.to_tag, None, &mut out);
    }
    out
}

/// `P`: plays a prompt so many times, -1 without end.
pub fn play(prompt: &[u8], count: i64, session: &Session) -> Vec<u8> {
    let mut out = vec![b'P'];
    push_decimal(&mut out, count);
    out.push(b' ');
    out.extend_from_slice(&session.call_id);
    out.push(b' ');
    out.extend_from_slice(prompt);
    out.extend_from_slice(b" session");
    push_tag(&session.from_tag, Some(1), &mut out);
    push_tag(&session.to_tag, Some(1), &mut out);
    out
}

/// `S`: stops playing.
pub fn stop(session: &Session) -> Vec<u8> {
    let mut out = b"S ".to_vec();
    out.extend_from_slice(&session.call_id);
    push_tag(&session.from_tag, Some(1), &mut out);
    push_tag(&session.to_tag, Some(1), &mut out);
    out
}

/// What a proxy answers to `U` and `L`: the port for the other end, and the address when it is not the proxy's. None for a
/// session that is not known, or an error.
pub fn granted(answer: &[u8]) -> Option<(u16, Option<Text>)> {
    let mut words = answer
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let port = stdx::number::parse_u64(words.next()?)?;
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    let address = words
        .next()
        .filter(|word| sip::parse_address(word).is_some());
    Some((port, address.map(Text::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(to_tag: &str) -> Session {
        Session {
            call_id: Text::from("cid"),
            from_tag: Text::from("ft1"),
            to_tag: Text::from(to_tag),
        }
    }

    fn stream(address: &str) -> Stream {
        Stream {
            number: 2,
            formats: Text::from("0,8"),
            address: address.parse().unwrap(),
            port: 4000,
        }
    }

    /// As 5.6.3 was seen to send them.
    #[test]
    fn commands_are_written() {
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        let manner = |is_lookup, tells_formats, timeout_socket| Manner {
            is_lookup,
            tells_formats,
            timeout_socket,
        };
        let both = manner(false, true, b"xmlrpc:http://127.0.0.1:8000/RPC2");
        for (flags, expected) in [
            ("", "Uc0,8 cid 10.0.0.8 4000 ft1;2"),
            ("eirow", "UEISc0,8 cid 10.0.0.8 4000 ft1;2"),
            ("a", "UAc0,8 cid 10.0.0.8 4000 ft1;2"),
            ("z20", "UZ20c0,8 cid 10.0.0.8 4000 ft1;2"),
        ] {
            let options = Options::parse(flags.as_bytes()).unwrap();
            assert_eq!(
                text(update(both, &options, &session(""), &stream("10.0.0.8"))),
                expected
            );
        }
        let none = Options::default();
        assert_eq!(
            text(update(both, &none, &session("tt1"), &stream("10.0.0.8"))),
            "Uc0,8 cid 10.0.0.8 4000 ft1;2 tt1;2 xmlrpc:http://127.0.0.1:8000/RPC2"
        );
        let known = Manner {
            is_lookup: true,
            ..both
        };
        assert_eq!(
            text(update(known, &none, &session("tt1"), &stream("10.0.0.8"))),
            "Lc0,8 cid 10.0.0.8 4000 ft1;2 tt1;2"
        );
        assert_eq!(
            text(update(
                manner(false, false, b""),
                &none,
                &session("tt1"),
                &stream("::1")
            )),
            "U6 cid ::1 4000 ft1;2 tt1;2"
        );
        assert_eq!(text(whole(b'D', &session("tt1"))), "D cid ft1 tt1");
        assert_eq!(text(whole(b'D', &session(""))), "D cid ft1");
        assert_eq!(text(query(&session("tt1"))), "Q cid ft1;1 tt1");
        assert_eq!(
            text(play(b"/p/x", 5, &session("tt1"))),
            "P5 cid /p/x session ft1;1 tt1;1"
        );
        assert_eq!(text(stop(&session("tt1"))), "S cid ft1;1 tt1;1");
    }

    #[test]
    fn flags_that_mean_nothing_are_refused() {
        assert_eq!(Options::parse(b"rq"), Err('q'));
        assert_eq!(Options::parse(b"3").unwrap().branch, BranchKey::ByDirection);
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(
            granted(b"40002 127.0.0.9\n"),
            Some((40002, Some(Text::from("127.0.0.9"))))
        );
        assert_eq!(granted(b"40002\n"), Some((40002, None)));
        for answer in ["0\n", "E8\n", "", "70000 1.1.1.1"] {
            assert_eq!(granted(answer.as_bytes()), None);
        }
    }
}
