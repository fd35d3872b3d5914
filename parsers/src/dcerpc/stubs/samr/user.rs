//! A user's information, asked for and set ([MS-SAMR] 2.2.6).

use super::{Malformed, Memory, Ndr, Told, handles, password};
use crate::activity::Kind;
use crate::dcerpc::ndr::{Counted, Text};
use crate::fields::Value;

/// WhichFields: the field, and what it means to change it (2.2.1.8).
const FIELDS: [(u32, &str, Option<&str>); 20] = [
    (0x0100_0000, "NtPassword", Some(password::CHANGED)),
    (0x0200_0000, "LmPassword", Some(password::CHANGED)),
    (0x0000_0001, "UserName", Some("Security Principal Sam Name changed")),
    (0x0010_0000, "UserAccountControl", Some("Account Disabled changed")),
    (0x0008_0000, "AccountExpires", Some("Account Expiry Time changed")),
    (0x0800_0000, "PasswordExpired", Some("Account Password expired")),
    (0x0000_0002, "FullName", Some("Security Principal Display Name changed")),
    (0x0000_0008, "PrimaryGroupId", Some(super::MEMBERSHIP)),
    (0x0000_0010, "AdminComment", None),
    (0x0000_0020, "UserComment", None),
    (0x0000_0040, "HomeDirectory", None),
    (0x0000_0080, "HomeDirectoryDrive", None),
    (0x0000_0100, "ScriptPath", None),
    (0x0000_0200, "ProfilePath", None),
    (0x0000_0400, "WorkStations", None),
    (0x0000_2000, "LogonHours", None),
    (0x0020_0000, "Parameters", None),
    (0x0040_0000, "CountryCode", None),
    (0x0080_0000, "CodePage", None),
    (0x1000_0000, "SecurityDescriptor", None),
];

/// USER_INFORMATION_CLASS (2.2.6.28).
const fn name(level: u32) -> Option<&'static str> {
    Some(match level {
        1 => "UserGeneralInformation",
        2 => "UserPreferencesInformation",
        3 => "UserLogonInformation",
        4 => "UserLogonHoursInformation",
        5 => "UserAccountInformation",
        6 => "UserNameInformation",
        7 => "UserAccountNameInformation",
        8 => "UserFullNameInformation",
        9 => "UserPrimaryGroupInformation",
        10 => "UserHomeInformation",
        11 => "UserScriptInformation",
        12 => "UserProfileInformation",
        13 => "UserAdminCommentInformation",
        14 => "UserWorkStationsInformation",
        16 => "UserControlInformation",
        17 => "UserExpiresInformation",
        18 => "UserInternal1Information",
        20 => "UserParametersInformation",
        21 => "UserAllInformation",
        23 => "UserInternal4Information",
        24 => "UserInternal5Information",
        25 => "UserInternal4InformationNew",
        26 => "UserInternal5InformationNew",
        31 => "UserInternal7InformationAES",
        32 => "UserInternal8InformationAES",
        _ => return None,
    })
}

/// `SamrSetInformationUser`, `…2([in] SAMPR_HANDLE UserHandle, [in] USER_INFORMATION_CLASS UserInformationClass,
/// [in, switch_is(UserInformationClass)] PSAMPR_USER_INFO_BUFFER Buffer)`.
pub(super) fn set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let level = ndr.enumeration("information level")?;
    told.details.set("information_level", level);
    told.details.set_some("information_level_name", name(level));
    match level {
        7 => told.action = Some("Security Principal Sam Name changed"),
        8 => told.action = Some("Security Principal Display Name changed"),
        9 => told.action = Some(super::MEMBERSHIP),
        16 => told.action = Some("Account Disabled changed"),
        17 => told.action = Some("Account Expiry Time changed"),
        18 | 24 | 26 | 31 => reset(told),
        _ => {}
    }
    information(ndr, told, Purpose::Set)
}

/// The password is set, by somebody who need not know the old one.
fn reset(told: &mut Told) {
    told.kind = Kind::PasswordChange;
    told.action = Some(password::CHANGED);
    told.details.replace("method", "samr_reset");
}

/// `SamrQueryInformationUser`, `…2`: `[out, switch_is(UserInformationClass)] PSAMPR_USER_INFO_BUFFER *Buffer`.
pub(super) fn is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("information")? {
        true => information(ndr, told, Purpose::Query),
        false => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Query,
    Set,
}

/// SAMPR_USER_INFO_BUFFER, of which names and account control are read.
fn information(ndr: &mut Ndr<'_>, told: &mut Told, purpose: Purpose) -> Result<(), Malformed> {
    ndr.union(8);
    let level = ndr.enumeration("information level")?;
    ndr.union(8);
    match level {
        6 => {
            let (user, full) = (ndr.counted("user name")?, ndr.counted("full name")?);
            names(ndr, told, user, full)
        }
        7 => text(ndr, told, "user_name"),
        8 => text(ndr, told, "full_name"),
        13 => text(ndr, told, "admin_comment"),
        16 => {
            control(told, ndr.u32("account control")?);
            Ok(())
        }
        21 => all(ndr, told, purpose, 0),
        // ENCRYPTED_USER_PASSWORD and ENCRYPTED_USER_PASSWORD_NEW follow.
        23 => all(ndr, told, purpose, 516),
        25 => all(ndr, told, purpose, 532),
        _ => Ok(()),
    }
}

