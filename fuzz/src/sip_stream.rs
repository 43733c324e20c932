//! Streams.

use sip::framing::{Frame, FramingError, FramingLimits, StreamFramer, WithoutContentLength};

/// A TCP stream: it is cut into the same frames, whichever way it arrives in pieces, and none is larger than allowed.
pub fn sip_stream(data: &[u8]) {
    let Some((&choice, stream)) = data.split_first() else {
        return;
    };
    let limits = FramingLimits {
        message_bytes: 2048,
        without_content_length: if choice & 16 == 0 {
            WithoutContentLength::Refuse
        } else {
            WithoutContentLength::NoBody
        },
    };
    let whole = frames(stream, limits, stream.len().max(1));
    let pieces = frames(stream, limits, usize::from(choice % 16) + 1);
    assert_eq!(whole, pieces);
    for frame in whole.0 {
        if let Frame::Message(bytes) | Frame::Http(bytes) = frame {
            assert!(bytes.len() <= limits.message_bytes);
        }
    }
}

fn frames(
    stream: &[u8],
    limits: FramingLimits,
    piece: usize,
) -> (Vec<Frame>, Option<FramingError>) {
    let mut framer = StreamFramer::new(limits);
    let mut frames = Vec::new();
    for octets in stream.chunks(piece) {
        framer.feed(octets);
        loop {
            match framer.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}
