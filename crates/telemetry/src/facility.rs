//! Syslog facilities.

/// Facilities by the names that `syslog(3)` has for them and `log_facility` takes, with their numbers (RFC 5424 §6.2.1).
const FACILITIES: &[(&str, u8)] = &[
    ("LOG_KERN", 0),
    ("LOG_USER", 1),
    ("LOG_MAIL", 2),
    ("LOG_DAEMON", 3),
    ("LOG_AUTH", 4),
    ("LOG_SYSLOG", 5),
    ("LOG_LPR", 6),
    ("LOG_NEWS", 7),
    ("LOG_UUCP", 8),
    ("LOG_CRON", 9),
    ("LOG_AUTHPRIV", 10),
    ("LOG_FTP", 11),
    // Another name for LOG_AUTH.
    ("LOG_SECURITY", 4),
    ("LOG_LOCAL0", 16),
    ("LOG_LOCAL1", 17),
    ("LOG_LOCAL2", 18),
    ("LOG_LOCAL3", 19),
    ("LOG_LOCAL4", 20),
    ("LOG_LOCAL5", 21),
    ("LOG_LOCAL6", 22),
    ("LOG_LOCAL7", 23),
];

/// The facility that logs go to unless configured otherwise: `LOG_DAEMON`.
pub const FACILITY_DEFAULT: u8 = 3;

/// The number of a facility by its name, such as `LOG_LOCAL0`.
pub fn facility_number(name: &str) -> Option<u8> {
    FACILITIES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number)
}

/// The name of a facility by its number.
pub fn facility_name(number: u8) -> Option<&'static str> {
    FACILITIES
        .iter()
        .find(|(_, known)| *known == number)
        .map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_to_each_other() {
        assert_eq!(facility_number("LOG_DAEMON"), Some(FACILITY_DEFAULT));
        assert_eq!(facility_number("LOG_LOCAL7"), Some(23));
        assert_eq!(facility_number("local7"), None);
        for (name, number) in FACILITIES
            .iter()
            .filter(|(name, _)| *name != "LOG_SECURITY")
        {
            assert_eq!(facility_name(*number), Some(*name));
        }
        assert_eq!(facility_number("LOG_SECURITY"), facility_number("LOG_AUTH"));
        assert_eq!(facility_name(12), None);
    }
}
