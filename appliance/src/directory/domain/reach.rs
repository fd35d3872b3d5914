//! Which controller is asked: the first that takes a connection, accepts an account and says that it is one of the domain. Whoever does
//! not is told as unreachable until a round with it comes to its end, and the next one is asked at once.
//!
//! A refused account is another matter: the next controller would not think otherwise of it, and would lock it the sooner.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use resolver::directory::sync::{Context, Session};

use super::{Domain, Place, dn_of, domain_of};
use crate::directory::connection::{Connection, Root};
use crate::directory::credentials::Account;
use crate::directory::status::Unreachable;
use crate::directory::trouble::{Kind, Trouble};

/// After so long no further controller is tried in a round: other domains wait.
const REACHING: Duration = Duration::from_secs(30);

/// A controller, and what it says of itself.
pub(super) struct Reached {
    pub(super) connection: Connection,
    pub(super) root: Root,
}

impl Domain {
    /// The controller that was asked last, where it still answers; else the first that does.
    pub(super) async fn reached(&mut self) -> Result<Reached, Trouble> {
        if let Some(mut connection) = self.connection.take() {
            // A connection that was idle is often gone: that is no trouble yet.
            if let Ok(root) = connection.root().await {
                return self.belonging(connection, root);
            }
        }
        if self.status.followed.is_empty() {
            self.connect().await
        } else {
            self.connect_found().await
        }
    }

    /// The first controller that answers, and accepts an account.
    async fn connect(&mut self) -> Result<Reached, Trouble> {
        let (hosts, start, until) = (self.config.hosts(), self.first, Instant::now() + REACHING);
        let mut last = None;
        for step in 0..hosts.len() {
            if step > 0 && Instant::now() >= until {
                self.first += 1;
                return Err(last.unwrap_or_else(nobody));
            }
            self.first = (start + step) % hosts.len();
            let Some(host) = hosts.get(self.first) else { continue };
            match self.try_reach(host, None).await {
                Err(trouble) if !trouble.is_of_account() => last = Some(trouble),
                outcome => return outcome,
            }
        }
        self.first = start;
        self.connect_catalog(last.unwrap_or_else(nobody)).await
    }

    /// A global catalog of the forest, where no controller of its own ever told everything.
    async fn connect_catalog(&mut self, trouble: Trouble) -> Result<Reached, Trouble> {
        let is_whole = |session: &Session| session.replica().is_complete() && !session.is_partial();
        let mut own = self
            .sessions
            .iter()
            .filter(|session| session.context() == Context::Domain);
        if own.any(is_whole) {
            return Err(trouble);
        }
        for host in self.config.global_catalogs.clone() {
            match self.reach(&host, None, true).await {
                Err(trouble) if !trouble.is_of_account() => {}
                outcome => return outcome,
            }
        }
        Err(trouble)
    }

    /// The controller that was found in the background, where it accepts an account.
    async fn connect_found(&mut self) -> Result<Reached, Trouble> {
        let Place::Found(found) = std::mem::take(&mut self.search) else {
            let what = format!("{}: the connection to its controller broke", self.config.name);
            return Err(Trouble::new(Kind::Unreachable, what));
        };
        self.status.passed_over = found.passed_over;
        let is_there = |other: &Unreachable| found.named.contains(&other.controller);
        self.status.unreachable.retain(is_there);
        for other in found.unreachable {
            self.unreachable(&other.controller, Some(&other.why));
        }
        let Some((host, stream)) = found.found else {
            let what = format!("{}: no controller was found", self.config.name);
            let trouble = found.trouble.unwrap_or_else(|| Trouble::new(Kind::Unreachable, what));
            return self.connect_catalog(trouble).await;
        };
        let outcome = self.try_reach(&host, Some(stream)).await;
        let passed = outcome.as_ref().is_err_and(|trouble| !trouble.is_of_account());
        self.first += usize::from(passed);
        outcome
    }

    /// A controller of the domain, and whether that could be reached.
    async fn try_reach(&mut self, host: &str, stream: Option<TcpStream>) -> Result<Reached, Trouble> {
        let outcome = self.reach(host, stream, false).await;
        match &outcome {
            Err(trouble) if trouble.is_of_account() => self.unreachable(host, None), // it answers
            Err(trouble) => self.unreachable(host, Some(&trouble.what)),
            Ok(_) => {} // a round with it will tell
        }
        outcome
    }

