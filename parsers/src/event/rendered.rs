//! The text that Windows renders an event as, taken apart.
//!
//! In English by its labels, in any order of lines and also where a relay has put all lines into one. In other languages by
//! place: headings and fields stand where they stand in English, which is only to be told while the lines are still apart.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::Reason;
use super::catalogue::{Listed, Part};
use super::model::{Draft, cut};

/// Longest text that is looked at.
const MAX_TEXT: usize = 64 << 10;
/// So many headings and fields in a row may be absent from a message in one line: versions of Windows have more or fewer.
const MAX_ABSENT: usize = 4;
/// What is longer and has a colon behind it is an explanation, and no label.
const MAX_LABEL: usize = 80;
/// What follows the last field and is longer is an explanation.
const MAX_LAST: usize = 64;

/// A label and what stands behind it.
#[derive(Debug)]
struct Line<'a> {
    label: &'a str,
    value: Cow<'a, str>,
}

/// What a message says: the name of a datum, and its value.
struct Found<'a>(SmallVec<[(&'static str, Cow<'a, str>); 32]>);

impl Found<'_> {
    fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|(found, _)| found == name))
    }
}

/// Adds what `message` says to the data of `draft`; false where it cannot be taken apart.
pub(super) fn read(message: &str, listed: &Listed, draft: &mut Draft) -> Result<bool, Reason> {
    let message = cut(message.trim(), MAX_TEXT);
    let found = if message.contains(['\n', '\r']) {
        let lines = lines(message);
        best(listed, |parts| labelled(&lines, parts)).or_else(|| placed(&lines, listed))
    } else {
        best(listed, |parts| flattened(message, parts))
    };
    let Some(found) = found else { return Ok(false) };
    for (name, value) in found.0 {
        if !draft.has(name) {
            draft.add(name, value.trim())?;
        }
    }
    Ok(true)
}

/// The reading by the form of the message that explains most of it, where it has what the event cannot do without.
fn best<'a>(listed: &Listed, read: impl Fn(&[Part]) -> Found<'a>) -> Option<Found<'a>> {
    let mut best: Option<Found<'a>> = None;
    for parts in listed.messages {
        let found = read(parts);
        let fields = parts.iter().filter(|part| matches!(part, Part::Field(..))).count();
        if found.0.len() == fields {
            return Some(found);
        }
        if best.as_ref().is_none_or(|best| best.0.len() < found.0.len()) {
            best = Some(found);
        }
    }
    best.filter(|found| found.has_all(listed.keys))
}

/// The lines that have a label, but for the first: it says what happened. What follows a label on lines of its own is its value
/// too, up to an empty line.
fn lines(message: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(40);
    let mut open = false;
    for (at, text) in message.lines().enumerate() {
        let text = text.trim();
        match split(text) {
            Some((label, value)) if at > 0 || value.is_empty() || text.contains('\t') => {
                lines.push(Line {
                    label,
                    value: value.into(),
                });
                open = true;
            }
            _ if text.is_empty() || at == 0 => open = false,
            _ => {
                if let Some(line) = lines.last_mut().filter(|_| open) {
                    let value = line.value.to_mut();
                    value.push_str(if value.is_empty() { "" } else { " " });
                    value.push_str(text);
                }
            }
        }
    }
    lines
}

/// Label and value. A colon may be a wide one.
fn split(text: &str) -> Option<(&str, &str)> {
    let narrow = text.bytes().position(|byte| byte == b':');
    // Where all is ASCII, so is the colon.
    let (label, value) = match narrow.and_then(|at| text.split_at_checked(at)) {
        Some((label, value)) if label.is_ascii() => (label, value.strip_prefix(':')?),
        _ => text.split_once([':', '：'])?,
    };
    let braced = label.starts_with(['{', '%']);
    (!label.is_empty() && label.len() <= MAX_LABEL && !braced).then_some((label.trim(), value.trim()))
}

