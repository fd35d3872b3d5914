//! Search filters as the text of RFC 4515, straight from their encoding.
//!
//! Iterative: nesting costs an entry of a bounded stack, never the program's. What exceeds a budget is replaced by a
//! marker (`(…)`), what cannot be read by `(?)`, a part alone where its length is known, else the rest of what it stands in; the
//! text around it stands. No input makes more than [`LONGEST`] bytes of text.

use std::fmt::Write;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::secrets;
use crate::asn1::{Element, OCTET_STRING, Walker, context_primitive};
use crate::reader::Malformed;

/// Most levels of `&`, `|` and `!` that are descended into.
pub(super) const DEEPEST: usize = 128;

/// Most bytes of text.
pub(super) const LONGEST: usize = 16 * 1024;

/// A filter in words, and whether that is all of it.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// RFC 4515 text.
    pub(super) text: CompactString,
    /// The budget that was exceeded, as it is counted.
    pub(super) limit: Option<&'static str>,
    /// The first rule of the grammar that was broken.
    pub(super) damage: Option<Malformed>,
}

/// Prints a filter.
///
/// ```text
/// Filter ::= CHOICE {
///      and             [0] SET SIZE (1..MAX) OF filter Filter,
///      or              [1] SET SIZE (1..MAX) OF filter Filter,
///      not             [2] Filter,
///      equalityMatch   [3] AttributeValueAssertion,
///      substrings      [4] SubstringFilter,
///      greaterOrEqual  [5] AttributeValueAssertion,
///      lessOrEqual     [6] AttributeValueAssertion,
///      present         [7] AttributeDescription,
///      approxMatch     [8] AttributeValueAssertion,
///      extensibleMatch [9] MatchingRuleAssertion }   -- RFC 4511 §4.5.1
/// ```
pub(super) fn print(filter: Element<'_>) -> Printed {
    let mut printer = Printer {
        // About as long as its encoding: two octets of tag and length for each bracket and operator.
        text: CompactString::with_capacity(filter.whole.len().min(LONGEST)),
        ..Printer::default()
    };
    printer.run(filter);
    if printer.text.len() > LONGEST {
        printer.cut();
    }
    Printed {
        text: printer.text,
        limit: printer.limit,
        damage: printer.damage,
    }
}

/// The equality assertions of a filter that is one, or that is a conjunction with some directly in it.
pub(super) fn equalities(filter: Element<'_>) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut items = match filter.tag {
        0xa0 => filter.inside(),
        _ => Walker::new(filter.whole),
    };
    std::iter::from_fn(move || items.next().ok().flatten())
        .filter(|item| item.tag == 0xa3)
        .filter_map(|item| assertion(item).ok())
}

#[derive(Default)]
struct Printer<'a> {
    text: CompactString,
    open: SmallVec<[Walker<'a>; 8]>,
    limit: Option<&'static str>,
    damage: Option<Malformed>,
}

impl<'a> Printer<'a> {
    fn run(&mut self, filter: Element<'a>) {
        self.item(filter);
        while let Some(innermost) = self.open.last_mut() {
            match innermost.next() {
                Ok(Some(filter)) => self.item(filter),
                end => {
                    self.open.pop();
                    self.marked(end.err());
                    self.text.push(')');
                }
            }
            if self.text.len() > LONGEST {
                break;
            }
        }
    }

    /// Puts `(?)` where `damage` is.
    fn marked(&mut self, damage: Option<Malformed>) {
        if let Some(damage) = damage {
            self.damage.get_or_insert(damage);
            self.text.push_str("(?)");
        }
    }

    /// A part; what cannot be read is one, too.
    fn item(&mut self, filter: Element<'a>) {
        let begun = self.text.len();
        if let Err(damage) = self.choice(filter) {
            self.text.truncate(begun);
            self.marked(Some(damage));
        }
    }

    fn choice(&mut self, filter: Element<'a>) -> Result<(), Malformed> {
        match filter.tag {
            0xa0 => self.descend('&', filter),
            0xa1 => self.descend('|', filter),
            0xa2 => self.descend('!', filter),
            0xa3 => self.compare("=", filter)?,
            0xa4 => self.substrings(filter)?,
            0xa5 => self.compare(">=", filter)?,
            0xa6 => self.compare("<=", filter)?,
            0x87 => self.present(filter.value),
            0xa8 => self.compare("~=", filter)?,
            0xa9 => self.extensible(filter)?,
            _ => return Err(Malformed("filter choice")),
        }
        Ok(())
    }

    fn descend(&mut self, operator: char, filter: Element<'a>) {
        if self.open.len() >= DEEPEST {
            self.limit = Some("ldap.filter_depth");
            self.text.push_str("(…)");
            return;
        }
        self.text.push('(');
        self.text.push(operator);
        self.open.push(filter.inside());
    }

