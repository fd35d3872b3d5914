//! Security descriptors: who owns an object, and which rules of its list came and went ([MS-DTYP] 2.4.6).
//!
//! A rule is told by whom it is for and what it grants, under the directory's names for rights. Rules that were inherited follow
//! from those above: they are told as a number alone.

use compact_str::CompactString;
use parsers::fields::{Fields, Value};
use parsers::reader::{Malformed, Reader};
use parsers::text;

use super::names::{self, FULL_CONTROL, RIGHTS};
use super::{MAX_VALUES, list};

/// Rules of one list that are read: an ACL has 64 KiB at most, and a rule 16 octets at least.
const MAX_RULES: usize = 4_096;

/// INHERITED_ACE (2.4.4.1).
const INHERITED: u8 = 0x10;
/// ACE_OBJECT_TYPE_PRESENT and ACE_INHERITED_OBJECT_TYPE_PRESENT (2.4.4.3).
const OBJECT_TYPE: u32 = 1;
const INHERITED_OBJECT_TYPE: u32 = 2;

/// SE_SELF_RELATIVE and SE_DACL_PRESENT (2.4.6).
const CONTROL: u16 = 0x8004;

/// Owner and discretionary list of a descriptor.
#[derive(Debug, Default)]
struct Descriptor<'a> {
    owner: Option<CompactString>,
    /// The owner's octets.
    owner_octets: &'a [u8],
    /// The octets of every rule.
    rules: Vec<&'a [u8]>,
}

impl<'a> Descriptor<'a> {
    /// The descriptor in `bytes`, an empty one where there are none.
    fn of(bytes: Option<&'a [u8]>) -> Result<Self, Malformed> {
        bytes.map(Self::read).transpose().map(Option::unwrap_or_default)
    }

    /// `Revision(1) Sbz1(1) Control(2) OffsetOwner(4) OffsetGroup(4) OffsetSacl(4) OffsetDacl(4)`, offsets from the start.
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.skip(4, "header")?;
        let owner = reader.u32_le("owner")?;
        reader.skip(8, "group and sacl")?;
        let dacl = reader.u32_le("dacl")?;
        let at = |offset: u32| bytes.get(offset as usize..).filter(|_| offset >= 20);
        // Revision(1) SubAuthorityCount(1) IdentifierAuthority(6) SubAuthority(4)* (2.4.2.2).
        let octets = at(owner).and_then(|sid| sid.get(..8 + 4 * usize::from(*sid.get(1)?)));
        Ok(Self {
            owner: at(owner).and_then(text::sid),
            owner_octets: octets.unwrap_or_default(),
            rules: at(dacl).map(rules).transpose()?.unwrap_or_default(),
        })
    }
}

/// `AclRevision(1) Sbz1(1) AclSize(2) AceCount(2) Sbz2(2)`, then rules: `AceType(1) AceFlags(1) AceSize(2) …` (2.4.5, 2.4.4.1).
fn rules(list: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut reader = Reader::new(list);
    reader.skip(4, "acl")?;
    let count = usize::from(reader.u16_le("count")?);
    reader.skip(2, "sbz2")?;
    let mut rules = Vec::new();
    for _ in 0..count.min(MAX_RULES) {
        let size = reader.rest().get(2..4).and_then(|size| size.try_into().ok());
        let size = usize::from(size.map_or(0, u16::from_le_bytes));
        if size < 8 {
            return Err(Malformed("ace size"));
        }
        rules.push(reader.take(size, "ace")?);
    }
    rules.sort_unstable();
    Ok(rules)
}

/// The same with nothing that follows from elsewhere: no group, no inherited rules, in one order. None where it cannot be read.
pub(crate) fn condensed(bytes: &[u8]) -> Option<Vec<u8>> {
    let descriptor = Descriptor::read(bytes).ok()?;
    let is_own = |rule: &&&[u8]| rule.get(1).is_some_and(|flags| flags & INHERITED == 0);
    let own: Vec<&[u8]> = descriptor.rules.iter().filter(is_own).copied().collect();
    let (rules, owner) = (own.concat(), descriptor.owner_octets);
    let dacl = 20 + u32::try_from(owner.len()).ok()?;
    let mut out = vec![1, 0];
    out.extend_from_slice(&CONTROL.to_le_bytes());
    for offset in [if owner.is_empty() { 0 } else { 20 }, 0, 0, dacl] {
        out.extend_from_slice(&u32::to_le_bytes(offset));
    }
    out.extend_from_slice(owner);
    out.extend_from_slice(&[4, 0]);
    for number in [u16::try_from(rules.len() + 8).ok()?, u16::try_from(own.len()).ok()?, 0] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&rules);
    Some(out)
}

