//! What a modify or add does to which attribute, and what the hunting tables call that.
//!
//! Values are told of tracked attributes alone. Secrets (`unicodePwd`, `userPassword`, …) are not tracked, so their values
//! have no way out; of keys and security descriptors only that they were touched.

use compact_str::CompactString;

use crate::asn1::{ENUMERATED, Element, SEQUENCE, Walker};
use crate::fields::{Fields, Value};
use crate::text;

use super::account_control;
use super::names;
use super::secrets::{bare, is_password};
use super::wire::{Attribute, Strings};

/// Most changes of one request, and most values of one change, that are read.
const MOST: usize = 128;

/// What is done to an attribute (RFC 4511 §4.6; 3 is RFC 4525).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Delete,
    Replace,
    Increment,
    Unknown(i64),
}

/// One change of an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modification<'a> {
    pub(super) operation: Operation,
    attribute: Attribute<'a>,
    tracked: Option<&'static Tracked>,
}

/// The changes in the list of a modifyRequest; ends at the first that breaks the grammar.
pub(super) fn modified(list: &[u8]) -> impl Iterator<Item = Modification<'_>> {
    let mut list = Walker::new(list);
    std::iter::from_fn(move || {
        let mut change = list.optional(SEQUENCE).ok()??.inside();
        let operation = Operation::of(change.expect(ENUMERATED, "operation").ok()?.integer().ok()?);
        Modification::read(operation, change.expect(SEQUENCE, "modification").ok()?)
    })
    .take(MOST)
}

/// The attributes in the list of an addRequest.
pub(super) fn added(list: &[u8]) -> impl Iterator<Item = Modification<'_>> {
    let mut list = Walker::new(list);
    std::iter::from_fn(move || Modification::read(Operation::Add, list.optional(SEQUENCE).ok()??)).take(MOST)
}

impl Operation {
    const fn of(code: i64) -> Self {
        match code {
            0 => Self::Add,
            1 => Self::Delete,
            2 => Self::Replace,
            3 => Self::Increment,
            code => Self::Unknown(code),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Add => "add".into(),
            Self::Delete => "delete".into(),
            Self::Replace => "replace".into(),
            Self::Increment => "increment".into(),
            Self::Unknown(code) => code.into(),
        }
    }
}

impl<'a> Modification<'a> {
    fn read(operation: Operation, attribute: Element<'a>) -> Option<Self> {
        let attribute = Attribute::read(attribute).ok()?;
        let tracked = tracked(attribute.name);
        Some(Self {
            operation,
            attribute,
            tracked,
        })
    }

    /// Whether this sets or changes a password.
    pub(super) fn is_password(&self) -> bool {
        is_password(self.attribute.name)
    }

    /// Whether it is a change of the attribute called `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        self.tracked.is_some_and(|tracked| tracked.name == name)
    }

    /// The values.
    pub(super) const fn values(&self) -> Strings<'a> {
        self.attribute.values
    }

    /// What the hunting tables call the change of this attribute; depends on the value for `userAccountControl`, whose
    /// changes [`account_control::action`] judges together.
    pub(super) fn action(&self) -> Option<&'static str> {
        self.tracked?.action
    }

    /// As it is told: attribute, operation, how many values, and those that may be told.
    pub(super) fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        match self.tracked {
            Some(tracked) => fields.set("attribute", tracked.name),
            None => fields.set("attribute", names::text(self.attribute.name)),
        }
        fields.set("operation", self.operation.value());
        match self.tracked.map_or(Show::Touched, |tracked| tracked.show) {
            Show::Touched => {}
            Show::Text => fields.list("values", self.values().take(MOST).map(names::text)),
            Show::Sid => fields.list("values", self.values().take(MOST).map(sid)),
            Show::AccountControl => self.account_control(&mut fields),
        }
        let count = self.values().count();
        if count > 1 {
            fields.set("count", count);
        }
        fields
    }

    fn account_control(&self, fields: &mut Fields) {
        fields.list("values", self.values().take(MOST).map(names::text));
        if let Some(flags) = self.values().next().and_then(account_control::parse) {
            fields.list("flags", account_control::names(flags));
        }
    }
}

