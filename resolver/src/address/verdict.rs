//! What the evidence about an address comes to at a moment: one computer, how sure that is, and why.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::time::Duration;

use capture::Timestamp;
use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

use super::claim::{Source, Spans, Standing};
use super::home::Homes;
use super::prints::{Fit, Prints};
use super::tenure::{Piece, Tenure};
use crate::directory::{Listed, Snapshot};
use crate::entity::{Certainty, Computer, Doubt, Entity, Evidence, Method};
use crate::host::HostName;
use crate::marks::Marks;

/// The most evidence told with a computer.
const MAX_EVIDENCE: usize = 4;
/// A proof that was not renewed for so long is doubted when the host has called itself something else since in two ways; after
/// twice as long, in one.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// A moment of an address, to be judged.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) ip: IpAddr,
    pub(crate) at: Timestamp,
    pub(crate) tenures: &'a [Tenure],
    /// Why nothing about the address is certain.
    pub(crate) shared: SmallVec<[Doubt; 2]>,
    /// Whose TCP it looked like.
    pub(crate) prints: Prints,
    pub(crate) spans: &'a Spans,
    pub(crate) homes: &'a Homes,
    pub(crate) directory: &'a Snapshot,
    pub(crate) marks: &'a Marks,
}

/// What a tenure's evidence is worth before it is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Names, all from one source.
    Words,
    /// Two sources that do not depend on each other.
    Backed,
    /// The host's own answer.
    Answered,
    /// The host proved itself.
    Proved,
}