/// Writes what differs between two descriptors; none is none at all.
pub(super) fn tell(old: Option<&[u8]>, new: Option<&[u8]>, details: &mut Fields) {
    let (Ok(before), Ok(after)) = (Descriptor::of(old), Descriptor::of(new)) else {
        details.set("unreadable", true);
        return;
    };
    if before.owner != after.owner {
        details.set_some("old_owner_sid", before.owner.clone());
        details.set_some("owner_sid", after.owner.clone());
    }
    differ(
        &before.rules,
        &after.rules,
        ["removed", "removed_count", "removed_inherited"],
        details,
    );
    differ(
        &after.rules,
        &before.rules,
        ["added", "added_count", "added_inherited"],
        details,
    );
}

/// Writes the rules of `these` that `others` lacks, under the three names.
fn differ(these: &[&[u8]], others: &[&[u8]], [name, count, inherited]: [&'static str; 3], details: &mut Fields) {
    let lacks = |rule: &&&[u8]| others.binary_search(*rule).is_err();
    let (passed_on, own): (Vec<&[u8]>, Vec<&[u8]>) = these
        .iter()
        .filter(lacks)
        .copied()
        .partition(|rule| rule.get(1).is_some_and(|flags| flags & INHERITED != 0));
    list(details, name, count, own.iter().map(|rule| told(rule)));
    if !passed_on.is_empty() {
        details.set(inherited, passed_on.len());
    }
}

/// A rule: `{type, trustee_sid, access_mask, rights, object, inherited_object}`.
fn told(rule: &[u8]) -> Value {
    let mut fields = Fields::new();
    if read(rule, &mut fields).is_err() {
        fields.replace("size", rule.len());
    }
    fields.into()
}

/// `Header(4) Mask(4)`, of the object-specific kinds `Flags(4) [ObjectType(16)] [InheritedObjectType(16)]`, then `Sid`.
fn read(rule: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let mut reader = Reader::new(rule);
    let [kind, _, _, _] = reader.array("header")?;
    let (name, specific) = kind_of(kind);
    match name {
        Some(name) => fields.set("type", name),
        None => fields.set("type", kind),
    }
    let mask = reader.u32_le("mask")?;
    let mut object = [None; 2];
    if specific {
        let present = reader.u32_le("flags")?;
        for (slot, flag) in object.iter_mut().zip([OBJECT_TYPE, INHERITED_OBJECT_TYPE]) {
            if present & flag != 0 {
                *slot = Some(reader.array("object type")?);
            }
        }
    }
    fields.set_some("trustee_sid", text::sid(reader.rest()));
    fields.set("access_mask", mask);
    if mask & FULL_CONTROL == FULL_CONTROL {
        fields.list("rights", ["FULL_CONTROL"]);
    } else {
        fields.list("rights", names::bits(mask, RIGHTS));
    }
    let [object, inherited] = object.map(|guid| guid.map(|guid| object_name(&guid)));
    fields.set_some("object", object);
    fields.set_some("inherited_object", inherited);
    Ok(())
}

/// The kinds of rules in a discretionary list, and whether they are object-specific (2.4.4.1).
const fn kind_of(kind: u8) -> (Option<&'static str>, bool) {
    match kind {
        0x00 => (Some("allow"), false),
        0x01 => (Some("deny"), false),
        0x05 => (Some("allow"), true),
        0x06 => (Some("deny"), true),
        0x09 => (Some("allow_callback"), false),
        0x0a => (Some("deny_callback"), false),
        0x0b => (Some("allow_callback"), true),
        0x0c => (Some("deny_callback"), true),
        _ => (None, false),
    }
}

fn object_name(guid: &[u8; 16]) -> Value {
    let guid = text::guid(guid);
    names::object(&guid).map_or_else(|| guid.clone().into(), Into::into)
}

const _: () = assert!(MAX_VALUES < MAX_RULES, "what is told was read");

#[cfg(test)]
mod tests {
    use super::*;

    /// S-1-5-21-1-2-3-RID in octets.
    fn sid(rid: u32) -> Vec<u8> {
        let mut sid = vec![1, 5, 0, 0, 0, 0, 0, 5];
        for sub in [21, 1, 2, 3, rid] {
            sid.extend_from_slice(&u32::to_le_bytes(sub));
        }
        sid
    }

    fn rule(kind: u8, flags: u8, mask: u32, object: Option<[u8; 16]>, rid: u32) -> Vec<u8> {
        let mut body = mask.to_le_bytes().to_vec();
        if let Some(object) = object {
            body.extend_from_slice(&OBJECT_TYPE.to_le_bytes());
            body.extend_from_slice(&object);
        }
        body.extend_from_slice(&sid(rid));
        let mut rule = vec![kind, flags];
        rule.extend_from_slice(&(body.len() as u16 + 4).to_le_bytes());
        rule.extend_from_slice(&body);
        rule
    }

    fn descriptor(owner: u32, rules: &[Vec<u8>]) -> Vec<u8> {
        let owner = sid(owner);
        let dacl = 20 + owner.len() as u32;
        let mut bytes = vec![1, 0, 4, 0x80];
        for offset in [20, 0, 0, dacl] {
            bytes.extend_from_slice(&offset.to_le_bytes());
        }
        bytes.extend_from_slice(&owner);
        let size: usize = rules.iter().map(Vec::len).sum();
        bytes.extend_from_slice(&[4, 0]);
        bytes.extend_from_slice(&(size as u16 + 8).to_le_bytes());
        bytes.extend_from_slice(&(rules.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend(rules.iter().flatten());
        bytes
    }

    fn difference(old: Option<&[u8]>, new: Option<&[u8]>) -> serde_json::Value {
        let mut details = Fields::new();
        tell(old, new, &mut details);
        serde_json::to_value(&details).unwrap()
    }

    /// DS-Replication-Get-Changes-All in the layout of [MS-DTYP] 2.3.4.2.
    const GET_CHANGES_ALL: [u8; 16] = [
        0xad, 0xf6, 0x31, 0x11, 0x07, 0x9c, 0xd1, 0x11, 0xf7, 0x9f, 0x00, 0xc0, 0x4f, 0xc2, 0xdc, 0xd2,
    ];

    #[test]
    fn a_rule_that_came_is_told_by_whom_it_serves() {
        let kept = rule(0, 0, 0x2_0014, None, 513);
        let old = descriptor(512, std::slice::from_ref(&kept));
        let replication = rule(5, 0, 0x100, Some(GET_CHANGES_ALL), 1_105);
        let full = rule(0, 0, FULL_CONTROL, None, 1_106);
        let passed_on = rule(0, INHERITED, FULL_CONTROL, None, 519);
        let new = descriptor(512, &[full, kept, replication, passed_on]);
        assert_eq!(
            difference(Some(&old), Some(&new)),
            serde_json::json!({
                "added": [
                    {
                        "type": "allow", "trustee_sid": "S-1-5-21-1-2-3-1106", "access_mask": 0xf_01ff,
                        "rights": ["FULL_CONTROL"],
                    },
                    {
                        "type": "allow", "trustee_sid": "S-1-5-21-1-2-3-1105", "access_mask": 0x100,
                        "rights": ["CONTROL_ACCESS"], "object": "DS-Replication-Get-Changes-All",
                    },
                ],
                "added_inherited": 1,
            })
        );
    }

    #[test]
    fn an_owner_that_changed_is_told_beside_no_rule() {
        let (old, new) = (descriptor(512, &[]), descriptor(1_105, &[]));
        assert_eq!(
            difference(Some(&old), Some(&new)),
            serde_json::json!({"old_owner_sid": "S-1-5-21-1-2-3-512", "owner_sid": "S-1-5-21-1-2-3-1105"})
        );
        let gone = difference(Some(&descriptor(512, &[rule(0, 0, 0xf_01ff, None, 1_104)])), None);
        assert_eq!(gone["removed"][0]["trustee_sid"], "S-1-5-21-1-2-3-1104");
    }

    #[test]
    fn what_is_condensed_tells_the_same_of_its_own_rules() {
        let (kept, passed_on) = (
            rule(0, 0, 0x2_0014, None, 513),
            rule(0, INHERITED, FULL_CONTROL, None, 519),
        );
        let replication = rule(5, 0, 0x100, Some(GET_CHANGES_ALL), 1_105);
        let old = condensed(&descriptor(512, &[kept.clone(), passed_on.clone()])).unwrap();
        let new = condensed(&descriptor(1_106, &[passed_on, replication.clone(), kept.clone()])).unwrap();
        assert_eq!(condensed(&new).as_ref(), Some(&new), "nothing is left to leave out");
        assert_eq!(
            old,
            condensed(&descriptor(512, std::slice::from_ref(&kept))).unwrap(),
            "inherited rules do not matter"
        );
        let told = difference(Some(&old), Some(&new));
        let whole = difference(
            Some(&descriptor(512, std::slice::from_ref(&kept))),
            Some(&descriptor(1_106, &[kept, replication])),
        );
        assert_eq!(told, whole);
        assert_eq!(condensed(b"no"), None);
    }

    #[test]
    fn what_cannot_be_read_is_told_so() {
        let whole = descriptor(512, &[rule(0, 0, 1, None, 1)]);
        for cut in 0..whole.len() {
            let told = difference(None, whole.get(..cut));
            assert!(told.is_object());
        }
        assert_eq!(difference(None, Some(b"no")), serde_json::json!({"unreadable": true}));
    }
}
