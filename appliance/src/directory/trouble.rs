//! Why a domain cannot be read: what is told, and how soon it is worth another try.

use std::fmt;

use serde::{Deserialize, Serialize};

/// LDAPResult's busy and unavailable (RFC 4511 §4.1.9): it answers, and serves nobody.
const BUSY: u32 = 51;
const UNAVAILABLE: u32 = 52;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// No connection came about, or it broke.
    Unreachable,
    /// The controller's certificate is not to be trusted.
    Certificate,
    /// No account is accepted.
    Credentials,
    /// The account's password has expired.
    PasswordExpired,
    /// The controller does not do what it is asked.
    Refused,
    /// What the controller says is not as LDAP has it.
    Garbled,
    /// It is adtap that ends.
    Ended,
}

/// Trouble with a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    /// What is the matter, with the controller's name.
    pub(crate) what: String,
}

impl Trouble {
    pub(super) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
        }
    }

    /// Whether another controller would say the same: the account is at fault, and each further try counts against it.
    pub(super) const fn is_of_account(&self) -> bool {
        matches!(self.kind, Kind::Credentials | Kind::PasswordExpired)
    }

    /// What Kerberos says where no ticket comes about, in MIT's words: what is the account's fault is told from what is nobody's.
    #[cfg(feature = "gssapi")]
    pub(super) fn ticket(principal: &str, said: &str) -> Self {
        const ACCOUNT: [&str; 6] = [
            "reauthentication failed",
            "not found in Kerberos database",
            "no suitable keys",
            "have been revoked",
            "annot find key",
            "Matching credential not found",
        ];
        let kind = match said {
            // The controller's name, not the account's: another one may have its name right.
            said if said.contains("Server ") && said.contains("not found in Kerberos database") => Kind::Unreachable,
            said if said.contains("assword has expired") => Kind::PasswordExpired,
            said if ACCOUNT.iter().any(|fault| said.contains(fault)) => Kind::Credentials,
            _ => Kind::Unreachable,
        };
        Self::new(kind, format!("{principal}: no ticket: {said}"))
    }

    /// What ldap3 says of a connection.
    pub(super) fn connection(controller: &str, error: &ldap3::LdapError) -> Self {
        let said = error.to_string();
        let certificate = ["certificate", "UnknownIssuer", "NotValidForName", "CaUsedAsEndEntity"];
        let kind = match certificate.iter().any(|word| said.contains(word)) {
            true => Kind::Certificate,
            false => Kind::Unreachable,
        };
        Self::new(kind, format!("{controller}: {said}"))
    }

    /// What a refused bind means; the diagnostic message tells more than its code (invalidCredentials).
    pub(super) fn bind(controller: &str, user: &str, code: u32, message: &str) -> Self {
        let (kind, why) = match reason(message) {
            _ if matches!(code, BUSY | UNAVAILABLE) => {
                (Kind::Unreachable, format!("result code {code}, {}", message.trim()))
            }
            _ if code != 49 => (Kind::Refused, format!("result code {code}, {}", message.trim())),
            Some(Reason::Expired) => (Kind::PasswordExpired, "its password has expired".to_owned()),
            Some(Reason::MustChange) => (Kind::PasswordExpired, "its password has to be changed".to_owned()),
            Some(Reason::Account(what)) => (Kind::Credentials, what.to_owned()),
            None => (Kind::Credentials, "user or password is wrong".to_owned()),
        };
        Self::new(kind, format!("{controller} does not accept {user}: {why}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Why an account is not accepted.
enum Reason {
    Expired,
    MustChange,
    Account(&'static str),
}

/// `… AcceptSecurityContext error, data 532, v4563`, the Win32 code in hexadecimal ([MS-ERREF] 2.2); Samba names the NTSTATUS.
fn reason(message: &str) -> Option<Reason> {
    let code = message
        .split_once(" data ")
        .and_then(|(_, rest)| rest.split(',').next());
    let named = |name: &str| message.contains(name);
    Some(match code.unwrap_or_default().trim() {
        "532" => Reason::Expired,
        "773" => Reason::MustChange,
        "533" => Reason::Account("the account is disabled"),
        "701" => Reason::Account("the account has expired"),
        "775" => Reason::Account("the account is locked"),
        "530" | "531" => Reason::Account("the account may not log on at this time, or from here"),
        _ if named("PASSWORD_EXPIRED") => Reason::Expired,
        _ if named("PASSWORD_MUST_CHANGE") => Reason::MustChange,
        _ if named("ACCOUNT_DISABLED") => Reason::Account("the account is disabled"),
        _ if named("ACCOUNT_EXPIRED") => Reason::Account("the account has expired"),
        _ if named("ACCOUNT_LOCKED_OUT") => Reason::Account("the account is locked"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "gssapi")]
    #[test]
    fn a_missing_ticket_is_told_by_whose_fault_it_is() {
        let kind = |said: &str| Trouble::ticket("adtap@LAB.EXAMPLE", said).kind;
        assert_eq!(kind("Preauthentication failed"), Kind::Credentials);
        assert_eq!(
            kind("Keytab contains no suitable keys for adtap@LAB.EXAMPLE"),
            Kind::Credentials
        );
        assert_eq!(
            kind("No credentials were supplied (Matching credential not found)"),
            Kind::Credentials
        );
        assert_eq!(kind("Password has expired"), Kind::PasswordExpired);
        let unknown = |who: &str| {
            kind(&format!(
                "dc1.lab.example: {who}@LAB.EXAMPLE not found in Kerberos database"
            ))
        };
        assert_eq!(unknown("Client adtap"), Kind::Credentials);
        assert_eq!(unknown("Server ldap/dc1.lab.example"), Kind::Unreachable);
        assert_eq!(
            kind("Cannot contact any KDC for realm 'LAB.EXAMPLE'"),
            Kind::Unreachable
        );
    }

    #[test]
    fn a_refused_bind_is_told_by_its_reason() {
        let windows = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 532, v4563";
        assert_eq!(Trouble::bind("dc1", "a@x", 49, windows).kind, Kind::PasswordExpired);
        let wrong = Trouble::bind("dc1", "a@x", 49, "error, data 52e, v4563");
        assert_eq!(
            (wrong.kind, wrong.what.as_str()),
            (Kind::Credentials, "dc1 does not accept a@x: user or password is wrong")
        );
        let samba = Trouble::bind("dc1", "a@x", 49, "Simple Bind Failed: NT_STATUS_ACCOUNT_LOCKED_OUT");
        assert!(samba.what.ends_with("the account is locked"));
        assert_eq!(Trouble::bind("dc1", "a@x", 8, "sign it").kind, Kind::Refused);
    }
}
