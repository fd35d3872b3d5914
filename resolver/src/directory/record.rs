//! One object of the directory: its DN and the values of the attributes that are read.

use compact_str::CompactString;
use parsers::text;
use smallvec::SmallVec;

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
            #[must_use]
            pub fn of(name: &[u8]) -> Option<Self> {
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
    Name = "name",
}

impl Attribute {
    /// Whether its values are DNs, or end in one (DN-Binary, [MS-ADTS] 3.1.1.2.2.2.1). Members are kept by themselves.
    pub(crate) const fn is_dn(self) -> bool {
        self.is_link() || matches!(self, Self::LastKnownParent | Self::NcName)
    }

    /// Whether it is a forward link beside `member`: what is deleted is linked to no more.
    pub(crate) const fn is_link(self) -> bool {
        matches!(
            self,
            Self::Manager | Self::PrecededByLink | Self::KeyCredentialLink | Self::SiteObject | Self::ServerReference
        )
    }
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
    text::sid(&sid_bytes(value)?)
}

/// SID_MAX_SUB_AUTHORITIES ([MS-DTYP] 2.4.2.2).
const MAX_SUBS: usize = 15;

/// A SID in the packet layout, from either form.
pub(crate) fn sid_bytes(value: &[u8]) -> Option<SmallVec<[u8; 96]>> {
    let is_text = value.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(b"S-"));
    if !is_text {
        let count = usize::from(*value.get(1)?);
        let fits = value.get(..8 + 4 * count).filter(|_| count <= MAX_SUBS);
        return fits.map(SmallVec::from_slice);
    }
    let mut parts = std::str::from_utf8(value.get(2..)?).ok()?.split('-');
    let revision: u8 = parts.next()?.parse().ok()?;
    let authority: u64 = parts.next()?.parse().ok().filter(|authority| *authority < 1 << 48)?;
    let mut bytes = SmallVec::from_slice(&[revision, 0]);
    bytes.extend_from_slice(authority.to_be_bytes().get(2..)?);
    let mut count = 0;
    for part in parts.take(MAX_SUBS + 1) {
        bytes.extend_from_slice(&part.parse::<u32>().ok()?.to_le_bytes());
        count += 1;
    }
    *bytes.get_mut(1)? = count;
    (usize::from(count) <= MAX_SUBS).then_some(bytes)
}

/// A GUID in the layout of [MS-DTYP] 2.3.4.2, or as text, in braces or without.
pub(crate) fn guid_bytes(value: &[u8]) -> Option<[u8; 16]> {
    if let Ok(raw) = value.try_into() {
        return Some(raw);
    }
    let value = value
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(value);
    let dashes = [8, 13, 18, 23].iter().all(|at| value.get(*at) == Some(&b'-'));
    if value.len() != 36 || !dashes {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, at) in bytes.iter_mut().zip(DIGITS) {
        *byte = digit(*value.get(at)?)? << 4 | digit(*value.get(at + 1)?)?;
    }
    Some(bytes)
}

/// Where the two digits of each octet of a GUID stand in its text: the first three numbers are little-endian.
const DIGITS: [usize; 16] = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34];

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
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
        let counted: Vec<u8> = (0..16).collect();
        assert_eq!(
            guid_bytes(b"{03020100-0504-0706-0809-0A0B0C0D0E0F}")
                .as_ref()
                .map(<[u8; 16]>::as_slice),
            Some(counted.as_slice())
        );
        assert_eq!(guid_bytes(&[0; 16]), Some([0; 16]));
        assert_eq!(guid_bytes(b"no guid"), None);
        assert_eq!(sid(b"S-1-5-21-1-2-4294967296"), None);
    }
}
