//! ArcSight's Common Event Format: a header of seven fields between pipes, then `key=value` with blanks between them. What the
//! keys are in each event is in [`fields`].

use std::borrow::Cow;

use smallvec::SmallVec;

use super::catalogue::{Listed, listed};
use super::model::Draft;
use super::time::{self, Arrival};
use super::{Reason, fields};

/// The most keys of an extension.
const MAX_KEYS: usize = 256;

pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let (signature, extension) = header(text)?;
    let mut draft = Draft::default();
    // `provider:id`
    if let Some((provider, id)) = signature.rsplit_once(':') {
        draft.provider = provider.into();
        draft.identify(id);
    }
    let pairs: SmallVec<[(&str, &str); 32]> = pairs(extension).take(MAX_KEYS).collect();
    // That of `cs3` is `cs3Label`.
    let labels: SmallVec<[(&str, &str); 8]> = pairs
        .iter()
        .filter_map(|(key, label)| Some((key.strip_suffix("Label")?, *label)))
        .collect();
    // Which event it is says what the other keys are.
    for (key, value) in &pairs {
        match *key {
            "externalId" => draft.identify(value),
            key if beside(&labels, key) == Some("EventSource") => draft.provider = unescaped(value).into(),
            _ => {}
        }
    }
    let listed = draft.id.and_then(|id| listed(id, &draft.provider));
    for (key, value) in &pairs {
        let label = beside(&labels, key).map(unescaped);
        member(&mut draft, listed, (key, label.as_deref()), &unescaped(value), arrival)?;
    }
    if let Some(listed) = listed {
        let value = |name| beside(&pairs, name).map(unescaped);
        fields::member(
            &mut draft,
            listed,
            value("duser").as_deref(),
            value("dntdom").as_deref(),
        )?;
    }
    Ok(draft)
}

/// What stands beside `key`.
fn beside<'a>(pairs: &[(&str, &'a str)], key: &str) -> Option<&'a str> {
    pairs.iter().find(|(other, _)| *other == key).map(|(_, value)| *value)
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
        let start = equals - word(before);
        let apart = start == from && from == 0 || start > from && bytes.get(start - 1)?.is_ascii_whitespace();
        if start < equals && apart {
            return Some((start, equals));
        }
        at = equals + 1;
    }
}

/// How long the key is that `text` ends with: a word, or what ArcSight calls a field that its dictionary has no key for,
/// `ad.Group:Security_,ID`.
fn word(text: &[u8]) -> usize {
    let length = |is: fn(&u8) -> bool| text.iter().rev().take_while(|byte| is(byte)).count();
    let additional = length(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
    let behind = text.len().saturating_sub(additional);
    match text.get(behind..).is_some_and(|word| word.starts_with(b"ad.")) {
        true => additional,
        false => length(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')),
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

/// What a key is in the event.
fn member(
    draft: &mut Draft,
    listed: Option<&Listed>,
    (key, label): (&str, Option<&str>),
    value: &str,
    arrival: &Arrival,
) -> Result<(), Reason> {
    match key {
        "externalId" => {}
        "rt" => draft.time = time::any(value, arrival.utc_offset),
        "cat" => draft.channel = value.into(),
        "dvchost" => draft.computer = value.into(),
        "dhost" if draft.computer.is_empty() => draft.computer = value.into(),
        "msg" => draft.message = Some(value.to_owned()),
        key => {
            if let Some(listed) = listed {
                return fields::add(draft, listed, (key, label), value);
            }
        }
    }
    Ok(())
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
