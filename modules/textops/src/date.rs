//! The Date header field (RFC 3261 §20.17).

use std::time::Duration;
use stdx::number::push_decimal;

const DAYS: [&[u8]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Appends `Date: Sat, 13 Nov 2010 23:29:00 GMT` with its line end for a time since 1970.
pub fn write_header(unix_time: Duration, out: &mut Vec<u8>) {
    let seconds = unix_time.as_secs();
    let days = seconds / 86_400;
    let (year, month, day) = civil(days);
    out.extend_from_slice(b"Date: ");
    out.extend_from_slice(DAYS.get((days % 7) as usize).copied().unwrap_or_default());
    out.extend_from_slice(b", ");
    push_two_digits(day, out);
    out.push(b' ');
    out.extend_from_slice(MONTHS.get(month as usize).copied().unwrap_or_default());
    out.push(b' ');
    push_decimal(out, year);
    for (separator, number) in [
        (b' ', seconds / 3600 % 24),
        (b':', seconds / 60 % 60),
        (b':', seconds % 60),
    ] {
        out.push(separator);
        push_two_digits(number, out);
    }
    out.extend_from_slice(b" GMT\r\n");
}

fn push_two_digits(number: u64, out: &mut Vec<u8>) {
    out.push(b'0' + (number / 10 % 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}

/// Year, month from 0 and day from 1 of a number of days since 1970-01-01, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Counted from the first of March of the year 0, so that a leap day ends its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    (year, month, day)
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
