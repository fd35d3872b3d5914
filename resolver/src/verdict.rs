//! What the claims about an address come to: one computer, how sure that is, and why.

use compact_str::CompactString;

use crate::address::Held;
use crate::directory::Snapshot;
use crate::entity::{Certainty, Computer, Entity, Evidence, Method, Tag};

/// The most evidence told with a computer.
const MAX_EVIDENCE: usize = 4;

/// The computer that most speaks for; none where nobody claims anything. On a `shared` address nothing is certain.
pub(crate) fn computer(claims: &[Held], shared: bool, directory: &Snapshot) -> Option<Computer> {
    let weight = |held: &Held| {
        (
            certainty(held, claims, directory),
            held.certainty,
            held.seen,
            held.method,
        )
    };
    let best = claims.iter().max_by_key(|held| weight(held))?;
    let mut agreeing: Vec<&Held> = claims.iter().filter(|held| held.host.agrees(&best.host)).collect();
    agreeing.sort_by_key(|held| std::cmp::Reverse(weight(held)));
    let mut computer = named(&agreeing, directory)?;
    computer.certainty = match shared {
        true => Certainty::Low,
        false => certainty(best, claims, directory),
    };
    computer.evidence = agreeing.iter().take(MAX_EVIDENCE).map(|held| evidence(held)).collect();
    Some(computer)
}

/// How sure a claim is beside the others: two sources that do not depend on each other are as good as a proof, and domain
/// controllers keep their addresses, so that DNS can be believed about them.
fn certainty(held: &Held, claims: &[Held], directory: &Snapshot) -> Certainty {
    let source = Source::of(held.method);
    let backed = claims
        .iter()
        .any(|other| Source::of(other.method) != source && other.host.agrees(&held.host));
    let controller = || {
        held.method == Method::DnsAnswer
            && entity(held, directory).is_some_and(|entity| entity.tags.contains(&Tag::DomainController))
    };
    if held.certainty == Certainty::High || backed || controller() {
        return Certainty::High;
    }
    Certainty::Low
}

/// Who a claim comes from in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The host says it of itself.
    Host,
    /// Others believe it, all from the same DNS.
    Dns,
}

impl Source {
    const fn of(method: Method) -> Self {
        match method {
            Method::DnsAnswer | Method::DnsUpdate | Method::SharePath | Method::KerberosService | Method::AskedPtr => {
                Self::Dns
            }
            Method::KerberosHostAddress
            | Method::MachineLogon
            | Method::NtlmWorkstation
            | Method::NtlmChallenge
            | Method::CldapHost
            | Method::DhcpLease
            | Method::NetbiosName
            | Method::AskedNtlmRpc
            | Method::AskedNetbios
            | Method::AskedRdp
            | Method::CldapAnswer => Self::Host,
        }
    }
}

/// The computer of agreeing claims as the directory has it, else by the fullest of the names.
fn named(agreeing: &[&Held], directory: &Snapshot) -> Option<Computer> {
    let full = agreeing.iter().filter(|held| held.host.dns_domain().is_some());
    let ordered = || full.clone().chain(agreeing);
    if let Some(entity) = ordered().find_map(|held| entity(held, directory)) {
        return Some(Computer {
            name: entity.name.strip_suffix('$').unwrap_or(&entity.name).into(),
            domain: entity.domain.clone(),
            sid: entity.sid.clone(),
            guid: entity.guid.clone(),
            os: entity.os.clone(),
            tags: entity.tags.clone(),
            ..Computer::default()
        });
    }
    let held = ordered().next()?;
    Some(Computer {
        name: label(&held.name),
        domain: held.host.domain.clone(),
        ..Computer::default()
    })
}

fn entity<'a>(held: &Held, directory: &'a Snapshot) -> Option<&'a Entity> {
    if directory.is_empty() {
        return None;
    }
    let host = &held.host;
    let full = host
        .dns_domain()
        .map(|domain| compact_str::format_compact!("{}.{domain}", host.label));
    directory
        .host(full.as_ref().unwrap_or(&host.label), host.domain.as_deref())
        .map(AsRef::as_ref)
}

/// The first label as it was written.
fn label(name: &str) -> CompactString {
    let name = name.trim().trim_start_matches('\\');
    let label = name.split('.').next().unwrap_or(name);
    label.strip_suffix('$').unwrap_or(label).into()
}

fn evidence(held: &Held) -> Evidence {
    Evidence {
        method: held.method,
        name: held.name.clone(),
        time: held.shown,
    }
}
