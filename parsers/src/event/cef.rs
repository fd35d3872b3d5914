//! ArcSight's Common Event Format: a header of seven fields between pipes, then `key=value` with blanks between them.

use std::borrow::Cow;

use super::Reason;
use super::model::Draft;
use super::time::{self, Arrival};

/// The most keys of an extension.
const MAX_KEYS: usize = 256;
/// Custom strings: `cs1` to `cs6` with their labels.
const CUSTOM: usize = 7;

pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let (signature, extension) = header(text)?;
    let mut draft = Draft::default();
    // `provider:id`
    if let Some((provider, id)) = signature.rsplit_once(':') {
        draft.provider = provider.into();
        draft.identify(id);
    }
    let (mut values, mut labels) = (
        [const { Cow::Borrowed("") }; CUSTOM],
        [const { Cow::Borrowed("") }; CUSTOM],
    );
    for (key, value) in pairs(extension).take(MAX_KEYS) {
        if let Some((number, is_label)) = custom(key) {
            let slot = if is_label { &mut labels } else { &mut values };
            if let Some(slot) = slot.get_mut(number) {
                *slot = unescaped(value);
            }
        } else {
            member(&mut draft, key, &unescaped(value), arrival)?;
        }
    }
    for (label, value) in labels.iter().zip(&values) {
        labelled(&mut draft, label, value)?;
    }
    Ok(draft)
}

/// The signature and the extension: `CEF:version|vendor|product|version|signature|name|severity|extension`.
fn header(text: &str) -> Result<(&str, &str), Reason> {
    let mut rest = text;
    let mut signature = "";
    for number in 0..7 {
        let end = pipe(rest).ok_or(Reason::Truncated)?;
        if number == 4 {
            signature = rest.get(..end).unwrap_or_default();
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Ok((signature, rest))
}

/// Where the next pipe stands that no backslash escapes.
fn pipe(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'|' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Keys and values: a key is the word before an equals sign that no backslash escapes, and a value goes as far as the next key.
pub(super) fn pairs(extension: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut next = key(extension, 0);
    std::iter::from_fn(move || {
        let (start, equals) = next?;
        next = key(extension, equals + 1);
        let end = next.map_or(extension.len(), |(start, _)| start);
        let value = extension.get(equals + 1..end)?.trim();
        Some((extension.get(start..equals)?, value))
    })
}

/// Where the next key begins and where it ends, at or behind `from`.
fn key(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let equals = at + bytes.get(at..)?.iter().position(|byte| *byte == b'=')?;
        let before = bytes.get(from..equals)?;
        let word = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            .count();
        let start = equals - word;
        let apart = start == from && from == 0 || start > from && bytes.get(start - 1)?.is_ascii_whitespace();
        if word > 0 && apart {
            return Some((start, equals));
        }
        at = equals + 1;
    }
}

/// `cs3` is 3, `cs3Label` is the label of 3.
fn custom(key: &str) -> Option<(usize, bool)> {
    let rest = key.strip_prefix("cs")?;
    let (digit, rest) = rest.split_at_checked(1)?;
    let number = digit.parse().ok().filter(|number| *number < CUSTOM)?;
    match rest {
        "" => Some((number, false)),
        "Label" => Some((number, true)),
        _ => None,
    }
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return value.into();
    }
    let mut plain = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        let escaped = (letter == '\\').then(|| letters.clone().next()).flatten();
        match escaped {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some(literal @ ('\\' | '=' | '|')) => plain.push(literal),
            // `DOMAIN\user` is not escaped by everybody.
            _ => {
                plain.push(letter);
                continue;
            }
        }
        letters.next();
    }
    plain.into()
}

/// What a key of the dictionary is in the event.
fn member(draft: &mut Draft, key: &str, value: &str, arrival: &Arrival) -> Result<(), Reason> {
    match key {
        "externalId" => draft.identify(value),
        "rt" => draft.time = time::any(value, arrival.utc_offset),
        "cat" => draft.channel = value.into(),
        "dhost" | "dvchost" if draft.computer.is_empty() => draft.computer = value.into(),
        "msg" => draft.message = Some(value.to_owned()),
        "duser" => return draft.add("TargetUserName", value),
        "dntdom" => return draft.add("TargetDomainName", value),
        "suser" => return draft.add("SubjectUserName", value),
        "sntdom" => return draft.add("SubjectDomainName", value),
        "src" => return draft.add("IpAddress", value),
        "spt" => return draft.add("IpPort", value),
        "shost" => {
            draft.add("Workstation", value)?;
            return draft.add("WorkstationName", value);
        }
        _ => {}
    }
    Ok(())
}

/// What a custom string is by its label: which number it has is not fixed.
fn labelled(draft: &mut Draft, label: &str, value: &str) -> Result<(), Reason> {
    match label {
        "" => Ok(()),
        "EventSource" => {
            draft.provider = value.into();
            Ok(())
        }
        "Reason or Error Code" => draft.add("Status", value),
        // The name of a datum, or the label of a message: `Authentication Package`.
        _ => draft.add(&label.replace(' ', ""), value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_told_apart() {
        let text = r" a=1 b=two words c= d=x\=y e=LAB\\alice f=a=b url=http://x/?q=1";
        let found: Vec<_> = pairs(text)
            .map(|(key, value)| (key, unescaped(value).into_owned()))
            .collect();
        let expected = [
            ("a", "1"),
            ("b", "two words"),
            ("c", ""),
            ("d", "x=y"),
            ("e", r"LAB\alice"),
            ("f", "a=b"),
            ("url", "http://x/?q=1"),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key, value.to_owned())));
    }

    #[test]
    fn pipes_may_be_escaped() {
        let (signature, extension) = header(r"CEF:0|a\|b|c||p:4776|n|Low|x=1").unwrap();
        assert_eq!((signature, extension), ("p:4776", "x=1"));
        assert_eq!(header("CEF:0|a|b"), Err(Reason::Truncated));
    }
}
