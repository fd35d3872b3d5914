//! Which account a domain is asked with: its own domain's first, then a parent's, a sibling's, and in the end any, by turns; of each, managed
//! service accounts before users.
//!
//! A refused password is not tried again for a while: a controller would lock the account for guessing. Neither is it tried in
//! other domains while its own refuses it: that is where they would ask.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::config::CredentialConfig;
use super::trouble::{Kind, Trouble};

/// How long a refused password is left alone, unless another stands in its place.
const REFUSED: Duration = Duration::from_secs(15 * 60);
/// The longest password, in octets.
const MAX_PASSWORD: u64 = 1_024;

/// The largest keytab, in octets.
const MAX_KEYTAB: u64 = 4 << 20;

/// An account with what it proves itself by.
pub(super) struct Account {
    /// Its place among the configured ones.
    pub(super) place: usize,
    pub(super) user: String,
    pub(super) secret: Secret,
}

/// What an account proves itself by.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    Password(Zeroizing<String>),
    /// The principal, and the keytab's octets: another keytab is another try.
    Keytab(String, Zeroizing<Vec<u8>>),
}

/// The configured accounts, and which of them were refused.
#[derive(Default)]
pub(super) struct Credentials {
    configs: Vec<CredentialConfig>,
    /// Those of every domain that shares them.
    refused: Arc<Mutex<Vec<Refused>>>,
    /// The place of the account that comes first where none is near.
    turn: usize,
}

struct Refused {
    place: usize,
    /// The domain that refused it.
    domain: String,
    secret: Secret,
    since: Instant,
    trouble: Trouble,
}

impl Credentials {
    pub(super) fn new(configs: &[CredentialConfig]) -> Self {
        Self {
            configs: configs.to_vec(),
            refused: Arc::default(),
            turn: 0,
        }
    }

    /// Knows from now on what `other` is refused, and the other way round.
    pub(super) fn share(&mut self, other: &Self) {
        self.refused = Arc::clone(&other.refused);
    }