    /// Connects, authenticates, and asks who it is.
    async fn reach(&mut self, host: &str, stream: Option<TcpStream>, catalog: bool) -> Result<Reached, Trouble> {
        // The same host may be a controller and a global catalog: one may answer without the other.
        self.asking = format!("{host}{}", if catalog { " (global catalog)" } else { "" });
        // As they are now: an account that the controller before refused is not among them.
        let accounts = self.credentials.accounts(&self.config.name)?;
        let mut connection = match catalog {
            true => Connection::catalog(&self.config, host).await?,
            false => Connection::open(&self.config, host, stream).await?,
        };
        connection.patience = self.patience;
        self.accepted(&mut connection, &accounts).await?;
        let root = connection.root().await?;
        self.belonging(connection, root)
    }

    /// Binds with the first account that is accepted.
    async fn accepted(&mut self, connection: &mut Connection, accounts: &[Account]) -> Result<(), Trouble> {
        let (mut refused, mut failed) = (None, None);
        for account in accounts {
            match connection.bind(account).await {
                Ok(()) => {
                    self.status.account.clone_from(&account.user);
                    self.notice = None; // of the connection before
                    return Ok(());
                }
                Err(trouble) if trouble.is_of_account() => {
                    self.credentials.refuse(&self.config.name, account, trouble.clone());
                    refused = Some(trouble);
                }
                Err(trouble) if connection.broken => return Err(trouble),
                Err(trouble) => failed = Some(trouble),
            }
        }
        // Where one account is not refused, the next controller may accept it.
        let none = || Trouble::new(Kind::Credentials, "no account is configured");
        Err(failed.or(refused).unwrap_or_else(none))
    }

    /// A controller of another domain would fill this one with strangers; a global catalog is asked for this one alone.
    fn belonging(&self, connection: Connection, root: Root) -> Result<Reached, Trouble> {
        if connection.catalog {
            let domain = dn_of(&self.config.name);
            let root = Root { domain, ..root };
            return Ok(Reached { connection, root });
        }
        let domain = domain_of(&root.domain);
        if domain.eq_ignore_ascii_case(&self.config.name) {
            return Ok(Reached { connection, root });
        }
        let (host, own) = (&connection.host, &self.config.name);
        let what = format!("{host} is a controller of {domain}, not of {own}");
        Err(Trouble::new(Kind::Refused, what))
    }

    /// What is known of a controller: that it answers, or why it does not.
    pub(super) fn unreachable(&mut self, host: &str, why: Option<&str>) {
        self.status.unreachable.retain(|other| other.controller != host);
        self.status.unreachable.extend(why.map(|why| Unreachable {
            controller: host.to_owned(),
            why: why.to_owned(),
        }));
    }
}

fn nobody() -> Trouble {
    Trouble::new(Kind::Unreachable, "no controller is configured")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::directory::folder::Folder;
    use crate::directory::locate::Located;
    use crate::directory::tests::config;
    use crate::directory::tests::script::{Asked, scripted};

    #[test]
    fn a_controller_that_dns_names_and_that_fails_at_the_bind_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "password").unwrap();
        let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, |request| match request.asked {
            Asked::Bind => Some(request.done(52)),
            _ => None,
        });
        let config = config(folder.path(), port);
        let mut domain = Domain::new(&config.domains[0], &config, Vec::new());
        domain.status.followed = "other.example".into();
        domain.unreachable("dc0.lab.example", Some("gone from DNS since"));
        domain.unreachable("dc2.lab.example", Some("it did not answer before"));
        domain.search = Place::Found(Located {
            found: Some((
                "dc1.lab.example".into(),
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap(),
            )),
            named: vec!["dc1.lab.example".into(), "dc2.lab.example".into()],
            ..Located::default()
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let round = domain.round_on(&runtime, &Folder::new(&config), &mut |_, _| true);
        assert_eq!(round.trouble.map(|trouble| trouble.kind), Some(Kind::Unreachable));
        let unreachable = domain.status.unreachable.iter().map(|other| other.controller.as_str());
        assert_eq!(unreachable.collect::<Vec<_>>(), ["dc2.lab.example", "dc1.lab.example"]);
        assert_eq!(domain.wanted().skip, 1, "the one after it begins");
    }
}
