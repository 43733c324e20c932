//! Script functions.

use crate::metric::{Kind, Observation};
use crate::{XhttpProm, page};
use module_api::{Call, Text, Verdict, script_function};

/// Whether the HTTP request at hand asks for `/metrics`.
///
/// ```cfg
/// if (!prom_check_uri()) xinfo("something else\n");   # log: something else
/// ```
#[script_function(prom_check_uri, routes = REQUEST | EVENT)]
fn prom_check_uri(call: &mut Call) -> Verdict {
    Verdict::of(call.message.is_http() && call.message.request_uri() == b"/metrics")
}

/// Answers the HTTP request at hand with all figures.
///
/// ```cfg
/// if (prom_check_uri()) prom_dispatch();
/// ```
#[script_function(prom_dispatch, routes = REQUEST | EVENT, answers)]
fn prom_dispatch(module: &XhttpProm, call: &mut Call) -> Verdict {
    if !call.message.is_http() {
        call.error(format_args!(
            "prom_dispatch: the message is no HTTP request"
        ));
        return Verdict::FALSE;
    }
    let page = page::whole(module, &call.runtime);
    let content_type = b"text/plain; version=0.0.4";
    mod_xhttp::reply::send(call, 200, b"OK", content_type, page.as_bytes());
    Verdict::TRUE
}

fn change(
    module: &XhttpProm,
    call: &mut Call,
    name: &Text,
    kind: Kind,
    labels: [Option<Text>; 3],
    change: Option<Observation>,
) -> Verdict {
    let labels = labels.into_iter().flatten().collect();
    let now = call.unix_time;
    let is_done = change.is_some_and(|change| module.change(name, &kind, labels, change, now));
    if !is_done {
        call.error(format_args!("the figure `{name}` cannot be changed so"));
    }
    Verdict::of(is_done)
}

/// The number that a text begins with, 0 where it begins with none, as C's `strtod` reads it (observed on 5.6.3).
fn number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let size = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(hex) => hexadecimal(hex),
        None => decimal(digits),
    };
    // A sign alone makes no negative zero.
    if negative && size != 0.0 { -size } else { size }
}

/// The hexadecimal digits that a text begins with.
fn hexadecimal(text: &str) -> f64 {
    let digits = text.chars().map_while(|c| c.to_digit(16));
    digits.fold(0.0, |sum, digit| sum * 16.0 + f64::from(digit))
}

/// The longest decimal number that a text begins with. None is longer than a line.
fn decimal(text: &str) -> f64 {
    const LONGEST: usize = 400;
    if text.starts_with(['+', '-']) {
        return 0.0;
    }
    let ends = (1..=text.len().min(LONGEST)).rev();
    let mut numbers = ends.filter_map(|end| text.get(..end)?.parse().ok());
    numbers.next().unwrap_or(0.0)
}

/// A script function that changes the figure `name` with up to three labels, by `number` where it takes one.
macro_rules! changes {
    (
        $(#[$doc:meta])*
        $function:ident($($number:ident: $kind_of_number:ty)?) => $kind:expr, $change:expr
    ) => {
        $(#[$doc])*
        #[script_function($function, routes = ANY)]
        fn $function(
            module: &XhttpProm,
            call: &mut Call,
            name: Text,
            $($number: $kind_of_number,)?
            l0: Option<Text>,
            l1: Option<Text>,
            l2: Option<Text>,
        ) -> Verdict {
            change(module, call, &name, $kind, [l0, l1, l2], $change)
        }
    };
}

changes! {
    /// Adds `number` to the counter `name` with these labels.
    ///
    /// ```cfg
    /// prom_counter_inc("cnt", "1");
    /// ```
    prom_counter_inc(number: i64) => Kind::Counter,
    (number >= 0).then_some(Observation::Add(number as f64))
}

changes! {
    /// Makes the counter `name` with these labels 0.
    ///
    /// ```cfg
    /// prom_counter_reset("cnt");
    /// ```
    prom_counter_reset() => Kind::Counter, Some(Observation::Set(0.0))
}

changes! {
    /// Sets the gauge `name` with these labels to `number`.
    ///
    /// ```cfg
    /// prom_gauge_set("depth", "-2.5");
    /// ```
    prom_gauge_set(number: Text) => Kind::Gauge, Some(Observation::Set(self::number(&number)))
}

changes! {
    /// Adds `number` to the gauge `name` with these labels.
    ///
    /// ```cfg
    /// prom_gauge_inc("depth", "-1");
    /// ```
    prom_gauge_inc(number: Text) => Kind::Gauge, Some(Observation::Add(self::number(&number)))
}

changes! {
    /// Makes the gauge `name` with these labels 0.
    ///
    /// ```cfg
    /// prom_gauge_reset("depth");
    /// ```
    prom_gauge_reset() => Kind::Gauge, Some(Observation::Set(0.0))
}

changes! {
    /// Tells the histogram `name` with these labels of a value.
    ///
    /// ```cfg
    /// prom_histogram_observe("took", "0.3");
    /// ```
    prom_histogram_observe(number: Text) => Kind::Histogram(Vec::new()),
    Some(Observation::Add(self::number(&number)))
}

#[cfg(test)]
mod tests {
    use super::number;

    /// Observed on 5.6.3.
    #[test]
    fn of_a_text_the_number_counts_that_it_begins_with() {
        let rows: [(&str, f64); 11] = [
            ("-2.5", -2.5),
            ("abc", 0.0),
            ("1.5x", 1.5),
            ("-", 0.0),
            ("", 0.0),
            ("0x10", 16.0),
            ("1e3", 1000.0),
            ("1e", 1.0),
            ("+5", 5.0),
            ("--3", 0.0),
            (" 7", 7.0),
        ];
        for (text, expected) in rows {
            assert_eq!(
                number(text.as_bytes()).to_string(),
                expected.to_string(),
                "{text}"
            );
        }
    }
}
