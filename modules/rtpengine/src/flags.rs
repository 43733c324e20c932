//! The flags of script functions, as the parts of a question in the ng protocol (observed on 5.6.3 against a scripted daemon).

use crate::bencode::{Bencode, Dict};

/// Which branch tells sessions of one call apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViaBranch {
    /// None.
    #[default]
    None,
    /// That of the topmost Via.
    First,
    /// That of the second Via.
    Second,
    /// The first of a request, the second of a response.
    Auto,
    /// The variable `extra_id_pv`.
    Extra,
    /// That of the branch to come.
    Next,
    /// The one to come in requests, the topmost in responses.
    AutoNext,
    /// The variable in requests, the topmost in responses.
    AutoExtra,
}

/// What flags say that the question does not carry as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The parts that go into the question.
    pub parts: Dict,
    /// An offer is to be an answer.
    pub forces_answer: bool,
    /// The To tag is told although the command does without.
    pub tells_to_tag: bool,
    /// Only the end that the message comes from is meant.
    pub is_directional: bool,
    /// Another Call-ID.
    pub call_id: Option<Vec<u8>>,
    /// Another From tag.
    pub from_tag: Option<Vec<u8>>,
    /// Another To tag.
    pub to_tag: Option<Vec<u8>>,
    /// The branch.
    pub via_branch: ViaBranch,
    transport: Transport,
}

/// The transport of media that flags ask for in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Transport {
    is_said: bool,
    is_secure: bool,
    has_feedback: bool,
    is_dtls: bool,
}

impl Transport {
    fn name(self) -> &'static str {
        match (self.is_dtls, self.is_secure, self.has_feedback) {
            (true, _, false) => "UDP/TLS/RTP/SAVP",
            (true, _, true) => "UDP/TLS/RTP/SAVPF",
            (false, true, false) => "RTP/SAVP",
            (false, true, true) => "RTP/SAVPF",
            (false, false, false) => "RTP/AVP",
            (false, false, true) => "RTP/AVPF",
        }
    }
}

/// The lists of codecs, and what the daemon calls the treatment that each asks for.
const CODEC_LISTS: [(&str, &str); 6] = [
    ("codec-strip", "strip"),
    ("codec-offer", "offer"),
    ("codec-except", "except"),
    ("codec-transcode", "transcode"),
    ("codec-mask", "mask"),
    ("codec-set", "set"),
];

impl Flags {
    /// Reads flags, which are separated by blanks.
    pub fn parse(text: &[u8]) -> Flags {
        let mut flags = Flags::default();
        let words = text
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        for word in words {
            match stdx::ascii::split_once(word, b'=') {
                Some((key, value)) => flags.take_pair(key, value),
                None => flags.take_word(word),
            }
        }
        if flags.transport.is_said {
            let name = flags.transport.name();
            flags.parts.add("transport-protocol", name);
        }
        flags
    }

    fn take_word(&mut self, word: &[u8]) {
        let transport = &mut self.transport;
        match word {
            b"RTP" => transport.is_secure = false,
            b"SRTP" => transport.is_secure = true,
            b"AVP" => transport.has_feedback = false,
            b"AVPF" => transport.has_feedback = true,
            b"DTLS" => (transport.is_secure, transport.is_dtls) = (true, true),
            b"RTP/AVP" | b"RTP/SAVP" | b"RTP/AVPF" | b"RTP/SAVPF" | b"UDP/TLS/RTP/SAVP"
            | b"UDP/TLS/RTP/SAVPF" => {
                transport.is_dtls = word.starts_with(b"UDP/TLS");
                transport.is_secure = word.windows(5).any(|window| window == b"/SAVP");
                transport.has_feedback = word.ends_with(b"F");
            }
            _ => {
                self.take_plain(word);
                return;
            }
        }
        transport.is_said = true;
    }

    fn take_plain(&mut self, word: &[u8]) {
        match word {
            b"force-answer" => self.forces_answer = true,
            b"to-tag" => self.tells_to_tag = true,
            b"directional" => self.is_directional = true,
            b"internal" | b"external" => self.parts.push("direction", word),
            _ if self.take_item(word, b"") => {}
            _ => self.parts.push("flags", word),
        }
    }

