//! Which domains are read beside those that are configured: the others of their forests, and those that trust them.
//!
//! ```text
//! configured ─┬─ crossRef ─► domains of its forest ─── trust ─► a domain elsewhere
//!             └─ trust ────► a domain elsewhere ─ of a forest trust ─ crossRef ─► domains of that forest
//! ```
//! What is beyond is not: a forest trust does not reach the forests that the other one trusts ([MS-ADTS] 6.1.6.7.9), and their
//! controllers would accept no account. Each name is visited once, however the trusts run in circles.

use std::collections::{HashMap, VecDeque};

use resolver::directory::sync::{Context, StoreError};

use super::config::{Config, DomainConfig, is_domain};
use super::domain::Domain;
use super::folder::Folder;

/// The most domains that are followed beside those that are configured.
pub(super) const MAX_FOLLOWED: usize = 64;

/// How a domain came to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is configured, or of the forest of one that is.
    Home,
    /// By a trust; `forest` where that reaches the partner's whole forest.
    Trust { forest: bool },
    /// It is of a forest that is trusted.
    Abroad,
}

/// A domain that is to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Followed {
    /// As the domain that it was reached from is read, by another name and with no controllers yet.
    pub(super) config: DomainConfig,
    /// The domain that led to it.
    pub(super) via: String,
    /// DNS servers that should know its controllers.
    pub(super) servers: Vec<String>,
}

/// What is to be followed, and for how many domains there was no room by the one that led to them.
#[derive(Debug, Default)]
struct Map {
    followed: Vec<Followed>,
    beyond: HashMap<String, u64>,
}

/// Adds the domains that are to be followed and takes away those that are not any more; whether there were any.
pub(super) fn settle(config: &Config, folder: &Folder, domains: &mut Vec<Domain>, tell: fn(&StoreError)) -> bool {
    let mut changed = false;
    // What is added may lead further: each time to one more at least, or it is the last.
    for _ in 0..=MAX_FOLLOWED {
        let map = map(config, domains);
        for domain in &mut *domains {
            domain.status.unfollowed = map.beyond.get(&domain.status.name).copied().unwrap_or_default();
        }
        let stays = |domain: &Domain| {
            let is_same = |followed: &&Followed| followed.config.name == domain.status.name;
            domain.status.followed.is_empty() || map.followed.iter().any(|followed| is_same(&followed))
        };
        for gone in domains.iter().filter(|domain| !stays(domain)) {
            folder.release(&gone.status.name);
        }
        let before = domains.len();
        domains.retain(stays);
        let kept = domains.len();
        for followed in map.followed {
            if !domains.iter().any(|domain| domain.status.name == followed.config.name) {
                let sessions = folder.load(&followed.config, tell);
                domains.push(Domain::followed(followed, config, sessions));
            }
        }
        share(domains);
        changed |= kept < before || domains.len() > kept;
        if domains.len() == kept {
            break;
        }
    }
    changed
}

/// What an account is refused by one domain is known to all.
fn share(domains: &mut [Domain]) {
    if let Some((first, others)) = domains.split_first_mut() {
        others
            .iter_mut()
            .for_each(|domain| domain.credentials.share(&first.credentials));
    }
}

/// Walks from the configured domains wherever what is known of each leads.
fn map(config: &Config, domains: &[Domain]) -> Map {
    let mut map = Map::default();
    if !config.follow_trusts {
        return map;
    }
    let mut ahead: VecDeque<(DomainConfig, Vec<String>, Way)> = VecDeque::new();
    let configured = config.domains.iter();
    ahead.extend(configured.map(|domain| (domain.clone(), servers(config, domain), Way::Home)));
    while let Some((from, servers, way)) = ahead.pop_front() {
        let via = from.name.to_lowercase();
        let Some(domain) = domains.iter().find(|domain| domain.status.name == via) else {
            continue;
        };
        for (name, way) in leads(config, domain, way) {
            let known = |config: &DomainConfig| config.name.eq_ignore_ascii_case(&name);
            if config.domains.iter().any(known) || map.followed.iter().any(|followed| known(&followed.config)) {
                continue;
            }
            if map.followed.len() >= MAX_FOLLOWED {
                *map.beyond.entry(via.clone()).or_default() += 1;
                continue;
            }
            let next = DomainConfig {
                name,
                controllers: Vec::new(),
                // They are of the forest that they are configured in.
                global_catalogs: if way == Way::Home {
                    from.global_catalogs.clone()
                } else {
                    Vec::new()
                },
                ..from.clone()
            };
            ahead.push_back((next.clone(), servers.clone(), way));
            map.followed.push(Followed {
                config: next,
                via: via.clone(),
                servers: servers.clone(),
            });
        }
    }
    map
}

/// Who is asked where controllers are: those who were named, else the domain's own controllers.
fn servers(config: &Config, domain: &DomainConfig) -> Vec<String> {
    match config.name_servers.as_slice() {
        [] => domain.hosts(),
        named => named.iter().map(ToString::to_string).collect(),
    }
}

