//! What comes of the torture messages when they are cut or damaged: nothing worse than an error.

use bytes::Bytes;
use sip::framing::{FramingLimits, StreamFramer};
use sip::{HeaderId, Message};

use crate::{mistakes, names, octets};

/// Asks for everything that can be asked for.
fn read_all(bytes: Bytes) {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    let _ = mistakes(&message);
    for field in message.headers() {
        let _ = (message.name(field), message.value(field));
    }
    let _ = (message.routes().count(), message.record_routes().count());
    let _ = (
        message.expires(),
        message.rack(),
        message.leading_number(HeaderId::SessionExpires),
    );
    let body = message.body_span();
    if let Ok(sdp) = sip::sdp::Sdp::parse(message.buffer(), body) {
        let _ = (sdp.check(), sdp.audio_hold());
    }
    if let Some(boundary) = message.content_type().and_then(sip::multipart::boundary) {
        let _ = sip::multipart::Parts::new(message.buffer(), body, boundary).count();
    }
}

fn all_messages() -> impl Iterator<Item = Bytes> {
    ["rfc4475", "rfc5118"]
        .into_iter()
        .flat_map(|rfc| names(rfc).into_iter().map(move |name| octets(rfc, &name)))
}

#[test]
fn every_cut_message_is_read_without_harm() {
    for bytes in all_messages() {
        for end in 0..bytes.len() {
            read_all(bytes.slice(..end));
        }
    }
}

#[test]
fn messages_with_an_octet_replaced_are_read_without_harm() {
    let mut octets = [
        0, b'\n', b' ', b'"', b',', b';', b':', b'<', b'%', b'\\', 0xff,
    ]
    .into_iter()
    .cycle();
    for bytes in all_messages() {
        for place in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[place] = octets.next().unwrap();
            read_all(damaged.into());
        }
    }
}

#[test]
fn streams_give_the_same_frames_however_they_are_cut() {
    for bytes in all_messages() {
        let frames_in_chunks = |size: usize| {
            let mut framer = StreamFramer::new(FramingLimits::default());
            let mut frames = Vec::new();
            for chunk in bytes.chunks(size) {
                framer.feed(chunk);
                loop {
                    match framer.next() {
                        Ok(Some(frame)) => frames.push(Ok(frame)),
                        Ok(None) => break,
                        Err(error) => {
                            frames.push(Err(error));
                            return frames;
                        }
                    }
                }
            }
            frames
        };
        let whole = frames_in_chunks(bytes.len().max(1));
        for size in [1, 2, 7, 100] {
            assert_eq!(
                frames_in_chunks(size),
                whole,
                "chunks of {size}: {}",
                bytes.escape_ascii()
            );
        }
    }
}
