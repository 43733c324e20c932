use super::*;

fn declare(text: &str, kind: &Kind) -> Result<Metric, String> {
    Metric::declare(text, kind, &mut Vec::new())
}

fn written(metric: &Metric) -> String {
    let mut out = String::new();
    metric.write("kamailio_", "", " 7", &mut out);
    out
}

#[test]
fn kind_and_meaning_are_shown_each_where_it_is_wanted() {
    let told = "name=depth; help='How deep; in \"metres\"'; label=sea";
    let depth = declare(told, &Kind::Gauge).unwrap();
    let plain = declare("name=plain", &Kind::Counter).unwrap();
    let described = |flags: i64| {
        let mut out = String::new();
        depth.describe(flags, "k_", &mut out);
        plain.describe(flags, "k_", &mut out);
        out
    };
    let help = "# HELP k_depth How deep; in \"metres\"\n";
    assert_eq!(described(0), "");
    assert_eq!(
        described(1),
        "# TYPE k_depth gauge\n# TYPE k_plain counter\n"
    );
    assert_eq!(described(2), help);
    assert_eq!(
        described(3),
        format!("{help}# TYPE k_depth gauge\n# TYPE k_plain counter\n")
    );
}

#[test]
fn tags_stand_with_every_label() {
    let tags = tags("host=foo, job=\"a b\",");
    assert_eq!(tags, "host=\"foo\", job=\"a b\"");
    let histogram = Kind::Histogram(Vec::new());
    let figures = [
        declare("name=c; label=m", &Kind::Counter).unwrap(),
        declare("name=g", &Kind::Gauge).unwrap(),
        declare("name=h; buckets=1", &histogram).unwrap(),
    ];
    let mut out = String::new();
    for (figure, label) in figures.iter().zip([Some("x"), None, None]) {
        let labels = label.into_iter().map(Text::from).collect();
        assert!(figure.observe(labels, Observation::Add(2.0), Clock::default()));
        figure.write("", &tags, "", &mut out);
    }
    let own = "host=\"foo\", job=\"a b\"";
    assert_eq!(
        out,
        format!(
            "c{{m=\"x\", {own}}} 2\ng{{{own}}} 2.000000\nh_bucket{{{own}, le=\"1.000000\"}} 0\n\
             h_bucket{{{own}, le=\"+Inf\"}} 1\nh_sum{{{own}}} 2.000000\nh_count{{{own}}} 1\n"
        )
    );
}

#[test]
fn lines_are_those_of_upstream() {
    // Observed on 5.6.3.
    let counter = declare("name=cnt_b; label=method:ip;", &Kind::Counter).unwrap();
    let labels = vec![Text::from_static("INVITE"), Text::from_static("1.2.3.4")];
    assert!(counter.observe(labels, Observation::Add(2.0), Clock::default()));
    assert!(!counter.observe(Vec::new(), Observation::Add(2.0), Clock::default()));
    assert_eq!(
        written(&counter),
        "kamailio_cnt_b{method=\"INVITE\", ip=\"1.2.3.4\"} 2 7\n"
    );
    let kind = Kind::Histogram(Vec::new());
    let histogram = declare("name=h_b; label=m; buckets=1.5:3;", &kind).unwrap();
    assert!(histogram.observe(
        vec![Text::from_static("x")],
        Observation::Add(2.0),
        Clock::default()
    ));
    assert_eq!(
        written(&histogram),
        "kamailio_h_b_bucket{m=\"x\", le=\"1.500000\"} 0 7\n\
             kamailio_h_b_bucket{m=\"x\", le=\"3.000000\"} 1 7\n\
             kamailio_h_b_bucket{m=\"x\", le=\"+Inf\"} 1 7\n\
             kamailio_h_b_sum{m=\"x\"} 2.000000 7\n\
             kamailio_h_b_count{m=\"x\"} 1 7\n"
    );
}

