//! Attributes whose change is their old and their new value: which ones, how they are written, what a change is called.

use parsers::fields::{Fields, Value};
use parsers::ldap::account_control;

use super::names::{self, ENCRYPTION_TYPES, GROUP_TYPES, TRUST_ATTRIBUTES, TRUST_DIRECTIONS};
use super::{Attribute, Change, Difference, descriptor, key, list, told};
use crate::directory::record::sid;

/// How the values of an attribute are told.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// One text.
    Text,
    /// Several texts, of which some come and some go.
    Texts,
    /// SIDs, one or several.
    Sids,
    /// A number.
    Number,
    /// A bit field, with the names of its bits.
    Flags(&'static [(u32, &'static str)]),
    /// A span of 100 ns, negative by convention ([MS-ADTS] 3.1.1.2.2.2.7), told in seconds.
    Interval,
    /// A security descriptor: what its rules grant.
    Descriptor,
    /// Keys: which ones, never the keys.
    Keys,
}

/// Everything but what [`super::account`], [`super::member`] and [`super::life`] judge.
/// The attribute, what the hunting tables call a change of it, and its form.
const TRACKED: &[(Attribute, Option<&str>, Form)] = &[
    (
        Attribute::SamAccountName,
        Some("Security Principal Sam Name changed"),
        Form::Text,
    ),
    (
        Attribute::DisplayName,
        Some("Security Principal Display Name changed"),
        Form::Text,
    ),
    (
        Attribute::UserPrincipalName,
        Some("Account Upn Name changed"),
        Form::Text,
    ),
    (Attribute::Mail, Some("User Mail changed"), Form::Text),
    (Attribute::Manager, Some("User Manager changed"), Form::Text),
    (
        Attribute::TelephoneNumber,
        Some("User Phone Number changed"),
        Form::Text,
    ),
    (Attribute::Mobile, Some("User Phone Number changed"), Form::Text),
    (Attribute::Title, Some("User Title changed"), Form::Text),
    (Attribute::Department, None, Form::Text),
    (
        Attribute::OperatingSystem,
        Some("Device Operating System changed"),
        Form::Text,
    ),
    (
        Attribute::OperatingSystemVersion,
        Some("Device Operating System changed"),
        Form::Text,
    ),
    (
        Attribute::AllowedToDelegateTo,
        Some("Account Constrained Delegation SPNs changed"),
        Form::Texts,
    ),
    (
        Attribute::AllowedToActOnBehalf,
        Some("Account Delegation changed"),
        Form::Descriptor,
    ),
    (
        Attribute::SupportedEncryptionTypes,
        Some("Account Supported Encryption Types changed"),
        Form::Flags(ENCRYPTION_TYPES),
    ),
    (Attribute::SidHistory, Some("SID-History changed"), Form::Sids),
    (Attribute::ServicePrincipalName, None, Form::Texts),
    (Attribute::KeyCredentialLink, None, Form::Keys),
    (Attribute::AltSecurityIdentities, None, Form::Texts),
    (Attribute::NtSecurityDescriptor, None, Form::Descriptor),
    (Attribute::GroupMsaMembership, None, Form::Descriptor),
    (Attribute::PrecededByLink, None, Form::Texts),
    (Attribute::DelegatedMsaState, None, Form::Number),
    (Attribute::DnsHostName, None, Form::Text),
    (Attribute::ScriptPath, None, Form::Text),
    (Attribute::AdminCount, None, Form::Number),
    (Attribute::GroupType, None, Form::Flags(GROUP_TYPES)),
    (Attribute::ObjectClass, None, Form::Texts),
    (Attribute::ObjectSid, None, Form::Sids),
    (Attribute::SecurityIdentifier, None, Form::Sids),
    (Attribute::TrustDirection, None, Form::Flags(TRUST_DIRECTIONS)),
    (Attribute::TrustType, None, Form::Number),
    (Attribute::TrustAttributes, None, Form::Flags(TRUST_ATTRIBUTES)),
    (Attribute::TrustPartner, None, Form::Text),
    (Attribute::FlatName, None, Form::Text),
    (Attribute::GpLink, None, Form::Text),
    (Attribute::GpOptions, None, Form::Number),
    (Attribute::GpcFileSysPath, None, Form::Text),
    (Attribute::MaxPwdAge, None, Form::Interval),
    (Attribute::LockoutDuration, None, Form::Interval),
    (Attribute::MachineAccountQuota, None, Form::Number),
    (Attribute::Options, None, Form::Number),
    (Attribute::NcName, None, Form::Text),
    (Attribute::NetbiosName, None, Form::Text),
    (Attribute::DnsRoot, None, Form::Text),
    (Attribute::SiteObject, None, Form::Text),
    (Attribute::ServerReference, None, Form::Text),
];

