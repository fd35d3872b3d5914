//! Why logons fail.

use serde::Serialize;

use crate::json::{WriteJson, plain};

/// Why a logon failed, in the words of the hunting tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[expect(missing_docs, reason = "the names are plain words")]
pub enum FailureReason {
    WrongPassword,
    UnknownUser,
    AccountDisabled,
    AccountLocked,
    AccountExpired,
    PasswordExpired,
    LogonHours,
    WorkstationRestriction,
    ClockSkew,
}

impl FailureReason {
    /// The reason behind an NTSTATUS ([MS-ERREF] 2.3.1), where it names one. STATUS_LOGON_FAILURE does not: servers say it of
    /// an unknown user and of a wrong password alike, so that nobody learns which names exist.
    #[must_use]
    pub const fn of_ntstatus(status: u32) -> Option<Self> {
        Some(match status {
            0xc000_006a => Self::WrongPassword, // WRONG_PASSWORD
            0xc000_0064 => Self::UnknownUser,   // NO_SUCH_USER
            0xc000_0072 => Self::AccountDisabled,
            0xc000_0234 => Self::AccountLocked,
            0xc000_0193 => Self::AccountExpired,
            0xc000_0071 | 0xc000_0224 => Self::PasswordExpired, // PASSWORD_EXPIRED, PASSWORD_MUST_CHANGE
            0xc000_006f => Self::LogonHours,
            0xc000_0070 => Self::WorkstationRestriction,
            0xc000_0133 => Self::ClockSkew, // TIME_DIFFERENCE_AT_DC
            _ => return None,
        })
    }

    /// The reason's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "WrongPassword",
            Self::UnknownUser => "UnknownUser",
            Self::AccountDisabled => "AccountDisabled",
            Self::AccountLocked => "AccountLocked",
            Self::AccountExpired => "AccountExpired",
            Self::PasswordExpired => "PasswordExpired",
            Self::LogonHours => "LogonHours",
            Self::WorkstationRestriction => "WorkstationRestriction",
            Self::ClockSkew => "ClockSkew",
        }
    }
}

impl WriteJson for FailureReason {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}
