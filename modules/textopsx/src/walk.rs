//! Walks over header fields and over lines of the body.

use module_api::Text;
use sip::{Message, Span};

/// Walks of one kind that can be open at the same time.
pub const OPEN_MAX: usize = 4;

/// A position that moves from item to item.
#[derive(Clone, Debug)]
pub struct Walk<T> {
    name: Text,
    /// Where it is; before the first, or behind the last, item there is none.
    pub at: Option<T>,
    /// Whether it has not moved yet, or has moved back to the beginning.
    is_at_start: bool,
}

/// The open walks of one kind: a note of the message.
#[derive(Clone, Debug)]
pub struct Walks<T> {
    open: Vec<Walk<T>>,
}

impl<T> Default for Walks<T> {
    fn default() -> Self {
        Walks { open: Vec::new() }
    }
}

impl<T: Copy> Walks<T> {
    /// Opens a walk, or begins an open one anew. False when there are too many.
    pub fn start(&mut self, name: &Text) -> bool {
        self.end(name);
        if self.open.len() >= OPEN_MAX {
            return false;
        }
        self.open.push(Walk {
            name: name.clone(),
            at: None,
            is_at_start: true,
        });
        true
    }

    /// Closes a walk. False when there is none of that name.
    pub fn end(&mut self, name: &[u8]) -> bool {
        let before = self.open.len();
        self.open.retain(|walk| walk.name != *name);
        self.open.len() < before
    }

    /// The walk of that name.
    pub fn get(&self, name: &[u8]) -> Option<&Walk<T>> {
        self.open.iter().find(|walk| walk.name == *name)
    }

    /// The walk of that name, to move it.
    pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut Walk<T>> {
        self.open.iter_mut().find(|walk| walk.name == *name)
    }
}

impl Walk<usize> {
    /// Moves to the next header field.
    pub fn next_field(&mut self, message: &Message) -> bool {
        let next = match self.at {
            Some(at) => at + 1,
            None if self.is_at_start => 0,
            None => return false,
        };
        self.is_at_start = false;
        self.at = (next < message.headers().len()).then_some(next);
        self.at.is_some()
    }

    /// Moves to the header field before; from the first one to the beginning. False at the beginning.
    pub fn previous_field(&mut self) -> bool {
        let Some(at) = self.at else { return false };
        self.at = at.checked_sub(1);
        self.is_at_start = self.at.is_none();
        true
    }
}

impl Walk<Span> {
    /// Moves to the next line of the body.
    pub fn next_line(&mut self, message: &Message) -> bool {
        let body = message.body_span();
        let start = match self.at {
            Some(line) => line.end,
            None if self.is_at_start => body.start,
            None => return false,
        };
        self.is_at_start = false;
        let rest = message.text(Span::new(start, body.end));
        let length = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        self.at = (length > 0).then(|| Span::new(start, start + length as u32));
        self.at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let text = "OPTIONS sip:a@b SIP/2.0\r\nX-A: 1\r\nX-B: 2\r\n\r\nl1\r\nl2\nl3";
        Message::parse(text.as_bytes().to_vec().into()).unwrap()
    }

    #[test]
    fn fields_are_walked_forth_and_back() {
        let (message, name) = (message(), Text::from("i"));
        let mut walks = Walks::default();
        assert!(walks.start(&name));
        let walk = walks.get_mut(&name).unwrap();
        assert!(walk.next_field(&message) && walk.next_field(&message));
        assert_eq!(walk.at, Some(1));
        assert!(walk.previous_field());
        assert_eq!(walk.at, Some(0));
        // True, with no field at hand (observed on 5.6.3).
        assert!(walk.previous_field());
        assert_eq!(walk.at, None);
        assert!(!walk.previous_field());
        assert!(
            walk.next_field(&message) && walk.next_field(&message) && !walk.next_field(&message)
        );
        assert!(!walk.next_field(&message));
        assert!(walks.end(&name) && !walks.end(&name));
    }

    #[test]
    fn lines_are_walked_with_their_ends() {
        let (message, name) = (message(), Text::from("b"));
        let mut walks = Walks::default();
        walks.start(&name);
        let walk = walks.get_mut(&name).unwrap();
        let mut lines: Vec<&[u8]> = Vec::new();
        while walk.next_line(&message) {
            lines.push(message.text(walk.at.unwrap()));
        }
        assert_eq!(lines, [&b"l1\r\n"[..], b"l2\n", b"l3"]);
    }

    #[test]
    fn only_some_walks_can_be_open() {
        let mut walks = Walks::<usize>::default();
        for name in ["a", "b", "c", "d", "a"] {
            assert!(walks.start(&Text::from(name)), "{name}");
        }
        assert!(!walks.start(&Text::from("e")));
    }
}