/// By labels, each behind the one before it.
fn labelled<'a>(lines: &[Line<'a>], parts: &[Part]) -> Found<'a> {
    let (mut found, mut from) = (SmallVec::new(), 0);
    for part in parts {
        let (Part::Heading(label) | Part::Field(label, _)) = part;
        let rest = lines.get(from..).unwrap_or_default();
        let Some(at) = rest.iter().position(|line| line.label.eq_ignore_ascii_case(label)) else {
            continue;
        };
        if let (Part::Field(_, name), Some(line)) = (part, rest.get(at)) {
            found.push((*name, line.value.clone()));
        }
        from += at + 1;
    }
    Found(found)
}

/// By place: the first form of the message whose headings stand where the text has labels alone.
fn placed<'a>(lines: &[Line<'a>], listed: &Listed) -> Option<Found<'a>> {
    let fits = |parts: &&&[Part]| {
        let heading = |(part, line): (&Part, &Line<'_>)| matches!(part, Part::Field(..)) || line.value.is_empty();
        lines.len() >= parts.len() && parts.iter().zip(lines).all(heading)
    };
    let parts = listed.messages.iter().find(fits)?;
    let named = parts.iter().zip(lines).filter_map(|(part, line)| match part {
        Part::Field(_, name) => Some((*name, line.value.clone())),
        Part::Heading(_) => None,
    });
    Some(Found(named.collect()))
}

/// By labels, all in one line: a value goes as far as the next label. A label has its place: one that stands in a value, far from
/// where it belongs, is no label.
fn flattened<'a>(message: &'a str, parts: &[Part]) -> Found<'a> {
    let mut found: SmallVec<[(&'static str, Cow<'a, str>); 32]> = SmallVec::new();
    let mut pending: Option<(&'static str, usize)> = None;
    let mut rest = parts;
    for (colon, _) in message.match_indices(':') {
        let before = message.get(..colon).unwrap_or_default().trim_end_matches(' ');
        let ahead = rest.iter().take(MAX_ABSENT + 1);
        let Some((skipped, part, start)) = ahead
            .enumerate()
            .find_map(|(skipped, part)| Some((skipped, part, label_start(before, part)?)))
        else {
            continue;
        };
        if let Some((name, from)) = pending.take() {
            found.push((name, message.get(from..start).unwrap_or_default().trim().into()));
        }
        if let Part::Field(_, name) = part {
            pending = Some((*name, colon + 1));
        }
        rest = rest.get(skipped + 1..).unwrap_or_default();
    }
    found.extend(pending.map(|(name, from)| (name, last(message.get(from..).unwrap_or_default()).into())));
    Found(found)
}

/// Where the label of `part` begins, where `text` ends with it.
fn label_start(text: &str, part: &Part) -> Option<usize> {
    let (Part::Heading(label) | Part::Field(label, _)) = part;
    let before = text.strip_suffix(label)?;
    (before.is_empty() || before.ends_with(char::is_whitespace)).then_some(before.len())
}

