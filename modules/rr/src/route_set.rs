//! The Route values of a request, and their removal.

use sip::{Edits, HeaderField, HeaderId, Message, NameAddr, Uri};
use smallvec::SmallVec;

/// One value of the Route header fields.
#[derive(Clone, Copy)]
pub struct Route {
    /// The header field it stands in.
    field: HeaderField,
    /// Its address.
    address: NameAddr,
    /// Whether it has been removed.
    is_removed: bool,
}

/// All Route values in order, as far as they can be read.
pub struct RouteSet<'m> {
    message: &'m Message,
    routes: SmallVec<[Route; 4]>,
    /// Whether one behind those could not be read.
    pub is_broken: bool,
}

impl<'m> RouteSet<'m> {
    /// Reads them. A URI without brackets is none: its parameters could not be told from the header's (RFC 3261 §20.34).
    pub fn of(message: &'m Message) -> RouteSet<'m> {
        let mut set = RouteSet {
            message,
            routes: SmallVec::new(),
            is_broken: false,
        };
        let mut values = message.routes();
        while let Some(value) = values.next() {
            match (value, values.field()) {
                (Ok(address), Some(field)) if address.is_bracketed => set.routes.push(Route {
                    field: *field,
                    address,
                    is_removed: false,
                }),
                _ => {
                    set.is_broken = true;
                    break;
                }
            }
        }
        set
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// The URI of a value.
    pub fn uri(&self, index: usize) -> Option<Uri<'m>> {
        let route = self.routes.get(index)?;
        route.address.parse_uri(self.message.buffer()).ok()
    }

    /// Marks a value as removed.
    pub fn remove(&mut self, index: usize) {
        if let Some(route) = self.routes.get_mut(index) {
            route.is_removed = true;
        }
    }

    /// Records the removals: a header field goes when all its values do.
    pub fn record_removals(&self, edits: &mut Edits) {
        for field in self.message.headers_of(HeaderId::Route) {
            let values: SmallVec<[bool; 4]> = self
                .routes
                .iter()
                .filter(|route| route.field.whole() == field.whole())
                .map(|route| route.is_removed)
                .collect();
            let removed = values.iter().filter(|is_removed| **is_removed).count();
            if removed == 0 {
                continue;
            }
            // Removed values are at the front, but for the last one that a strict router has put there.
            let leading = values.iter().take_while(|is_removed| **is_removed).count();
            edits.remove_list_values(self.message, field, 0, leading);
            if removed > leading {
                edits.remove_list_values(self.message, field, values.len() - 1, 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(routes: &str, removed: &[usize]) -> String {
        let text = format!("BYE sip:a SIP/2.0\r\n{routes}X: y\r\n\r\n");
        let message = Message::parse(text.into_bytes().into()).unwrap();
        let mut set = RouteSet::of(&message);
        for index in removed {
            set.remove(*index);
        }
        let mut edits = Edits::new();
        set.record_removals(&mut edits);
        let mut out = Vec::new();
        sip::serialize::write_edited(
            &message,
            &edits,
            None,
            &mut out,
            &mut sip::serialize::nothing_deferred,
        );
        let text = String::from_utf8(out).unwrap();
        text.replace("BYE sip:a SIP/2.0\r\n", "")
            .replace("X: y\r\n\r\n", "")
    }

    #[test]
    fn values_go_with_their_commas_and_a_field_with_its_last_value() {
        let list = "Route: <sip:a;lr>, <sip:b;lr> , <sip:c;lr>\r\n";
        for (routes, removed, expected) in [
            (list, &[0][..], "Route: <sip:b;lr> , <sip:c;lr>\r\n"),
            (list, &[0, 1], "Route: <sip:c;lr>\r\n"),
            (list, &[0, 2], "Route: <sip:b;lr>\r\n"),
            (list, &[2], "Route: <sip:a;lr>, <sip:b;lr>\r\n"),
            (list, &[0, 1, 2], ""),
            ("Route: <sip:a>,<sip:b>\r\n", &[0, 1], ""),
            (
                "Route: <sip:a>\r\nRoute: <sip:b>\r\n",
                &[0],
                "Route: <sip:b>\r\n",
            ),
            ("Route: <sip:a>\r\nRoute: <sip:b>\r\n", &[0, 1], ""),
            (
                "Route: <sip:a>\r\nRoute: foo bar\r\n",
                &[0],
                "Route: foo bar\r\n",
            ),
        ] {
            assert_eq!(after(routes, removed), expected, "{routes} {removed:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_set() {
        let read = |routes: &str| {
            let text = format!("BYE sip:a SIP/2.0\r\n{routes}\r\n");
            let message = Message::parse(text.into_bytes().into()).unwrap();
            let set = RouteSet::of(&message);
            (set.len(), set.is_broken)
        };
        assert_eq!(read(""), (0, false));
        assert_eq!(read("Route: sip:a;lr, sip:b;lr\r\n"), (0, true));
        assert_eq!(read("Route: <sip:a;lr>\r\nRoute: foo bar\r\n"), (1, true));
    }
}
