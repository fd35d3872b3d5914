//! What a result code means, and what Active Directory's diagnostic message adds to it.

use crate::activity::{FailureReason, Outcome, Status};

use super::response::LdapResult;

/// saslBindInProgress.
pub(super) const SASL_IN_PROGRESS: i64 = 14;

/// The result as an activity's status: code, name, and the NTSTATUS behind a refused bind.
pub(super) fn status(result: &LdapResult<'_>) -> Status {
    let mut status = Status::new(result.code, name(result.code));
    if result.code == 49
        && let Some((code, name)) = refusal(result.diagnostic)
    {
        (status.ntstatus, status.ntstatus_name) = (Some(code), Some(name));
    }
    status
}

/// Why a bind failed. Without Active Directory's diagnostic, invalidCredentials says no more than that name or password is
/// wrong (RFC 4513 §6.3.1).
pub(super) fn reason(status: &Status) -> Option<FailureReason> {
    match status.ntstatus {
        Some(code) => FailureReason::of_ntstatus(code),
        None => None,
    }
}

/// How an operation with this result ended. `compareFalse` and `compareTrue` are answers; a referral and
/// `saslBindInProgress` ask for another step.
pub(super) const fn outcome(code: i64) -> Outcome {
    match code {
        0 | 5 | 6 => Outcome::Success,
        10 | SASL_IN_PROGRESS => Outcome::Continued,
        _ => Outcome::Failure,
    }
}

/// As [`outcome`], for a search with `entries`: one that was ended by a limit (3, 4, 11) gave what it found until then.
pub(super) const fn search_outcome(code: i64, entries: u64) -> Outcome {
    match code {
        3 | 4 | 11 if entries > 0 => Outcome::Success,
        _ => outcome(code),
    }
}

/// The NTSTATUS of a refused bind, from the Win32 error in its diagnostic:
/// `80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 52e, v4563`.
fn refusal(diagnostic: &[u8]) -> Option<(u32, &'static str)> {
    let text = std::str::from_utf8(diagnostic).ok()?;
    let code = text.split_once(", data ")?.1.split(',').next()?;
    Some(match u32::from_str_radix(code.trim(), 16).ok()? {
        0x525 => (0xc000_0064, "STATUS_NO_SUCH_USER"),
        0x52e => (0xc000_006d, "STATUS_LOGON_FAILURE"),
        0x52f => (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
        0x530 => (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
        0x531 => (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
        0x532 => (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
        0x533 => (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
        0x568 => (0xc000_015a, "STATUS_TOO_MANY_CONTEXT_IDS"),
        0x701 => (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
        0x773 => (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
        0x775 => (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
        _ => return None,
    })
}

/// The name of a result code: RFC 4511 §4.1.9 and the IANA registry of LDAP result codes; 60 and 76 as [MS-ADTS] uses them.
pub(super) const fn name(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        5 => "compareFalse",
        6 => "compareTrue",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        SASL_IN_PROGRESS => "saslBindInProgress",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        19 => "constraintViolation",
        20 => "attributeOrValueExists",
        21 => "invalidAttributeSyntax",
        32 => "noSuchObject",
        33 => "aliasProblem",
        34 => "invalidDNSyntax",
        36 => "aliasDereferencingProblem",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        54 => "loopDetect",
        60 => "sortControlMissing",
        64 => "namingViolation",
        65 => "objectClassViolation",
        66 => "notAllowedOnNonLeaf",
        67 => "notAllowedOnRDN",
        68 => "entryAlreadyExists",
        69 => "objectClassModsProhibited",
        71 => "affectsMultipleDSAs",
        76 => "virtualListViewError",
        80 => "other",
        118 => "canceled",
        119 => "noSuchOperation",
        120 => "tooLate",
        121 => "cannotCancel",
        122 => "assertionFailed",
        123 => "authorizationDenied",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_bind_tells_why() {
        let result = |diagnostic| LdapResult {
            code: 49,
            matched_dn: b"",
            diagnostic,
            referral: b"",
        };
        let told = status(&result(
            b"80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 533, v4563\0",
        ));
        assert_eq!(told.name, Some("invalidCredentials"));
        assert_eq!(told.ntstatus_name, Some("STATUS_ACCOUNT_DISABLED"));
        assert_eq!(reason(&told), Some(FailureReason::AccountDisabled));
        assert_eq!(reason(&status(&result(b"Invalid credentials"))), None);
    }

    #[test]
    fn a_limit_does_not_undo_what_was_found() {
        assert_eq!(search_outcome(4, 1000), Outcome::Success);
        assert_eq!(search_outcome(4, 0), Outcome::Failure);
        assert_eq!(search_outcome(32, 0), Outcome::Failure);
        assert_eq!(search_outcome(10, 0), Outcome::Continued);
    }
}