/// The value at the end of a message, without the explanation that may follow.
fn last(rest: &str) -> &str {
    let rest = rest.trim();
    let end = rest.find("  ").or_else(|| rest.find('\t')).unwrap_or(rest.len());
    let value = rest.get(..end).unwrap_or(rest);
    if value.len() <= MAX_LAST {
        return value;
    }
    value.split_ascii_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::catalogue::{SECURITY, all, listed};

    fn told(id: u32, message: &str) -> Option<Vec<(String, String)>> {
        let mut draft = Draft::default();
        let read = read(message, listed(id, "").unwrap(), &mut draft).unwrap();
        let pairs = draft
            .data
            .into_iter()
            .map(|datum| (datum.name.into(), datum.value.into()));
        read.then(|| pairs.collect())
    }

    /// The message of `parts`, with `value` for each field, in lines as Windows has them.
    fn rendered(parts: &[Part], label: impl Fn(&str) -> String, value: impl Fn(&str) -> String) -> String {
        let mut text = "Something happened.\r\n\r\n".to_owned();
        let headings = parts.iter().any(|part| matches!(part, Part::Heading(_)));
        for part in parts {
            match part {
                Part::Heading(heading) => text.push_str(&format!("\r\n{}:\r\n", label(heading))),
                Part::Field(field, name) => {
                    let indent = if headings { "\t" } else { "" };
                    text.push_str(&format!("{indent}{}:\t\t{}\r\n", label(field), value(name)));
                }
            }
        }
        text.push_str(
            "\r\nThis event is generated when something happens. It is a long explanation, and it says: nothing.",
        );
        text
    }

    fn expected(parts: &[Part]) -> Vec<(String, String)> {
        let named = |part: &Part| match part {
            Part::Field(_, name) => Some(((*name).to_owned(), format!("v-{name}"))),
            Part::Heading(_) => None,
        };
        parts.iter().filter_map(named).collect()
    }

    #[test]
    fn every_message_is_read_in_english_in_one_line_and_in_another_language() {
        for listed in all() {
            for parts in listed.messages {
                let value = |name: &str| format!("v-{name}");
                let english = rendered(parts, str::to_owned, value);
                let expected = expected(parts);
                let read = |message: &str| told_of(listed.id, listed.provider, message);
                assert_eq!(read(&english), Some(expected.clone()), "{}", listed.id);
                let flat = english.replace("\r\n", " ").replace('\t', " ");
                assert_eq!(read(&flat), Some(expected.clone()), "{} in one line", listed.id);
                let foreign = rendered(parts, |label| format!("É{}\u{a0}", label.to_uppercase()), value);
                assert_eq!(
                    read(&foreign),
                    Some(expected.clone()),
                    "{} in another language",
                    listed.id
                );
            }
        }
    }

    fn told_of(id: u32, provider: &str, message: &str) -> Option<Vec<(String, String)>> {
        let mut draft = Draft::default();
        let read = read(message, listed(id, provider).unwrap(), &mut draft).unwrap();
        let pairs = draft
            .data
            .into_iter()
            .map(|datum| (datum.name.into(), datum.value.into()));
        read.then(|| pairs.collect())
    }

    #[test]
    fn a_value_may_have_lines_of_its_own() {
        let message = "An operation was performed on an object.\n\nSubject :\n\tSecurity ID:\t\tS-1-5-18\n\
            \tAccount Name:\t\tDC1$\n\tAccount Domain:\t\tLAB\n\tLogon ID:\t\t0x1\n\nObject:\n\tObject Server:\t\tDS\n\
            \tObject Type:\t\tuser\n\tObject Name:\t\tCN=x\n\tHandle ID:\t\t0x0\n\nOperation:\n\tOperation Type:\t\tObject Access\n\
            \tAccesses:\t\tControl Access\n\t\t\t\t\n\tAccess Mask:\t\t0x100\n\tProperties:\t\tControl Access\n\
            \t\t{771727b1-31b8-4cdf-ae62-4fe39fadf89e}\n\t\t\t{bf967a86-0de6-11d0-a285-00aa003049e2}\n\n\
            Additional Information:\n\tParameter 1:\t\t-\n\tParameter 2:\t\t";
        let pairs = told(4_662, message).unwrap();
        let value = |name: &str| pairs.iter().find(|(found, _)| found == name).unwrap().1.clone();
        assert_eq!(value("AccessMask"), "0x100");
        assert_eq!(
            value("Properties"),
            "Control Access {771727b1-31b8-4cdf-ae62-4fe39fadf89e} {bf967a86-0de6-11d0-a285-00aa003049e2}"
        );
        assert_eq!(value("SubjectUserName"), "DC1$");
    }

    #[test]
    fn what_is_no_such_message_is_not_guessed_at() {
        assert_eq!(told(4_776, "Nothing of the kind."), None);
        assert_eq!(told(4_728, "Nothing:\nof\nthe: kind\n"), None);
        assert_eq!(told(4_776, ""), None);
        assert!(listed(4_776, SECURITY).is_some());
    }
}
