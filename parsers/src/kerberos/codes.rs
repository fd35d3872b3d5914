//! What a refusal means: the names of Kerberos' error codes and of the NTSTATUS that Windows adds, and the plain reason.

use crate::activity::FailureReason;

/// KDC_ERR_C_PRINCIPAL_UNKNOWN.
pub const C_PRINCIPAL_UNKNOWN: i32 = 6;
/// KDC_ERR_PREAUTH_FAILED.
pub const PREAUTH_FAILED: i32 = 24;
/// KDC_ERR_PREAUTH_REQUIRED: the first half of nearly every logon.
pub const PREAUTH_REQUIRED: i32 = 25;
/// KRB_ERR_RESPONSE_TOO_BIG: the same again over TCP.
pub const RESPONSE_TOO_BIG: i32 = 52;
/// KDC_ERR_WRONG_REALM: with a crealm, a referral to the client's own realm (RFC 6806 §7).
pub const WRONG_REALM: i32 = 68;
/// KDC_ERR_PREAUTH_EXPIRED: start again (RFC 6113 §5.2).
pub const PREAUTH_EXPIRED: i32 = 90;
/// KDC_ERR_MORE_PREAUTH_DATA_REQUIRED (RFC 6113 §5.2).
pub const MORE_PREAUTH_DATA_REQUIRED: i32 = 91;

/// The name of an error code: RFC 4120 §7.5.9, RFC 4556 §3.1.3, RFC 6113, RFC 6806, [MS-KILE] 3.1.5.
#[must_use]
pub const fn error(code: i32) -> Option<&'static str> {
    Some(match code {
        0 => "KDC_ERR_NONE",
        1 => "KDC_ERR_NAME_EXP",
        2 => "KDC_ERR_SERVICE_EXP",
        3 => "KDC_ERR_BAD_PVNO",
        4 => "KDC_ERR_C_OLD_MAST_KVNO",
        5 => "KDC_ERR_S_OLD_MAST_KVNO",
        6 => "KDC_ERR_C_PRINCIPAL_UNKNOWN",
        7 => "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        8 => "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
        9 => "KDC_ERR_NULL_KEY",
        10 => "KDC_ERR_CANNOT_POSTDATE",
        11 => "KDC_ERR_NEVER_VALID",
        12 => "KDC_ERR_POLICY",
        13 => "KDC_ERR_BADOPTION",
        14 => "KDC_ERR_ETYPE_NOSUPP",
        15 => "KDC_ERR_SUMTYPE_NOSUPP",
        16 => "KDC_ERR_PADATA_TYPE_NOSUPP",
        17 => "KDC_ERR_TRTYPE_NOSUPP",
        18 => "KDC_ERR_CLIENT_REVOKED",
        19 => "KDC_ERR_SERVICE_REVOKED",
        20 => "KDC_ERR_TGT_REVOKED",
        21 => "KDC_ERR_CLIENT_NOTYET",
        22 => "KDC_ERR_SERVICE_NOTYET",
        23 => "KDC_ERR_KEY_EXPIRED",
        24 => "KDC_ERR_PREAUTH_FAILED",
        25 => "KDC_ERR_PREAUTH_REQUIRED",
        26 => "KDC_ERR_SERVER_NOMATCH",
        27 => "KDC_ERR_MUST_USE_USER2USER",
        28 => "KDC_ERR_PATH_NOT_ACCEPTED",
        29 => "KDC_ERR_SVC_UNAVAILABLE",
        31 => "KRB_AP_ERR_BAD_INTEGRITY",
        32 => "KRB_AP_ERR_TKT_EXPIRED",
        33 => "KRB_AP_ERR_TKT_NYV",
        34 => "KRB_AP_ERR_REPEAT",
        35 => "KRB_AP_ERR_NOT_US",
        36 => "KRB_AP_ERR_BADMATCH",
        37 => "KRB_AP_ERR_SKEW",
        38 => "KRB_AP_ERR_BADADDR",
        39 => "KRB_AP_ERR_BADVERSION",
        40 => "KRB_AP_ERR_MSG_TYPE",
        41 => "KRB_AP_ERR_MODIFIED",
        42 => "KRB_AP_ERR_BADORDER",
        44 => "KRB_AP_ERR_BADKEYVER",
        45 => "KRB_AP_ERR_NOKEY",
        46 => "KRB_AP_ERR_MUT_FAIL",
        47 => "KRB_AP_ERR_BADDIRECTION",
        48 => "KRB_AP_ERR_METHOD",
        49 => "KRB_AP_ERR_BADSEQ",
        50 => "KRB_AP_ERR_INAPP_CKSUM",
        51 => "KRB_AP_PATH_NOT_ACCEPTED",
        52 => "KRB_ERR_RESPONSE_TOO_BIG",
        60 => "KRB_ERR_GENERIC",
        61 => "KRB_ERR_FIELD_TOOLONG",
        62 => "KDC_ERR_CLIENT_NOT_TRUSTED",
        63 => "KDC_ERR_KDC_NOT_TRUSTED",
        64 => "KDC_ERR_INVALID_SIG",
        65 => "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED",
        66 => "KDC_ERR_CERTIFICATE_MISMATCH",
        67 => "KRB_AP_ERR_NO_TGT",
        68 => "KDC_ERR_WRONG_REALM",
        69 => "KRB_AP_ERR_USER_TO_USER_REQUIRED",
        70 => "KDC_ERR_CANT_VERIFY_CERTIFICATE",
        71 => "KDC_ERR_INVALID_CERTIFICATE",
        72 => "KDC_ERR_REVOKED_CERTIFICATE",
        73 => "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
        74 => "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
        75 => "KDC_ERR_CLIENT_NAME_MISMATCH",
        76 => "KDC_ERR_KDC_NAME_MISMATCH",
        77 => "KDC_ERR_INCONSISTENT_KEY_PURPOSE",
        78 => "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED",
        79 => "KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED",
        80 => "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED",
        81 => "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED",
        85 => "KRB_AP_ERR_IAKERB_KDC_NOT_FOUND",
        86 => "KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE",
        90 => "KDC_ERR_PREAUTH_EXPIRED",
        91 => "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
        92 => "KDC_ERR_PREAUTH_BAD_AUTHENTICATION_SET",
        93 => "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS",
        100 => "KDC_ERR_NO_ACCEPTABLE_KDF",
        _ => return None,
    })
}

