//! Where what was seen of a scenario differs.
//!
//! Each place is compared by itself, in its order: which of two places saw something first is chance, as processes and sockets
//! take turns. Times are not compared; a timer that is late shows as another order or another outcome.

use std::collections::BTreeMap;

use super::record::Event;

/// A place that did not see the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub place: String,
    /// What was seen there with the peer.
    pub theirs: Vec<String>,
    /// What was seen there with our server.
    pub ours: Vec<String>,
}

/// Lines of two texts beside each other: with both where they agree.
pub type Rows<'a> = Vec<(Option<&'a str>, Option<&'a str>)>;

/// The places that differ.
pub fn differences(theirs: &[Event], ours: &[Event]) -> Vec<Difference> {
    let (mut theirs, mut ours) = (by_place(theirs), by_place(ours));
    let mut places: Vec<String> = theirs.keys().chain(ours.keys()).cloned().collect();
    places.sort();
    places.dedup();
    let differences = places.into_iter().map(|place| Difference {
        theirs: theirs.remove(&place).unwrap_or_default(),
        ours: ours.remove(&place).unwrap_or_default(),
        place,
    });
    differences.filter(|it| it.theirs != it.ours).collect()
}

fn by_place(events: &[Event]) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Event { place, text, .. } in events {
        places.entry(place.clone()).or_default().push(text.clone());
    }
    places
}

/// Puts two lists beside each other so that as many lines as possible agree.
pub fn side_by_side<'a>(left: &[&'a str], right: &[&'a str]) -> Rows<'a> {
    let common = common_lengths(left, right);
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    while i < left.len() || j < right.len() {
        let is_both = i < left.len() && j < right.len() && left[i] == right[j];
        let takes_left =
            j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]);
        if is_both {
            rows.push((Some(left[i]), Some(right[j])));
            (i, j) = (i + 1, j + 1);
        } else if takes_left {
            rows.push((Some(left[i]), None));
            i += 1;
        } else {
            rows.push((None, Some(right[j])));
            j += 1;
        }
    }
    rows
}

/// For each pair of places, how many lines agree from there on at most.
fn common_lengths(left: &[&str], right: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            lengths[i][j] = if left[i] == right[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn seen(events: &[(&str, &str)]) -> Vec<Event> {
        let event = |(place, text): &(&str, &str)| Event {
            at: Duration::ZERO,
            place: (*place).to_owned(),
            text: (*text).to_owned(),
        };
        events.iter().map(event).collect()
    }

    #[test]
    fn another_status_is_found_and_another_order_of_places_is_none() {
        let theirs = seen(&[("log", "F"), ("caller", "180"), ("caller", "486")]);
        let turned = seen(&[("caller", "180"), ("log", "F"), ("caller", "486")]);
        assert_eq!(differences(&theirs, &turned), []);
        let ours = seen(&[("log", "F"), ("caller", "180"), ("caller", "487")]);
        let found = differences(&theirs, &ours);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "caller");
        assert_eq!(found[0].ours, ["180", "487"]);
    }

    #[test]
    fn lines_that_agree_stand_beside_each_other() {
        let rows = side_by_side(&["a", "b", "d"], &["a", "c", "d"]);
        let (a, b) = ((Some("a"), Some("a")), (Some("b"), None));
        assert_eq!(rows, [a, b, (None, Some("c")), (Some("d"), Some("d"))]);
    }
}
