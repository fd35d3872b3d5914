//! What a write did, and whether a difference that was found agrees with it: whoever wrote one member of a group did not bring
//! in the next one, and whoever wrote a title did not write the one that stands there now if that is another.
//!
//! Values are compared by hash; a write whose values are not told, or not all kept, agrees with any.

use std::hash::BuildHasher;

use compact_str::CompactString;
use hashbrown::DefaultHashBuilder;
use parsers::fields::{Fields, Value};
use parsers::ldap::account_control;
use parsers::text;
use smallvec::SmallVec;

use crate::directory::change::Difference;
use crate::directory::sync::Change;
use crate::directory::{Attribute, folded_dn, sid_text};

/// Values of one write that are kept, eight bytes each.
const MAX_VALUES: usize = 128;

/// Bits of userAccountControl that controllers keep to themselves ([MS-ADTS] 2.2.16): LOCKOUT, PASSWD_CANT_CHANGE and
/// PASSWORD_EXPIRED, whatever is written.
const COMPUTED: u32 = 0x10 | 0x40 | 0x80_0000;

/// What is done with the values (RFC 4511 §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Delete,
    Replace,
    /// Something else, which any outcome agrees with.
    Other,
}

/// What a write did to one attribute.
#[derive(Clone, Debug)]
pub(super) struct Written {
    attribute: CompactString,
    operation: Operation,
    /// Hashes of the values; none where they are not told, or not all of them.
    values: Option<Box<[u64]>>,
}

/// What a modify did, or an add (`ldap_change`), attribute by attribute.
pub(super) fn modified(details: &Fields, hasher: &DefaultHashBuilder) -> SmallVec<[Written; 1]> {
    let Some(Value::List(changes)) = details.get("changes") else {
        return SmallVec::new();
    };
    let mut room = MAX_VALUES;
    let written = changes.iter().filter_map(|change| match change {
        Value::Map(change) => Written::of(change, hasher, &mut room),
        _ => None,
    });
    written.collect()
}

impl Written {
    /// A modification as it is told; it takes from `room` what its values need.
    fn of(change: &Fields, hasher: &DefaultHashBuilder, room: &mut usize) -> Option<Self> {
        let name = change.get_text("attribute")?;
        let operation = match change.get_text("operation") {
            Some("add") => Operation::Add,
            Some("delete") => Operation::Delete,
            Some("replace") => Operation::Replace,
            _ => Operation::Other,
        };
        let texts = match change.get("values") {
            Some(Value::List(values)) => values.as_slice(),
            _ => &[],
        };
        let all = change
            .get("count")
            .is_none_or(|count| *count == Value::from(texts.len()));
        let values = Some(texts).filter(|texts| all && !texts.is_empty() && texts.len() <= *room);
        let values = values.and_then(|texts| hashes(name, texts, hasher));
        *room -= values.as_ref().map_or(0, |values| values.len());
        Some(Self {
            attribute: name.into(),
            operation,
            values,
        })
    }

    /// That an attribute was touched, and no more.
    pub(super) fn touched(attribute: Attribute) -> Self {
        Self {
            attribute: CompactString::const_new(attribute.name()),
            operation: Operation::Other,
            values: None,
        }
    }

    /// Whether it is about the attribute called so.
    pub(super) fn is(&self, name: &str) -> bool {
        self.attribute.eq_ignore_ascii_case(name)
    }

    /// Whether `difference`, one of `change`, is what it brings about.
    pub(super) fn agrees(
        &self,
        attribute: Attribute,
        difference: &Difference,
        change: &Change,
        hasher: &DefaultHashBuilder,
    ) -> bool {
        if !self.is(attribute.name()) {
            return false;
        }
        let Some(values) = &self.values else { return true };
        let has = |value: &[u8]| values.contains(&hash(attribute, value, hasher));
        if let Some(member) = &difference.about {
            let joined = difference.details.get_text("change") == Some("added");
            return self.moves(joined, has(member.as_bytes()));
        }
        let (gone, new) = change.difference(attribute);
        match self.operation {
            Operation::Add => new.into_iter().any(has),
            Operation::Delete => gone.into_iter().any(has),
            Operation::Replace => new.into_iter().all(has) && !gone.into_iter().any(has),
            Operation::Other => true,
        }
    }

    /// Whether a member that `joined`, or else left, did so by this, which names it or does not.
    fn moves(&self, joined: bool, named: bool) -> bool {
        match self.operation {
            Operation::Add => joined && named,
            Operation::Delete => !joined && named,
            Operation::Replace => joined == named,
            Operation::Other => true,
        }
    }
}

/// Hashes of values as they were told; none where one of them cannot be compared.
fn hashes(name: &str, texts: &[Value], hasher: &DefaultHashBuilder) -> Option<Box<[u64]>> {
    let attribute = Attribute::of(name.as_bytes())?;
    let hash = |value: &Value| match value {
        Value::Text(text) if is_comparable(attribute, text) => Some(hash(attribute, text.as_bytes(), hasher)),
        _ => None,
    };
    texts.iter().map(hash).collect()
}

/// Not where it was cut, names an object by its GUID or SID, or stands for another value: -1 of pwdLastSet is now.
fn is_comparable(attribute: Attribute, text: &str) -> bool {
    let stands = attribute == Attribute::PwdLastSet && text == "-1";
    !text.ends_with('…') && !text.starts_with('<') && !stands
}

fn hash(attribute: Attribute, value: &[u8], hasher: &DefaultHashBuilder) -> u64 {
    hasher.hash_one(comparable(attribute, value))
}

/// A value in the form that it is compared in, whether a client wrote it or the directory holds it.
fn comparable(attribute: Attribute, value: &[u8]) -> CompactString {
    let written = || text::bytes(value);
    match attribute {
        Attribute::UserAccountControl => match account_control::parse(value) {
            Some(flags) => compact_str::format_compact!("{}", flags & !COMPUTED),
            None => written(),
        },
        Attribute::SidHistory => sid_text(value).unwrap_or_else(written),
        Attribute::Member => folded_dn(&written()),
        _ if attribute.is_dn() => folded_dn(&written()),
        _ => written().to_lowercase(),
    }
}