    /// The accounts to try for `domain`, in this order; where all were refused lately, why the first was.
    pub(super) fn accounts(&mut self, domain: &str) -> Result<Vec<Account>, Trouble> {
        let (mut accounts, mut trouble) = (Vec::new(), None);
        for place in self.order(domain) {
            match self.account(place, domain) {
                Ok(account) => accounts.push(account),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        match trouble {
            Some(trouble) if accounts.is_empty() => Err(trouble),
            _ => Ok(accounts),
        }
    }

    /// How the account of this user is configured.
    pub(super) fn config(&self, user: &str) -> Option<&CredentialConfig> {
        self.configs.iter().find(|config| config.user == user)
    }

    /// `account` was not accepted by `domain`.
    pub(super) fn refuse(&mut self, domain: &str, account: &Account, trouble: Trouble) {
        self.turn = account.place + 1;
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.retain(|refused| refused.place != account.place || refused.domain != domain);
        refused.push(Refused {
            place: account.place,
            domain: domain.to_owned(),
            secret: account.secret.clone(),
            since: Instant::now(),
            trouble,
        });
    }

    fn account(&mut self, place: usize, domain: &str) -> Result<Account, Trouble> {
        let Some(config) = self.configs.get(place) else {
            return Err(Trouble::new(Kind::Credentials, "no account is configured"));
        };
        let secret = secret(config)?;
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.retain(|refused| refused.since.elapsed() < REFUSED);
        let counts = |by: &str| by.eq_ignore_ascii_case(domain) || by.eq_ignore_ascii_case(&config.domain);
        let same = |refused: &&Refused| refused.place == place && counts(&refused.domain) && refused.secret == secret;
        match refused.iter().find(same) {
            Some(refused) => Err(refused.trouble.clone()),
            None => Ok(Account {
                place,
                user: config.user.clone(),
                secret,
            }),
        }
    }

    fn order(&self, domain: &str) -> Vec<usize> {
        let count = self.configs.len();
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|place| {
            let config = self.configs.get(*place);
            let distance = config.map_or(FAR, |config| distance(domain, &config.domain));
            let turn = (place + count - self.turn % count.max(1)) % count.max(1);
            let nearer = if distance == FAR { turn } else { *place };
            (distance, !config.is_some_and(is_managed), nearer)
        });
        places
    }
}

/// Whether it is a managed service account's, or a computer's: the domain itself changes its password, and the names of both end so
/// ([MS-ADTS] 3.1.1.8.1).
fn is_managed(config: &CredentialConfig) -> bool {
    let name = config.user.rsplit('\\').next().unwrap_or_default();
    name.split('@').next().is_some_and(|name| name.ends_with('$'))
}

/// Neither the domain's own, nor a parent's or a sibling's.
const FAR: u8 = 3;

/// How far an account's domain is from the one that is asked.
fn distance(domain: &str, account: &str) -> u8 {
    let (domain, account) = (domain.to_lowercase(), account.to_lowercase());
    let parent = |name: &str| name.split_once('.').map(|(_, parent)| parent.to_owned());
    if domain == account {
        0
    } else if domain.ends_with(&format!(".{account}")) {
        1
    } else if parent(&domain).is_some_and(|own| own.contains('.') && parent(&account).as_deref() == Some(own.as_str()))
    {
        2
    } else {
        FAR
    }
}

/// The password or the keytab, read anew each time: whoever changes it changes the file.
fn secret(config: &CredentialConfig) -> Result<Secret, Trouble> {
    let user = &config.user;
    let Some(path) = config.secret_path() else {
        let what = format!(
            "{user}: there is no $CREDENTIALS_DIRECTORY; adtap was not started by systemd with LoadCredential=, so that there is no password"
        );
        return Err(Trouble::new(Kind::Credentials, what));
    };
    let unreadable = |what: String| Trouble::new(Kind::Credentials, format!("{user}: {}: {what}", path.display()));
    let size = std::fs::metadata(&path)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if let Some(principal) = config.keytab.is_some().then(|| config.principal()).flatten() {
        if size > MAX_KEYTAB {
            return Err(unreadable(format!("{size} octets are no keytab")));
        }
        let octets = std::fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        return Ok(Secret::Keytab(principal, octets.into()));
    }
    if size > MAX_PASSWORD {
        return Err(unreadable(format!("{size} octets are no password")));
    }
    let text = std::fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.map_err(|error| unreadable(error.to_string()))?;
    let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if password.is_empty() {
        // An empty password would be an anonymous bind (RFC 4513 §5.1.2), which proves nothing and tells nothing.
        return Err(unreadable("it is empty".to_owned()));
    }
    Ok(Secret::Password(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_account_comes_first() {
        let order = ["lab.example", "example", "dev.example", "other.test"].map(|name| distance("lab.example", name));
        assert_eq!(order, [0, 1, 3, 3]);
        assert_eq!(distance("a.lab.example", "b.lab.example"), 2);
        assert_eq!(distance("a.lab.example", "lab.example"), 1);
    }

    #[test]
    fn managed_service_accounts_come_before_the_users_of_the_same_domain() {
        let users = [
            ("far.test", "FAR\\sensor$"),
            ("lab.example", "adtap@lab.example"),
            ("other.test", "adtap"),
            ("lab.example", "sensor$@lab.example"),
        ];
        let configs = users.map(|(domain, user)| CredentialConfig {
            domain: domain.into(),
            user: user.into(),
            password_file: Some("password".into()),
            credential: None,
            keytab: None,
        });
        let mut credentials = Credentials::new(&configs);
        assert_eq!(credentials.order("lab.example"), [3, 1, 0, 2]);
        assert_eq!(credentials.order("dev.lab.example"), [3, 1, 0, 2], "a parent's");
        credentials.turn = 1;
        assert_eq!(credentials.order("third.test"), [3, 0, 1, 2], "by turns, of each kind");
    }

    #[test]
    fn a_refused_password_rests_until_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let config = CredentialConfig {
            domain: "lab.example".into(),
            user: "adtap@lab.example".into(),
            password_file: Some(path.clone()),
            credential: None,
            keytab: None,
        };
        let mut credentials = Credentials::new(&[config]);
        assert_eq!(
            credentials.accounts("lab.example").err().map(|trouble| trouble.kind),
            Some(Kind::Credentials)
        );
        std::fs::write(&path, "\n").unwrap();
        assert!(
            credentials
                .accounts("lab.example")
                .is_err_and(|trouble| trouble.what.ends_with("it is empty"))
        );
        std::fs::write(&path, "one\n").unwrap();
        let accounts = credentials.accounts("lab.example").unwrap_or_default();
        assert!(accounts[0].secret == Secret::Password("one".to_owned().into()));
        credentials.refuse(
            "lab.example",
            &accounts[0],
            Trouble::new(Kind::PasswordExpired, "expired"),
        );
        assert_eq!(
            credentials.accounts("lab.example").err().map(|trouble| trouble.kind),
            Some(Kind::PasswordExpired)
        );
        std::fs::write(&path, "two\n").unwrap();
        assert!(credentials.accounts("lab.example").is_ok());
    }

    #[test]
    fn accounts_that_are_far_take_turns_and_rest_everywhere_while_their_own_domain_refuses_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "one").unwrap();
        let names = ["a.test", "lab.example", "b.test", "c.test"];
        let configs = names.map(|name| CredentialConfig {
            domain: name.into(),
            user: format!("adtap@{name}"),
            password_file: Some(path.clone()),
            credential: None,
            keytab: None,
        });
        let (mut near, mut far) = (Credentials::new(&configs), Credentials::new(&configs));
        far.share(&near);
        let users = |credentials: &mut Credentials, domain: &str| {
            let accounts = credentials.accounts(domain).unwrap_or_default().into_iter();
            accounts.map(|account| account.place).collect::<Vec<_>>()
        };
        assert_eq!(
            users(&mut far, "dev.lab.example"),
            [1, 0, 2, 3],
            "a parent's, then the others"
        );
        let wrong = || Trouble::new(Kind::Credentials, "wrong");
        let first = far.accounts("other.test").unwrap().remove(0);
        far.refuse("other.test", &first, wrong());
        assert_eq!(users(&mut far, "other.test"), [1, 2, 3], "the next one begins");
        assert_eq!(
            users(&mut near, "lab.example"),
            [1, 0, 2, 3],
            "elsewhere it may be accepted"
        );
        let own = near.accounts("b.test").unwrap().remove(0);
        near.refuse("b.test", &own, wrong());
        assert_eq!(users(&mut far, "other.test"), [1, 3]);
        assert_eq!(users(&mut near, "lab.example"), [1, 3, 0]);
    }
}
