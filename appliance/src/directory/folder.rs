//! Where what is known of each domain is kept: a file for each naming context.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use resolver::directory::sync::{Context, Session, StoreError};

use super::config::{Config, DomainConfig};
use super::domain::domain_of;

/// The end of a file's name.
const ENDING: &str = "directory";

/// The folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Domains that are configured, where which sensor reads them is elected.
    elected: Vec<String>,
    /// Configuration partitions, and the domain that reads each.
    claims: RefCell<HashMap<String, String>>,
}

impl Folder {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            path: config.folder.clone(),
            elected: match config.election.enabled {
                true => config.domains.iter().map(|domain| domain.name.to_lowercase()).collect(),
                false => Vec::new(),
            },
            claims: RefCell::default(),
        }
    }

    /// What is kept of `domain`; damage is told to `tell`, and costs a full read.
    pub(super) fn load(&self, domain: &DomainConfig, tell: fn(&StoreError)) -> Vec<Session> {
        let name = domain.name.to_lowercase();
        let mut sessions = Vec::new();
        for context in [Context::Domain, Context::Configuration] {
            match Session::load(&self.file(&name, context), domain.dirsync) {
                Ok(Some(session)) => {
                    let ours = context == Context::Domain || self.claim(session.base(), &name);
                    sessions.extend(Some(session).filter(|_| ours));
                }
                Ok(None) => {}
                Err(error) => tell(&error),
            }
        }
        sessions
    }

    /// Makes it, where it is not there; that it cannot be made is told.
    pub(super) fn make(&self) {
        if let Err(error) = std::fs::create_dir_all(&self.path) {
            tracing::warn!(
                "directory.folder: {}: {error}; a start will have to read every domain anew; make it, or name another",
                self.path.display()
            );
        }
    }

    /// Keeps a session of `domain`.
    pub(super) fn save(&self, domain: &str, session: &Session) -> io::Result<()> {
        std::fs::create_dir_all(&self.path)?;
        session.save(&self.file(domain, session.context()))
    }

    /// Whether `domain` is the one that reads this Configuration partition: the first that asks is. Where sensors share domains, it is
    /// the forest's root domain on all of them that have it.
    pub(super) fn claim(&self, base: &str, domain: &str) -> bool {
        let root = domain_of(base);
        if self.elected.contains(&root) {
            return root == domain;
        }
        let mut claims = self.claims.borrow_mut();
        claims.entry(base.to_lowercase()).or_insert_with(|| domain.to_owned()) == domain
    }

    /// `domain` is not read any more: another one may read its Configuration partition.
    pub(super) fn release(&self, domain: &str) {
        self.claims.borrow_mut().retain(|_, reader| reader != domain);
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self, domain: &str, context: Context) -> PathBuf {
        let name = match context {
            Context::Domain => format!("{domain}.{ENDING}"),
            Context::Configuration => format!("{domain}.configuration.{ENDING}"),
        };
        self.path.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(domains: &[&str], elected: bool) -> Folder {
        let mut config = Config::default();
        config.election.enabled = elected;
        let domain = |name: &&str| toml::from_str(&format!("name = {name:?}")).unwrap();
        config.domains = domains.iter().map(domain).collect();
        Folder::new(&config)
    }

    #[test]
    fn sensors_that_share_domains_agree_which_reads_the_configuration() {
        let base = "CN=Configuration,DC=lab,DC=example";
        for names in [["dev.lab.example", "Lab.example"], ["lab.example", "dev.lab.example"]] {
            let folder = folder(&names, true);
            assert!(!folder.claim(base, "dev.lab.example") && folder.claim(base, "lab.example"));
        }
        for folder in [
            folder(&["dev.lab.example"], true),
            folder(&["dev.lab.example", "lab.example"], false),
        ] {
            assert!(folder.claim(base, "dev.lab.example") && !folder.claim(base, "lab.example"));
        }
    }
}