/// A change of one value, as an event log tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The attribute's name.
    pub(crate) attribute: CompactString,
    /// The value, where it may be told.
    pub(crate) value: Option<CompactString>,
    /// What the hunting tables call the change.
    pub(crate) action: Option<&'static str>,
}

/// What may be told of `value` of the attribute `name`.
pub(crate) fn told(name: &str, value: &str) -> Told {
    let tracked = tracked(name.as_bytes());
    let shown = tracked.is_some_and(|tracked| !matches!(tracked.show, Show::Touched));
    Told {
        attribute: tracked.map_or_else(|| name.into(), |tracked| CompactString::const_new(tracked.name)),
        value: (shown && !value.is_empty()).then(|| value.into()),
        action: tracked.and_then(|tracked| tracked.action),
    }
}

/// A SID as Windows writes it into an octet string; text stays as it is (`S-1-5-…`).
pub(super) fn sid(value: &[u8]) -> CompactString {
    match value {
        [1, ..] => text::sid(value).unwrap_or_else(|| text::hex(value)),
        _ => names::text(value),
    }
}

#[derive(Clone, Copy, Debug)]
enum Show {
    /// That it was touched.
    Touched,
    Text,
    Sid,
    AccountControl,
}

/// An attribute whose changes mean something to whoever watches.
#[derive(Debug)]
struct Tracked {
    name: &'static str,
    /// Servers take the OID for the name, so somebody may write it to stay unseen.
    oid: &'static str,
    show: Show,
    action: Option<&'static str>,
}

fn tracked(name: &[u8]) -> Option<&'static Tracked> {
    let name = bare(name);
    TRACKED.iter().find(|tracked| {
        name.eq_ignore_ascii_case(tracked.name.as_bytes()) || name.eq_ignore_ascii_case(tracked.oid.as_bytes())
    })
}

const fn text(name: &'static str, oid: &'static str, action: Option<&'static str>) -> Tracked {
    Tracked {
        name,
        oid,
        show: Show::Text,
        action,
    }
}

const fn touched(name: &'static str, oid: &'static str) -> Tracked {
    Tracked {
        name,
        oid,
        show: Show::Touched,
        action: None,
    }
}

/// An attribute that is known by its name alone.
const fn named(name: &'static str) -> Tracked {
    text(name, name, None)
}

