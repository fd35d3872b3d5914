//! Rounds that come to an early end, and what becomes of what they had found by then.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use resolver::directory::Attribute;
use resolver::directory::sync::Session;
use tokio::runtime::{Builder, Runtime};

use super::config;
use super::script::{Asked, Request, scripted};
use crate::directory::config::Config;
use crate::directory::domain::{Domain, Round};
use crate::directory::folder::Folder;
use crate::directory::trouble::Kind;

/// A domain and what it takes to look at it.
pub(super) struct Lab {
    runtime: Runtime,
    pub(super) config: Config,
    pub(super) domain: Domain,
    _folder: tempfile::TempDir,
}

impl Lab {
    pub(super) fn new(port: u16, controllers: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "password").unwrap();
        let mut config = Config {
            change_notification: false,
            ..config(folder.path(), port)
        };
        config.domains[0].controllers = controllers.iter().map(ToString::to_string).collect();
        Self {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            domain: Domain::new(&config.domains[0], &config, Vec::new()),
            config,
            _folder: folder,
        }
    }

    /// The same, configured so.
    pub(super) fn with(self, config: Config) -> Self {
        Self {
            domain: Domain::new(&config.domains[0], &config, Vec::new()),
            config,
            ..self
        }
    }

    /// Has everything read again.
    pub(super) fn forget(&mut self) {
        self.domain.sessions.iter_mut().for_each(Session::renew);
    }

    /// Leaves the controller, and begins again with the first.
    pub(super) fn reconnect(&mut self) {
        self.domain.rest();
    }

    pub(super) fn round(&mut self) -> Round {
        self.round_while(|_| true)
    }

    fn round_while(&mut self, mut goes_on: impl FnMut(u64) -> bool) -> Round {
        let folder = Folder::new(&self.config);
        self.domain
            .round_on(&self.runtime, &folder, &mut |_, entries| goes_on(entries))
    }
}

/// The titles that changes lead to.
pub(super) fn titles(round: &Round) -> Vec<String> {
    let after = round.changes.iter().filter_map(|change| change.after.as_ref());
    after
        .filter_map(|after| Some(after.text(Attribute::Title)?.to_string()))
        .collect()
}

pub(super) fn kind(round: &Round) -> Option<Kind> {
    round.trouble.as_ref().map(|trouble| trouble.kind)
}

/// A forest whose root says where its Configuration partition is; its user's title changes with each look.
fn promoting(titles: &'static [&'static str]) -> impl Fn(&Request) -> Vec<u8> {
    let left = Mutex::new(titles.iter());
    move |request| match request.asked {
        Asked::Root => {
            let root = super::root_dse(&[
                ("defaultNamingContext", "DC=lab,DC=example"),
                ("configurationNamingContext", "CN=Configuration,DC=lab,DC=example"),
            ]);
            [request.message(&[&root]), request.done(0)].concat()
        }
        Asked::Follow if !request.configuration => match left.lock().unwrap().next() {
            Some(title) => [request.user(1, title), request.cookie(title)].concat(),
            None => request.cookie("no more"),
        },
        _ => request.sound("first"),
    }
}

#[test]
fn what_was_found_before_a_round_failed_is_told() {
    let sound = promoting(&["second"]);
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| {
        (!request.configuration).then(|| sound(request))
    });
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    let first = lab.round();
    assert_eq!((kind(&first), first.read), (Some(Kind::Unreachable), true));
    let second = lab.round();
    assert_eq!(kind(&second), Some(Kind::Unreachable));
    assert_eq!(
        (titles(&second), lab.domain.status.changes),
        (vec!["second".to_owned()], 1)
    );
    let third = lab.round();
    assert_eq!(titles(&third), Vec::<String>::new(), "once");
}

#[test]
fn what_was_found_before_the_end_is_told() {
    let sound = promoting(&["second", "third"]);
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| Some(sound(request)));
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    assert_eq!(kind(&lab.round()), None);
    let ended = lab.round_while(|_| false);
    assert!(ended.trouble.is_some());
    assert_eq!(titles(&ended), ["second"]);
}

#[test]
fn a_password_that_cannot_be_watched_costs_no_round() {
    let sound = promoting(&["second"]);
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, move |request| match request.asked {
        Asked::Password => Some(request.done(1)),
        _ => Some(sound(request)),
    });
    let mut lab = Lab::new(port, &["127.0.0.1"]);
    assert_eq!(kind(&lab.round()), None);
    let why = lab.domain.status.password_unknown.clone().unwrap();
    assert!(
        why.starts_with("127.0.0.1: the controller refuses a search of DC=lab,DC=example: 1 "),
        "{why}"
    );
    assert_eq!(titles(&lab.round()), ["second"]);
}

/// Two accounts of the domain: when whose password ends. It is called LAB.
fn with_passwords(request: &Request) -> Vec<u8> {
    let day = |days: u64| (116_444_736_000_000_000 + days * 864_000_000_000).to_string();
    let found = |principal: &str, days| request.account(principal, &day(days));
    match request.asked {
        Asked::Root => promoting(&[])(request),
        Asked::Other if request.has("nETBIOSName") && request.has("LAB") => {
            [request.user(9, ""), request.done(0)].concat()
        }
        Asked::Password if request.has("sAMAccountName") && request.has(PRINCIPAL_OF_FIRST) => [
            found("somebody@lab.example", 1),
            found(PRINCIPAL_OF_FIRST, 2),
            request.done(0),
        ]
        .concat(),
        Asked::Password if request.has("sAMAccountName") => {
            [found("somebody@lab.example", 1), request.done(0)].concat()
        }
        _ => request.sound("first"),
    }
}

const PRINCIPAL_OF_FIRST: &str = "adtap@lab.example";

#[test]
fn a_namesake_in_the_domain_that_is_read_is_not_watched() {
    let (port, _) = scripted(Ipv4Addr::LOCALHOST, 0, |request| Some(with_passwords(request)));
    for (user, days) in [
        ("LAB\\adtap", Some(1)),
        ("OTHER\\adtap", None),
        (PRINCIPAL_OF_FIRST, Some(2)),
        ("adtap@other.example", None),
        ("adtap", None),
    ] {
        let lab = Lab::new(port, &["127.0.0.1"]);
        let mut config = lab.config.clone();
        config.credentials[0].user = user.into();
        let mut lab = lab.with(config);
        assert_eq!(lab.round().trouble, None);
        let status = &lab.domain.status;
        let ends = status.password_expires.map(|time| time.0 / 86_400_000_000_000);
        assert_eq!(
            (ends, status.password_unknown.is_none()),
            (days, days.is_some()),
            "{user}: {status:?}"
        );
    }
}
