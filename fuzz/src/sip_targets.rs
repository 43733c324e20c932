//! Targets of the `sip` crate.

use bytes::Bytes;
use sip::framing::{Frame, FramingLimits, StreamFramer};
use sip::serialize::{nothing_deferred, write_edited};
use sip::{Edits, HeaderId, Message, Uri};

/// A datagram: every field can be asked for, and an unedited copy is the message itself.
pub fn sip_message(data: &[u8]) {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(data)) else {
        return;
    };
    read_everything(&message);
    let mut copy = Vec::new();
    write_edited(
        &message,
        &Edits::default(),
        None,
        &mut copy,
        &mut nothing_deferred,
    );
    let again = Message::parse(Bytes::from(copy));
    assert!(again.is_ok(), "an unedited copy is not understood");
    let Ok(again) = again else { return };
    assert_eq!(again.headers().len(), message.headers().len());
    assert_eq!(again.method_name(), message.method_name());
    assert_eq!(again.status(), message.status());
}

fn read_everything(message: &Message) {
    let _ = (
        message.top_via(),
        message.from(),
        message.to(),
        message.cseq(),
        message.rack(),
    );
    let _ = (
        message.call_id(),
        message.content_length(),
        message.content_type(),
    );
    let _ = (message.max_forwards(), message.expires(), message.uri());
    let _ = (
        message.body(),
        message.payload(),
        message.from_tag(),
        message.to_tag(),
    );
    let _ = message.vias().count();
    let _ = message.routes().count() + message.record_routes().count();
    let _ = message.contacts().count();
    for field in message.headers() {
        let _ = (message.name(field), message.value(field));
    }
    let _ = message.list(HeaderId::Supported).count();
}

/// A TCP stream: it is cut into the same frames, whichever way it arrives in pieces.
pub fn sip_stream(data: &[u8]) {
    let Some((&size, stream)) = data.split_first() else {
        return;
    };
    let whole = frames(stream, stream.len().max(1));
    let pieces = frames(stream, usize::from(size % 16) + 1);
    assert_eq!(whole, pieces);
}

fn frames(stream: &[u8], piece: usize) -> Vec<Frame> {
    let mut framer = StreamFramer::new(FramingLimits::default());
    let mut frames = Vec::new();
    for octets in stream.chunks(piece) {
        framer.feed(octets);
        while let Ok(Some(frame)) = framer.next() {
            frames.push(frame);
        }
    }
    frames
}

/// A URI: its parts can be asked for, and those of a URI of ours lie within it.
pub fn sip_uri(data: &[u8]) {
    let Ok(uri) = Uri::parse(data) else {
        return;
    };
    let _ = (uri.user(), uri.password(), uri.port(), uri.host_address());
    let _ = (
        uri.transport(),
        uri.maddr(),
        uri.is_loose_router(),
        uri.headers_text(),
    );
    let _ = uri.params().count() + uri.user_params().count();
    assert!(uri.host().len() <= data.len());
    assert_eq!(uri.text(), data);
}
