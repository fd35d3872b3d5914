//! When the password of the account that reads the directory ends.

use capture::Timestamp;

use super::connection::Connection;
use super::domain::base_search;
use super::trouble::Trouble;

/// msDS-UserPasswordExpiryTimeComputed ([MS-ADTS] 3.1.1.4.5.34): 100 ns since 1601; the greatest number is never.
const EXPIRY: &str = "msDS-UserPasswordExpiryTimeComputed";
/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

/// When the password of `user` ends; none where it never does, or where the user is of another domain.
pub(super) async fn expires(
    connection: &mut Connection,
    domain: &str,
    user: &str,
) -> Result<Option<Timestamp>, Trouble> {
    let search = base_search(domain.to_owned(), filter(user), EXPIRY);
    let mut expires = None;
    connection
        .search(&search, |entry| {
            let values = entry
                .attributes
                .into_iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(EXPIRY.as_bytes()));
            let value = values.flat_map(|(_, values)| values).next();
            expires = value.and_then(|value| time(&value));
        })
        .await?;
    Ok(expires)
}

/// Who is meant by the three ways to write an account.
fn filter(user: &str) -> String {
    if let Some((_, account)) = user.split_once('\\') {
        return format!("(sAMAccountName={})", escaped(account));
    }
    if user.contains('=') {
        return format!("(distinguishedName={})", escaped(user));
    }
    let account = user.split('@').next().unwrap_or(user);
    format!(
        "(|(userPrincipalName={})(sAMAccountName={}))",
        escaped(user),
        escaped(account)
    )
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

    #[test]
    fn whoever_is_meant_is_found_and_nobody_else() {
        assert_eq!(filter("LAB\\adtap"), "(sAMAccountName=adtap)");
        assert_eq!(
            filter("a*@lab.example"),
            "(|(userPrincipalName=a\\2a@lab.example)(sAMAccountName=a\\2a))"
        );
        assert_eq!(filter("CN=a,DC=x"), "(distinguishedName=CN=a,DC=x)");
    }
}
