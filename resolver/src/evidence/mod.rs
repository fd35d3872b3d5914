//! What an activity says about who holds its addresses.
//!
//! Only what was accepted counts: a failed logon proves nothing, and its names are the attacker's to choose.

mod dns;
mod session;

use std::net::IpAddr;

use compact_str::CompactString;
use parsers::activity::{Activity, Kind, Outcome};
use parsers::fields::{Fields, Value};
use parsers::sighting::{Sighting, Source};

use crate::address::{AddressBook, Claim, Crowding, Standing};
use crate::directory::Snapshot;
use crate::entity::{Entity, EntityKind, Method};
use crate::host::HostName;
use crate::owner::Owner;

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

/// Learns from a lease. A client of DHCP chooses its name freely: a hint, and no proof; but that the address was granted to
/// somebody else is a fact. True where it was.
pub(crate) fn sighting(book: &mut AddressBook, sighting: &Sighting) -> bool {
    let (ip, now) = (sighting.ip, sighting.time);
    if let Source::Syn(stack) = sighting.source {
        book.stack(ip, stack, now);
        return false;
    }
    if sighting.source == Source::DhcpRelease {
        book.release(ip, now);
        return true;
    }
    let domain = sighting.domain.as_deref();
    let claim = Claim {
        until: sighting.until,
        ..Claim::word(Method::DhcpLease, &sighting.name).with(Standing::Word, domain)
    };
    let host = HostName::of(&sighting.name, domain);
    let another = book.grant(ip, sighting.mac, host.as_ref(), now);
    book.learn(ip, &claim, now);
    another
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
            Kind::VpnConnection => session::accounting(self, activity),
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
            self.client_named(activity, Method::KerberosHostAddress, name);
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
        let (ip, time) = (activity.client.ip, activity.time);
        let Some(machine) = account.strip_suffix('$').filter(|_| !foreign) else {
            if activity.kind != Kind::KerberosTgs {
                self.book.crowd(ip, Crowding::Accounts, account, time);
            }
            return;
        };
        let word = Claim::word(Method::MachineLogon, account);
        let domain = activity.observed.domain.as_deref();
        let proof = word.with(Standing::Proof, domain);
        if activity.kind != Kind::KerberosTgs {
            self.claim(activity, ip, &proof);
            self.book.crowd(ip, Crowding::Machines, machine, time);
        } else if !self.book.repeats(ip, &proof, time) {
            // A ticket travels: whoever took it buys more with it from elsewhere. It confirms, but proves nothing new.
            self.claim(activity, ip, &word.with(Standing::Word, domain));
        }
    }

    /// A ticket of a computer's own account in use: it confirms where the computer proved itself, and proves nothing elsewhere.
    pub(crate) fn confirm(&mut self, activity: &Activity, owner: &Owner) {
        if owner.account.ends_with('$') && activity.outcome == Outcome::Success {
            let proof =
                Claim::word(Method::MachineLogon, &owner.account).with(Standing::Proof, owner.domain.as_deref());
            self.book.repeats(activity.client.ip, &proof, activity.time);
        }
    }

    /// A server that accepted a ticket holds the key of the account it was for.
    fn service(&mut self, activity: &Activity, target: Option<&Entity>) {
        if matches!(activity.outcome, Outcome::Failure | Outcome::Continued) {
            return;
        }
        let computer = target.filter(|target| target.kind == EntityKind::Computer);
        let (standing, name, domain) = match computer {
            Some(computer) if activity.outcome == Outcome::Success => {
                let name = computer.dns_name.as_deref().unwrap_or(&computer.name);
                (Standing::Proof, Some(name), computer.domain.as_deref())
            }
            _ => (Standing::Word, activity.observed.spn.as_deref().and_then(host_of), None),
        };
        if let Some(name) = name {
            let claim = Claim::word(Method::KerberosService, name).with(standing, domain);
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// The server's names in its CHALLENGE, the client's in its AUTHENTICATE.
    fn ntlm(&mut self, activity: &Activity, actor: Option<&Entity>) {
        let text = |name| activity.details.get_text(name).filter(|text| !text.is_empty());
        let dns_domain = text("dns_domain");
        self.domains.learn(dns_domain);
        if let Some(name) = text("dns_computer").or_else(|| text("nb_computer")) {
            let domain = dns_domain.or_else(|| text("nb_domain"));
            let claim = Claim::word(Method::NtlmChallenge, name).with(Standing::Answer, domain);
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
            let domain = domain.or_else(|| answer.get_text("netbios_domain"));
            let claim = Claim::word(Method::CldapAnswer, name).with(Standing::Answer, domain);
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// A node's own table of names, when it was asked for: its unique name, and its domain's NetBIOS name. What is answered for a name, and
    /// what is registered of others, anybody may say of anyone.
    fn node(&mut self, activity: &Activity) {
        if activity.outcome != Outcome::Success || activity.duration_us.is_none() {
            return;
        }
        let Some(Value::List(names)) = activity.details.get("names") else {
            return self.registration(activity);
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
            let claim = Claim::word(Method::NetbiosName, name).with(Standing::Word, workstation(true));
            self.claim(activity, activity.server.ip, &claim);
        }
    }

    /// A name that the name server let its client register for the address it asked from: the workstation's own (suffix 0), no
    /// group's.
    fn registration(&mut self, activity: &Activity) {
        let details = &activity.details;
        let registers = matches!(details.get_text("operation"), Some("registration" | "refresh"));
        let Some(Value::List(addresses)) = details.get("registers").filter(|_| registers) else {
            return;
        };
        let own = |address: &Value| match address {
            Value::Map(address) => {
                let ip = address.get_text("address").and_then(|ip| ip.parse::<IpAddr>().ok());
                ip == Some(activity.client.ip) && address.get("group").is_none()
            }
            _ => false,
        };
        if details.get("suffix") == Some(&Value::Number(0))
            && addresses.iter().any(own)
            && let Some(name) = details.get_text("name")
        {
            self.client_named(activity, Method::NbnsRegistration, name);
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
            self.claim(activity, activity.server.ip, &Claim::word(Method::SharePath, name));
        }
    }

    /// What a client calls itself.
    fn client_named(&mut self, activity: &Activity, method: Method, name: &str) {
        let (ip, time) = (activity.client.ip, activity.time);
        self.claim(activity, ip, &Claim::word(method, name));
        if let Some(host) = Some(name.trim_start_matches('\\').trim()).filter(|name| !name.is_empty()) {
            let label = host.split('.').next().unwrap_or(host);
            self.book.crowd(ip, Crowding::Machines, label, time);
        }
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
