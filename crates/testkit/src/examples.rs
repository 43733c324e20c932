//! Runs the examples of the catalog: each is a piece of a request route.

use crate::bench::Bench;
use module_api::ModuleExport;

const REQUEST: &str = "OPTIONS sip:alice@127.0.0.1:5060 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKexample\r\n\
    From: <sip:bob@example.org>;tag=f1\r\n\
    To: <sip:alice@example.org>\r\n\
    Call-ID: example@example.org\r\n\
    CSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\n\
    User-Agent: example\r\n\
    Contact: <sip:bob@127.0.0.1:5070>\r\n\
    Content-Length: 0\r\n\r\n";

/// Runs the `cfg` examples of all functions. `parameters` are lines of configuration that examples rely on, such as the
/// declaration of a table. What comes back is empty when all examples do what they say.
pub fn run_examples(modules: &[&'static ModuleExport], parameters: &str) -> Vec<String> {
    let mut failures = Vec::new();
    for module in modules {
        for function in module.functions {
            let entry = &function.entry;
            for example in examples(entry.doc) {
                if let Err(reason) = run(modules, parameters, &example) {
                    failures.push(format!("{}.{}: {reason}", module.entry.name, entry.name));
                }
            }
        }
    }
    failures
}

/// The `cfg` blocks of a doc comment.
fn examples(doc: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in doc.lines() {
        match (&mut open, line.trim_start().starts_with("```")) {
            (None, true) if line.trim() == "```cfg" => open = Some(String::new()),
            (Some(_), true) => found.extend(open.take()),
            (Some(text), false) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    found
}

/// Modules that others need before them.
const FIRST: [&str; 4] = ["sl", "tm", "rr", "usrloc"];

fn run(modules: &[&'static ModuleExport], parameters: &str, example: &str) -> Result<(), String> {
    let mut configuration = String::from("debug=3\nlisten=udp:127.0.0.1:5060\n");
    let mut ordered: Vec<_> = modules
        .iter()
        .filter(|module| module.entry.name != "core")
        .collect();
    ordered.sort_by_key(|module| !FIRST.contains(&module.entry.name));
    for module in ordered {
        configuration.push_str(&format!("loadmodule \"{}.so\"\n", module.entry.name));
    }
    configuration.push_str(parameters);
    if example.lines().any(begins_block) {
        configuration.push_str(example);
        if !example.contains("request_route") {
            configuration.push_str("request_route { exit; }\n");
        }
    } else {
        configuration.push_str(&format!("request_route {{\n{example}}}\n"));
    }
    let mut bench = Bench::new(&configuration, modules, 1)?;
    let peer = ([127, 0, 0, 1], 5070).into();
    bench.receive(peer, REQUEST);
    bench.pass(std::time::Duration::from_secs(5));
    let log = bench.log();
    let mut lines = log.iter();
    for wanted in example
        .lines()
        .filter_map(|line| line.split_once("# log: "))
    {
        if !lines.any(|line| line.contains(wanted.1.trim())) {
            return Err(format!(
                "`{}` is not in the log:\n{}",
                wanted.1.trim(),
                log.join("\n")
            ));
        }
    }
    Ok(())
}

/// Whether a line begins a route block.
fn begins_block(line: &str) -> bool {
    let head = line.split(['[', '{', ' ']).next().unwrap_or("");
    head == "route" && line.contains('{') || head.ends_with("_route")
}
