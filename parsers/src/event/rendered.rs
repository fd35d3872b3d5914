//! The text that Windows renders an event as, taken apart.
//!
//! In English by its labels, one behind another, with more or fewer lines between them, and also where a relay has put all lines
//! into one. In other languages by
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
    let Some(mut found) = found else { return Ok(false) };
    found.0.extend(rest(message, listed));
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
        let fields = parts.iter().filter(|part| field(part).is_some()).count();
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
    // GUIDs, parameters and XML have colons too.
    let marked = label.starts_with(['{', '%', '<']);
    (!label.is_empty() && label.len() <= MAX_LABEL && !marked).then_some((label.trim(), value.trim()))
}

/// The label and name of a field.
const fn field(part: &Part) -> Option<(&'static str, &'static str)> {
    match part {
        Part::Field(label, name) | Part::Lines(label, name) => Some((*label, *name)),
        Part::Heading(_) | Part::Rest(_) | Part::Words(_) => None,
    }
}

/// The label of a field or heading.
fn label(part: &Part) -> Option<&'static str> {
    match part {
        Part::Heading(label) => Some(label),
        part => field(part).map(|(label, _)| label),
    }
}

/// What stands without a label behind the first line and the fields; where all is in one line, behind the first sentence.
fn rest<'a>(message: &'a str, listed: &Listed) -> Option<(&'static str, Cow<'a, str>)> {
    let parts = *listed.messages.first()?;
    let Some(Part::Rest(name)) = parts.last() else {
        return None;
    };
    let fields = parts.len() - 1;
    let text: Cow<'a, str> = match message.split_once(['\n', '\r']) {
        Some((_, behind)) => {
            let mut lines = behind.lines().filter(|line| !line.trim().is_empty());
            let words = lines.by_ref().skip(fields).flat_map(str::split_whitespace);
            words.collect::<Vec<_>>().join(" ").into()
        }
        None if fields == 0 => message.split_once(". ")?.1.trim().into(),
        None => return None,
    };
    Some((*name, text)).filter(|(_, text)| !text.is_empty())
}

/// By labels, each behind the one before it.
fn labelled<'a>(lines: &[Line<'a>], parts: &[Part]) -> Found<'a> {
    let mut found: SmallVec<[(&'static str, Cow<'a, str>); 32]> = SmallVec::new();
    let (mut from, mut open) = (0, false);
    for part in parts {
        let Some(label) = label(part) else { continue };
        let rest = lines.get(from..).unwrap_or_default();
        let Some(at) = rest.iter().position(|line| line.label.eq_ignore_ascii_case(label)) else {
            continue;
        };
        if let Some((_, value)) = found.last_mut().filter(|_| open) {
            append(value.to_mut(), rest.get(..at).unwrap_or_default());
        }
        open = matches!(part, Part::Lines(..));
        if let (Some((_, name)), Some(line)) = (field(part), rest.get(at)) {
            found.push((name, line.value.clone()));
        }
        from += at + 1;
    }
    Found(found)
}

/// Adds lines with colons of their own to the value that they are of.
fn append(value: &mut String, lines: &[Line<'_>]) {
    for line in lines {
        value.push_str(if value.is_empty() { "" } else { " " });
        value.push_str(line.label);
        value.push(':');
        value.push_str(&line.value);
    }
}

/// By place: the first form of the message whose headings stand where the text has labels alone.
fn placed<'a>(lines: &[Line<'a>], listed: &Listed) -> Option<Found<'a>> {
    let labels = |parts: &'static [Part]| parts.iter().filter(|part| label(part).is_some());
    let fits = |parts: &&&'static [Part]| {
        let heading = |(part, line): (&Part, &Line<'_>)| field(part).is_some() || line.value.is_empty();
        let count = labels(parts).count();
        // Where a value may have lines that look like fields, there is no telling unless it has none.
        let counted = match parts.iter().any(|part| matches!(part, Part::Lines(..))) {
            true => lines.len() == count,
            false => lines.len() >= count,
        };
        counted && labels(parts).zip(lines).all(heading)
    };
    let parts = listed.messages.iter().find(fits)?;
    let named = labels(parts).zip(lines);
    let named = named.filter_map(|(part, line)| Some((field(part)?.1, line.value.clone())));
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
            let value = message.get(from..start).unwrap_or_default();
            found.push((name, without(value, rest.iter().take(skipped)).trim().into()));
        }
        if let Some((_, name)) = field(part) {
            pending = Some((name, colon + 1));
        }
        rest = rest.get(skipped + 1..).unwrap_or_default();
    }
    found.extend(pending.map(|(name, from)| {
        let value = message.get(from..).unwrap_or_default();
        (name, last(without(value, rest)).into())
    }));
    Found(found)
}

