//! The texts of a dialog in one block: most never change, and there are many dialogs.

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The Call-ID.
    CallId,
    /// The caller's URI, as in From of the INVITE.
    FromUri,
    /// The caller's tag.
    FromTag,
    /// The callee's URI, as in To of the INVITE.
    ToUri,
    /// The callee's tag.
    ToTag,
    /// The Request-URI of the INVITE.
    RequestUri,
    /// The caller's Contact.
    CallerContact,
    /// The callee's Contact.
    CalleeContact,
    /// The values of Route on the way to the caller.
    CallerRoutes,
    /// The values of Route on the way to the callee.
    CalleeRoutes,
}

/// How many fields there are.
const FIELDS: usize = 10;

/// Texts by their [`Field`], one after the other.
#[derive(Clone, Default)]
pub struct Packed {
    block: Box<[u8]>,
    /// Where each field ends.
    ends: [u16; FIELDS],
    /// Which fields are there, by bit.
    present: u16,
}

impl Packed {
    /// A block with these texts. All of them together are at most 65535 octets; what is over that is cut off.
    pub fn new(texts: &[(Field, &[u8])]) -> Packed {
        let mut all = [None; FIELDS];
        for (field, text) in texts {
            if let Some(slot) = all.get_mut(*field as usize) {
                *slot = Some(*text);
            }
        }
        Packed::build(&all)
    }

    fn build(all: &[Option<&[u8]>; FIELDS]) -> Packed {
        let length = all.iter().flatten().map(|text| text.len()).sum();
        let mut block = Vec::with_capacity(length);
        let mut packed = Packed::default();
        for (index, (text, end)) in all.iter().zip(&mut packed.ends).enumerate() {
            if let Some(text) = text {
                let room = usize::from(u16::MAX) - block.len();
                block.extend_from_slice(text.get(..room).unwrap_or(text));
                packed.present |= 1 << index;
            }
            *end = block.len() as u16;
        }
        packed.block = block.into();
        packed
    }

    /// A text, if it is there.
    pub fn get(&self, field: Field) -> Option<&[u8]> {
        let index = field as usize;
        if self.present & (1 << index) == 0 {
            return None;
        }
        let start = match index.checked_sub(1) {
            Some(before) => usize::from(*self.ends.get(before)?),
            None => 0,
        };
        self.block.get(start..usize::from(*self.ends.get(index)?))
    }

    /// The octets of all of them.
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// A text; empty when it is not there.
    pub fn text(&self, field: Field) -> &[u8] {
        self.get(field).unwrap_or_default()
    }

    /// Puts texts in the place of those that are there.
    pub fn set(&mut self, texts: &[(Field, &[u8])]) {
        const ALL: [Field; FIELDS] = [
            Field::CallId,
            Field::FromUri,
            Field::FromTag,
            Field::ToUri,
            Field::ToTag,
            Field::RequestUri,
            Field::CallerContact,
            Field::CalleeContact,
            Field::CallerRoutes,
            Field::CalleeRoutes,
        ];
        let mut all = [None; FIELDS];
        for (slot, field) in all.iter_mut().zip(ALL) {
            let given = texts.iter().find(|(given, _)| *given == field);
            *slot = match given {
                Some((_, text)) => Some(*text),
                None => self.get(field),
            };
        }
        *self = Packed::build(&all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_there_again_and_others_are_not() {
        let mut packed = Packed::new(&[(Field::CallId, b"c"), (Field::FromTag, b"")]);
        assert_eq!(packed.get(Field::CallId), Some(&b"c"[..]));
        assert_eq!(packed.get(Field::FromUri), None);
        assert_eq!(packed.get(Field::FromTag), Some(&b""[..]));
        packed.set(&[(Field::ToTag, b"tt"), (Field::CallId, b"longer")]);
        assert_eq!(packed.get(Field::CallId), Some(&b"longer"[..]));
        assert_eq!(packed.get(Field::ToTag), Some(&b"tt"[..]));
        assert_eq!(packed.get(Field::CalleeRoutes), None);
    }

    #[test]
    fn what_is_too_long_is_cut_off() {
        let long = vec![b'x'; 70_000];
        let packed = Packed::new(&[(Field::CallId, &long), (Field::ToTag, b"t")]);
        assert_eq!(packed.text(Field::CallId).len(), 65_535);
        assert_eq!(packed.get(Field::ToTag), Some(&b""[..]));
    }
}