impl Case<'_> {
    /// The computer that most speaks for; none where nobody claims anything.
    pub(crate) fn computer(&self) -> Option<Computer> {
        let speaking = self.tenures.iter().filter(|tenure| self.live(tenure).next().is_some());
        let best = speaking.max_by_key(|tenure| self.weight(tenure))?;
        let mut pieces: SmallVec<[&Piece; 8]> = self.live(best).collect();
        pieces.sort_by_key(|piece| Reverse((piece.standing, piece.seen, piece.method.rank())));
        let entity = self.listed(&best.host).and_then(|listed| listed.entity());
        let worth = self.worth(best);
        let mut computer = named(&pieces, entity.as_deref())?;
        self.marks.onto(&mut computer);
        computer.doubts = self.doubts(best, worth, entity.is_some());
        let fit = self.fit(&computer);
        if let Some(Fit::Contradicts(_)) = fit {
            computer.doubts.push(Doubt::OperatingSystem);
        }
        computer.certainty = match worth > Worth::Words && computer.doubts.is_empty() {
            true => Certainty::High,
            false => Certainty::Low,
        };
        let told = pieces.iter().take(MAX_EVIDENCE);
        computer.evidence = told.map(|piece| self.evidence(piece)).collect();
        self.fingerprint(fit, &mut computer.evidence);
        Some(computer)
    }

    /// Whether the address' SYNs are those of the operating system that the directory has; nothing is said where several share it.
    fn fit(&self, computer: &Computer) -> Option<Fit> {
        let many = |doubt: &Doubt| matches!(doubt, Doubt::Nat | Doubt::Vpn | Doubt::SharedNetwork);
        let os = computer.os.as_deref()?;
        let alone = !computer.doubts.iter().any(many);
        alone.then(|| self.prints.at(self.at).fit(os)).flatten()
    }

    /// What speaks against the rest is always told, what agrees where there is room.
    fn fingerprint(&self, fit: Option<Fit>, evidence: &mut Vec<Evidence>) {
        let stack = match fit {
            Some(Fit::Contradicts(stack)) => {
                evidence.truncate(MAX_EVIDENCE - 1);
                stack
            }
            Some(Fit::Agrees(stack)) if evidence.len() < MAX_EVIDENCE => stack,
            _ => return,
        };
        evidence.push(Evidence {
            method: Method::TcpFingerprint,
            name: stack.name().into(),
            time: self.prints.at(self.at).last,
        });
    }

    /// When, after this moment, the verdict may be another by the mere passing of time.
    pub(crate) fn stands_until(&self) -> Timestamp {
        let pieces = self.tenures.iter().flat_map(|tenure| &tenure.pieces);
        let turns = pieces.flat_map(|piece| {
            let worth = piece.worth(self.spans);
            let seen = piece.seen;
            [
                worth,
                piece.end(self.spans),
                seen.after(PATIENCE),
                seen.after(PATIENCE * 2),
            ]
        });
        let later = turns.chain(self.prints.turns(self.at)).filter(|turn| *turn > self.at);
        later.min().unwrap_or(Timestamp(i64::MAX))
    }

    fn live<'a>(&'a self, tenure: &'a Tenure) -> impl Iterator<Item = &'a Piece> + Clone {
        tenure.live(self.at, self.spans)
    }

    /// What is known to have been so comes before what was only told a little later.
    fn weight(&self, tenure: &Tenure) -> (Worth, Option<(Standing, u8)>, bool, Timestamp) {
        let best = self.live(tenure).map(|piece| (piece.standing, piece.method.rank()));
        (self.worth(tenure), best.max(), tenure.from <= self.at, tenure.seen())
    }

    fn worth(&self, tenure: &Tenure) -> Worth {
        let live = self.live(tenure);
        let strong = |piece: &Piece| self.at < piece.worth(self.spans);
        if live
            .clone()
            .any(|piece| piece.standing == Standing::Proof && strong(piece))
        {
            return Worth::Proved;
        }
        let answers = |piece: &Piece| {
            let controller = self.directory.is_empty() && piece.method == Method::CldapAnswer;
            piece.standing == Standing::Answer && piece.method.convinces() && (controller || self.lists(tenure))
        };
        if live.clone().any(answers) {
            return Worth::Answered;
        }
        let mut sources = live.clone().map(|piece| piece.method.source());
        let first = sources.next();
        let backed = sources.any(|source| Some(source) != first);
        // Domain controllers keep their addresses, so that DNS and whoever configures adtap can be believed about them.
        let tells = |piece: &Piece| matches!(piece.method, Method::DnsAnswer | Method::Configuration);
        let controller = || live.clone().any(tells) && self.is_controller(tenure);
        match backed || controller() {
            true => Worth::Backed,
            false => Worth::Words,
        }
    }

    /// What lowers the certainty.
    fn doubts(&self, tenure: &Tenure, worth: Worth, listed: bool) -> SmallVec<[Doubt; 2]> {
        let mut doubts = self.shared.clone();
        if self.is_controller(tenure) {
            // It answers, and passes on, for many.
            doubts.retain(|doubt| !matches!(doubt, Doubt::TerminalServer | Doubt::Nat));
        }
        let unlisted = !listed && self.covers(&tenure.host);
        let elsewhere = match worth {
            Worth::Words => false,
            Worth::Proved => tenure.moved().is_some_and(|moved| moved <= self.at),
            Worth::Backed | Worth::Answered => self.homes.elsewhere(&tenure.host, self.ip),
        };
        let proof = |piece: &Piece| piece.standing == Standing::Proof;
        let stale = worth < Worth::Proved && self.live(tenure).any(proof);
        for (doubt, holds) in [
            (Doubt::Unlisted, worth > Worth::Words && unlisted),
            (Doubt::Elsewhere, elsewhere),
            (Doubt::Conflict, self.is_contradicted(tenure, worth)),
            (Doubt::Stale, stale),
        ] {
            if holds {
                doubts.push(doubt);
            }
        }
        doubts
    }

    /// Whether others' evidence stands against it: another machine's proof, or an answer that is newer than the proof. What the host merely calls itself is no match for its proof, or whoever sits at
    /// it could make it uncertain; but it is once that proof was not renewed for a while.
    fn is_contradicted(&self, tenure: &Tenure, worth: Worth) -> bool {
        let others = self.tenures.iter().filter(|other| !other.host.agrees(&tenure.host));
        let mut against = others
            .flat_map(|other| self.live(other))
            .filter(|piece| piece.method.source() != Source::Dns && piece.first <= self.at);
        let configured = |piece: &Piece| piece.method == Method::Configuration;
        match worth {
            Worth::Words => false,
            // The operator's word is no proof, but more than a name that others give the address.
            Worth::Backed | Worth::Answered if self.live(tenure).any(configured) && self.is_controller(tenure) => {
                against.any(|piece| piece.is_machines_proof() || piece.method.convinces())
            }
            Worth::Backed | Worth::Answered => against.next().is_some(),
            Worth::Proved => {
                let proofs = self.live(tenure).filter(|piece| piece.standing == Standing::Proof);
                let proved = proofs.map(|piece| piece.seen).max().unwrap_or(self.at);
                let age = self.at.since(proved);
                let words = |piece: &&Piece| age > PATIENCE && piece.seen > proved;
                let mut methods = against.clone().filter(words).map(|piece| piece.method);
                let first = methods.next();
                let said = match age > PATIENCE * 2 {
                    true => first.is_some(),
                    false => methods.any(|method| Some(method) != first),
                };
                let outright =
                    |piece: &Piece| piece.is_machines_proof() || (piece.method.convinces() && piece.seen > proved);
                said || against.any(outright)
            }
        }
    }

    /// Whether the directory would list the host if there were one: its domain is there, or it names none.
    fn covers(&self, host: &HostName) -> bool {
        !self.directory.is_empty()
            && host
                .domain
                .as_deref()
                .is_none_or(|domain| self.directory.domain(domain).is_some())
    }

    fn lists(&self, tenure: &Tenure) -> bool {
        self.listed(&tenure.host).is_some()
    }

    fn is_controller(&self, tenure: &Tenure) -> bool {
        self.listed(&tenure.host).is_some_and(|listed| listed.is_controller())
    }

    fn listed(&self, host: &HostName) -> Option<Listed<'_>> {
        listed(host, self.directory)
    }

    fn evidence(&self, piece: &Piece) -> Evidence {
        Evidence {
            method: piece.method,
            name: piece.name.clone(),
            time: piece.shown_at(self.at),
        }
    }
}

