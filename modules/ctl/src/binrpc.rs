//! The encoding of binrpc, observed on 5.6.3.
//!
//! A packet is `A1`, a byte of kind and lengths, the payload's length, a cookie that the answer repeats, and the payload: a
//! sequence of records. A record is a byte of length and type, more bytes of length if needed, and the content. Knows no
//! socket and no command.

use module_api::{Fault, RpcValue, Text};

/// The first byte of a packet: the magic number and version 1.
const MAGIC: u8 = 0xA1;
/// The largest payload of a request that is taken, in bytes.
pub const REQUEST_MAX: usize = 65_536;
/// The largest header of a packet, in bytes: magic number, lengths, the payload's length and the cookie.
pub const HEADER_MAX: usize = 10;
/// How deep structs and arrays may stand in one another.
const DEPTH_MAX: usize = 8;

const INT: u8 = 0;
const STRING: u8 = 1;
const DOUBLE: u8 = 2;
const STRUCT: u8 = 3;
const ARRAY: u8 = 4;
const NAME: u8 = 5;
const BYTES: u8 = 6;
/// What closes a struct or an array, added to its type.
const END: u8 = 0x80;

const REPLY: u8 = 0x10;
const FAULT: u8 = 0x30;

/// A request as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What the answer repeats: 1 to 4 bytes.
    pub cookie: Vec<u8>,
    /// The records.
    pub payload: Vec<u8>,
}

/// Why bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// Takes the first request out of a stream's bytes; nothing while it is incomplete.
pub fn take(input: &mut Vec<u8>) -> Result<Option<Request>, Corrupt> {
    let Some((request, length)) = parse(input)? else {
        return Ok(None);
    };
    input.drain(..length);
    Ok(Some(request))
}

/// Reads the request that bytes begin with, and how many of them it is.
pub fn parse(input: &[u8]) -> Result<Option<(Request, usize)>, Corrupt> {
    match input.first() {
        None => return Ok(None),
        Some(&MAGIC) => {}
        Some(_) => return Err(Corrupt),
    }
    let Some(&lengths) = input.get(1) else {
        return Ok(None);
    };
    if lengths & 0xF0 != 0 {
        return Err(Corrupt);
    }
    let size_end = 2 + usize::from(lengths >> 2 & 3) + 1;
    let cookie_end = size_end + usize::from(lengths & 3) + 1;
    let (Some(size), Some(cookie)) = (input.get(2..size_end), input.get(size_end..cookie_end))
    else {
        return Ok(None);
    };
    let size = big_endian(size) as usize;
    if size > REQUEST_MAX {
        return Err(Corrupt);
    }
    let end = cookie_end + size;
    let Some(payload) = input.get(cookie_end..end) else {
        return Ok(None);
    };
    let request = Request {
        cookie: cookie.to_vec(),
        payload: payload.to_vec(),
    };
    Ok(Some((request, end)))
}

/// Reads records: the command's name and its arguments, or the reason why not.
pub fn values(mut payload: &[u8]) -> Result<Vec<RpcValue>, &'static str> {
    let mut values = Vec::new();
    while !payload.is_empty() {
        values.push(value(&mut payload, 0)?);
    }
    Ok(values)
}

const INCOMPLETE: &str = "more data needed";
const MISPLACED: &str = "record doesn't match type";

fn value(input: &mut &[u8], depth: usize) -> Result<RpcValue, &'static str> {
    let first = input.first().copied().ok_or(INCOMPLETE)?;
    match first {
        STRUCT | ARRAY if depth >= DEPTH_MAX => Err("too many levels"),
        STRUCT => {
            *input = input.get(1..).unwrap_or_default();
            members(input, depth)
        }
        ARRAY => {
            *input = input.get(1..).unwrap_or_default();
            items(input, depth)
        }
        _ => match record(input)? {
            (INT, content) => Ok(RpcValue::Int(integer(content))),
            (DOUBLE, content) => Ok(RpcValue::Double(integer(content) as f64 / 1000.0)),
            (STRING, content) => Ok(RpcValue::Str(text(content))),
            (BYTES, content) => Ok(RpcValue::Str(Text::from(content))),
            _ => Err(MISPLACED),
        },
    }
}

fn members(input: &mut &[u8], depth: usize) -> Result<RpcValue, &'static str> {
    let mut members = Vec::new();
    loop {
        if input.first() == Some(&(STRUCT | END)) {
            *input = input.get(1..).unwrap_or_default();
            return Ok(RpcValue::Struct(members));
        }
        let (NAME, name) = record(input)? else {
            return Err(MISPLACED);
        };
        members.push((text(name), value(input, depth + 1)?));
    }
}

fn items(input: &mut &[u8], depth: usize) -> Result<RpcValue, &'static str> {
    let mut items = Vec::new();
    loop {
        if input.first() == Some(&(ARRAY | END)) {
            *input = input.get(1..).unwrap_or_default();
            return Ok(RpcValue::Array(items));
        }
        items.push(value(input, depth + 1)?);
    }
}

