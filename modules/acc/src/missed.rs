//! Where a missed call is accounted.

/// Where a missed call is accounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// In the log.
    pub log: bool,
    /// In the database.
    pub row: bool,
}

impl Missed {
    /// As a mark of the transaction keeps it.
    pub fn mark(self) -> u8 {
        u8::from(self.log) | u8::from(self.row) << 1
    }

    /// What a mark says.
    pub fn marked(mark: u8) -> Missed {
        Missed {
            log: mark & 1 != 0,
            row: mark & 2 != 0,
        }
    }

    /// Where it is accounted at all.
    pub fn any(self) -> bool {
        self != Missed::default()
    }
}
