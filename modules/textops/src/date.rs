//! The Date header field (RFC 3261 §20.17).

use module_api::calendar::{Calendar, Zone};
use std::time::Duration;
use stdx::number::push_decimal;

const DAYS: [&[u8]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Appends `Date: Sat, 13 Nov 2010 23:29:00 GMT` with its line end for a time since 1970.
pub fn write_header(unix_time: Duration, out: &mut Vec<u8>) {
    let calendar = Calendar::at(unix_time, Zone::Utc);
    out.extend_from_slice(b"Date: ");
    out.extend_from_slice(name(&DAYS, calendar.weekday()));
    out.extend_from_slice(b", ");
    push_two_digits(calendar.day(), out);
    out.push(b' ');
    out.extend_from_slice(name(&MONTHS, calendar.month()));
    out.push(b' ');
    push_decimal(out, calendar.year());
    for (separator, number) in [
        (b' ', calendar.hour()),
        (b':', calendar.minute()),
        (b':', calendar.second()),
    ] {
        out.push(separator);
        push_two_digits(number, out);
    }
    out.extend_from_slice(b" GMT\r\n");
}

/// The name with this number, from 1.
fn name(names: &[&'static [u8]], number: i64) -> &'static [u8] {
    let at = usize::try_from(number - 1).ok();
    at.and_then(|at| names.get(at).copied()).unwrap_or_default()
}

fn push_two_digits(number: i64, out: &mut Vec<u8>) {
    out.push(b'0' + (number / 10 % 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_rfc_shows() {
        for (seconds, expected) in [
            (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
            (951_782_399, "Date: Mon, 28 Feb 2000 23:59:59 GMT\r\n"),
            (951_782_400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"),
            (1_289_690_940, "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"),
            (4_102_444_799, "Date: Thu, 31 Dec 2099 23:59:59 GMT\r\n"),
        ] {
            let mut out = Vec::new();
            write_header(Duration::from_secs(seconds), &mut out);
            assert_eq!(out, expected.as_bytes());
        }
    }
}
