//! What is known of one address, for whoever asks: the verdict at a moment, and everybody who held it.

use std::net::IpAddr;

use capture::{Stack, Timestamp};
use compact_str::CompactString;
use serde::Serialize;

use super::AddressBook;
use super::claim::{Spans, Standing};
use super::tenure::{Closed, Piece, Tenure};
use crate::entity::{Computer, Method};

/// One address, judged at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// The address.
    pub ip: IpAddr,
    /// The moment.
    pub at: Timestamp,
    /// Who held it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computer: Option<Computer>,
    /// Whose VPN or network session it was last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<CompactString>,
    /// Whose TCP it looked like lately: `windows`, `linux`, `apple`, `other`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<&'static str>,
    /// Everybody who is known to have held it or was said to, in the order they began.
    pub holders: Vec<Held>,
}

/// One holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The host's name in lower case, without its domain.
    pub name: CompactString,
    /// Its domain, as far as it is known: a DNS or a NetBIOS name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<CompactString>,
    /// When it was first heard of.
    pub from: Timestamp,
    /// When it ended, or will unless there is new evidence.
    pub until: Timestamp,
    /// Why it ended before its evidence did: `another computer proved itself` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<&'static str>,
    /// Every piece of evidence that is kept, the strongest first.
    pub evidence: Vec<Said>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Where the name was read.
    pub method: Method,
    /// `proof`, `answer` or `word`.
    pub standing: &'static str,
    /// The name as it stood there.
    pub name: CompactString,
    /// When it was seen first and last, and until when it counts.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
    /// See `first`.
    pub until: Timestamp,
}

impl AddressBook {
    /// What is known of `ip`, judged at `at`; none where nothing is.
    pub(crate) fn history(&self, ip: IpAddr, at: Timestamp) -> Option<History> {
        let timeline = self.timelines.get(&ip)?;
        Some(History {
            ip,
            at,
            computer: self.computer_at(ip, at),
            session: timeline.lot().session.clone(),
            stacks: timeline.prints.at(at).families().map(Stack::name).collect(),
            holders: timeline
                .tenures
                .iter()
                .map(|tenure| held(tenure, &self.spans))
                .collect(),
        })
    }
}

fn held(tenure: &Tenure, spans: &Spans) -> Held {
    let mut evidence: Vec<_> = tenure.pieces.iter().collect();
    evidence.sort_by_key(|piece| std::cmp::Reverse((piece.standing, piece.method.rank(), piece.seen)));
    Held {
        name: tenure.host.label.clone(),
        domain: tenure.host.domain.clone(),
        from: tenure.from,
        until: tenure.end(spans),
        ended: match tenure.closed() {
            Some((_, why)) => Some(ended(why)),
            None => tenure.moved().map(|_| "it proved itself at another address"),
        },
        evidence: evidence.into_iter().map(|piece| said(piece, spans)).collect(),
    }
}

fn said(piece: &Piece, spans: &Spans) -> Said {
    Said {
        method: piece.method,
        standing: match piece.standing {
            Standing::Word => "word",
            Standing::Answer => "answer",
            Standing::Proof => "proof",
        },
        name: piece.name.clone(),
        first: piece.first,
        last: piece.seen,
        until: piece.end(spans),
    }
}

const fn ended(why: Closed) -> &'static str {
    match why {
        Closed::Proof => "another computer proved itself here",
        Closed::Lease => "the address was granted to another",
        Closed::Release => "the address was given back",
        Closed::Moved => "it was at another address meanwhile",
        Closed::Renewed => "its proof had faded before it came back",
    }
}