/// Why a client was refused, in plain words, where the answer tells.
///
/// The NTSTATUS is the more particular of the two and decides, but for an unknown client, where Windows may add the vague
/// STATUS_LOGON_FAILURE. KDC_ERR_CLIENT_REVOKED (18) stands for disabled, locked, expired and out of hours alike: without
/// an NTSTATUS no reason is given, since a lockout reported as a disabled account would be a false statement. A failed
/// pre-authentication (24) means a wrong password unless it was made with a certificate (`pkinit`).
#[must_use]
pub fn reason(code: i32, ntstatus: Option<u32>, pkinit: bool) -> Option<FailureReason> {
    let by_code = match code {
        1 => Some(FailureReason::AccountExpired),
        C_PRINCIPAL_UNKNOWN => return Some(FailureReason::UnknownUser),
        23 => Some(FailureReason::PasswordExpired),
        PREAUTH_FAILED if !pkinit => Some(FailureReason::WrongPassword),
        37 => Some(FailureReason::ClockSkew),
        _ => None,
    };
    ntstatus.and_then(FailureReason::of_ntstatus).or(by_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ntstatus_decides_what_the_code_leaves_open() {
        assert_eq!(reason(18, Some(0xc000_0234), false), Some(FailureReason::AccountLocked));
        assert_eq!(
            reason(18, Some(0xc000_0072), false),
            Some(FailureReason::AccountDisabled)
        );
        assert_eq!(reason(18, None, false), None);
        assert_eq!(reason(6, Some(0xc000_006d), false), Some(FailureReason::UnknownUser));
        assert_eq!(
            reason(12, Some(0xc000_0070), false),
            Some(FailureReason::WorkstationRestriction)
        );
        assert_eq!(reason(24, None, false), Some(FailureReason::WrongPassword));
        assert_eq!(reason(24, None, true), None);
    }
}
