//! Whose ticket it is, whom it was issued to, and whether it was issued at all.
//!
//! A ticket hides its client, and a FAST-armoured TGS exchange hides it from the reply too. But the answer that issued the
//! ticket was seen: the AS exchange names its client, and a ticket bought with that ticket is the same client's. Tickets are
//! known by the SHA-256 of their cipher; nothing of a ticket is kept but that, the name, and where it went.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;
use parsers::activity::{Activity, Bearer, Kind, Outcome};
use parsers::fields::Value;

use crate::address::AddressBook;
use crate::config::Config;
use crate::directory::Snapshot;
use crate::entity::{Certainty, Computer};
use crate::generations::Generations;
use crate::owner::{Owner, Owners};
use crate::watch::Watch;

/// The name that stands for whoever is hidden (RFC 8062 §3).
const ANONYMOUS: &str = "WELLKNOWN/ANONYMOUS";

/// A ticket that was issued.
#[derive(Clone, Debug)]
struct Issue {
    owner: Option<Arc<Owner>>,
    /// The address that it was sent to; which computer that was is for the address book to say, if anybody asks.
    to: IpAddr,
    time: Timestamp,
    /// It was asked for to be used elsewhere (RFC 4120 §2.6).
    forwarded: bool,
}

/// Where a ticket that is used comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// From the computer it was issued to.
    SameComputer,
    /// From an address it was not issued to, which may be another one of the same computer.
    OtherAddress,
    /// From a computer it was not issued to.
    OtherComputer,
    /// From wherever it was forwarded to, as its owner asked.
    Forwarded,
    /// No watched controller issued it, and all are watched.
    NeverIssued,
}

impl Provenance {
    const fn name(self) -> &'static str {
        match self {
            Self::SameComputer => "same_computer",
            Self::OtherAddress => "other_address",
            Self::OtherComputer => "other_computer",
            Self::Forwarded => "forwarded",
            Self::NeverIssued => "never_issued",
        }
    }
}

/// Tickets and their issue.
#[derive(Debug)]
pub(crate) struct Tickets {
    /// When the older half is forgotten, whether a ticket was issued is known again only when all have been remembered for the lifetime
    /// of one.
    issues: Generations<[u8; 16], Issue>,
    /// When the first of the younger generation came, and so the oldest once the older one has gone.
    young_since: Option<Timestamp>,
    owners: Owners,
    watch: Watch,
    forgotten: u64,
}

impl Tickets {
    /// No tickets yet. `directory` tells which controllers issue them.
    pub(crate) fn new(config: &Config, directory: &Snapshot) -> Self {
        let lifetime = Duration::from_secs(config.ticket_lifetime.into());
        Self {
            issues: Generations::new(config.tickets as usize),
            young_since: None,
            owners: Owners::default(),
            watch: Watch::new(lifetime, directory),
            forgotten: 0,
        }
    }

    /// Takes the memory now that as many tickets need as are remembered.
    pub(crate) fn reserve(&mut self) {
        self.issues.reserve(|number| {
            let mut ticket = [0; 16];
            ticket[..8].copy_from_slice(&number.to_ne_bytes());
            (ticket, Issue::NONE)
        });
    }

    /// From now on `directory` tells which controllers issue tickets.
    pub(crate) fn take_directory(&mut self, directory: &Snapshot) {
        self.watch.take_directory(directory);
    }

    /// How many tickets were forgotten because there were too many.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Traffic was lost at `time`: a ticket may have been issued unseen.
    pub(crate) fn lost(&mut self, time: Timestamp) {
        self.watch.lost(time);
    }

    /// The owner of the ticket that `activity` was done with, where the activity itself does not name its account.
    pub(crate) fn owner(&self, activity: &Activity) -> Option<Arc<Owner>> {
        if activity.observed.account.is_some() {
            return None;
        }
        self.issues.get(&presented(activity)?.1)?.owner.clone()
    }

    /// The owner of the ticket that the session of `activity` began with.
    pub(crate) fn bearer(&self, activity: &Activity) -> Option<Arc<Owner>> {
        match activity.bearer? {
            Bearer::Ticket(ticket) => self.issues.get(&ticket)?.owner.clone(),
            Bearer::Account => None,
        }
    }

    /// Says on `activity` where the ticket comes from that `source` presents in it, where its issue was seen; whether it looks
    /// as if it was never issued.
    pub(crate) fn trace(&self, activity: &mut Activity, source: Option<&Computer>, book: &AddressBook) -> bool {
        let Some((names, ticket)) = presented(activity) else {
            return false;
        };
        let Some(issue) = self.issues.get(&ticket) else {
            return self.watch.sees_all(names.realm(activity), activity, source);
        };
        if issue.to == activity.client.ip {
            activity.details.set(names.origin, Provenance::SameComputer.name());
            return false;
        }
        let computer = book.computer_at(issue.to, issue.time);
        let origin = issue.origin(computer.as_ref(), source);
        activity.details.set(names.origin, origin.name());
        if origin != Provenance::SameComputer {
            activity.details.set(names.issued_to, issue.place(computer.as_ref()));
            activity.details.set(names.issued_time, issue.time);
        }
        false
    }

