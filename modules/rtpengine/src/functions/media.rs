//! Script functions for what the daemon does with the media of a call: recording, blocking, playing.

use crate::asking::order;
use crate::{Command, Rtpengine};
use module_api::{Call, Step, Text, script_function};

/// Has the daemon record the call.
///
/// ```cfg
/// if (is_method("ACK")) start_recording();
/// ```
#[script_function(start_recording, routes = ANY, waits)]
fn start_recording(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StartRecording, flags, None)
}

/// Has the daemon stop recording the call.
///
/// ```cfg
/// if (is_method("BYE")) stop_recording();
/// ```
#[script_function(stop_recording, routes = ANY, waits)]
fn stop_recording(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopRecording, flags, None)
}

/// Has the daemon hold back DTMF events: of the whole call, of the sender with `directional`, of others with `from-tag=` or `address=`.
///
/// ```cfg
/// if (is_method("INFO")) block_dtmf("directional");
/// ```
#[script_function(block_dtmf, routes = ANY, waits)]
fn block_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::BlockDtmf, flags, None)
}

/// Takes `block_dtmf()` back; with `all` for each single end, too.
///
/// ```cfg
/// if (is_method("INFO")) unblock_dtmf("all");
/// ```
#[script_function(unblock_dtmf, routes = ANY, waits)]
fn unblock_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnblockDtmf, flags, None)
}

/// Has the daemon hold back media: of the whole call, of the sender with `directional`, of others with `from-tag=` or `address=`.
///
/// ```cfg
/// if (is_method("INFO")) block_media();
/// ```
#[script_function(block_media, routes = ANY, waits)]
fn block_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::BlockMedia, flags, None)
}

/// Takes `block_media()` back.
///
/// ```cfg
/// if (is_method("INFO")) unblock_media();
/// ```
#[script_function(unblock_media, routes = ANY, waits)]
fn unblock_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnblockMedia, flags, None)
}

/// Has the daemon put silence in the place of audio.
///
/// ```cfg
/// if (is_method("INFO")) silence_media();
/// ```
#[script_function(silence_media, routes = ANY, waits)]
fn silence_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::SilenceMedia, flags, None)
}

/// Takes `silence_media()` back.
///
/// ```cfg
/// if (is_method("INFO")) unsilence_media();
/// ```
#[script_function(unsilence_media, routes = ANY, waits)]
fn unsilence_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::UnsilenceMedia, flags, None)
}

/// Has the daemon forward packets to where it is told to record.
///
/// ```cfg
/// if (is_method("ACK")) start_forwarding();
/// ```
#[script_function(start_forwarding, routes = ANY, waits)]
fn start_forwarding(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StartForwarding, flags, None)
}

/// Takes `start_forwarding()` back.
///
/// ```cfg
/// if (is_method("BYE")) stop_forwarding();
/// ```
#[script_function(stop_forwarding, routes = ANY, waits)]
fn stop_forwarding(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopForwarding, flags, None)
}

/// Has the daemon stop what `play_media()` began.
///
/// ```cfg
/// if (is_method("INFO")) stop_media();
/// ```
#[script_function(stop_media, routes = ANY, waits)]
fn stop_media(rtpengine: &Rtpengine, call: &mut Call, flags: Option<Text>) -> Step {
    order(rtpengine, call, Command::StopMedia, flags, None)
}

/// Has the daemon play a DTMF event: `code=5`, and `duration=`, `volume=`, `pause=` where wanted.
///
/// ```cfg
/// if (is_method("INFO")) play_dtmf("code=5");
/// ```
#[script_function(play_dtmf, routes = ANY, waits)]
fn play_dtmf(rtpengine: &Rtpengine, call: &mut Call, flags: Text) -> Step {
    order(rtpengine, call, Command::PlayDtmf, Some(flags), None)
}

/// Has the daemon play to the sender: `file=`, `blob=` or `db-id=`, and `repeat-times=`. How long that takes goes into the variable of `media_duration`.
///
/// ```cfg
/// if (is_method("ACK")) play_media("file=/var/prompts/hello.wav");
/// ```
#[script_function(play_media, routes = ANY, waits)]
fn play_media(
    rtpengine: &Rtpengine,
    call: &mut Call,
    flags: Text,
    via_branch: Option<Text>,
) -> Step {
    order(rtpengine, call, Command::PlayMedia, Some(flags), via_branch)
}
