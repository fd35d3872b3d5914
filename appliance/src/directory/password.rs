//! When the password of the account that reads the directory ends.

use capture::Timestamp;
use resolver::directory::sync::{Done, Entry, Refusal, Search};

use super::config::CredentialConfig;
use super::connection::{Connection, Root};
use super::domain::domain_of;
use super::trouble::{Kind, Trouble};

/// msDS-UserPasswordExpiryTimeComputed ([MS-ADTS] 3.1.1.4.5.34): 100 ns since 1601; the greatest number is never.
const EXPIRY: &str = "msDS-UserPasswordExpiryTimeComputed";
const PRINCIPAL: &str = "userPrincipalName";
/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

/// What is known of a password's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    At(Timestamp),
    Never,
    /// It is not watched from this domain, for this reason.
    Unwatched(String),
}

/// When the password of `account` ends, asked of the domain that is read: a namesake there is somebody else.
pub(super) async fn expires(
    connection: &mut Connection,
    root: &Root,
    account: &CredentialConfig,
) -> Result<Ends, Trouble> {
    let (domain, user) = (domain_of(&root.domain), &account.user);
    let meant = match Meant::of(account, &domain) {
        Some(Meant::Of(netbios, filter)) => is_called(connection, root, netbios).await?.then_some(filter),
        Some(Meant::Here(filter)) => Some(filter),
        None => None,
    };
    let Some(filter) = meant else {
        let what = format!("{user} does not say that it is an account of {domain}");
        return Ok(Ends::Unwatched(what));
    };
    let mut found = Vec::new();
    look_up(
        connection,
        search(&root.domain, filter, &[EXPIRY, PRINCIPAL]),
        |entry| {
            found.push((is_principal(&entry, user), end(&entry)));
        },
    )
    .await?;
    // A principal that is written down goes before one that follows from a name ([MS-ADTS] 5.1.1.1.1).
    found.sort_by_key(|(is_principal, _)| !is_principal);
    let nobody = || Ends::Unwatched(format!("{user} is no account that may be read in {domain}"));
    Ok(found.into_iter().next().map_or_else(nobody, |(_, ends)| ends))
}

/// Who is meant by the ways to write an account, where that is of the domain which is read.
#[derive(Debug, PartialEq, Eq)]
enum Meant<'a> {
    /// Whoever this filter finds.
    Here(String),
    /// The same, where the domain has this NetBIOS name.
    Of(&'a str, String),
}

impl<'a> Meant<'a> {
    fn of(account: &'a CredentialConfig, domain: &str) -> Option<Self> {
        let user = account.user.as_str();
        let is_this = |name: &str| name.eq_ignore_ascii_case(domain);
        let named = |name: &str| format!("(sAMAccountName={})", escaped(name));
        if let Some((prefix, name)) = user.split_once('\\') {
            return Some(match is_this(prefix) {
                true => Self::Here(named(name)),
                false => Self::Of(prefix, named(name)),
            });
        }
        if user.contains('=') {
            let filter = format!("(distinguishedName={})", escaped(user));
            return is_this(&domain_of(user)).then_some(Self::Here(filter));
        }
        let (name, suffix) = user.rsplit_once('@')?;
        let principal = format!("({PRINCIPAL}={})", escaped(user));
        if is_this(suffix) {
            return Some(Self::Here(format!("(|{principal}{})", named(name))));
        }
        // A suffix of the forest's own choice; a realm is a domain's name.
        (is_this(&account.domain) && account.keytab.is_none()).then_some(Self::Here(principal))
    }
}

/// Whether the domain has this NetBIOS name, as its crossRef says.
async fn is_called(connection: &mut Connection, root: &Root, netbios: &str) -> Result<bool, Trouble> {
    if root.configuration.is_empty() {
        return Ok(false);
    }
    let (domain, name) = (escaped(&root.domain), escaped(netbios));
    let filter = format!("(&(objectClass=crossRef)(nCName={domain})(nETBIOSName={name}))");
    let base = format!("CN=Partitions,{}", root.configuration);
    let mut found = false;
    look_up(connection, search(&base, filter, &["nETBIOSName"]), |_| found = true).await?;
    Ok(found)
}

