//! Points in time as databases write them: `2026-11-21 03:45:00`, in UTC.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The seconds since 1970 of `YYYY-MM-DD`, optionally followed by a time of day (behind a blank or `T`; fractions and a
/// `Z` are skipped). None for anything else.
pub fn parse_time(text: &[u8]) -> Option<i64> {
    let mut rest = text.trim_ascii();
    let year = take_number(&mut rest, 4)?;
    take_byte(&mut rest, b"-")?;
    let month = take_number(&mut rest, 2).filter(|month| (1..=12).contains(month))?;
    take_byte(&mut rest, b"-")?;
    let day = take_number(&mut rest, 2).filter(|day| (1..=31).contains(day))?;
    let mut seconds = days_before(year, month, day) * DAY;
    if take_byte(&mut rest, b" T").is_some() {
        let hour = take_number(&mut rest, 2).filter(|hour| *hour < 24)?;
        take_byte(&mut rest, b":")?;
        let minute = take_number(&mut rest, 2).filter(|minute| *minute < 60)?;
        seconds += hour * 3600 + minute * 60;
        if take_byte(&mut rest, b":").is_some() {
            seconds += take_number(&mut rest, 2).filter(|second| *second <= 60)?;
        }
        if take_byte(&mut rest, b".").is_some() {
            while take_byte(&mut rest, b"0123456789").is_some() {}
        }
        take_byte(&mut rest, b"Z");
    }
    rest.is_empty().then_some(seconds)
}

fn take_number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(digits)?;
    if !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *rest = after;
    stdx::number::parse_i64(number)
}

fn take_byte(rest: &mut &[u8], one_of: &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    if !one_of.contains(first) {
        return None;
    }
    *rest = after;
    Some(*first)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the day of a leap year
/// comes last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("2000-01-01 00:00:01", 946_684_801),
            ("2030-05-28 21:32:15", 1_906_234_335),
            ("2024-02-29 23:59:59", 1_709_251_199),
            ("1969-12-31 23:59:59", -1),
        ] {
            assert_eq!(parse_time(text.as_bytes()), Some(seconds), "{text}");
        }
        assert_eq!(parse_time(b"2024-02-29"), Some(1_709_164_800));
        assert_eq!(parse_time(b"2000-01-01T00:00:01.250Z"), Some(946_684_801));
        for bad in [
            "",
            "now",
            "2024-13-01",
            "2024-01-01 25:00:00",
            "2024-01-01 x",
        ] {
            assert_eq!(parse_time(bad.as_bytes()), None, "{bad}");
        }
    }
}
