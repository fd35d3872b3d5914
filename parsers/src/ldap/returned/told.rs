//! The attributes whose values are told, and how.

use compact_str::CompactString;

use crate::fields::Fields;
use crate::ldap::account_control;
use crate::ldap::attributes::sid;
use crate::ldap::names;
use crate::ldap::secrets::bare;
use crate::ldap::wire::Attribute;
use crate::text;

/// Values of an attribute that are told, and octets of each.
const MOST_VALUES: usize = 16;
const VALUE: usize = 256;

/// How the values of an attribute are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    /// Not at all: there are many of them, or they are structures.
    Count,
    Text,
    Sid,
    Guid,
    AccountControl,
}

/// An attribute whose values are told.
#[derive(Debug)]
pub(super) struct Told {
    name: &'static str,
    show: Show,
}

/// The attribute called `name`, if its values are told.
pub(super) fn told(name: &[u8]) -> Option<&'static Told> {
    let name = bare(name);
    TOLD.iter().find(|told| name.eq_ignore_ascii_case(told.name.as_bytes()))
}

/// Writes how many values there are, where they are several.
pub(super) fn counted(attribute: &Attribute<'_>, fields: &mut Fields) {
    fields.set_some("count", Some(attribute.count()).filter(|count| *count > 1));
}

impl Told {
    /// Octets of the values that are told, and of what holds them.
    pub(super) fn cost(&self, attribute: &Attribute<'_>) -> usize {
        match self.show {
            Show::Count => 0,
            _ => attribute
                .values
                .take(MOST_VALUES)
                .map(|value| 24 + value.len().min(VALUE))
                .sum(),
        }
    }

    /// The attribute as it is told: its name, values, and how many there are of them.
    pub(super) fn fields(&self, attribute: &Attribute<'_>) -> Fields {
        let mut fields = Fields::sized(3);
        fields.set("attribute", self.name);
        let values = attribute.values.take(MOST_VALUES);
        match self.show {
            Show::Count => {
                fields.set("count", attribute.count());
                return fields;
            }
            Show::Text | Show::AccountControl => fields.list("values", values.map(|value| names::cut(value, VALUE))),
            Show::Sid => fields.list("values", values.map(|value| short(&sid(value)))),
            Show::Guid => fields.list("values", values.map(|value| short(&guid(value)))),
        }
        if let (Show::AccountControl, Some(flags)) = (
            self.show,
            attribute.values.clone().next().and_then(account_control::parse),
        ) {
            fields.list("flags", account_control::names(flags));
        }
        counted(attribute, &mut fields);
        fields
    }
}

/// What is no SID or GUID is written as it stands, and bounded as any other value.
fn short(text: &CompactString) -> CompactString {
    names::cut(text.as_bytes(), VALUE)
}

fn guid(value: &[u8]) -> CompactString {
    value.try_into().map_or_else(|_| text::hex(value), text::guid)
}

const fn text_of(name: &'static str) -> Told {
    Told { name, show: Show::Text }
}

const fn count_of(name: &'static str) -> Told {
    Told {
        name,
        show: Show::Count,
    }
}

/// What detections ask of an object: who it is, what it may do, where it is. Nothing that changes by itself from one answer to the next
/// (times of logons, counts of failures), so that repeats fold; no free text, in which people keep passwords.
static TOLD: &[Told] = &[
    text_of("sAMAccountName"),
    text_of("userPrincipalName"),
    Told {
        name: "objectSid",
        show: Show::Sid,
    },
    Told {
        name: "objectGUID",
        show: Show::Guid,
    },
    Told {
        name: "userAccountControl",
        show: Show::AccountControl,
    },
    text_of("servicePrincipalName"),
    text_of("msDS-AllowedToDelegateTo"),
    text_of("adminCount"),
    text_of("dNSHostName"),
    count_of("memberOf"),
    count_of("member"),
    Told {
        name: "sIDHistory",
        show: Show::Sid,
    },
    text_of("primaryGroupID"),
    text_of("sAMAccountType"),
    text_of("groupType"),
    text_of("pwdLastSet"),
    text_of("accountExpires"),
    text_of("msDS-SupportedEncryptionTypes"),
    text_of("operatingSystem"),
    text_of("managedBy"),
    Told {
        name: "mS-DS-CreatorSID",
        show: Show::Sid,
    },
    text_of("msDS-HostServiceAccount"),
    count_of("nTSecurityDescriptor"),
    count_of("msDS-AllowedToActOnBehalfOfOtherIdentity"),
    count_of("msDS-GroupMSAMembership"),
    count_of("msDS-KeyCredentialLink"),
    text_of("ms-Mcs-AdmPwdExpirationTime"),
    text_of("msLAPS-PasswordExpirationTime"),
    // Domains, trusts and their policies.
    text_of("ms-DS-MachineAccountQuota"),
    text_of("minPwdLength"),
    text_of("lockoutThreshold"),
    text_of("pwdProperties"),
    text_of("trustPartner"),
    text_of("trustDirection"),
    text_of("trustType"),
    text_of("trustAttributes"),
    Told {
        name: "securityIdentifier",
        show: Show::Sid,
    },
    text_of("gPCFileSysPath"),
    text_of("gPLink"),
    // Certificate services.
    text_of("certificateTemplates"),
    text_of("msPKI-Certificate-Name-Flag"),
    text_of("msPKI-Enrollment-Flag"),
    text_of("pKIExtendedKeyUsage"),
];