/// Names and OIDs: [MS-ADA1], [MS-ADA2], [MS-ADA3]. What the change is called: the hunting tables' IdentityDirectoryEvents.
static TRACKED: &[Tracked] = &[
    text("member", "2.5.4.31", Some("Group Membership changed")),
    Tracked {
        name: "userAccountControl",
        oid: "1.2.840.113556.1.4.8",
        show: Show::AccountControl,
        action: None,
    },
    text(
        "msDS-AllowedToDelegateTo",
        "1.2.840.113556.1.4.1787",
        Some("Account Constrained Delegation SPNs changed"),
    ),
    touched("msDS-AllowedToActOnBehalfOfOtherIdentity", "1.2.840.113556.1.4.2182"),
    touched("msDS-KeyCredentialLink", "1.2.840.113556.1.4.2328"),
    touched("nTSecurityDescriptor", "1.2.840.113556.1.2.281"),
    Tracked {
        name: "sIDHistory",
        oid: "1.2.840.113556.1.4.609",
        show: Show::Sid,
        action: Some("SID-History changed"),
    },
    text("servicePrincipalName", "1.2.840.113556.1.4.771", None),
    text(
        "sAMAccountName",
        "1.2.840.113556.1.4.221",
        Some("Security Principal Sam Name changed"),
    ),
    text(
        "userPrincipalName",
        "1.2.840.113556.1.4.656",
        Some("Account Upn Name changed"),
    ),
    text(
        "displayName",
        "1.2.840.113556.1.2.13",
        Some("Security Principal Display Name changed"),
    ),
    text("description", "2.5.4.13", None),
    text("adminCount", "1.2.840.113556.1.4.150", None),
    text("primaryGroupID", "1.2.840.113556.1.4.98", None),
    text(
        "msDS-SupportedEncryptionTypes",
        "1.2.840.113556.1.4.1963",
        Some("Account Supported Encryption Types changed"),
    ),
    text(
        "accountExpires",
        "1.2.840.113556.1.4.159",
        Some("Account Expiry Time changed"),
    ),
    text("lockoutTime", "1.2.840.113556.1.4.662", Some("Account Locked changed")),
    text("pwdLastSet", "1.2.840.113556.1.4.96", None),
    text("mail", "0.9.2342.19200300.100.1.3", Some("User Mail changed")),
    text("manager", "0.9.2342.19200300.100.1.10", Some("User Manager changed")),
    text("telephoneNumber", "2.5.4.20", Some("User Phone Number changed")),
    text("title", "2.5.4.12", Some("User Title changed")),
    text(
        "operatingSystem",
        "1.2.840.113556.1.4.363",
        Some("Device Operating System changed"),
    ),
    text("gPLink", "1.2.840.113556.1.4.891", None),
    text("objectClass", "2.5.4.0", None),
    text("dNSHostName", "1.2.840.113556.1.4.619", None),
    text("scriptPath", "1.2.840.113556.1.4.62", None),
    text("profilePath", "1.2.840.113556.1.4.139", None),
    text("homeDirectory", "1.2.840.113556.1.4.44", None),
    text("userWorkstations", "1.2.840.113556.1.4.86", None),
    touched("logonHours", "1.2.840.113556.1.4.64"),
    text("altSecurityIdentities", "1.2.840.113556.1.4.867", None),
    touched("userCertificate", "2.5.4.36"),
    text("groupType", "1.2.840.113556.1.4.750", None),
    text("managedBy", "1.2.840.113556.1.4.653", None),
    // Managed service accounts: who may read their password, and whom they succeed.
    touched("msDS-GroupMSAMembership", "1.2.840.113556.1.4.2200"),
    named("msDS-DelegatedMSAState"),
    named("msDS-ManagedAccountPrecededByLink"),
    named("msDS-SupersededManagedAccountLink"),
    named("msDS-SupersededServiceAccountState"),
    // The domain's policies.
    text("ms-DS-MachineAccountQuota", "1.2.840.113556.1.4.1411", None),
    text("dSHeuristics", "1.2.840.113556.1.2.212", None),
    text("lockoutThreshold", "1.2.840.113556.1.4.73", None),
    text("minPwdLength", "1.2.840.113556.1.4.79", None),
    text("pwdProperties", "1.2.840.113556.1.4.93", None),
    text("msDS-PSOAppliesTo", "1.2.840.113556.1.4.2020", None),
    text("gPCFileSysPath", "1.2.840.113556.1.4.894", None),
    text("gPCMachineExtensionNames", "1.2.840.113556.1.4.1348", None),
    text("gPCUserExtensionNames", "1.2.840.113556.1.4.1349", None),
    text("versionNumber", "1.2.840.113556.1.4.141", None),
    // Trusts, and what a read-only controller may know.
    text("trustAttributes", "1.2.840.113556.1.4.470", None),
    text("trustDirection", "1.2.840.113556.1.4.132", None),
    text("msDS-RevealOnDemandGroup", "1.2.840.113556.1.4.1928", None),
    text("msDS-NeverRevealGroup", "1.2.840.113556.1.4.1926", None),
    // Certificate services.
    text("certificateTemplates", "1.2.840.113556.1.4.823", None),
    text("msPKI-Certificate-Name-Flag", "1.2.840.113556.1.4.1432", None),
    text("msPKI-Enrollment-Flag", "1.2.840.113556.1.4.1430", None),
    text("pKIExtendedKeyUsage", "1.2.840.113556.1.4.1333", None),
    // What is brought back from the deleted objects.
    text("isDeleted", "1.2.840.113556.1.2.48", None),
    text("distinguishedName", "2.5.4.49", None),
    touched("dnsRecord", "1.2.840.113556.1.4.382"),
];