/// Every tracked attribute whose values differ.
pub(super) fn changed(change: &Change, found: &mut Vec<Difference>) {
    for (attribute, action, form) in TRACKED {
        let (mut gone, mut new) = change.difference(*attribute);
        if matches!(form, Form::Keys) {
            key::drop_renamed(&mut gone, &mut new);
        }
        if gone.is_empty() && new.is_empty() {
            continue;
        }
        // An object has one always: where it was not known, or is not any more, that is no change of it.
        if *attribute == Attribute::NtSecurityDescriptor && (gone.is_empty() || new.is_empty()) {
            continue;
        }
        let mut difference = Difference::of(*attribute, *action);
        form.tell(&gone, &new, &mut difference.details);
        found.push(difference);
    }
}

impl Form {
    /// Writes what went and what came.
    fn tell(self, gone: &[&[u8]], new: &[&[u8]], details: &mut Fields) {
        match self {
            Self::Text => pair(gone, new, details, |value| Some(told(value))),
            Self::Number => pair(gone, new, details, |value| Some(number(value))),
            Self::Interval => pair(gone, new, details, interval),
            Self::Flags(names) => flags(gone, new, names, details),
            Self::Texts => lists(gone, new, details, told),
            Self::Sids => lists(gone, new, details, |value| sid(value).unwrap_or_else(|| told(value))),
            Self::Descriptor => descriptor::tell(gone.first().copied(), new.first().copied(), details),
            Self::Keys => lists(gone, new, details, key::told),
        }
    }
}

fn pair<T: Into<Value>>(gone: &[&[u8]], new: &[&[u8]], details: &mut Fields, form: impl Fn(&[u8]) -> Option<T>) {
    details.set_some("old", gone.first().and_then(|value| form(value)));
    details.set_some("new", new.first().and_then(|value| form(value)));
}

fn lists<T: Into<Value>>(gone: &[&[u8]], new: &[&[u8]], details: &mut Fields, form: impl Fn(&[u8]) -> T) {
    list(
        details,
        "removed",
        "removed_count",
        gone.iter().map(|value| form(value)),
    );
    list(details, "added", "added_count", new.iter().map(|value| form(value)));
}

fn flags(gone: &[&[u8]], new: &[&[u8]], known: &'static [(u32, &'static str)], details: &mut Fields) {
    pair(gone, new, details, |value| Some(number(value)));
    let value = |values: &[&[u8]]| {
        values
            .first()
            .and_then(|value| account_control::parse(value))
            .unwrap_or(0)
    };
    let (old, new) = (value(gone), value(new));
    details.list("old_names", names::bits(old, known));
    details.list("new_names", names::bits(new, known));
}

/// A number as a number, and what is none as the text that it is.
fn number(value: &[u8]) -> Value {
    let parsed = std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.trim().parse::<i64>().ok());
    parsed.map_or_else(|| Value::Text(told(value)), Value::Number)
}

/// 0 and the smallest number mean that there is none.
fn interval(value: &[u8]) -> Option<Value> {
    let ticks: i64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    Some(match ticks {
        0 | i64::MIN => "none".into(),
        _ => (ticks.unsigned_abs() / 10_000_000).into(),
    })
}
