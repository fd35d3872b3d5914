//! One object of the directory: its DN and the values of the attributes that are read.

use compact_str::CompactString;
use parsers::text;

macro_rules! attributes {
    ($($variant:ident = $name:literal,)*) => {
        /// The attributes that are read; every other one is skipped. None of them holds a secret.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Attribute {
            $(#[doc = $name] $variant,)*
        }

        impl Attribute {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its lDAPDisplayName.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The attribute called `name`: names do not tell upper from lower case, and options
            /// (`member;range=0-1499`, RFC 4512 §2.5) do not make another attribute.
            pub(crate) fn of(name: &[u8]) -> Option<Self> {
                let name = name.split(|byte| *byte == b';').next().unwrap_or_default();
                $(if name.eq_ignore_ascii_case($name.as_bytes()) {
                    return Some(Self::$variant);
                })*
                None
            }
        }
    };
}

attributes! {
    ObjectClass = "objectClass",
    SamAccountName = "sAMAccountName",
    UserPrincipalName = "userPrincipalName",
    DisplayName = "displayName",
    ObjectSid = "objectSid",
    SidHistory = "sIDHistory",
    ObjectGuid = "objectGUID",
    DistinguishedName = "distinguishedName",
    DnsHostName = "dNSHostName",
    ServicePrincipalName = "servicePrincipalName",
    OperatingSystem = "operatingSystem",
    OperatingSystemVersion = "operatingSystemVersion",
    UserAccountControl = "userAccountControl",
    PrimaryGroupId = "primaryGroupID",
    MemberOf = "memberOf",
    Member = "member",
    AdminCount = "adminCount",
    NetbiosName = "nETBIOSName",
    DnsRoot = "dnsRoot",
    TrustPartner = "trustPartner",
    FlatName = "flatName",
    IsDeleted = "isDeleted",
    LastKnownParent = "lastKnownParent",
    WhenCreated = "whenCreated",
    WhenChanged = "whenChanged",
    UsnChanged = "uSNChanged",
    AccountExpires = "accountExpires",
    PwdLastSet = "pwdLastSet",
    LockoutTime = "lockoutTime",
    GroupType = "groupType",
    SupportedEncryptionTypes = "msDS-SupportedEncryptionTypes",
    AllowedToDelegateTo = "msDS-AllowedToDelegateTo",
    AllowedToActOnBehalf = "msDS-AllowedToActOnBehalfOfOtherIdentity",
    KeyCredentialLink = "msDS-KeyCredentialLink",
    GroupMsaMembership = "msDS-GroupMSAMembership",
    PrecededByLink = "msDS-ManagedAccountPrecededByLink",
    DelegatedMsaState = "msDS-DelegatedMSAState",
    Mail = "mail",
    Manager = "manager",
    TelephoneNumber = "telephoneNumber",
    Mobile = "mobile",
    Title = "title",
    Department = "department",
    TrustDirection = "trustDirection",
    TrustType = "trustType",
    TrustAttributes = "trustAttributes",
    SecurityIdentifier = "securityIdentifier",
    GpLink = "gPLink",
    GpOptions = "gPOptions",
    GpcFileSysPath = "gPCFileSysPath",
    MaxPwdAge = "maxPwdAge",
    LockoutDuration = "lockoutDuration",
    SiteObject = "siteObject",
    ServerReference = "serverReference",
    NcName = "nCName",
    Options = "options",
    NtSecurityDescriptor = "nTSecurityDescriptor",
    AltSecurityIdentities = "altSecurityIdentities",
    ScriptPath = "scriptPath",
    MachineAccountQuota = "ms-DS-MachineAccountQuota",
}

/// An object with the values of its attributes that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// 1-based line of its file that it begins on; 0 for one that was read over LDAP.
    pub line: u64,
    /// Distinguished name as written.
    pub dn: CompactString,
    /// Values in the order they were read: text as UTF-8, SIDs and GUIDs as bytes, in files as text too.
    pub values: Vec<(Attribute, Vec<u8>)>,
}

impl Record {
    /// Every value of `attribute`.
    pub fn all(&self, attribute: Attribute) -> impl Iterator<Item = &[u8]> {
        self.values
            .iter()
            .filter(move |(name, _)| *name == attribute)
            .map(|(_, value)| value.as_slice())
    }

    /// The values of `attribute` as text.
    pub fn texts(&self, attribute: Attribute) -> impl Iterator<Item = CompactString> {
        self.all(attribute).map(text::bytes)
    }

    /// The first value of `attribute` as text, where it is not empty.
    #[must_use]
    pub fn text(&self, attribute: Attribute) -> Option<CompactString> {
        self.texts(attribute).find(|value| !value.is_empty())
    }

    /// The first value of `attribute` as a number; bit fields are written as signed decimals.
    #[must_use]
    pub fn number(&self, attribute: Attribute) -> Option<i64> {
        std::str::from_utf8(self.all(attribute).next()?)
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Whether it is of `class`.
    #[must_use]
    pub fn is(&self, class: &str) -> bool {
        self.all(Attribute::ObjectClass)
            .any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// A SID as `ldbsearch` prints it (text) or as `ldapsearch` does (the packet layout of [MS-DTYP] 2.4.2.2).
pub(crate) fn sid(value: &[u8]) -> Option<CompactString> {
    if value.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(b"S-")) {
        let parts = value.get(2..)?.split(|byte| *byte == b'-');
        let valid = parts.clone().count() >= 2
            && parts
                .clone()
                .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
        return valid.then(|| text::bytes(value).to_uppercase());
    }
    text::sid(value)
}

/// A GUID as text, in braces or without, or in the layout of [MS-DTYP] 2.3.4.2.
pub(crate) fn guid(value: &[u8]) -> Option<CompactString> {
    if let Ok(raw) = value.try_into() {
        return Some(text::guid(raw));
    }
    let value = value
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(value);
    let shaped = value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    shaped.then(|| text::bytes(value).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_ignore_case_and_options() {
        assert_eq!(Attribute::of(b"samaccountname"), Some(Attribute::SamAccountName));
        assert_eq!(Attribute::of(b"member;range=0-1499"), Some(Attribute::Member));
        assert_eq!(Attribute::of(b"unicodePwd"), None);
    }

    #[test]
    fn identifiers_are_read_in_both_forms() {
        let raw = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        assert_eq!(sid(&raw).as_deref(), Some("S-1-5-32-544"));
        assert_eq!(sid(b"s-1-5-32-544").as_deref(), Some("S-1-5-32-544"));
        assert_eq!(sid(b"S-1-"), None);
        assert_eq!(
            guid(b"{03020100-0504-0706-0809-0A0B0C0D0E0F}").as_deref(),
            Some("03020100-0504-0706-0809-0a0b0c0d0e0f")
        );
        assert_eq!(guid(&[0; 16]).as_deref(), Some("00000000-0000-0000-0000-000000000000"));
        assert_eq!(guid(b"no guid"), None);
    }
}
