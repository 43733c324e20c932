//! Walks over the lines of a session description.

use module_api::Text;
use sip::Span;
use sip::sdp::Sdp;

/// Walks that can be open at the same time.
const OPEN_MAX: usize = 4;

/// The open walks: a note of the message.
#[derive(Default)]
pub struct Walks {
    open: Vec<(Text, At)>,
}

/// Where a walk is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first line.
    Start,
    /// At this line, with its line end.
    Line(Span),
    /// Behind the last line.
    End,
}

impl Walks {
    /// Opens a walk, or begins an open one anew. False when there are too many.
    pub fn start(&mut self, name: &Text) -> bool {
        self.end(name);
        if self.open.len() >= OPEN_MAX {
            return false;
        }
        self.open.push((name.clone(), At::Start));
        true
    }

    /// Closes a walk. False when there is none of that name.
    pub fn end(&mut self, name: &[u8]) -> bool {
        let before = self.open.len();
        self.open.retain(|(open, _)| **open != *name);
        self.open.len() < before
    }

    /// Moves to the next line. False at the end, and when there is no walk of that name.
    pub fn next(&mut self, name: &[u8], sdp: &Sdp<'_>) -> bool {
        let Some((_, at)) = self.open.iter_mut().find(|(open, _)| **open == *name) else {
            return false;
        };
        let start = match at {
            At::Start => sdp.whole().start,
            At::Line(line) => line.end,
            At::End => return false,
        };
        let next = sdp.lines(Span::new(start, sdp.whole().end)).next();
        *at = next.map_or(At::End, |line| At::Line(line.whole));
        next.is_some()
    }

    /// The line that a walk is at.
    pub fn line(&self, name: &[u8]) -> Option<Span> {
        match self.open.iter().find(|(open, _)| **open == *name)?.1 {
            At::Line(line) => Some(line),
            At::Start | At::End => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_passes_each_line_once() {
        let body = b"v=0\r\ns=-\r\nt=0 0";
        let sdp = Sdp::parse(body, Span::new(0, body.len() as u32)).unwrap();
        let mut walks = Walks::default();
        let name = Text::from_static("w");
        assert!(!walks.next(&name, &sdp));
        assert!(walks.start(&name));
        let mut lines = Vec::new();
        while walks.next(&name, &sdp) {
            lines.push(sdp.text(walks.line(&name).unwrap()).to_vec());
        }
        assert_eq!(lines, [&b"v=0\r\n"[..], b"s=-\r\n", b"t=0 0"]);
        assert!(!walks.next(&name, &sdp) && walks.line(&name).is_none());
        assert!(walks.end(&name) && !walks.end(&name));
    }
}