/// The computer that calls itself `name` in an event of its own log.
pub(super) fn logger(name: &str, directory: &Snapshot) -> Option<Computer> {
    let host = HostName::of(name, None)?;
    let entity = listed(&host, directory).and_then(|listed| listed.entity());
    let found = entity.map(|entity| of_entity(&entity));
    Some(found.unwrap_or_else(|| Computer {
        name: label(name),
        domain: host.domain,
        ..Computer::default()
    }))
}

/// The host as the directory has it.
fn listed<'a>(host: &HostName, directory: &'a Snapshot) -> Option<Listed<'a>> {
    if directory.is_empty() {
        return None;
    }
    let full = host
        .dns_domain()
        .map(|domain| format_compact!("{}.{domain}", host.label));
    directory.host(full.as_ref().unwrap_or(&host.label), host.domain.as_deref())
}

fn of_entity(entity: &Entity) -> Computer {
    Computer {
        name: entity.name.strip_suffix('$').unwrap_or(&entity.name).into(),
        domain: entity.domain.clone(),
        sid: entity.sid.clone(),
        guid: entity.guid.clone(),
        os: entity.os.clone(),
        tags: entity.tags.clone(),
        ..Computer::default()
    }
}

/// The computer as the directory has it, else by the fullest of the names.
fn named(pieces: &[&Piece], entity: Option<&Entity>) -> Option<Computer> {
    if let Some(entity) = entity {
        return Some(of_entity(entity));
    }
    let host = |piece: &&Piece| HostName::of(&piece.name, piece.domain.as_deref());
    let hosts = || pieces.iter().filter_map(|piece| Some((piece, host(piece)?)));
    let full = hosts().find(|(_, host)| host.dns_domain().is_some());
    let (piece, host) = full.or_else(|| hosts().next())?;
    Some(Computer {
        name: label(&piece.name),
        domain: host.domain,
        ..Computer::default()
    })
}

/// The first label as it was written.
fn label(name: &str) -> CompactString {
    let name = name.trim().trim_start_matches('\\');
    let label = name.split('.').next().unwrap_or(name);
    label.strip_suffix('$').unwrap_or(label).into()
}
