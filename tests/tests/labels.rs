//! What was done in the lab is what adtap says was done: `pcaps/lab/labels.tsv` names, for every capture that the lab has labelled,
//! the label, the command that was run, and the activities that must be found.
//!
//! The expectations stand beside the label and not in a golden file: they are the label said in adtap's words, and hold whatever
//! else a capture gives. Authentications are exact: one that no expectation names is wrong too.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;

use serde_json::Value;
use tests::{case, replay};

/// Kinds of which no activity may be left over.
const AUTHENTICATIONS: [&str; 5] = [
    "kerberos_as",
    "kerberos_tgs",
    "kerberos_ap",
    "ntlm_authenticate",
    "ldap_bind",
];

#[test]
fn every_labelled_capture_yields_what_its_label_names() {
    let table = fs::read_to_string(case("lab/labels.tsv")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rows.len(), 89);
    let wrong: Vec<String> = rows.into_iter().flat_map(judge).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with one row's capture.
fn judge(row: &str) -> Vec<String> {
    let [capture, label, _command, expected] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
    let output = replay(&case(""), &[capture]);
    let said: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected: Vec<Expected<'_>> = expected.split(" ; ").map(Expected::read).collect();
    let missing = expected.iter().filter_map(|one| one.judge(&said));
    let extra = said
        .iter()
        .filter(|activity| authenticates(activity) && !expected.iter().any(|one| one.fits(activity)))
        .map(|activity| format!("nobody expects {activity}"));
    missing
        .chain(extra)
        .map(|what| format!("{capture} ({label}): {what}"))
        .collect()
}

fn authenticates(activity: &Value) -> bool {
    AUTHENTICATIONS.iter().any(|kind| activity["kind"] == **kind) && activity["outcome"] != "continued"
}

/// `COUNT KIND NAME=VALUE, NAME=VALUE`; `COUNT+` is at least so many, the kind `any` every kind.
struct Expected<'a> {
    text: &'a str,
    count: u64,
    more: bool,
    kind: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Expected<'a> {
    fn read(text: &'a str) -> Self {
        let (count, rest) = text.split_once(' ').unwrap();
        let (kind, fields) = rest.split_once(' ').unwrap_or((rest, ""));
        Self {
            text,
            count: count.trim_end_matches('+').parse().unwrap(),
            more: count.ends_with('+'),
            kind,
            fields: fields.split(", ").filter_map(|field| field.split_once('=')).collect(),
        }
    }

    /// Where another number of activities fits than is expected.
    fn judge(&self, said: &[Value]) -> Option<String> {
        let found: u64 = said
            .iter()
            .filter(|activity| self.fits(activity))
            .map(|activity| activity["count"].as_u64().unwrap_or(1))
            .sum();
        let right = found == self.count || self.more && found > self.count;
        (!right).then(|| format!("expected {}, found {found}", self.text))
    }

    fn fits(&self, activity: &Value) -> bool {
        (self.kind == "any" || activity["kind"] == self.kind)
            && self.fields.iter().all(|(name, value)| has(activity, name, value))
    }
}

/// Whether the field that `name` stands for is `value`, or holds it.
fn has(activity: &Value, name: &str, value: &str) -> bool {
    let places: &[&str] = match name {
        "outcome" | "transport" | "tunnel" => return holds(activity, name, value),
        "action" => &["action_type"],
        "reason" => &["failure_reason"],
        "status" => &["status.name"],
        "actor" => &["actor.name", "observed.account"],
        "target" => &["target.name"],
        "server" => &["server.ip"],
        "port" => &["server.port"],
        _ => {
            return ["observed", "details"]
                .iter()
                .any(|part| holds(&activity[*part], name, value));
        }
    };
    places.iter().any(|place| holds(activity, place, value))
}

/// Walks `name`, a path with dots, through objects and every element of arrays.
fn holds(within: &Value, name: &str, value: &str) -> bool {
    if let Value::Array(elements) = within {
        return elements.iter().any(|element| holds(element, name, value));
    }
    match name.split_once('.') {
        Some((first, rest)) => holds(&within[first], rest, value),
        None => equals(&within[name], value),
    }
}

fn equals(found: &Value, value: &str) -> bool {
    let text = found.to_string();
    match found {
        Value::Null => false,
        Value::String(text) => text == value,
        Value::Array(elements) => text == value || elements.iter().any(|element| equals(element, value)),
        _ => text == value,
    }
}
