//! Who a `Security ID` is. In XML it is a SID; where Windows renders an event as text, it is the account's name, if there is one:
//! `LAB\alice`, and `NULL SID` for nobody.

use compact_str::CompactString;

use crate::event::Event;

/// The most sub-authorities of a SID ([MS-DTYP] 2.4.2.2).
const MAX_SUB_AUTHORITIES: usize = 15;

/// The SID that the datum `name` holds; none where it holds a name.
pub(super) fn sid(event: &Event, name: &str) -> Option<CompactString> {
    event.get(name).and_then(formed).map(Into::into)
}

/// The name that the datum `name` holds in a SID's place, `domain\account` as it is.
pub(super) fn rendered<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event
        .get(name)
        .filter(|text| formed(text).is_none() && parts(text).is_some())
}

/// Account and domain that nothing else names are those that the SID `name` was rendered as.
pub(super) fn complete(
    (account, domain): (&mut Option<CompactString>, &mut Option<CompactString>),
    event: &Event,
    name: &str,
) {
    let Some((own, named)) = rendered(event, name).and_then(parts) else {
        return;
    };
    let account = account.get_or_insert_with(|| named.into());
    if domain.is_none() && account.eq_ignore_ascii_case(named) {
        *domain = Some(own.into());
    }
}

fn parts(text: &str) -> Option<(&str, &str)> {
    let (domain, account) = text.split_once('\\')?;
    (!domain.is_empty() && !account.is_empty()).then_some((domain, account))
}

/// The SID that `text` is ([MS-DTYP] 2.4.2.1), also as a parameter of a message: `%{S-1-5-32-544}`.
fn formed(text: &str) -> Option<&str> {
    let bare = text.strip_prefix("%{").and_then(|text| text.strip_suffix('}'));
    let text = bare.unwrap_or(text);
    let mut numbers = text.strip_prefix("S-1-")?.split('-');
    let authority = numbers.next()?;
    let known = match authority.strip_prefix("0x") {
        Some(digits) => digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
        None => decimal(authority, 15),
    };
    let sub_authorities = numbers.clone().count() <= MAX_SUB_AUTHORITIES;
    (known && sub_authorities && numbers.all(|number| decimal(number, 10))).then_some(text)
}

/// Whether `text` is a number of at most `digits` digits.
fn decimal(text: &str, digits: usize) -> bool {
    (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_is_told_from_a_name() {
        for sid in [
            "S-1-5-21-1330862731-2240521544-517571234-1114",
            "S-1-5-18",
            "S-1-0-0",
            "S-1-0x0123456789AB-7",
        ] {
            assert_eq!(formed(sid), Some(sid));
        }
        assert_eq!(formed("%{S-1-5-32-544}"), Some("S-1-5-32-544"));
        let long = format!("S-1-5{}", "-1".repeat(MAX_SUB_AUTHORITIES + 1));
        for name in [
            "ESSOS\\viserys.targaryen",
            "NULL SID",
            "SYSTEM",
            "S-1-",
            "S-1-5-",
            "S-1-5-+1",
            "S-1-5-21-12345678901",
            "S-1-5-18 (SYSTEM)",
            &long,
            "",
        ] {
            assert_eq!(formed(name), None, "{name}");
        }
    }
}