/// A value as far as the first of the words that may stand behind it.
fn without<'a, 'p>(value: &'a str, behind: impl IntoIterator<Item = &'p Part>) -> &'a str {
    let ends = behind.into_iter().filter_map(|part| match part {
        Part::Words(words) => value.find(words),
        _ => None,
    });
    value.get(..ends.min().unwrap_or(value.len())).unwrap_or(value)
}

/// Where the label of `part` begins, where `text` ends with it.
fn label_start(text: &str, part: &Part) -> Option<usize> {
    let before = text.strip_suffix(label(part)?)?;
    (before.is_empty() || before.ends_with(char::is_whitespace)).then_some(before.len())
}

/// The value at the end of a message, without the explanation that may follow. XML goes as far as its last element.
fn last(rest: &str) -> &str {
    let rest = rest.trim();
    if rest.starts_with('<') {
        return rest.rfind('>').and_then(|at| rest.get(..=at)).unwrap_or(rest);
    }
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
                Part::Field(field, name) | Part::Lines(field, name) => {
                    let indent = if headings { "\t" } else { "" };
                    text.push_str(&format!("{indent}{}:\t\t{}\r\n", label(field), value(name)));
                }
                Part::Rest(name) => text.push_str(&format!("\r\n{}", value(name))),
                Part::Words(words) => text.push_str(&format!("\r\n{}\r\n", label(words))),
            }
        }
        text.push_str(
            "\r\nThis event is generated when something happens. It is a long explanation, and it says: nothing.",
        );
        text
    }

    fn expected(parts: &[Part]) -> Vec<(String, String)> {
        let named = |part: &Part| field(part).map(|(_, name)| (name.to_owned(), format!("v-{name}")));
        parts.iter().filter_map(named).collect()
    }

    #[test]
    fn every_message_is_read_in_english_in_one_line_and_in_another_language() {
        for listed in all() {
            // What has no label is read on its own below.
            let labelled = |parts: &&&[Part]| !parts.iter().any(|part| matches!(part, Part::Rest(_)));
            for parts in listed.messages.iter().filter(labelled) {
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
    fn what_has_no_label_stands_behind_the_rest() {
        let pairs = |pairs: &[(&str, &str)]| -> Option<Vec<(String, String)>> {
            Some(
                pairs
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            )
        };
        let changed = "The security permissions for Certificate Services changed.\r\n\t\r\nAllow(0x00020094)\tLAB\\x\r\n\tRead: y";
        let settings = [("SecuritySettings", "Allow(0x00020094) LAB\\x Read: y")];
        assert_eq!(told(4_882, changed), pairs(&settings));
        assert_eq!(
            told(
                4_882,
                &changed
                    .replace("\r\n\t\r\n", " ")
                    .replace("\r\n\t", " ")
                    .replace('\t', " ")
            ),
            pairs(&settings)
        );
        assert_eq!(told(4_882, "The security permissions changed."), Some(Vec::new()));
        let restricted =
            "The certificate manager settings changed.\r\n\t\r\nEnable:\t1\r\n\r\nAllow\tLAB\\x\r\n\tTemplate: y";
        let both = [
            ("EnableRestrictedPermissions", "1"),
            ("RestrictedPermissions", "Allow LAB\\x Template: y"),
        ];
        assert_eq!(told(4_890, restricted), pairs(&both));
        assert_eq!(told(4_890, &restricted.replace("Enable", "Aktivieren")), pairs(&both));
        assert_eq!(
            told(4_890, "The settings changed. Enable: 0"),
            pairs(&[("EnableRestrictedPermissions", "0")])
        );
    }

    #[test]
    fn what_is_no_such_message_is_not_guessed_at() {
        assert_eq!(told(4_776, "Nothing of the kind."), None);
        assert_eq!(told(4_728, "Nothing:\nof\nthe: kind\n"), None);
        assert_eq!(told(4_776, ""), None);
        assert!(listed(4_776, SECURITY).is_some());
    }
}
