//! Dates and times of day, in the zone of the server or in UTC.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::time::Duration;

/// Where a time of day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Where the server is (`TZ`).
    Local,
    /// Nowhere.
    Utc,
}

/// A point in time as a calendar shows it.
#[derive(Clone, Copy)]
pub struct Calendar(libc::tm);

impl Calendar {
    /// The calendar's view of a time since 1970.
    pub fn at(time: Duration, zone: Zone) -> Calendar {
        let seconds = time.as_secs() as libc::time_t;
        let mut fields = MaybeUninit::<libc::tm>::zeroed();
        // SAFETY: both pointers are valid for the call; a `tm` of zeros is a valid value when the time is refused.
        unsafe {
            match zone {
                Zone::Local => libc::localtime_r(&seconds, fields.as_mut_ptr()),
                Zone::Utc => libc::gmtime_r(&seconds, fields.as_mut_ptr()),
            };
            Calendar(fields.assume_init())
        }
    }

    /// 0 to 59, or 60 in a leap second.
    pub fn second(&self) -> i64 {
        i64::from(self.0.tm_sec)
    }

    /// 0 to 59.
    pub fn minute(&self) -> i64 {
        i64::from(self.0.tm_min)
    }

    /// 0 to 23.
    pub fn hour(&self) -> i64 {
        i64::from(self.0.tm_hour)
    }

    /// The day of the month, from 1.
    pub fn day(&self) -> i64 {
        i64::from(self.0.tm_mday)
    }

    /// The month, from 1.
    pub fn month(&self) -> i64 {
        i64::from(self.0.tm_mon) + 1
    }

    /// The year, such as 2026.
    pub fn year(&self) -> i64 {
        i64::from(self.0.tm_year) + 1900
    }

    /// The day of the week: 1 is Sunday, 7 is Saturday.
    pub fn weekday(&self) -> i64 {
        i64::from(self.0.tm_wday) + 1
    }

    /// The day of the year, from 1.
    pub fn day_of_year(&self) -> i64 {
        i64::from(self.0.tm_yday) + 1
    }

    /// Above 0 in daylight saving time.
    pub fn is_daylight_saving(&self) -> i64 {
        i64::from(self.0.tm_isdst)
    }

    /// The time as `strftime(3)` formats it; empty when that is longer than a kilobyte.
    pub fn format(&self, format: &CString) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::with_capacity(LONGEST);
        // SAFETY: `out` has room for `LONGEST` octets, the format is terminated, the fields come from the C library; at
        // most as many octets as it says are written, so that many are initialised.
        unsafe {
            let length = libc::strftime(out.as_mut_ptr().cast(), LONGEST, format.as_ptr(), &self.0);
            out.set_len(length.min(LONGEST));
        }
        out
    }

    /// As `ctime(3)` shows it: `Sat Nov 21 01:13:00 2026`.
    pub fn text(&self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let name = |names: &[&'static str], at: i32| {
            usize::try_from(at)
                .ok()
                .and_then(|at| names.get(at).copied())
        };
        format!(
            "{} {} {:2} {:02}:{:02}:{:02} {}",
            name(&DAYS, self.0.tm_wday).unwrap_or("???"),
            name(&MONTHS, self.0.tm_mon).unwrap_or("???"),
            self.day(),
            self.hour(),
            self.minute(),
            self.second(),
            self.year()
        )
    }
}

/// The longest text that [`Calendar::format`] makes.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_secs(1_795_223_579);

    #[test]
    fn fields_are_those_of_the_calendar() {
        let calendar = Calendar::at(MOMENT, Zone::Utc);
        let fields = [
            calendar.year(),
            calendar.month(),
            calendar.day(),
            calendar.hour(),
            calendar.minute(),
            calendar.second(),
        ];
        assert_eq!(fields, [2026, 11, 21, 1, 12, 59]);
        assert_eq!(
            (
                calendar.weekday(),
                calendar.day_of_year(),
                calendar.is_daylight_saving()
            ),
            (7, 325, 0)
        );
        assert_eq!(calendar.text(), "Sat Nov 21 01:12:59 2026");
    }

    #[test]
    fn formats_are_those_of_strftime() {
        let calendar = Calendar::at(MOMENT, Zone::Utc);
        let format = |text: &str| calendar.format(&CString::new(text).unwrap());
        assert_eq!(format("%Y-%m-%d %a %H:%M"), b"2026-11-21 Sat 01:12");
        assert_eq!(format(""), b"");
        assert_eq!(format(&"%Y".repeat(600)), b"");
    }
}
