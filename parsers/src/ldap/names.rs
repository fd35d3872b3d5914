//! Names of the wire as text of bounded length, and what a bind name says of its domain.

use compact_str::CompactString;

use crate::text;

/// Most bytes of a name or value that are kept: directory names are far shorter.
const LONGEST: usize = 2048;

/// A name or value: bytes as [`text::bytes`] prints them, cut at 2 KiB with `…` for the rest.
pub(super) fn text(bytes: &[u8]) -> CompactString {
    cut(bytes, LONGEST)
}

/// As [`text`], cut at `longest` bytes.
pub(super) fn cut(bytes: &[u8], longest: usize) -> CompactString {
    let Some(kept) = bytes.get(..longest).filter(|_| bytes.len() > longest) else {
        return text::bytes(bytes);
    };
    // A character that the cut goes through is not there.
    let whole = match std::str::from_utf8(kept) {
        Err(error) if error.error_len().is_none() => kept.get(..error.valid_up_to()).unwrap_or(kept),
        _ => kept,
    };
    let mut text = text::bytes(whole);
    text.push('…');
    text
}

/// Whether a bind name is a distinguished name: `type=value`.
pub(super) fn is_dn(name: &str) -> bool {
    name.contains('=')
}

/// The domain within a bind name in one of Active Directory's forms ([MS-ADTS] 5.1.1.1.1): `DOMAIN\name`, `name@domain`.
pub(super) fn domain(name: &str) -> Option<&str> {
    if is_dn(name) {
        return None;
    }
    let domain = match name.split_once('\\') {
        Some((domain, _)) => domain,
        None => name.rsplit_once('@')?.1,
    };
    Some(domain).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bind_names_tell_their_domain() {
        assert_eq!(domain("LAB\\bob"), Some("LAB"));
        assert_eq!(domain("bob@lab.example"), Some("lab.example"));
        assert_eq!(domain("bob"), None);
        assert_eq!(domain("CN=a@b,DC=lab"), None);
        assert!(is_dn("CN=Иван,DC=lab,DC=example"));
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let long = "я".repeat(1025); // the 2048th byte is the end of a character
        assert_eq!(text(long.as_bytes()), format!("{}…", "я".repeat(1024)));
        let odd = format!("a{long}"); // here it is the middle of one
        assert_eq!(text(odd.as_bytes()), format!("a{}…", "я".repeat(1023)));
        assert_eq!(text("jürgen".as_bytes()), "jürgen");
    }
}