/// Takes one record that holds no others: its type and content.
fn record<'a>(input: &mut &'a [u8]) -> Result<(u8, &'a [u8]), &'static str> {
    let bytes = *input;
    let first = bytes.first().copied().ok_or(INCOMPLETE)?;
    let short = usize::from(first >> 4 & 7);
    let (start, length) = if first & END == 0 {
        (1, short)
    } else {
        let start = 1 + short;
        let digits = bytes.get(1..start).ok_or(INCOMPLETE)?;
        if short > 4 {
            return Err("record too large");
        }
        (start, big_endian(digits) as usize)
    };
    let content = bytes.get(start..).and_then(|rest| rest.get(..length));
    let content = content.ok_or(INCOMPLETE)?;
    *input = bytes.get(start + length..).unwrap_or_default();
    Ok((first & 0x0F, content))
}

fn big_endian(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |number, digit| number << 8 | u64::from(*digit))
}

/// Four bytes are a number with a sign, fewer are not.
fn integer(content: &[u8]) -> i64 {
    match content.len() {
        4 => i64::from(big_endian(content) as u32 as i32),
        _ => big_endian(content) as i64,
    }
}

fn text(content: &[u8]) -> Text {
    Text::from(content.strip_suffix(&[0]).unwrap_or(content))
}

/// Writes the packet that answers a request.
pub fn reply(cookie: &[u8], values: &[RpcValue]) -> Vec<u8> {
    let mut payload = Vec::new();
    for value in values {
        put(&mut payload, value, false);
    }
    packet(REPLY, cookie, &payload)
}

/// Writes the packet that answers a request that failed.
pub fn fault(cookie: &[u8], fault: &Fault) -> Vec<u8> {
    let mut payload = Vec::new();
    put(&mut payload, &RpcValue::Int(i64::from(fault.code)), false);
    match fault.missing {
        Some(missing) => put_text(&mut payload, STRING, missing.to_string().as_bytes()),
        None => put_text(&mut payload, STRING, fault.message.as_bytes()),
    }
    packet(FAULT, cookie, &payload)
}

fn packet(kind: u8, cookie: &[u8], payload: &[u8]) -> Vec<u8> {
    let cookie = match cookie {
        [] => &[0],
        cookie => cookie.get(..4).unwrap_or(cookie),
    };
    let length = minimal(payload.len() as u32);
    // A length takes at least one byte, even when it is zero.
    let length = if length.is_empty() {
        &[0]
    } else {
        length.as_slice()
    };
    let mut packet = Vec::with_capacity(10 + payload.len());
    packet.push(MAGIC);
    packet.push(kind | (length.len() as u8 - 1) << 2 | (cookie.len() as u8 - 1));
    packet.extend_from_slice(length);
    packet.extend_from_slice(cookie);
    packet.extend_from_slice(payload);
    packet
}

/// Writes a value. COMPAT: an array inside a struct is written with a struct's marks, as upstream does and `kamcmd` needs.
fn put(out: &mut Vec<u8>, value: &RpcValue, in_struct: bool) {
    match value {
        // What has 32 bits is written as they are, whatever the sign means to the client (observed on 5.6.3).
        RpcValue::Int(number) => match i32::try_from(*number)
            .map(i32::cast_unsigned)
            .or_else(|_| u32::try_from(*number))
        {
            Ok(bits) => put_record(out, INT, &minimal(bits)),
            // Clients read 32 bits.
            Err(_) => put_text(out, STRING, &Text::from(*number)),
        },
        RpcValue::Double(number) => match (number * 1000.0).round() {
            thousandths if thousandths.abs() < f64::from(i32::MAX) => {
                put_record(out, DOUBLE, &minimal(thousandths as i32 as u32));
            }
            _ => put_text(out, STRING, number.to_string().as_bytes()),
        },
        RpcValue::Str(text) => put_text(out, STRING, text),
        RpcValue::Null => put_text(out, STRING, RpcValue::NOTHING.as_bytes()),
        RpcValue::Struct(members) | RpcValue::Named(members) => put_members(out, members),
        RpcValue::Array(items) => {
            let mark = if in_struct { STRUCT } else { ARRAY };
            out.push(mark);
            for item in items {
                put(out, item, in_struct);
            }
            out.push(mark | END);
        }
    }
}

fn put_members(out: &mut Vec<u8>, members: &[(Text, RpcValue)]) {
    out.push(STRUCT);
    for (name, value) in members {
        put_text(out, NAME, name);
        put(out, value, true);
    }
    out.push(STRUCT | END);
}

/// A string or a name: a zero byte follows it.
fn put_text(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    put_head(out, kind, content.len() + 1);
    out.extend_from_slice(content);
    out.push(0);
}

fn put_record(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    put_head(out, kind, content.len());
    out.extend_from_slice(content);
}

fn put_head(out: &mut Vec<u8>, kind: u8, length: usize) {
    if length < 8 {
        out.push((length as u8) << 4 | kind);
        return;
    }
    let digits = minimal(length as u32);
    out.push(END | (digits.len() as u8) << 4 | kind);
    out.extend_from_slice(&digits);
}