    fn compare(&mut self, operator: &str, filter: Element<'_>) -> Result<(), Malformed> {
        let (attribute, value) = assertion(filter)?;
        self.text.push('(');
        self.escaped(attribute);
        self.text.push_str(operator);
        self.value(Some(attribute), value);
        self.text.push(')');
        Ok(())
    }

    fn present(&mut self, attribute: &[u8]) {
        self.text.push('(');
        self.escaped(attribute);
        self.text.push_str("=*)");
    }

    /// ```text
    /// SubstringFilter ::= SEQUENCE {
    ///      type           AttributeDescription,
    ///      substrings     SEQUENCE SIZE (1..MAX) OF substring CHOICE {
    ///           initial [0] AssertionValue,  -- can occur at most once
    ///           any     [1] AssertionValue,
    ///           final   [2] AssertionValue } }
    /// ```
    fn substrings(&mut self, filter: Element<'_>) -> Result<(), Malformed> {
        let mut walker = filter.inside();
        let attribute = walker.expect(OCTET_STRING, "type")?.value;
        let mut parts = walker.expect(crate::asn1::SEQUENCE, "substrings")?.inside();
        self.text.push('(');
        self.escaped(attribute);
        self.text.push('=');
        let mut closed = false;
        let damage = loop {
            let part = match parts.next() {
                Ok(Some(part)) => part,
                end => break end.err(),
            };
            if part.tag != context_primitive(0) {
                self.text.push('*');
            }
            self.value(Some(attribute), part.value);
            closed = part.tag == context_primitive(2);
        };
        self.marked(damage);
        self.text.push_str(if closed || damage.is_some() { ")" } else { "*)" });
        Ok(())
    }

    /// ```text
    /// MatchingRuleAssertion ::= SEQUENCE {
    ///      matchingRule    [1] MatchingRuleId OPTIONAL,
    ///      type            [2] AttributeDescription OPTIONAL,
    ///      matchValue      [3] AssertionValue,
    ///      dnAttributes    [4] BOOLEAN DEFAULT FALSE }
    /// ```
    fn extensible(&mut self, filter: Element<'_>) -> Result<(), Malformed> {
        let mut walker = filter.inside();
        let rule = walker.optional(context_primitive(1))?;
        let attribute = walker.optional(context_primitive(2))?;
        let value = walker.expect(context_primitive(3), "matchValue")?.value;
        let dn = walker.optional(context_primitive(4))?;
        self.text.push('(');
        if let Some(attribute) = attribute {
            self.escaped(attribute.value);
        }
        if dn.is_some_and(|dn| dn.value.iter().any(|byte| *byte != 0)) {
            self.text.push_str(":dn");
        }
        if let Some(rule) = rule {
            self.text.push(':');
            self.escaped(rule.value);
        }
        self.text.push_str(":=");
        self.value(attribute.map(|attribute| attribute.value), value);
        self.text.push(')');
        Ok(())
    }

    /// A value, unless it is what somebody believes a secret to be.
    fn value(&mut self, attribute: Option<&[u8]>, value: &[u8]) {
        match attribute.and_then(secrets::secret) {
            Some(_) => self.text.push('…'),
            None => self.escaped(value),
        }
    }

    /// RFC 4515 §3 `valueencoding`: what would end the value, and every byte that is no UTF-8, as `\xx`; control
    /// characters too, as any byte may be.
    fn escaped(&mut self, value: &[u8]) {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'(' | b')' | b'*' | b'\\');
        if value.iter().all(plain)
            && let Ok(text) = std::str::from_utf8(value)
        {
            return self.text.push_str(text);
        }
        for part in value.utf8_chunks() {
            for letter in part.valid().chars() {
                match letter {
                    '(' | ')' | '*' | '\\' | '\0'..='\x1f' | '\x7f' => self.escape(letter as u32),
                    _ => self.text.push(letter),
                }
            }
            for byte in part.invalid() {
                self.escape(u32::from(*byte));
            }
            if self.text.len() > LONGEST {
                return;
            }
        }
    }

    fn escape(&mut self, byte: u32) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "\\{byte:02x}");
    }

    fn cut(&mut self) {
        self.limit = Some("ldap.filter_size");
        let marker = '…';
        let end = (0..=LONGEST - marker.len_utf8())
            .rev()
            .find(|at| self.text.is_char_boundary(*at));
        self.text.truncate(end.unwrap_or_default());
        self.text.push(marker);
    }
}

/// `AttributeValueAssertion ::= SEQUENCE { attributeDesc AttributeDescription, assertionValue AssertionValue }`
fn assertion(filter: Element<'_>) -> Result<(&[u8], &[u8]), Malformed> {
    let mut walker = filter.inside();
    let attribute = walker.expect(OCTET_STRING, "attributeDesc")?.value;
    Ok((attribute, walker.expect(OCTET_STRING, "assertionValue")?.value))
}
