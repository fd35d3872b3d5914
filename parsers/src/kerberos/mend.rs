//! A message of which only the beginning is there (a gap, a snap length): cut back to its last whole element, so that the
//! readers can say what did arrive.

use crate::asn1::{Header, header};

/// How deep elements nest on the way to the cut.
const DEPTH: usize = 24;

/// An element that reaches past the cut.
#[derive(Clone, Copy)]
struct Open {
    /// Where its length octets are, and how many follow the first.
    length: usize,
    octets: usize,
    /// Where its contents begin.
    contents: usize,
}

/// The whole elements at the start of `bytes`, with the lengths of those around them made to fit. None where not even the
/// outermost header is there.
///
/// A constructed element keeps what arrived of its contents; a primitive one that was cut is dropped, as half a name or half
/// a hash would be a false statement.
pub(super) fn mend(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut mended = bytes.to_vec();
    let (open, end) = path(bytes);
    open.first()?;
    mended.truncate(end);
    for element in &open {
        rewrite(&mut mended, *element, end)?;
    }
    Some(mended)
}

/// The elements that the cut runs through, outermost first, and where the last whole one ends.
fn path(bytes: &[u8]) -> (Vec<Open>, usize) {
    let (mut open, mut at) = (Vec::new(), 0);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let Ok(Header::Known { tag, header, value }) = header(rest) else {
            break;
        };
        let (contents, end) = (at + header, (at + header).saturating_add(value));
        if end <= bytes.len() {
            at = end; // whole: on to its sibling
        } else if tag & 0x20 != 0 && open.len() < DEPTH {
            let (length, octets) = (at + 1, header - 2);
            open.push(Open {
                length,
                octets,
                contents,
            });
            at = contents;
        } else {
            break; // primitive and cut
        }
    }
    (open, at)
}

/// Makes `element` end at `end`; a length keeps its number of octets, which BER allows.
fn rewrite(bytes: &mut [u8], element: Open, end: usize) -> Option<()> {
    let mut value = end.checked_sub(element.contents)?;
    if element.octets == 0 {
        *bytes.get_mut(element.length)? = u8::try_from(value).ok()?;
        return Some(());
    }
    let octets = bytes.get_mut(element.length + 1..element.length + 1 + element.octets)?;
    for octet in octets.iter_mut().rev() {
        *octet = (value & 0xff) as u8;
        value >>= 8;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_whole() {
        // SEQUENCE { INTEGER 5, [1] { INTEGER 6, OCTET STRING "hi" } }
        let whole = [0x30, 0x0d, 2, 1, 5, 0xa1, 0x81, 7, 2, 1, 6, 4, 2, b'h', b'i'];
        assert_eq!(mend(&whole[..14]), Some(vec![0x30, 9, 2, 1, 5, 0xa1, 0x81, 3, 2, 1, 6]));
        assert_eq!(mend(&whole[..6]), Some(vec![0x30, 3, 2, 1, 5]));
        assert_eq!(mend(&whole[..1]), None);
    }
}
