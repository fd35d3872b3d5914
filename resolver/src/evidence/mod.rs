//! What an activity says about who holds its addresses.
//!
//! Only what was accepted counts: a failed logon proves nothing, and its names are the attacker's to choose.

mod dns;

use std::net::IpAddr;

use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::sighting::{Sighting, Source};

use crate::address::{AddressBook, Claim};
use crate::directory::Snapshot;
use crate::entity::{Certainty, Entity, EntityKind, Method};

/// The most domains remembered from the traffic.
const MAX_DOMAINS: usize = 64;

/// Domains that the traffic told of: their names in DNS lead to every domain controller, and are no host's.
#[derive(Debug, Default)]
pub(crate) struct Domains(Vec<CompactString>);

impl Domains {
    fn learn(&mut self, name: Option<&str>) {
        if let Some(name) = name.filter(|name| name.contains('.') && !self.holds(name))
            && self.0.len() < MAX_DOMAINS
        {
            self.0.push(name.into());
        }
    }

    fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Learns from a name and an address that stood together. A client of DHCP chooses its name freely: a hint, and no proof.
pub(crate) fn sighting(book: &mut AddressBook, sighting: &Sighting) {
    let claim = Claim {
        method: match sighting.source {
            Source::Dhcp => Method::DhcpLease,
        },
        certainty: Certainty::Low,
        name: &sighting.name,
        domain: sighting.domain.as_deref(),
    };
    book.learn(sighting.ip, &claim, sighting.time);
}

/// Learns from activities.
#[derive(Debug)]
pub(crate) struct Learner<'a> {
    pub(crate) book: &'a mut AddressBook,
    pub(crate) domains: &'a mut Domains,
    pub(crate) directory: &'a Snapshot,
}