/// The bytes of a number without leading zeros; none for zero.
fn minimal(number: u32) -> Vec<u8> {
    let zeros = number.leading_zeros() as usize / 8;
    number.to_be_bytes().into_iter().skip(zeros).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &'static str, value: impl Into<RpcValue>) -> (Text, RpcValue) {
        (Text::from_static(name), value.into())
    }

    /// Replies observed on 5.6.3.
    #[test]
    fn replies_are_written_as_upstream_writes_them() {
        let table: [(Vec<RpcValue>, &[u8]); 6] = [
            (vec![], b"\xa1\x13\x00\x01\x02\x03\x04"),
            (vec![1.into()], b"\xa1\x13\x02\x01\x02\x03\x04\x10\x01"),
            (
                vec!["pstn: gw_ip".into(), "pstn: limit".into()],
                b"\xa1\x13\x1c\x01\x02\x03\x04\x91\x0cpstn: gw_ip\0\x91\x0cpstn: limit\0",
            ),
            (
                vec![RpcValue::Struct(vec![
                    member("gw_ip", "1.2.3.4"),
                    member("limit", 17),
                ])],
                b"\xa1\x13\x1c\x01\x02\x03\x04\x03egw_ip\0\x91\x081.2.3.4\0elimit\0\x10\x11\x83",
            ),
            (
                vec![RpcValue::Struct(vec![
                    member("entry", 2),
                    member("size", 1),
                    member(
                        "slot",
                        RpcValue::Array(vec![RpcValue::Struct(vec![
                            member("name", "k"),
                            member("value", "v"),
                            member("type", "str"),
                        ])]),
                    ),
                ])],
                b"\xa1\x13;\x01\x02\x03\x04\x03eentry\0\x10\x02Usize\0\x10\x01Uslot\0\x03\x03Uname\0!k\0evalue\0!v\0Utype\0Astr\0\x83\x83\x83",
            ),
            (
                vec![RpcValue::Struct(vec![member(
                    "AoRs",
                    RpcValue::Named(vec![member("AoR", "v"), member("AoR", "u")]),
                )])],
                b"\xa1\x13\x1a\x01\x02\x03\x04\x03UAoRs\0\x03EAoR\0!v\0EAoR\0!u\0\x83\x83",
            ),
        ];
        for (values, expected) in table {
            assert_eq!(reply(&[1, 2, 3, 4], &values), expected);
        }
    }

    #[test]
    fn a_fault_is_its_code_and_its_message() {
        let expected = b"\xa13\x1f\x01\x02\x03\x04 \x01\xf4\x91\x1acommand no.such not found\0";
        let written = fault(&[1, 2, 3, 4], &Fault::new(500, "command no.such not found"));
        assert_eq!(written, expected);
    }

    #[test]
    fn a_request_is_taken_out_of_a_stream_when_it_is_complete() {
        let whole = b"\xa1\x03\x10\x01\x02\x03\x04\x91\x0ccore.uptime\0\x10\x05rest";
        for length in 0..whole.len() - 4 {
            assert_eq!(take(&mut whole[..length].to_vec()), Ok(None), "{length}");
        }
        let mut input = whole.to_vec();
        let request = take(&mut input).unwrap().unwrap();
        assert_eq!(input, b"rest");
        assert_eq!(request.cookie, [1, 2, 3, 4]);
        assert_eq!(
            values(&request.payload),
            Ok(vec!["core.uptime".into(), 5.into()])
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert_eq!(take(&mut b"GET / HTTP/1.1".to_vec()), Err(Corrupt));
        assert_eq!(take(&mut b"\xa1\x13\x00\x01".to_vec()), Err(Corrupt));
        assert_eq!(
            take(&mut b"\xa1\x0c\xff\xff\xff\xff\x01".to_vec()),
            Err(Corrupt)
        );
        for payload in [
            &b"\xff\xff"[..],
            b"\x91",
            b"\x71abc",
            b"\x03\x10\x01",
            b"\x83",
            b"\x04",
        ] {
            assert!(values(payload).is_err(), "{payload:?}");
        }
        assert!(values(&[STRUCT, 0x15, 0].repeat(40_000)).is_err());
        assert!(values(&[ARRAY].repeat(60_000)).is_err());
    }

    #[test]
    fn numbers_of_32_bits_are_written_as_their_bits() {
        let packet = reply(&[7], &[RpcValue::Int(i64::from(u32::MAX))]);
        assert_eq!(values(&packet[4..]), Ok(vec![RpcValue::Int(-1)]));
    }

    #[test]
    fn written_values_read_back() {
        let written = vec![
            RpcValue::Int(0),
            RpcValue::Int(-1),
            RpcValue::Int(65_536),
            RpcValue::Double(2.5),
            "".into(),
            RpcValue::Array(vec![1.into(), "two".into()]),
            RpcValue::Struct(vec![member("a", 1), member("b", RpcValue::Struct(vec![]))]),
        ];
        let packet = reply(&[7], &written);
        assert_eq!(values(&packet[4..]), Ok(written));
    }
}
