//! The quality of media, out of the answer to a query or a deletion.

use crate::bencode::{Bencode, Dict};
use crate::params::mos::{Figure, Moment};
use std::fmt::Write as _;

/// The figures of some streams.
pub struct Streams<'a> {
    /// What is known of each.
    streams: Vec<&'a Dict>,
    /// When the call began, in seconds since 1970.
    created: i64,
}

impl<'a> Streams<'a> {
    /// The streams of a call, or those with a label.
    pub fn of(answer: &'a Dict, label: Option<&[u8]>) -> Streams<'a> {
        let known = answer.dict(b"SSRC");
        let all = known.into_iter().flat_map(|known| &known.0);
        let wanted = label.map(|label| labelled(answer, label));
        let streams = all
            .filter(|(number, _)| {
                let number = stdx::number::parse_i64(number);
                wanted
                    .as_ref()
                    .is_none_or(|wanted| number.is_some_and(|number| wanted.contains(&number)))
            })
            .filter_map(|(_, stream)| stream.as_dict())
            .collect();
        Streams {
            streams,
            created: answer.int(b"created"),
        }
    }

    /// A figure as text; none when there is nothing to tell.
    pub fn figure(&self, moment: Moment, figure: Figure) -> Option<String> {
        let score = |part: &&Dict| part.int(b"MOS");
        let parts = |name: &'static [u8]| {
            self.streams
                .iter()
                .filter_map(move |stream| stream.dict(name))
        };
        match moment {
            Moment::Min => self.shown(parts(b"lowest MOS").min_by_key(score)?, figure),
            Moment::Max => self.shown(parts(b"highest MOS").max_by_key(score)?, figure),
            Moment::Average => {
                let all: Vec<&Dict> = parts(b"average MOS").collect();
                let sum: i64 = all.iter().map(|part| part.int(key(figure))).sum();
                match figure {
                    Figure::Samples if !all.is_empty() => Some(sum.to_string()),
                    Figure::At => None,
                    _ => Some(text(sum.checked_div(all.len() as i64)?, figure)),
                }
            }
        }
    }

    fn shown(&self, part: &Dict, figure: Figure) -> Option<String> {
        if figure != Figure::At {
            return Some(text(part.get(key(figure))?.as_int()?, figure));
        }
        let seconds = part.int(b"reported at").saturating_sub(self.created).max(0);
        Some(format!("{}:{:02}", seconds / 60, seconds % 60))
    }
}

fn key(figure: Figure) -> &'static [u8] {
    match figure {
        Figure::Mos => b"MOS",
        Figure::At => b"reported at",
        Figure::PacketLoss => b"packet loss",
        Figure::Jitter => b"jitter",
        Figure::RoundTrip => b"round-trip time",
        Figure::RoundTripLeg => b"round-trip time leg",
        Figure::Samples => b"samples",
    }
}

/// Daemons give the score times ten.
fn text(number: i64, figure: Figure) -> String {
    match figure {
        Figure::Mos => format!("{}.{}", number / 10, number % 10),
        _ => number.to_string(),
    }
}

/// The numbers of the streams that carry a label.
fn labelled(answer: &Dict, label: &[u8]) -> Vec<i64> {
    let tags = answer.dict(b"tags").into_iter().flat_map(|tags| &tags.0);
    tags.filter_map(|(_, tag)| tag.as_dict())
        .filter(|tag| tag.bytes(b"label") == Some(label))
        .flat_map(|tag| tag.get(b"medias").map_or(&[][..], Bencode::as_list))
        .filter_map(Bencode::as_dict)
        .flat_map(|media| media.get(b"streams").map_or(&[][..], Bencode::as_list))
        .filter_map(|stream| stream.as_dict()?.get(b"SSRC")?.as_int())
        .collect()
}

/// How much media there was, as `$rtpstat` shows it (observed on 5.6.3).
pub fn totals(answer: &Dict) -> Option<String> {
    let totals = answer.dict(b"totals")?;
    let mut shown = String::new();
    for (name, separator) in [("RTP", ""), ("RTCP", "; ")] {
        let part = totals.dict(name.as_bytes())?;
        let [bytes, packets, errors] =
            [&b"bytes"[..], b"packets", b"errors"].map(|key| part.int(key));
        // Writing to a string does not fail.
        let _ = write!(
            shown,
            "{separator}{name}: {bytes} bytes, {packets} packets, {errors} errors"
        );
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dict(text: &str) -> Dict {
        match Bencode::parse(text.as_bytes()) {
            Some(Bencode::Dict(dict)) => dict,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn totals_are_shown() {
        let answer = dict(
            "d6:totalsd3:RTPd7:packetsi1447e5:bytesi54846e6:errorsi0ee4:RTCPd7:packetsi3e5:bytesi336e6:errorsi0eeee",
        );
        assert_eq!(
            totals(&answer).unwrap(),
            "RTP: 54846 bytes, 1447 packets, 0 errors; RTCP: 336 bytes, 3 packets, 0 errors"
        );
        assert_eq!(totals(&Dict::default()), None);
    }

    #[test]
    fn scores_are_found_by_label() {
        let part = |mos: i64, at: i64| format!("d3:MOSi{mos}e6:jitteri2e11:reported ati{at}ee");
        let stream = |low: i64| {
            format!(
                "d11:average MOS{}10:lowest MOS{}11:highest MOS{}e",
                part(43, 0),
                part(low, 1030),
                part(44, 1061)
            )
        };
        let answer = dict(&format!(
            "d7:createdi1000e4:SSRCd2:11{}2:22{}e4:tagsd1:xd5:label1:A6:mediasld7:streamsld4:SSRCi22eeeeeeee",
            stream(30),
            stream(40)
        ));
        let all = Streams::of(&answer, None);
        assert_eq!(all.figure(Moment::Min, Figure::Mos).as_deref(), Some("3.0"));
        assert_eq!(all.figure(Moment::Min, Figure::At).as_deref(), Some("0:30"));
        assert_eq!(
            all.figure(Moment::Average, Figure::Mos).as_deref(),
            Some("4.3")
        );
        let a = Streams::of(&answer, Some(b"A"));
        assert_eq!(a.figure(Moment::Min, Figure::Mos).as_deref(), Some("4.0"));
        assert_eq!(
            Streams::of(&answer, Some(b"B")).figure(Moment::Max, Figure::Mos),
            None
        );
    }
}
