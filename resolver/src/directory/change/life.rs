//! An object comes, goes, comes back, or gets another name or place.

use compact_str::CompactString;
use parsers::fields::Fields;
use parsers::ldap::account_control;

use super::activity::entity;
use super::{Aspect, Attribute, Change, Difference, Record, called, list, told};
use crate::directory::name;
use crate::entity::EntityKind;

/// Whether it lies among the deleted objects ([MS-ADTS] 3.1.1.5.5).
pub(super) fn is_deleted(record: &Record) -> bool {
    let flag = record.all(Attribute::IsDeleted).next();
    flag.is_some_and(|value| value.eq_ignore_ascii_case(b"TRUE"))
}

/// Whether the hunting tables call an object of this kind a security principal.
fn is_principal(record: &Record) -> bool {
    match entity(record).map(|entity| entity.kind) {
        Some(EntityKind::User | EntityKind::Group | EntityKind::Computer | EntityKind::ManagedServiceAccount) => true,
        // A tombstone keeps its SID and its name, but few other attributes ([MS-ADTS] 3.1.1.5.5.1.1).
        Some(EntityKind::Unknown) => record.all(Attribute::ObjectSid).next().is_some(),
        Some(EntityKind::Trust) | None => false,
    }
}

fn named(action: &'static str, record: &Record) -> Option<&'static str> {
    is_principal(record).then_some(action)
}

/// A new object, with what makes it dangerous or harmless.
pub(super) fn created(after: &Record) -> Difference {
    let mut difference = Difference::new(named("Security Principal created", after), Aspect::Created);
    let details = &mut difference.details;
    describe(after, details);
    let control = after.all(Attribute::UserAccountControl).next();
    if let Some(control) = control.and_then(account_control::parse) {
        details.set("account_control", control);
        details.list("account_control_names", account_control::names(control));
    }
    let spns: Vec<_> = after.all(Attribute::ServicePrincipalName).map(told).collect();
    list(details, "spns", "spn_count", spns.into_iter());
    difference
}

/// An object that was deleted, or one that was restored; `record` is the fuller of the two that are known of it.
pub(super) fn deleted(record: &Record, gone: bool) -> Difference {
    let action = named("Security Principal deleted changed", record);
    let mut difference = Difference::new(action, Aspect::Deleted).between(Some(!gone), Some(gone));
    describe(record, &mut difference.details);
    difference
}

fn describe(record: &Record, details: &mut Fields) {
    details.set_some("object_class", class(record));
    details.set_some("name", called(record));
}

/// The object's own class: of all that are listed, the others are what it derives from, in whatever order they stand.
fn class(record: &Record) -> Option<CompactString> {
    let own = CLASSES.iter().find(|class| record.is(class));
    let own = own.map(|class| CompactString::const_new(class));
    own.or_else(|| record.all(Attribute::ObjectClass).last().map(told))
}

/// Classes that matter, each before those it derives from ([MS-ADSC]).
const CLASSES: [&str; 13] = [
    "msDS-GroupManagedServiceAccount",
    "msDS-ManagedServiceAccount",
    "msDS-DelegatedManagedServiceAccount",
    "computer",
    "inetOrgPerson",
    "user",
    "group",
    "trustedDomain",
    "groupPolicyContainer",
    "organizationalUnit",
    "domainDNS",
    "site",
    "subnet",
];

/// Another RDN is another name, another parent another path.
pub(super) fn moved(change: &Change, before: &Record, after: &Record, found: &mut Vec<Difference>) {
    let old = change.dn_before.as_ref().unwrap_or(&before.dn);
    if old.is_empty() || after.dn.is_empty() {
        return;
    }
    let ((old_name, old_parent), (new_name, new_parent)) = (parts(old), parts(&after.dn));
    if old_name != new_name {
        let action = named("Security Principal Name changed", after);
        let value = |dn: &str| name::first_value(dn).map(|value| told(value.as_bytes()));
        found.push(Difference::new(action, Aspect::Moved).between(value(old), value(&after.dn)));
    }
    if old_parent != new_parent {
        let action = named("Security Principal Path changed", after);
        let difference = Difference::new(action, Aspect::Moved);
        found.push(difference.between(Some(told(old.as_bytes())), Some(told(after.dn.as_bytes()))));
    }
}

/// RDN and parent of a DN, in the forms that are compared. The RDN keeps its case: a name in another case is another one.
fn parts(dn: &str) -> (String, String) {
    let mut parts = name::split(dn);
    let rdn = parts.next().unwrap_or_default().trim().to_owned();
    let parent: Vec<&str> = parts.collect();
    (rdn, name::dn(&parent.join(",")).into())
}