async fn look_up(connection: &mut Connection, search: Search, entry: impl FnMut(Entry)) -> Result<(), Trouble> {
    let Done { code, message, .. } = connection.look_up(&search, entry).await?;
    let base = search.base;
    let refusal = Refusal { base, code, message };
    match code {
        0 => Ok(()),
        _ => Err(Trouble::new(Kind::Refused, format!("{}: {refusal}", connection.host))),
    }
}

fn search(base: &str, filter: String, attributes: &[&str]) -> Search {
    Search {
        base: base.to_owned(),
        subtree: true,
        filter,
        attributes: attributes.iter().map(ToString::to_string).collect(),
        controls: Vec::new(),
    }
}

fn first<'a>(entry: &'a Entry, attribute: &str) -> Option<&'a [u8]> {
    let is_it = |(name, _): &&(Vec<u8>, Vec<Vec<u8>>)| name.eq_ignore_ascii_case(attribute.as_bytes());
    let (_, values) = entry.attributes.iter().find(is_it)?;
    values.first().map(Vec::as_slice)
}

fn is_principal(entry: &Entry, user: &str) -> bool {
    first(entry, PRINCIPAL).is_some_and(|own| own.eq_ignore_ascii_case(user.as_bytes()))
}

fn end(entry: &Entry) -> Ends {
    first(entry, EXPIRY).and_then(time).map_or(Ends::Never, Ends::At)
}

/// A value of a filter (RFC 4515 §3).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '*' | '(' | ')' | '\\' | '\0' => text.push_str(&format!("\\{:02x}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text
}

fn time(value: &[u8]) -> Option<Timestamp> {
    let ticks: i64 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    let never = ticks <= 0 || ticks == i64::MAX;
    (!never).then(|| Timestamp::new(ticks / 10_000_000 - EPOCH, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_no_time() {
        assert_eq!(time(b"9223372036854775807"), None);
        assert_eq!(time(b"0"), None);
        assert_eq!(time(b"116444736000000000"), Some(Timestamp::new(0, 0)));
    }

    fn account(user: &str, domain: &str) -> CredentialConfig {
        CredentialConfig {
            domain: domain.into(),
            user: user.into(),
            password_file: None,
            credential: None,
            keytab: None,
        }
    }

    #[test]
    fn whoever_is_meant_is_found_and_nobody_else() {
        let meant = |user: &str, domain: &str| match Meant::of(&account(user, domain), "lab.example") {
            Some(Meant::Here(filter)) => filter,
            Some(Meant::Of(netbios, filter)) => format!("{netbios}: {filter}"),
            None => String::new(),
        };
        assert_eq!(meant("OTHER\\adtap", "lab.example"), "OTHER: (sAMAccountName=adtap)");
        assert_eq!(meant("Lab.example\\adtap", "other.example"), "(sAMAccountName=adtap)");
        assert_eq!(
            meant("a*@lab.example", "lab.example"),
            "(|(userPrincipalName=a\\2a@lab.example)(sAMAccountName=a\\2a))"
        );
        assert_eq!(meant("a@mail.test", "LAB.example"), "(userPrincipalName=a@mail.test)");
        assert_eq!(meant("a@other.example", "other.example"), "");
        assert_eq!(
            meant("CN=a,DC=lab,DC=example", "x"),
            "(distinguishedName=CN=a,DC=lab,DC=example)"
        );
        assert_eq!(meant("CN=a,DC=child,DC=lab,DC=example", "x"), "");
        assert_eq!(meant("a", "lab.example"), "", "a display name, to Windows");
        let keytab = CredentialConfig {
            keytab: Some("k".into()),
            ..account("a@OTHER.EXAMPLE", "lab.example")
        };
        assert_eq!(Meant::of(&keytab, "lab.example"), None);
    }
}