fn text(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    let text = ndr.unicode_argument(name)?;
    told.details.set_some(name, text.as_ref().map(Text::text));
    Ok(())
}

fn names(ndr: &mut Ndr<'_>, told: &mut Told, user: Counted, full: Counted) -> Result<(), Malformed> {
    let user = ndr.counted_wide(user, "user name")?.filter(|user| !user.is_empty());
    told.details.set_some("user_name", user.as_ref().map(Text::text));
    let full = ndr.counted_wide(full, "full name")?.filter(|full| !full.is_empty());
    told.details.set_some("full_name", full.as_ref().map(Text::text));
    Ok(())
}

/// SAMPR_USER_ALL_INFORMATION (2.2.6.6), which `sealed` octets of an encrypted password follow.
///
/// ```text
/// OLD_LARGE_INTEGER LastLogon, LastLogoff, PasswordLastSet, AccountExpires, PasswordCanChange, PasswordMustChange;
/// RPC_UNICODE_STRING UserName, FullName, HomeDirectory, HomeDirectoryDrive, ScriptPath, ProfilePath, AdminComment,
///     WorkStations, UserComment, Parameters; RPC_SHORT_BLOB LmOwfPassword, NtOwfPassword; RPC_UNICODE_STRING PrivateData;
/// { u32 Length; byte *SecurityDescriptor }; u32 UserId, PrimaryGroupId, UserAccountControl, WhichFields;
/// { u16 UnitsPerWeek; byte *LogonHours }; u16 BadPasswordCount, LogonCount, CountryCode, CodePage;
/// u8 LmPasswordPresent, NtPasswordPresent, PasswordExpired, PrivateDataSensitive
/// ```
fn all(ndr: &mut Ndr<'_>, told: &mut Told, purpose: Purpose, sealed: usize) -> Result<(), Malformed> {
    ndr.align_pointer();
    for _ in 0..6 {
        ndr.large("time")?;
    }
    let (user, full) = (ndr.counted("user name")?, ndr.counted("full name")?);
    for _ in 0..11 {
        ndr.counted("text")?;
    }
    ndr.align_pointer();
    ndr.u32("security descriptor")?;
    ndr.pointer("security descriptor")?;
    ndr.u32("user id")?;
    ndr.u32("primary group")?;
    let (account_control, fields) = (ndr.u32("account control")?, ndr.u32("fields")?);
    if fields & 0x0010_0000 != 0 {
        control(told, account_control);
    }
    if purpose == Purpose::Set {
        changed(told, fields);
    }
    ndr.align_pointer();
    ndr.u16("logon hours")?;
    ndr.pointer("logon hours")?;
    ndr.skip(12, "counts")?;
    ndr.trailer(8);
    ndr.skip(sealed, "password")?;
    names(ndr, told, user, full)
}

/// Which fields are set, and what the first of them that means something means.
fn changed(told: &mut Told, fields: u32) {
    let set = || FIELDS.iter().filter(move |(bit, ..)| fields & bit != 0);
    told.list("changed", set().map(|(_, name, _)| Value::Name(name)));
    match set().find_map(|(.., action)| *action) {
        Some(password::CHANGED) => reset(told),
        action => told.action = action,
    }
}

/// UserAccountControl as SAMR numbers it (2.2.1.12), which is not as the directory does.
fn control(told: &mut Told, value: u32) {
    const CODES: [(u32, &str); 21] = [
        (0x1, "USER_ACCOUNT_DISABLED"),
        (0x2, "USER_HOME_DIRECTORY_REQUIRED"),
        (0x4, "USER_PASSWORD_NOT_REQUIRED"),
        (0x8, "USER_TEMP_DUPLICATE_ACCOUNT"),
        (0x10, "USER_NORMAL_ACCOUNT"),
        (0x20, "USER_MNS_LOGON_ACCOUNT"),
        (0x40, "USER_INTERDOMAIN_TRUST_ACCOUNT"),
        (0x80, "USER_WORKSTATION_TRUST_ACCOUNT"),
        (0x100, "USER_SERVER_TRUST_ACCOUNT"),
        (0x200, "USER_DONT_EXPIRE_PASSWORD"),
        (0x400, "USER_ACCOUNT_AUTO_LOCKED"),
        (0x800, "USER_ENCRYPTED_TEXT_PASSWORD_ALLOWED"),
        (0x1000, "USER_SMARTCARD_REQUIRED"),
        (0x2000, "USER_TRUSTED_FOR_DELEGATION"),
        (0x4000, "USER_NOT_DELEGATED"),
        (0x8000, "USER_USE_DES_KEY_ONLY"),
        (0x1_0000, "USER_DONT_REQUIRE_PREAUTH"),
        (0x2_0000, "USER_PASSWORD_EXPIRED"),
        (0x4_0000, "USER_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION"),
        (0x8_0000, "USER_NO_AUTH_DATA_REQUIRED"),
        (0x10_0000, "USER_PARTIAL_SECRETS_ACCOUNT"),
    ];
    told.details.set("account_control", value);
    let set = CODES.iter().filter(|(bit, _)| value & bit != 0);
    told.list("account_control_names", set.map(|(_, name)| Value::Name(name)));
}
