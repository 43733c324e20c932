//! Reading the Date header field (RFC 3261 §20.17).

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Seconds since 1970 of `Sat, 13 Nov 2010 23:29:00 GMT`; `None` for anything else.
pub fn parse(text: &[u8]) -> Option<i64> {
    let (_, date) = stdx::ascii::split_once(text, b',')?;
    let mut words = date
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    let (day, month, year) = (
        number(words.next()?)?,
        words.next()?,
        number(words.next()?)?,
    );
    let mut clock = words.next()?.split(|byte| *byte == b':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let month = MONTHS
        .iter()
        .position(|name| month.eq_ignore_ascii_case(name))? as i64;
    let is_right = (1..=31).contains(&day)
        && (1970..=9999).contains(&year)
        && hour < 24
        && minute < 60
        && second < 61;
    is_right.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(text: &[u8]) -> Option<i64> {
    (text.len() <= 4 && text.iter().all(u8::is_ascii_digit))
        .then(|| stdx::number::parse_i64(text))?
}

/// Days from 1970-01-01 to a day, with the month from 0.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Counted from the first of March, so that a leap day ends its year.
    let year = if month < 2 { year - 1 } else { year };
    let month_from_march = (month + 10) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_anything_else_refused() {
        for (text, expected) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
            ("Sat, 13 Nov 2010 23:29:00 GMT", Some(1_289_690_940)),
            ("Sat, 13 Foo 2010 23:29:00 GMT", None),
            ("Sat, 13 Nov 2010", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
    }
}
