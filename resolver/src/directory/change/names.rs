//! The standard names of what is written in numbers.

/// msDS-SupportedEncryptionTypes ([MS-KILE] 2.2.7).
pub(super) const ENCRYPTION_TYPES: &[(u32, &str)] = &[
    (0x1, "DES-CBC-CRC"),
    (0x2, "DES-CBC-MD5"),
    (0x4, "RC4-HMAC"),
    (0x8, "AES128-CTS-HMAC-SHA1-96"),
    (0x10, "AES256-CTS-HMAC-SHA1-96"),
    (0x20, "AES256-CTS-HMAC-SHA1-96-SK"),
    (0x1_0000, "FAST-supported"),
    (0x2_0000, "Compound-identity-supported"),
    (0x4_0000, "Claims-supported"),
    (0x8_0000, "Resource-SID-compression-disabled"),
];

/// groupType ([MS-ADTS] 2.2.12).
pub(super) const GROUP_TYPES: &[(u32, &str)] = &[
    (0x1, "BUILTIN_LOCAL_GROUP"),
    (0x2, "ACCOUNT_GROUP"),
    (0x4, "RESOURCE_GROUP"),
    (0x8, "UNIVERSAL_GROUP"),
    (0x10, "APP_BASIC_GROUP"),
    (0x20, "APP_QUERY_GROUP"),
    (0x8000_0000, "SECURITY_ENABLED"),
];

/// trustAttributes ([MS-ADTS] 6.1.6.7.9).
pub(super) const TRUST_ATTRIBUTES: &[(u32, &str)] = &[
    (0x1, "NON_TRANSITIVE"),
    (0x2, "UPLEVEL_ONLY"),
    (0x4, "QUARANTINED_DOMAIN"),
    (0x8, "FOREST_TRANSITIVE"),
    (0x10, "CROSS_ORGANIZATION"),
    (0x20, "WITHIN_FOREST"),
    (0x40, "TREAT_AS_EXTERNAL"),
    (0x80, "USES_RC4_ENCRYPTION"),
    (0x200, "CROSS_ORGANIZATION_NO_TGT_DELEGATION"),
    (0x400, "PIM_TRUST"),
    (0x800, "CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION"),
];

/// trustDirection ([MS-ADTS] 6.1.6.7.12), two bits.
pub(super) const TRUST_DIRECTIONS: &[(u32, &str)] = &[(0x1, "INBOUND"), (0x2, "OUTBOUND")];

/// Rights to an object of the directory ([MS-ADTS] 5.1.3.2).
pub(super) const RIGHTS: &[(u32, &str)] = &[
    (0x1, "CREATE_CHILD"),
    (0x2, "DELETE_CHILD"),
    (0x4, "LIST_CONTENTS"),
    (0x8, "WRITE_PROPERTY_EXTENDED"),
    (0x10, "READ_PROPERTY"),
    (0x20, "WRITE_PROPERTY"),
    (0x40, "DELETE_TREE"),
    (0x80, "LIST_OBJECT"),
    (0x100, "CONTROL_ACCESS"),
    (0x1_0000, "DELETE"),
    (0x2_0000, "READ_CONTROL"),
    (0x4_0000, "WRITE_DAC"),
    (0x8_0000, "WRITE_OWNER"),
    (0x10_0000, "SYNCHRONIZE"),
    (0x100_0000, "ACCESS_SYSTEM_SECURITY"),
    (0x1000_0000, "GENERIC_ALL"),
    (0x2000_0000, "GENERIC_EXECUTE"),
    (0x4000_0000, "GENERIC_WRITE"),
    (0x8000_0000, "GENERIC_READ"),
];

/// All rights that an object has: what GENERIC_ALL becomes once it is stored ([MS-ADTS] 5.1.3.2).
pub(super) const FULL_CONTROL: u32 = 0xf_01ff;

/// What an object-specific rule is for: control access rights and property sets ([MS-ADTS] 5.1.3.2.1, 3.1.1.2.3.3), attributes
/// and classes by schemaIDGUID ([MS-ADA1] to [MS-ADA3], [MS-ADSC]).
const OBJECTS: &[(&str, &str)] = &[
    ("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "DS-Replication-Get-Changes"),
    ("1131f6ad-9c07-11d1-f79f-00c04fc2dcd2", "DS-Replication-Get-Changes-All"),
    (
        "89e95b76-444d-4c62-991a-0facbeda640c",
        "DS-Replication-Get-Changes-In-Filtered-Set",
    ),
    ("1131f6ab-9c07-11d1-f79f-00c04fc2dcd2", "DS-Replication-Synchronize"),
    ("1131f6ac-9c07-11d1-f79f-00c04fc2dcd2", "DS-Replication-Manage-Topology"),
    ("9923a32a-3607-11d2-b9be-0000f87a36b2", "DS-Install-Replica"),
    ("45ec5156-db7e-47bb-b53f-dbeb2d03c40f", "Reanimate-Tombstones"),
    ("ba33815a-4f93-4c76-87f3-57574bff8109", "Migrate-SID-History"),
    ("ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501", "Unexpire-Password"),
    ("00299570-246d-11d0-a768-00aa006e0529", "User-Force-Change-Password"),
    ("ab721a53-1e2f-11d0-9819-00aa0040529b", "User-Change-Password"),
    ("0e10c968-78fb-11d2-90d4-00c04f79dc55", "Certificate-Enrollment"),
    ("a05b8cc2-17bc-4802-a710-e7c15ab866a2", "Certificate-AutoEnrollment"),
    ("bc0ac240-79a9-11d0-9020-00c04fc2d4cf", "Membership"),
    ("4c164200-20c0-11d0-a768-00aa006e0529", "User-Account-Restrictions"),
    ("e48d0154-bcf8-11d1-8702-00c04fb96050", "Public-Information"),
    ("77b5b886-944a-11d1-aebd-0000f80367c1", "Personal-Information"),
    ("bf9679c0-0de6-11d0-a285-00aa003049e2", "member"),
    ("f3a64788-5306-11d1-a9c5-0000f80367c1", "servicePrincipalName"),
    ("5b47d60f-6090-40b2-9f37-2a4de88f3063", "msDS-KeyCredentialLink"),
    (
        "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79",
        "msDS-AllowedToActOnBehalfOfOtherIdentity",
    ),
    ("bf967a68-0de6-11d0-a285-00aa003049e2", "userAccountControl"),
    ("f30e3bbe-9ff0-11d1-b603-0000f80367c1", "gPLink"),
    ("bf967aba-0de6-11d0-a285-00aa003049e2", "user"),
    ("bf967a86-0de6-11d0-a285-00aa003049e2", "computer"),
    ("bf967a9c-0de6-11d0-a285-00aa003049e2", "group"),
];

/// The name of what a rule is for.
pub(super) fn object(guid: &str) -> Option<&'static str> {
    OBJECTS.iter().find(|(known, _)| *known == guid).map(|(_, name)| *name)
}

/// The names of the bits that are set; bits without a name are left out, their number stands beside.
pub(super) fn bits(value: u32, names: &'static [(u32, &'static str)]) -> impl Iterator<Item = &'static str> {
    names
        .iter()
        .filter(move |(bit, _)| value & bit == *bit)
        .map(|(_, name)| *name)
}