/// Reads a line as the text format defines it: name, labels, value, time. None is a line that a scraper refuses.
fn sample(line: &str) -> Option<(&str, Vec<(String, String)>, f64)> {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    let goes_on = |c: char| starts(c) || c.is_ascii_digit();
    let end = line.find(|c| !goes_on(c))?;
    let (name, mut rest) = line.split_at(end);
    if !name.starts_with(starts) {
        return None;
    }
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.trim_start().split_once("=\"")?;
            if !label.starts_with(starts) || !label.chars().all(goes_on) {
                return None;
            }
            let mut value = String::new();
            let mut characters = after.char_indices();
            let closed = loop {
                match characters.next()? {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match characters.next()?.1 {
                        'n' => '\n',
                        plain @ ('"' | '\\') => plain,
                        _ => return None,
                    }),
                    (_, '\n') => return None,
                    (_, plain) => value.push(plain),
                }
            };
            labels.push((label.to_owned(), value));
            rest = &after[closed + 1..];
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        rest = &rest[1..];
    }
    let (value, time) = rest.strip_prefix(' ')?.split_once(' ')?;
    time.parse::<i64>().ok()?;
    Some((name, labels, value.parse().ok()?))
}

#[test]
fn a_scraper_reads_back_whatever_labels_hold() {
    let nasty = [
        "say \"hi\"",
        "back\\slash",
        "two\nlines",
        "",
        "käme, x=\"y\"}",
    ];
    let gauge = declare("name=g; label=m;", &Kind::Gauge).unwrap();
    let histogram = Kind::Histogram(Vec::new());
    let histogram = declare("name=h; label=m; buckets=1:2;", &histogram).unwrap();
    for (number, text) in nasty.iter().enumerate() {
        let value = number as f64 - 1.5;
        assert!(gauge.observe(
            vec![Text::from(*text)],
            Observation::Set(value),
            Clock::default()
        ));
        assert!(histogram.observe(
            vec![Text::from(*text)],
            Observation::Add(value),
            Clock::default()
        ));
    }
    let page = written(&gauge);
    let samples: Vec<_> = page.split_terminator(" 7\n").collect();
    assert_eq!(samples.len(), nasty.len());
    for (number, text) in nasty.iter().enumerate() {
        let found = page.lines().map(|line| sample(line).expect(line));
        let label = ("m".to_owned(), (*text).to_owned());
        let mut found = found.filter(|(_, labels, _)| labels.contains(&label));
        assert_eq!(
            found.next().map(|(_, _, value)| value),
            Some(number as f64 - 1.5)
        );
    }
    for line in written(&histogram).lines() {
        assert!(sample(line).is_some(), "{line}");
    }
    assert!(sample("1x 5 7").is_none());
    assert!(sample("x{m=\"say \"hi\"\"} 5 7").is_none());
}

#[test]
fn what_nobody_changes_is_forgotten_with_the_next_change() {
    let counter = declare("name=c; label=m;", &Kind::Counter).unwrap();
    assert_eq!(written(&counter), "", "nothing before the first change");
    let add = |label: &'static str, seconds| {
        let clock = Clock {
            now: Duration::from_secs(seconds),
            remembers: Some(Duration::from_secs(60)),
        };
        let labels = vec![Text::from_static(label)];
        assert!(counter.observe(labels, Observation::Add(1.0), clock));
    };
    add("a", 0);
    add("b", 50);
    add("b", 60);
    assert_eq!(
        written(&counter),
        "kamailio_c{m=\"a\"} 1 7\nkamailio_c{m=\"b\"} 2 7\n"
    );
    add("c", 61);
    assert_eq!(
        written(&counter),
        "kamailio_c{m=\"b\"} 2 7\nkamailio_c{m=\"c\"} 1 7\n"
    );
}

#[test]
fn names_and_buckets_that_prometheus_does_not_take_are_kept() {
    let declare = |text| {
        let mut odd = Vec::new();
        let metric = Metric::declare(text, &Kind::Histogram(Vec::new()), &mut odd);
        metric.map(|metric| (metric.name, metric.kind, odd.len()))
    };
    let usual = || Kind::Histogram(BUCKETS.to_vec());
    assert_eq!(declare("name=a-b"), Ok(("a-b".to_owned(), usual(), 1)));
    assert_eq!(declare("name=a:b"), Ok(("a:b".to_owned(), usual(), 0)));
    let (name, kind, odd) = declare("name=1a;label=b-c;buckets=x:1,5").unwrap();
    let bounds = Kind::Histogram(vec![0.0, 1.0]);
    assert_eq!((&*name, kind, odd), ("1a", bounds, 4));
    for bad in [
        "name=",
        "name=a b",
        "name=a;buckets=2:1",
        "name=a;buckets=1:",
    ] {
        assert!(declare(bad).is_err(), "{bad}");
    }
}