/// The domains that one leads to, and how.
fn leads(config: &Config, domain: &Domain, way: Way) -> Vec<(String, Way)> {
    let mut leads = Vec::new();
    let (of_forest, of_trusts) = match way {
        Way::Home => (Some(Way::Home), true),
        Way::Trust { forest: true } => (Some(Way::Abroad), false),
        Way::Trust { forest: false } | Way::Abroad => (None, false),
    };
    for session in &domain.sessions {
        match (session.context(), of_forest) {
            (Context::Configuration, Some(way)) => {
                let domains = session.replica().domains_of_forest().into_iter();
                leads.extend(domains.map(|name| (name.into_string(), way)));
            }
            (Context::Domain, _) if of_trusts => {
                let has_own = |partner: &str| {
                    let mut accounts = config.credentials.iter();
                    accounts.any(|account| account.domain.eq_ignore_ascii_case(partner))
                };
                // Whoever is trusted and does not trust accepts an account of its own alone.
                let usable = session.replica().trusts().into_iter();
                let usable = usable.filter(|trust| trust.uplevel && (trust.inbound || has_own(&trust.partner)));
                leads.extend(usable.map(|trust| {
                    let way = match trust.within_forest {
                        true => Way::Home,
                        false => Way::Trust { forest: trust.forest },
                    };
                    (trust.partner.into_string(), way)
                }));
            }
            _ => {}
        }
    }
    leads.retain(|(name, _)| is_domain(name) && !config.excludes(name));
    leads
}

#[cfg(test)]
mod tests {
    use resolver::directory::sync::{Controller, Done, Entry, Replica, Session};

    use super::*;
    use crate::directory::config::CredentialConfig;

    /// What is known of each domain: the naming context's objects.
    struct World {
        config: Config,
        folder: tempfile::TempDir,
        domains: Vec<Domain>,
    }

    impl World {
        fn new(more: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let text = format!(
                "follow-trusts = true\n{more}\n[[domains]]\nname = \"Lab.example\"\ncontrollers = [\"dc1.lab.example\"]\nglobal-catalogs = [\"dc1.lab.example\"]\nca = \"/ca.pem\"\nport = 6360\n"
            );
            let mut config: Config = toml::from_str(&text).unwrap();
            config.folder = folder.path().join("kept");
            let domains = vec![Domain::new(&config.domains[0], &config, Vec::new())];
            Self {
                config,
                folder,
                domains,
            }
        }

        /// Reads `entries` of a naming context of a domain that is there.
        fn reads(&mut self, name: &str, context: Context, entries: &[Entry]) {
            let mut session = Session::new(context, format!("DC={name}"), Replica::new(name), None, false);
            session.begin(Controller::default());
            entries.iter().for_each(|entry| session.handle_entry(entry.clone()));
            session.handle_done(Done::default()).unwrap();
            let domain = self
                .domains
                .iter_mut()
                .find(|domain| domain.status.name == name)
                .unwrap();
            domain.sessions.push(session);
        }

        fn settle(&mut self) -> Vec<(String, String)> {
            settle(&self.config, &Folder::new(&self.config), &mut self.domains, |_| {});
            self.followed()
        }

        fn followed(&self) -> Vec<(String, String)> {
            let followed = self
                .domains
                .iter()
                .map(|domain| &domain.status)
                .filter(|status| !status.followed.is_empty());
            followed
                .map(|status| (status.name.clone(), status.followed.clone()))
                .collect()
        }
    }

