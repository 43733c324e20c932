//! One octet of an address in the tree.

/// Hits in this unit of time and in the one before.
#[derive(Clone, Copy, Default, Debug)]
pub struct Hits {
    /// In the unit before.
    pub before: u32,
    /// In this one.
    pub present: u32,
}

impl Hits {
    /// Whether there are at least `limit`: in one of the two units, or on average.
    pub fn reach(self, limit: u32) -> bool {
        let average = (u64::from(self.before) + u64::from(self.present)) / 2;
        self.before >= limit || self.present >= limit || average >= u64::from(limit)
    }

    fn add(&mut self) {
        self.present = self.present.saturating_add(1);
    }

    fn turn(&mut self, units: u32) {
        self.before = if units == 1 { self.present } else { 0 };
        self.present = 0;
    }
}

/// A node: an octet behind its parent's.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// The node of the octet before; a first octet has none.
    pub parent: u32,
    /// The octet.
    pub octet: u8,
    /// How many octets come before it.
    pub depth: u8,
    /// How many nodes are behind it; at most 256.
    pub children: u16,
    /// Hits as an octet on the way.
    pub passed: Hits,
    /// Hits as the last octet.
    pub ended: Hits,
    /// The unit that the hits are of.
    unit: u32,
    /// The second of the last hit.
    pub seen_s: u32,
    /// Whether it was reported as a flood.
    pub is_blocked: bool,
}

impl Node {
    /// A node that is hit for the first time. What its parent has counted counts for it too, so that a path which grows goes on growing.
    pub fn new(parent: u32, octet: u8, depth: u8, passed: Hits, unit: u32, now_s: u32) -> Node {
        Node {
            parent,
            octet,
            depth,
            children: 0,
            passed,
            ended: Hits::default(),
            unit,
            seen_s: now_s,
            is_blocked: false,
        }
    }

    /// Brings the counts to a unit of time.
    pub fn turn_to(&mut self, unit: u32) {
        let passed = unit.saturating_sub(self.unit);
        if passed > 0 {
            self.passed.turn(passed);
            self.ended.turn(passed);
            self.unit = unit;
        }
    }

    /// Counts a hit on the way.
    pub fn pass(&mut self, now_s: u32) {
        self.passed.add();
        self.seen_s = now_s;
    }

    /// Counts a hit of the whole address.
    pub fn end(&mut self, now_s: u32) {
        self.passed.add();
        self.ended.add();
        self.seen_s = now_s;
    }
}
