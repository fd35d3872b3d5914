//! What the RADIUS listener counts, at all of its sockets together.

use std::collections::BTreeMap;

use capture::Timestamp;
use parsers::activity::Kind;
use parsers::radius::server::{Heard, Refusal};

use crate::health::snapshot::{Listener, Named, Teller};
use crate::listen::clients::Clients;

/// The counters.
#[derive(Debug)]
pub(super) struct Ledger {
    counters: BTreeMap<&'static str, u64>,
    tellers: Vec<Teller>,
    pub(super) dropped: u64,
    pub(super) stopped: Option<String>,
}

impl Ledger {
    /// Nothing was counted yet of `clients`.
    pub(super) fn new(clients: &Clients) -> Self {
        let teller = |name: &str| Teller {
            name: name.to_owned(),
            ..Teller::default()
        };
        Self {
            counters: BTreeMap::new(),
            tellers: clients.names().map(teller).collect(),
            dropped: 0,
            stopped: None,
        }
    }

    pub(super) fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub(super) fn add(&mut self, what: &'static str, count: u64) {
        *self.counters.entry(what).or_default() += count;
    }

    pub(super) fn heard(&mut self, heard: &Heard, client: Option<usize>, now: Timestamp) {
        self.count(name(heard));
        let Some(teller) = client.and_then(|number| self.tellers.get_mut(number)) else {
            return;
        };
        teller.received += 1;
        teller.activities += u64::from(matches!(heard, Heard::Session(..)));
        match heard {
            Heard::Refused(Refusal::Busy) => {}
            Heard::Refused(refusal) => {
                teller.refused += 1;
                teller.unproven += u64::from(!matches!(refusal, Refusal::Malformed(_) | Refusal::Code));
            }
            _ => teller.last = Some(now),
        }
    }

    pub(super) fn listener(&self, places: &[String]) -> Listener {
        let stored = self.counters.get("stored").copied().unwrap_or_default();
        Listener {
            name: "radius".to_owned(),
            places: places.to_vec(),
            stopped: self.stopped.clone(),
            counters: Named::of(self.counters.iter().map(|(name, count)| (*name, *count))),
            activities: Named::of([(Kind::VpnConnection.name(), stored)]),
            dropped: self.dropped,
            tellers: self.tellers.clone(),
            ..Listener::default()
        }
    }
}

/// What a datagram is counted as.
fn name(heard: &Heard) -> &'static str {
    match heard {
        Heard::Session(_, told) if told.action_type.is_none() => "devices",
        Heard::Session(..) => "sessions",
        Heard::Status => "status_requests",
        Heard::Again => "repetitions",
        Heard::Refused(refusal) => match refusal {
            Refusal::Client => "unknown_client",
            Refusal::Malformed(_) => "malformed",
            Refusal::Code => "no_accounting",
            Refusal::Authenticator => "wrong_authenticator",
            Refusal::MessageAuthenticator => "wrong_message_authenticator",
            Refusal::NoMessageAuthenticator => "no_message_authenticator",
            Refusal::Busy => "busy",
        },
    }
}