    /// As [`Self::trace`], the last time: a ticket that still looks so was never issued.
    pub(crate) fn judge(&self, activity: &mut Activity, source: Option<&Computer>, book: &AddressBook) {
        if self.trace(activity, source, book)
            && let Some((names, _)) = presented(activity)
        {
            activity.details.set(names.origin, Provenance::NeverIssued.name());
        }
    }

    /// Remembers the ticket that `activity` issued; `kdc` is the computer that did.
    pub(crate) fn learn(&mut self, activity: &Activity, kdc: Option<&Computer>) {
        if !matches!(activity.kind, Kind::KerberosAs | Kind::KerberosTgs) {
            return;
        }
        self.watch.exchange(activity, kdc);
        if activity.outcome != Outcome::Success {
            return;
        }
        let issued = activity.details.get_text("ticket_sha256").and_then(Bearer::half);
        if let Some(ticket) = issued {
            let issue = Issue {
                owner: self.client(activity),
                to: activity.client.ip,
                time: activity.time,
                forwarded: is_forwarded(activity),
            };
            self.insert(ticket, issue);
        }
    }

    /// The client of the ticket that an exchange issued: of S4U the impersonated user, else who asked.
    fn client(&mut self, activity: &Activity) -> Option<Arc<Owner>> {
        let observed = &activity.observed;
        let named = match (&observed.target_account, &observed.account) {
            (Some(user), _) => Some((user, &observed.target_domain)),
            (None, Some(account)) if account != ANONYMOUS => Some((account, &observed.domain)),
            _ => None,
        };
        let Some((account, domain)) = named else {
            return self.owner(activity);
        };
        Some(self.owners.named(account, domain.as_ref()))
    }

    fn insert(&mut self, ticket: [u8; 16], issue: Issue) {
        let time = issue.time;
        if let Some(forgotten) = self.issues.insert(ticket, issue) {
            self.forgotten += forgotten as u64;
            // What is left begins with what was young until now.
            if let Some(since) = self.young_since.take().filter(|_| forgotten > 0) {
                self.watch.lost(since);
            }
        }
        self.young_since.get_or_insert(time);
    }
}

impl Issue {
    const NONE: Self = Self {
        owner: None,
        to: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        time: Timestamp::new(0, 0),
        forwarded: false,
    };

    /// Where the ticket comes from, which was issued to `computer` and is presented by `source` at another address. Two computers
    /// are two where both are certain.
    fn origin(&self, computer: Option<&Computer>, source: Option<&Computer>) -> Provenance {
        match computer.zip(source) {
            Some((issued, now)) if is_same(issued, now) => Provenance::SameComputer,
            _ if self.forwarded => Provenance::Forwarded,
            Some((issued, now)) if [issued, now].iter().all(|one| one.certainty == Certainty::High) => {
                Provenance::OtherComputer
            }
            _ => Provenance::OtherAddress,
        }
    }

    /// `computer` and its address.
    fn place(&self, computer: Option<&Computer>) -> CompactString {
        match computer {
            Some(computer) => compact_str::format_compact!("{} {}", computer.name, self.to),
            None => compact_str::format_compact!("{}", self.to),
        }
    }
}

/// Whether both are one computer: by SID where the directory has both, else by name.
fn is_same(one: &Computer, other: &Computer) -> bool {
    match (&one.sid, &other.sid) {
        (Some(one), Some(other)) => one == other,
        _ => one.name.eq_ignore_ascii_case(&other.name) && one.domain == other.domain,
    }
}

/// What the details of a ticket that is presented are called.
#[derive(Clone, Copy, Debug)]
struct Names {
    ticket: &'static str,
    realm: &'static str,
    origin: &'static str,
    issued_to: &'static str,
    issued_time: &'static str,
}

impl Names {
    /// The realm whose controllers issued the ticket, as far as it tells.
    fn realm<'a>(&self, activity: &'a Activity) -> Option<&'a str> {
        let told = activity.details.get_text(self.realm);
        told.or(activity.observed.domain.as_deref())
    }
}

/// A ticket-granting ticket that buys another one.
const GRANTING: Names = Names {
    ticket: "tgt_sha256",
    realm: "tgt_realm",
    origin: "tgt_origin",
    issued_to: "tgt_issued_to",
    issued_time: "tgt_issued_time",
};

/// A ticket shown to the service it is for.
const SERVICE: Names = Names {
    ticket: "ticket_sha256",
    realm: "realm",
    origin: "ticket_origin",
    issued_to: "ticket_issued_to",
    issued_time: "ticket_issued_time",
};

/// The ticket that is shown in `activity`, and what it is called there.
fn presented(activity: &Activity) -> Option<(Names, [u8; 16])> {
    let names = match activity.kind {
        Kind::KerberosTgs => GRANTING,
        Kind::KerberosAp | Kind::PasswordChange => SERVICE,
        _ => return None,
    };
    let ticket = activity.details.get_text(names.ticket).and_then(Bearer::half)?;
    Some((names, ticket))
}

/// Whether the client asked for a ticket to be used from elsewhere, as it does for a service that may act for it.
fn is_forwarded(activity: &Activity) -> bool {
    let Some(Value::List(options)) = activity.details.get("kdc_options") else {
        return false;
    };
    let moves = |option: &Value| matches!(option, Value::Name("forwarded" | "proxy"));
    options.iter().any(moves)
}