    fn entry(dn: &str, values: &[(&str, &str)]) -> Entry {
        let guid = dn.bytes().fold([7_u8; 16], |mut guid, byte| {
            guid.rotate_left(1);
            guid[0] = guid[0].wrapping_mul(31).wrapping_add(byte);
            guid
        });
        let mut attributes = vec![(b"objectGUID".to_vec(), vec![guid.to_vec()])];
        attributes.extend(
            values
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec(), vec![value.as_bytes().to_vec()])),
        );
        let dn = dn.as_bytes().to_vec();
        Entry { dn, attributes }
    }

    fn trust(partner: &str, direction: &str, kind: &str, attributes: &str) -> Entry {
        let values = [
            ("objectClass", "trustedDomain"),
            ("trustPartner", partner),
            ("trustDirection", direction),
            ("trustType", kind),
            ("trustAttributes", attributes),
        ];
        entry(&format!("CN={partner},CN=System,DC=lab,DC=example"), &values)
    }

    fn cross_ref(dns: &str, netbios: &str) -> Entry {
        let values = [("objectClass", "crossRef"), ("dnsRoot", dns), ("nETBIOSName", netbios)];
        let values = if netbios.is_empty() { &values[..2] } else { &values[..] };
        entry(
            &format!("CN={dns},CN=Partitions,CN=Configuration,DC=lab,DC=example"),
            values,
        )
    }

    fn pair(name: &str, via: &str) -> (String, String) {
        (name.to_owned(), via.to_owned())
    }

    #[test]
    fn nothing_is_followed_unless_that_is_wanted() {
        let mut world = World::new("");
        world.reads("lab.example", Context::Domain, &[trust("other.example", "3", "2", "8")]);
        world.config.follow_trusts = false;
        assert_eq!(world.settle(), []);
    }

    #[test]
    fn the_forest_and_whoever_trusts_it_are_followed_and_those_beyond_are_not() {
        let mut world = World::new("excluded-domains = [\"Secret.lab.example\"]");
        let forest = [
            cross_ref("lab.example", "LAB"),
            cross_ref("dev.lab.example", "DEV"),
            cross_ref("secret.lab.example", "SECRET"),
            cross_ref("DomainDnsZones.lab.example", ""),
        ];
        world.reads("lab.example", Context::Configuration, &forest);
        let trusts = [
            trust("other.example", "3", "2", "8"),
            trust("outbound.example", "2", "2", "8"),
            trust("realm.test", "3", "3", "0"),
            trust("NT4", "3", "1", "0"),
            trust("../../etc.x", "3", "2", "0"),
            trust("external.example", "1", "2", "4"),
        ];
        world.reads("lab.example", Context::Domain, &trusts);
        let followed = world.settle();
        let direct = [
            pair("dev.lab.example", "lab.example"),
            pair("external.example", "lab.example"),
            pair("other.example", "lab.example"),
        ];
        assert_eq!(followed, direct);
        let other = world
            .domains
            .iter()
            .find(|domain| domain.status.name == "other.example")
            .unwrap();
        let dev = world
            .domains
            .iter()
            .find(|domain| domain.status.name == "dev.lab.example")
            .unwrap();
        assert_eq!(
            (dev.config.global_catalogs.len(), other.config.global_catalogs.len()),
            (1, 0)
        );
        assert_eq!(
            (other.config.port(), other.config.controllers.len()),
            (6360, 0),
            "read as the domain that led to it"
        );
        // What it trusts is not reached; what its forest has is. The way back, and to itself, is no way.
        world.reads(
            "other.example",
            Context::Domain,
            &[
                trust("third.example", "3", "2", "8"),
                trust("lab.example", "3", "2", "8"),
            ],
        );
        let abroad = [
            cross_ref("other.example", "OTHER"),
            cross_ref("sub.other.example", "SUB"),
            cross_ref("lab.example", "LAB"),
        ];
        world.reads("other.example", Context::Configuration, &abroad);
        world.reads(
            "external.example",
            Context::Configuration,
            &[cross_ref("unreached.example", "UNREACHED")],
        );
        let followed = world.settle();
        assert_eq!(followed[3..], [pair("sub.other.example", "other.example")]);
        assert_eq!(world.settle(), followed, "and that is all");
    }

    #[test]
    fn whoever_is_only_trusted_is_asked_with_an_account_of_its_own() {
        let mut world = World::new("");
        world.config.credentials.push(CredentialConfig {
            domain: "Outbound.example".into(),
            user: "adtap@outbound.example".into(),
            password_file: Some(world.folder.path().join("password")),
            credential: None,
            keytab: None,
        });
        world.reads(
            "lab.example",
            Context::Domain,
            &[trust("outbound.example", "2", "2", "0")],
        );
        assert_eq!(world.settle(), [pair("outbound.example", "lab.example")]);
    }

    #[test]
    fn a_configured_domain_is_not_followed_and_a_trust_that_ends_is_left() {
        let mut world = World::new("");
        let second = DomainConfig {
            name: "OTHER.example".into(),
            ..world.config.domains[0].clone()
        };
        world.domains.push(Domain::new(&second, &world.config, Vec::new()));
        world.config.domains.push(second);
        world.reads(
            "lab.example",
            Context::Domain,
            &[
                trust("other.example", "3", "2", "8"),
                trust("third.example", "3", "2", "8"),
            ],
        );
        assert_eq!(world.settle(), [pair("third.example", "lab.example")]);
        world.domains[0].sessions.clear();
        world.reads("lab.example", Context::Domain, &[trust("other.example", "3", "2", "8")]);
        assert_eq!(world.settle(), []);
        assert_eq!(world.domains.len(), 2);
    }

    #[test]
    fn there_is_room_for_so_many_and_the_rest_is_counted() {
        let mut world = World::new("");
        let trusts: Vec<Entry> = (0..MAX_FOLLOWED + 5)
            .map(|number| trust(&format!("d{number}.example"), "3", "2", "8"))
            .collect();
        world.reads("lab.example", Context::Domain, &trusts);
        assert_eq!(world.settle().len(), MAX_FOLLOWED);
        assert_eq!(world.domains[0].status.unfollowed, 5);
    }
}