    fn take_pair(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"call-id" => self.call_id = Some(value.to_vec()),
            b"from-tag" => self.from_tag = Some(value.to_vec()),
            b"to-tag" => {
                self.to_tag = Some(value.to_vec());
                self.tells_to_tag = true;
            }
            b"via-branch" => self.via_branch = via_branch(value),
            b"direction" => self.parts.push(key, value),
            b"TOS" | b"repacketize" => match stdx::number::parse_i64(value) {
                Some(number) => self.parts.add(key, number),
                None => self.parts.add(key, value),
            },
            b"delete-delay" => {
                // Daemons know the number by the name with a blank.
                if let Some(number) = stdx::number::parse_i64(value) {
                    self.parts.add("delete delay", number);
                }
                self.parts.add(key, value);
            }
            _ if self.take_item(key, value) => {}
            _ => self.parts.add(key, value),
        }
    }

    /// Takes an item of a list, which is written `list-item` or `list=item`; in the first form a value says nothing more.
    fn take_item(&mut self, key: &[u8], value: &[u8]) -> bool {
        let item_of = |list: &str| match key.strip_prefix(list.as_bytes())? {
            [] => (!value.is_empty()).then_some(value),
            [b'-', item @ ..] => (!item.is_empty()).then_some(item),
            _ => None,
        };
        for list in ["replace", "rtcp-mux", "SDES", "T.38"] {
            if let Some(item) = item_of(list) {
                self.parts.push(list, item);
                return true;
            }
        }
        for (list, treatment) in CODEC_LISTS {
            if let Some(codec) = item_of(list) {
                self.take_codec(treatment, codec);
                return true;
            }
        }
        false
    }

    fn take_codec(&mut self, treatment: &str, codec: &[u8]) {
        let position = self.parts.0.iter().position(|(key, _)| key == b"codec");
        let position = position.unwrap_or_else(|| {
            self.parts.add("codec", Bencode::Dict(Dict::default()));
            self.parts.0.len() - 1
        });
        if let Some((_, Bencode::Dict(codecs))) = self.parts.0.get_mut(position) {
            codecs.push(treatment, codec);
        }
    }
}

/// The branch that the value of `via-branch`, or a function's second argument, asks for.
pub fn via_branch(value: &[u8]) -> ViaBranch {
    match value {
        b"1" => ViaBranch::First,
        b"2" => ViaBranch::Second,
        b"auto" => ViaBranch::Auto,
        b"extra" => ViaBranch::Extra,
        b"next" => ViaBranch::Next,
        b"auto-next" => ViaBranch::AutoNext,
        b"auto-extra" => ViaBranch::AutoExtra,
        _ => ViaBranch::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As 5.6.3 was seen to send them.
    #[test]
    fn flags_become_parts_of_the_question() {
        for (text, expected) in [
            ("", "de"),
            (
                "ICE=remove trust-address replace-origin replace-session-connection RTP/SAVPF",
                "d3:ICE6:remove5:flagsl13:trust-addresse7:replacel6:origin18:session-connectione18:transport-protocol9:RTP/SAVPFe",
            ),
            ("SRTP AVPF", "d18:transport-protocol9:RTP/SAVPFe"),
            ("SRTP", "d18:transport-protocol8:RTP/SAVPe"),
            ("AVPF", "d18:transport-protocol8:RTP/AVPFe"),
            ("DTLS", "d18:transport-protocol16:UDP/TLS/RTP/SAVPe"),
            ("RTP", "d18:transport-protocol7:RTP/AVPe"),
            (
                "internal external direction=x",
                "d9:directionl8:internal8:external1:xee",
            ),
            (
                "repacketize=20 TOS=3 DTLS=no media-address=1.1.1.1",
                "d11:repacketizei20e3:TOSi3e4:DTLS2:no13:media-address7:1.1.1.1e",
            ),
            (
                "codec-mask=all codec-transcode=PCMU codec-transcode=PCMA rtcp-mux-demux rtcp-mux-offer SDES-off T.38=decode T.38=stop",
                "d5:codecd4:maskl3:alle9:transcodel4:PCMU4:PCMAee8:rtcp-muxl5:demux5:offere4:SDESl3:offe4:T.38l6:decode4:stopee",
            ),
            (
                "symmetric foo bar=baz label=A",
                "d5:flagsl9:symmetric3:fooe3:bar3:baz5:label1:Ae",
            ),
            (
                "codec-strip-opus codec-mask=G729 codec-foo-F codec-strip- codec-set-a=b codec-foo=F",
                "d5:codecd5:stripl4:opuse4:maskl4:G729e3:setl1:aee5:flagsl11:codec-foo-F12:codec-strip-e9:codec-foo1:Fe",
            ),
            (
                "T.38-decode SDES=off replace=origin replace- rtcp-mux=demux direction-x",
                "d4:T.38l6:decodee4:SDESl3:offe7:replacel6:origine5:flagsl8:replace-11:direction-xe8:rtcp-muxl5:demuxee",
            ),
            (
                "delete-delay=7 delete",
                "d12:delete delayi7e12:delete-delay1:75:flagsl6:deleteee",
            ),
            (
                "to-tag from-tag=FF call-id=CC via-branch=auto force-answer",
                "de",
            ),
        ] {
            let mut out = Vec::new();
            Flags::parse(text.as_bytes()).parts.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{text}");
        }
        let flags = Flags::parse(b"to-tag from-tag=FF call-id=CC via-branch=auto force-answer");
        assert!(flags.tells_to_tag && flags.forces_answer && flags.via_branch == ViaBranch::Auto);
        assert_eq!(
            (flags.from_tag.as_deref(), flags.call_id.as_deref()),
            (Some(&b"FF"[..]), Some(&b"CC"[..]))
        );
    }
}