impl Learner<'_> {
    /// Learns from `activity`, whose actor and target resolved to these.
    pub(crate) fn learn(&mut self, activity: &Activity, actor: Option<&Entity>, target: Option<&Entity>) {
        match activity.kind {
            Kind::KerberosAs | Kind::KerberosTgs => self.ticket(activity, actor),
            Kind::KerberosAp => self.service(activity, target),
            Kind::NtlmAuthenticate => self.ntlm(activity, actor),
            Kind::CldapPing => self.ping(activity),
            Kind::DnsQuery => dns::answer(self, activity),
            Kind::DnsUpdate => dns::update(self, activity),
            Kind::SmbSession | Kind::SmbFile => self.share(activity),
            Kind::Nbns => self.node(activity),
            _ => {}
        }
    }

    fn claim(&mut self, activity: &Activity, ip: IpAddr, claim: &Claim<'_>) {
        self.book.learn(ip, claim, activity.time);
    }

    /// AS and TGS exchanges: the client's own account, and the name in its host addresses (RFC 4120 §7.5.3).
    fn ticket(&mut self, activity: &Activity, actor: Option<&Entity>) {
        if activity.outcome != Outcome::Success {
            return;
        }
        let realm = activity.observed.domain.as_deref();
        self.domains.learn(realm);
        self.machine(activity, actor);
        for name in netbios_addresses(&activity.details) {
            let claim = Claim {
                method: Method::KerberosHostAddress,
                certainty: Certainty::Low,
                name,
                domain: None,
            };
            self.claim(activity, activity.client.ip, &claim);
        }
    }

    /// A computer logs on with its own account from its own address; a managed service account's or a trust's name ends in
    /// `$` too, but is no host's.
    fn machine(&mut self, activity: &Activity, actor: Option<&Entity>) {
        let Some(account) = activity.observed.account.as_deref() else {
            return;
        };
        let account = account.rsplit(['\\']).next().unwrap_or(account);
        let foreign = actor.is_some_and(|actor| !matches!(actor.kind, EntityKind::Computer | EntityKind::Unknown));
        if !account.ends_with('$') || foreign {
            return;
        }
        let proof = Claim {
            method: Method::MachineLogon,
            certainty: Certainty::High,
            name: account,
            domain: activity.observed.domain.as_deref(),
        };
        let ip = activity.client.ip;
        if activity.kind != Kind::KerberosTgs {
            self.claim(activity, ip, &proof);
        } else if !self.book.repeats(ip, &proof, activity.time) {
            // A ticket travels: whoever took it buys more with it from elsewhere. It confirms, but proves nothing new.
            let certainty = Certainty::Low;
            self.claim(activity, ip, &Claim { certainty, ..proof });
        }
    }

    /// A server that accepted a ticket holds the key of the account it was for.
    fn service(&mut self, activity: &Activity, target: Option<&Entity>) {
        if matches!(activity.outcome, Outcome::Failure | Outcome::Continued) {
            return;
        }
        let computer = target.filter(|target| target.kind == EntityKind::Computer);
        let (certainty, name, domain) = match computer {
            Some(computer) if activity.outcome == Outcome::Success => {
                let name = computer.dns_name.as_deref().unwrap_or(&computer.name);
                (Certainty::High, Some(name), computer.domain.as_deref())
            }
            _ => (Certainty::Low, activity.observed.spn.as_deref().and_then(host_of), None),
        };
        if let Some(name) = name {
            let claim = Claim {
                method: Method::KerberosService,
                certainty,
                name,
                domain,
            };
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// The server's names in its CHALLENGE, the client's in its AUTHENTICATE.
    fn ntlm(&mut self, activity: &Activity, actor: Option<&Entity>) {
        let text = |name| activity.details.get_text(name).filter(|text| !text.is_empty());
        let dns_domain = text("dns_domain");
        self.domains.learn(dns_domain);
        if let Some(name) = text("dns_computer").or_else(|| text("nb_computer")) {
            let claim = Claim {
                method: Method::NtlmChallenge,
                certainty: Certainty::High,
                name,
                domain: dns_domain.or_else(|| text("nb_domain")),
            };
            self.claim(activity, activity.server.ip, &claim);
        }
        if activity.outcome == Outcome::Success {
            self.machine(activity, actor);
        }
        let workstation = activity.observed.workstation.as_deref();
        if let Some(name) = workstation.filter(|_| activity.outcome != Outcome::Failure) {
            self.client_named(activity, Method::NtlmWorkstation, name);
        }
    }

    /// An LDAP ping names its client; its answer names the domain controller ([MS-ADTS] 6.3.3, 6.3.1.9).
    fn ping(&mut self, activity: &Activity) {
        let details = &activity.details;
        if let Some(name) = details.get_text("dns_host_name").or_else(|| details.get_text("host")) {
            self.client_named(activity, Method::CldapHost, name);
        }
        let Some(Value::Map(answer)) = details.get("answer") else {
            return;
        };
        let domain = answer.get_text("domain");
        self.domains.learn(domain);
        self.domains.learn(answer.get_text("forest"));
        if let Some(name) = answer.get_text("dc").or_else(|| answer.get_text("netbios_dc")) {
            let claim = Claim {
                method: Method::CldapAnswer,
                certainty: Certainty::High,
                name,
                domain: domain.or_else(|| answer.get_text("netbios_domain")),
            };
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// A node's own table of names, when it was asked for: its unique name, and its domain's NetBIOS name. What is answered for a name, and
    /// what is registered, anybody may say of anyone.
    fn node(&mut self, activity: &Activity) {
        if activity.outcome != Outcome::Success || activity.duration_us.is_none() {
            return;
        }
        let Some(Value::List(names)) = activity.details.get("names") else {
            return;
        };
        let workstation = |wanted: bool| {
            let mut names = names.iter().filter_map(|name| match name {
                Value::Map(name) => Some(name),
                _ => None,
            });
            let of =
                |name: &&Fields| name.get("suffix") == Some(&Value::Number(0)) && name.get("group").is_some() == wanted;
            names.find(of).and_then(|name| name.get_text("name"))
        };
        if let Some(name) = workstation(false) {
            let claim = Claim {
                method: Method::NetbiosName,
                certainty: Certainty::Low,
                name,
                domain: workstation(true),
            };
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// `\\server\share`: what the client calls the server.
    fn share(&mut self, activity: &Activity) {
        let path = activity
            .details
            .get_text("share")
            .into_iter()
            .chain(activity.details.get_text("path"));
        let path = path.filter_map(|path| path.strip_prefix("\\\\")).next();
        let host = path
            .and_then(|path| path.split('\\').next())
            .or(activity.observed.host.as_deref());
        if let Some(name) = host.filter(|name| !name.ends_with(".ipv6-literal.net")) {
            let claim = Claim {
                method: Method::SharePath,
                certainty: Certainty::Low,
                name,
                domain: None,
            };
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    fn client_named(&mut self, activity: &Activity, method: Method, name: &str) {
        let claim = Claim {
            method,
            certainty: Certainty::Low,
            name,
            domain: None,
        };
        self.claim(activity, activity.client.ip, &claim);
    }
}

/// The host in an SPN: `class/host[:port][/service]`.
fn host_of(spn: &str) -> Option<&str> {
    let (class, rest) = spn.split_once('/')?;
    if class.eq_ignore_ascii_case("krbtgt") || class.eq_ignore_ascii_case("kadmin") {
        return None; // these name a domain
    }
    rest.split(['/', ':', '@']).next()
}

/// The NetBIOS names (address type 20) of a request's host addresses.
fn netbios_addresses(details: &Fields) -> impl Iterator<Item = &str> {
    let list = match details.get("addresses") {
        Some(Value::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|address| match address {
        Value::Map(address) if address.get("type") == Some(&Value::Number(20)) => address.get_text("address"),
        _ => None,
    })
}
