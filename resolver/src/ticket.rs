//! Whose ticket it is.
//!
//! A ticket hides its client, and a FAST-armoured TGS exchange hides it from the reply too. But the answer that issued the
//! ticket was seen: the AS exchange names its client, and a ticket bought with that ticket is the same client's. Tickets are
//! known by the SHA-256 of their cipher; nothing of a ticket is kept but that and the name.

use std::sync::Arc;

use compact_str::CompactString;
use hashbrown::HashMap;
use parsers::activity::{Activity, Kind, Outcome};

/// The most tickets remembered; beyond it the older half is forgotten.
pub(crate) const MAX_TICKETS: usize = 1 << 17;

/// The name that stands for whoever is hidden (RFC 8062 §3).
const ANONYMOUS: &str = "WELLKNOWN/ANONYMOUS";

/// A ticket's client, as the KDC was asked for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) account: CompactString,
    pub(crate) domain: Option<CompactString>,
}

/// Tickets and their owners, in two generations: the older one goes when the younger is full.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    young: HashMap<u128, Arc<Owner>>,
    old: HashMap<u128, Arc<Owner>>,
    forgotten: u64,
}

impl Tickets {
    /// How many tickets were forgotten because there were too many.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The owner of the ticket that `activity` was done with, where the activity itself does not name its account.
    pub(crate) fn owner(&self, activity: &Activity) -> Option<Arc<Owner>> {
        if activity.observed.account.is_some() {
            return None;
        }
        match activity.kind {
            Kind::KerberosTgs => self.find(activity, "tgt_sha256"),
            Kind::KerberosAp | Kind::PasswordChange => self.find(activity, "ticket_sha256"),
            _ => None,
        }
    }

    /// Remembers whose the ticket is that `activity` issued.
    pub(crate) fn learn(&mut self, activity: &Activity) {
        if activity.outcome != Outcome::Success || !matches!(activity.kind, Kind::KerberosAs | Kind::KerberosTgs) {
            return;
        }
        let Some(ticket) = fingerprint(activity, "ticket_sha256") else {
            return;
        };
        if let Some(owner) = self.client(activity) {
            self.insert(ticket, owner);
        }
    }

    /// The client of the ticket that an exchange issued: of S4U the impersonated user, else who asked.
    fn client(&self, activity: &Activity) -> Option<Arc<Owner>> {
        let observed = &activity.observed;
        let named = match (&observed.target_account, &observed.account) {
            (Some(user), _) => Some((user, &observed.target_domain)),
            (None, Some(account)) if account != ANONYMOUS => Some((account, &observed.domain)),
            _ => None,
        };
        match named {
            Some((account, domain)) => {
                let owner = Owner {
                    account: account.clone(),
                    domain: domain.clone(),
                };
                Some(Arc::new(owner))
            }
            None => self.owner(activity),
        }
    }

    fn find(&self, activity: &Activity, name: &str) -> Option<Arc<Owner>> {
        let ticket = fingerprint(activity, name)?;
        self.young.get(&ticket).or_else(|| self.old.get(&ticket)).cloned()
    }

    fn insert(&mut self, ticket: u128, owner: Arc<Owner>) {
        if self.young.len() >= MAX_TICKETS / 2 {
            self.forgotten += self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(ticket, owner);
    }
}

/// The first 128 bits of a ticket's hash.
fn fingerprint(activity: &Activity, name: &str) -> Option<u128> {
    u128::from_str_radix(activity.details.get_text(name)?.get(..32)?, 16).ok()
}
