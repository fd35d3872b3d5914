//! userAccountControl ([MS-ADTS] 2.2.16): the names of its flags, and which change of them has a name of its own.

/// ADS_UF_* flags that adtap judges by.
const DISABLED: u32 = 0x2;
const LOCKED_OUT: u32 = 0x10;
const PASSWORD_NOT_REQUIRED: u32 = 0x20;
const PASSWORD_NEVER_EXPIRES: u32 = 0x1_0000;
const SMARTCARD_REQUIRED: u32 = 0x4_0000;
const TRUSTED_FOR_DELEGATION: u32 = 0x8_0000;
const NOT_DELEGATED: u32 = 0x10_0000;
const DES_ONLY: u32 = 0x20_0000;
const PASSWORD_EXPIRED: u32 = 0x80_0000;
const TRUSTED_TO_AUTH_FOR_DELEGATION: u32 = 0x100_0000;

const NAMES: &[(u32, &str)] = &[
    (0x1, "SCRIPT"),
    (DISABLED, "ACCOUNTDISABLE"),
    (0x8, "HOMEDIR_REQUIRED"),
    (LOCKED_OUT, "LOCKOUT"),
    (PASSWORD_NOT_REQUIRED, "PASSWD_NOTREQD"),
    (0x40, "PASSWD_CANT_CHANGE"),
    (0x80, "ENCRYPTED_TEXT_PASSWORD_ALLOWED"),
    (0x100, "TEMP_DUPLICATE_ACCOUNT"),
    (0x200, "NORMAL_ACCOUNT"),
    (0x800, "INTERDOMAIN_TRUST_ACCOUNT"),
    (0x1000, "WORKSTATION_TRUST_ACCOUNT"),
    (0x2000, "SERVER_TRUST_ACCOUNT"),
    (PASSWORD_NEVER_EXPIRES, "DONT_EXPIRE_PASSWD"),
    (0x2_0000, "MNS_LOGON_ACCOUNT"),
    (SMARTCARD_REQUIRED, "SMARTCARD_REQUIRED"),
    (TRUSTED_FOR_DELEGATION, "TRUSTED_FOR_DELEGATION"),
    (NOT_DELEGATED, "NOT_DELEGATED"),
    (DES_ONLY, "USE_DES_KEY_ONLY"),
    (0x40_0000, "DONT_REQUIRE_PREAUTH"),
    (PASSWORD_EXPIRED, "PASSWORD_EXPIRED"),
    (TRUSTED_TO_AUTH_FOR_DELEGATION, "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION"),
    (0x200_0000, "NO_AUTH_DATA_REQUIRED"),
    (0x400_0000, "PARTIAL_SECRETS_ACCOUNT"),
];

/// What a change of each flag is called, the gravest first.
const ACTIONS: &[(u32, &str)] = &[
    (
        TRUSTED_TO_AUTH_FOR_DELEGATION,
        "Account Constrained Delegation State changed",
    ),
    (TRUSTED_FOR_DELEGATION, "Account Delegation changed"),
    (DISABLED, "Account Disabled changed"),
    (PASSWORD_NOT_REQUIRED, "Account Password Not Required changed"),
    (PASSWORD_NEVER_EXPIRES, "Account Password Never Expires changed"),
    (SMARTCARD_REQUIRED, "Account Smartcard Required changed"),
    (NOT_DELEGATED, "Account Delegation changed"),
    (DES_ONLY, "Account Supported Encryption Types changed"),
    (LOCKED_OUT, "Account Locked changed"),
    (PASSWORD_EXPIRED, "Account Password expired"),
];

/// A flag that a change sets or clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The flag's name, without ADS_UF_; none where it has none.
    pub name: Option<&'static str>,
    /// Its bit.
    pub bit: u32,
    /// Whether it is set now.
    pub set: bool,
    /// What the hunting tables call that.
    pub action: Option<&'static str>,
}

/// What changing the value from `old` to `new` flips, lowest bit first.
pub fn flips(old: u32, new: u32) -> impl Iterator<Item = Flip> {
    let changed = old ^ new;
    (0..u32::BITS)
        .map(|place| 1 << place)
        .filter(move |bit| changed & bit != 0)
        .map(move |bit| Flip {
            name: named(NAMES, bit),
            bit,
            set: new & bit != 0,
            action: named(ACTIONS, bit),
        })
}

fn named(table: &[(u32, &'static str)], bit: u32) -> Option<&'static str> {
    table.iter().find(|(flag, _)| *flag == bit).map(|(_, name)| *name)
}

/// The value, as LDAP writes it: decimal, signed.
#[must_use]
pub fn parse(value: &[u8]) -> Option<u32> {
    let number: i64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    u32::try_from(number)
        .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
        .ok()
}

/// The names of the flags that are set.
pub fn names(value: u32) -> impl Iterator<Item = &'static str> {
    NAMES
        .iter()
        .filter(move |(flag, _)| value & flag != 0)
        .map(|(_, name)| *name)
}

/// What changing the value is called. The value before is known only where the request deletes it by name; without it a
/// flag that is set counts as changed, and one that is not tells nothing.
pub(super) fn action(old: Option<u32>, new: u32) -> Option<&'static str> {
    let changed = old.map_or(new, |old| old ^ new);
    ACTIONS
        .iter()
        .find(|(flag, _)| changed & flag != 0)
        .map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_tell_what_changed() {
        assert_eq!(
            parse(b"514").map(|value| names(value).collect()),
            Some(vec!["ACCOUNTDISABLE", "NORMAL_ACCOUNT"])
        );
        assert_eq!(parse(b"-2147483136"), Some(0x8000_0200));
        assert_eq!(parse(b"x"), None);
        assert_eq!(action(None, 514), Some("Account Disabled changed"));
        assert_eq!(action(None, 512), None);
        assert_eq!(action(Some(514), 512), Some("Account Disabled changed"));
        assert_eq!(action(Some(0x1_0200), 0x9_0200), Some("Account Delegation changed"));
    }

    #[test]
    fn every_flag_that_flips_is_told() {
        let told: Vec<_> = flips(0x202, 0x4001_0200)
            .map(|flip| (flip.name, flip.set, flip.action))
            .collect();
        assert_eq!(
            told,
            [
                (Some("ACCOUNTDISABLE"), false, Some("Account Disabled changed")),
                (
                    Some("DONT_EXPIRE_PASSWD"),
                    true,
                    Some("Account Password Never Expires changed")
                ),
                (None, true, None),
            ]
        );
        assert_eq!(flips(512, 512).count(), 0);
    }
}
