//! A company's hosts, its networks, and what they do on a working day, minute by minute.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use capture::{Stack, Timestamp};
use parsers::activity::Activity;
use parsers::sighting::{Sighting, Source};

use crate::say;

/// The SID that all others begin with.
const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";
/// Minutes of a lease, and after which it is renewed.
const LEASE: i64 = 60;
const RENEWAL: i64 = 30;

/// What a host is, and where: one step of a laptop is `Laptop` at the office and `Vpn` from home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A workstation of the domain on the wired network.
    Desktop,
    /// A workstation of the domain between wired and wireless network.
    Laptop,
    /// The same through the VPN gateway.
    Vpn,
    /// Workstations of the domain in a branch, all behind one address.
    Branch,
    /// One machine, many users.
    TerminalServer,
    /// No member of the domain.
    Device,
    /// The same, calling itself what it is not.
    Liar,
    /// A member with an address of its own for years.
    Server,
}

/// A network that addresses are given out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    Wired,
    Wireless,
    Vpn,
    Branch,
    Static,
}

/// One machine.
pub(crate) struct Host {
    pub(crate) name: String,
    kind: Kind,
    mac: [u8; 6],
    /// From minute to minute in a network.
    plan: Vec<(i64, i64, Network)>,
    place: Option<Place>,
}

/// Where it is.
#[derive(Clone, Copy)]
struct Place {
    network: Network,
    ip: IpAddr,
    since: i64,
    /// Whether the mirror sees this lease.
    seen: bool,
}

/// An address of a pool: who had it last, and until which minute.
#[derive(Clone, Copy, Default)]
struct Slot {
    host: Option<usize>,
    until: i64,
}

/// Something that the sensor sees.
pub(crate) enum What {
    Activity(Box<Activity>),
    Sighting(Sighting),
}

pub(crate) struct Step {
    pub(crate) time: Timestamp,
    pub(crate) what: What,
    /// Who did it.
    pub(crate) host: usize,
    pub(crate) kind: Kind,
}

/// The company.
pub(crate) struct Company {
    pub(crate) hosts: Vec<Host>,
    pools: BTreeMap<Network, Vec<Slot>>,
    /// The DNS zone, stale records included.
    zone: BTreeMap<String, IpAddr>,
    steps: Vec<Step>,
    random: u64,
    /// Which day it is, and how many activities there were on those before.
    today: i64,
    before: u64,
}

impl Company {
    pub(crate) fn new(seed: u64) -> Self {
        let slots = |count| vec![Slot::default(); count];
        let mut company = Self {
            hosts: Vec::new(),
            pools: BTreeMap::from([
                (Network::Wired, slots(150)),
                (Network::Wireless, slots(50)),
                (Network::Vpn, slots(30)),
            ]),
            zone: BTreeMap::new(),
            steps: Vec::new(),
            random: seed,
            today: 0,
            before: 0,
        };
        for (kind, count, prefix) in [
            (Kind::Desktop, 170, "WS"),
            (Kind::Laptop, 60, "LT"),
            (Kind::Branch, 6, "BR"),
            (Kind::TerminalServer, 1, "TS"),
            (Kind::Server, 10, "SRV"),
            (Kind::Device, 25, "android-"),
            (Kind::Liar, 8, "kali-"),
        ] {
            for number in 0..count {
                company.host(kind, format!("{prefix}{number:03}"));
            }
        }
        company
    }

    fn host(&mut self, kind: Kind, name: String) {
        let index = self.hosts.len();
        let plan = self.plan(kind, index);
        let [_, _, _, _, _, _, high, low] = (index as u64).to_be_bytes();
        let mac = [2, 0x77, 0, 0, high, low];
        self.hosts.push(Host {
            name,
            kind,
            mac,
            plan,
            place: None,
        });
    }

    /// When a host of this kind is where.
    fn plan(&mut self, kind: Kind, index: usize) -> Vec<(i64, i64, Network)> {
        let begin = 420 + self.below(150) as i64;
        match kind {
            Kind::TerminalServer | Kind::Server => vec![(index as i64 % 7, 1_440, Network::Static)],
            Kind::Branch => vec![(begin, begin + 540, Network::Branch)],
            // Two shifts share the desks' addresses.
            Kind::Desktop if index.is_multiple_of(3) => vec![(begin + 480, begin + 840, Network::Wired)],
            Kind::Desktop => vec![(begin, begin + 360 + self.below(240) as i64, Network::Wired)],
            Kind::Laptop | Kind::Vpn => self.roams(begin),
            Kind::Device | Kind::Liar => {
                let stay = 30 + self.below(300) as i64;
                let network = if index.is_multiple_of(2) {
                    Network::Wireless
                } else {
                    Network::Wired
                };
                vec![
                    (begin, begin + stay, network),
                    (begin + stay + 90, begin + stay + 200, network),
                ]
            }
        }
    }

    /// A desk, a meeting, another desk; and from home in the evening.
    fn roams(&mut self, begin: i64) -> Vec<(i64, i64, Network)> {
        let mut plan = Vec::new();
        let mut now = begin;
        for network in [Network::Wired, Network::Wireless, Network::Wired, Network::Wireless] {
            let stay = 40 + self.below(120) as i64;
            plan.push((now, now + stay, network));
            now += stay + 2;
        }
        if self.below(2) == 0 {
            plan.push((now + 60, (now + 180).min(1_439), Network::Vpn));
        }
        plan
    }

    /// The directory as JSON lines.
    pub(crate) fn directory(&self) -> String {
        let mut lines = format!(
            "{{\"dn\":\"DC=lab,DC=example\",\"objectClass\":[\"top\",\"domain\",\"domainDNS\"],\"objectSid\":\"{DOMAIN_SID}\"}}\n"
        );
        lines.push_str("{\"dn\":\"CN=LAB,CN=Partitions,CN=Configuration,DC=lab,DC=example\",\"objectClass\":[\"top\",\"crossRef\"],\"dnsRoot\":\"lab.example\",\"nETBIOSName\":\"LAB\"}\n");
        for (rid, host) in (1_200..).zip(self.hosts.iter().filter(|host| host.is_member())) {
            let name = &host.name;
            let dns = name.to_lowercase();
            let os = if host.is_samba() {
                "Samba"
            } else {
                "Windows 11 Enterprise"
            };
            let _ = writeln!(
                lines,
                "{{\"dn\":\"CN={name},CN=Computers,DC=lab,DC=example\",\"objectClass\":[\"top\",\"person\",\"organizationalPerson\",\"user\",\"computer\"],\"sAMAccountName\":\"{name}$\",\"objectSid\":\"{DOMAIN_SID}-{rid}\",\"userAccountControl\":4096,\"primaryGroupID\":515,\"dNSHostName\":\"{dns}.lab.example\",\"operatingSystem\":\"{os}\"}}"
            );
        }
        lines
    }

    /// The whole day, in order.
    pub(crate) fn day(&mut self) -> Vec<Step> {
        for minute in 0..1_440 {
            for host in 0..self.hosts.len() {
                self.minute(host, minute);
            }
        }
        let mut steps = std::mem::take(&mut self.steps);
        steps.sort_by_key(|step| step.time);
        for (number, step) in (self.before..).zip(&mut steps) {
            if let What::Activity(activity) = &mut step.what {
                activity.order.packet = number;
            }
        }
        self.before += steps.len() as u64;
        steps
    }

    /// `days` later: everybody begins anew, and leases have ended.
    pub(crate) fn sleep(&mut self, days: i64) {
        self.today += days;
        let minutes = 1_440 * days;
        for slot in self.pools.values_mut().flatten() {
            slot.until -= minutes;
        }
        self.hosts.iter_mut().for_each(|host| host.place = None);
    }

    fn minute(&mut self, host: usize, minute: i64) {
        let plan = self.hosts[host]
            .plan
            .iter()
            .copied()
            .find(|(from, to, _)| (*from..*to).contains(&minute));
        match (self.hosts[host].place, plan) {
            (None, Some((.., network))) => self.arrive(host, network, minute),
            (Some(place), Some((.., network))) if place.network == network => self.works(host, place, minute),
            (Some(place), _) => self.leave(host, place, minute),
            (None, None) => {}
        }
    }

    fn arrive(&mut self, host: usize, network: Network, minute: i64) {
        let Some(ip) = self.address(host, network, minute) else {
            return;
        };
        let place = Place {
            network,
            ip,
            since: minute,
            seen: self.below(10) < 8,
        };
        self.hosts[host].place = Some(place);
        self.lease(host, place, minute);
        let (kind, name) = (self.hosts[host].kind, self.hosts[host].name.clone());
        self.say(host, minute, 300, |time| say::ping(ip, &name, time));
        if self.hosts[host].is_member() {
            self.say(host, minute, 1_100, |time| say::machine(ip, &name, time));
            if kind != Kind::Branch && network != Network::Vpn && self.below(10) < 7 {
                self.zone.insert(name.to_lowercase(), ip);
                self.say(host, minute, 2_500, |time| say::update(ip, &name, time));
            }
        }
    }

    /// Most leave without a word.
    fn leave(&mut self, host: usize, place: Place, minute: i64) {
        self.hosts[host].place = None;
        let ip = place.ip;
        let said = match place.network {
            Network::Vpn => Some(What::Activity(Box::new(say::accounting(
                ip,
                &self.user(host),
                2,
                self.at(minute, 0),
            )))),
            Network::Wired | Network::Wireless if place.seen && self.below(5) == 0 => Some(What::Sighting(
                say::sighted(Sighting::new(Source::DhcpRelease, ip), self.at(minute, 0)),
            )),
            _ => None,
        };
        let released = said.is_some();
        if let Some(what) = said {
            self.push(host, self.at(minute, 0), what);
        }
        if let Some(slot) = self
            .pools
            .get_mut(&place.network)
            .into_iter()
            .flatten()
            .find(|slot| slot.host == Some(host))
        {
            slot.until = if released { minute } else { slot.until };
        }
    }

    fn works(&mut self, host: usize, place: Place, minute: i64) {
        let ip = place.ip;
        if minute > place.since && (minute - place.since) % RENEWAL == 0 {
            self.lease(host, place, minute);
        }
        let name = self.hosts[host].name.clone();
        if self.hosts[host].is_member() && self.below(80) == 0 {
            self.some_time(host, minute, |time| say::ticket(ip, &format!("{name}$"), time));
        }
        let busy = if self.hosts[host].kind == Kind::TerminalServer {
            1
        } else {
            6
        };
        if self.below(busy) > 0 {
            return;
        }
        let user = self.user(host);
        let called = self.called(host);
        match self.below(10) {
            0 | 1 => self.some_time(host, minute, |time| say::logon(ip, &user, &called, time)),
            2..=4 => self.some_time(host, minute, |time| say::ntlm(ip, &user, &called, time)),
            5 | 6 => self.query(host, ip, minute),
            7 if !self.hosts[host].is_member() => self.some_time(host, minute, |time| say::register(ip, &called, time)),
            _ => self.some_time(host, minute, |time| say::search(ip, time)),
        }
    }

    /// Somebody asks DNS, which knows what was registered last.
    fn query(&mut self, host: usize, ip: IpAddr, minute: i64) {
        let count = self.zone.len() as u64;
        let at = self.below(count.max(1)) as usize;
        let Some((name, address)) = self.zone.iter().nth(at).map(|(name, ip)| (name.clone(), *ip)) else {
            return;
        };
        let pointer = self.below(3) == 0;
        self.some_time(host, minute, |time| say::answer(ip, &name, address, pointer, time));
    }

    /// A lease or a VPN session begins or goes on.
    fn lease(&mut self, host: usize, place: Place, minute: i64) {
        let time = self.at(minute, 0);
        if let Some(slots) = self.pools.get_mut(&place.network)
            && let Some(slot) = slots.iter_mut().find(|slot| slot.host == Some(host))
        {
            slot.until = minute + LEASE;
        }
        match place.network {
            Network::Vpn => {
                let status = if minute == place.since { 1 } else { 3 };
                let user = self.user(host);
                self.push(
                    host,
                    time,
                    What::Activity(Box::new(say::accounting(place.ip, &user, status, time))),
                );
            }
            Network::Wired | Network::Wireless if place.seen => {
                let lease = Sighting {
                    name: self.called(host).into(),
                    domain: Some("lab.example".into()),
                    mac: Some(self.hosts[host].mac),
                    until: Some(self.at(minute + LEASE, 0)),
                    ..Sighting::new(Source::Dhcp, place.ip)
                };
                self.push(host, time, What::Sighting(say::sighted(lease, time)));
            }
            _ => {}
        }
    }

    /// The address it had before where that is free, else the first that is.
    fn address(&mut self, host: usize, network: Network, minute: i64) -> Option<IpAddr> {
        let third = match network {
            Network::Wired => 1,
            Network::Wireless => 2,
            Network::Vpn => 9,
            Network::Branch => return Some(IpAddr::from([10, 3, 0, 1])),
            Network::Static => return Some(IpAddr::from([10, 0, 0, u8::try_from(host % 200 + 20).unwrap()])),
        };
        let slots = self.pools.get_mut(&network)?;
        let free = |slot: &Slot| slot.until <= minute;
        let own = slots.iter().position(|slot| slot.host == Some(host) && free(slot));
        let at = own.or_else(|| slots.iter().position(free))?;
        for slot in slots.iter_mut().filter(|slot| slot.host == Some(host)) {
            slot.host = None;
        }
        slots[at] = Slot {
            host: Some(host),
            until: minute + LEASE,
        };
        Some(IpAddr::from([10, third, 0, u8::try_from(at + 10).unwrap()]))
    }

    /// What it calls itself: a liar mostly takes a workstation's name.
    fn called(&mut self, host: usize) -> String {
        let lies = self.below(4) > 0;
        match &self.hosts[host] {
            liar if liar.kind == Kind::Liar && lies => format!("WS{:03}", host % 170),
            other => other.name.clone(),
        }
    }

    /// Who sits there: many at a terminal server.
    fn user(&mut self, host: usize) -> String {
        match self.hosts[host].kind {
            Kind::TerminalServer => format!("clerk{}", self.below(30)),
            _ => format!("user{host}"),
        }
    }

    fn some_time(&mut self, host: usize, minute: i64, activity: impl FnOnce(Timestamp) -> Activity) {
        let millis = 3_000 + self.below(57_000) as i64;
        self.say(host, minute, millis, activity);
    }

    fn say(&mut self, host: usize, minute: i64, millis: i64, activity: impl FnOnce(Timestamp) -> Activity) {
        let time = self.at(minute, millis);
        let activity = Box::new(activity(time));
        if say::is_connection(&activity) {
            let syn = Sighting::new(Source::Syn(self.stack(host, minute, &activity)), activity.client.ip);
            self.push(host, time, What::Sighting(say::sighted(syn, time)));
        }
        self.push(host, time, What::Activity(activity));
    }

    /// Whose TCP a host's connections are made by: of some workstations, also that of a Linux inside.
    fn stack(&self, index: usize, minute: i64, activity: &Activity) -> Stack {
        let host = &self.hosts[index];
        let account = activity.observed.account.as_deref();
        let own = account.is_some_and(|account| account.ends_with('$'));
        let inside = index % 9 == 4 && minute % 3 == 0 && !own;
        match host.is_member() && !host.is_samba() && !inside {
            true => Stack::Windows,
            false => Stack::Linux,
        }
    }

    fn push(&mut self, host: usize, time: Timestamp, what: What) {
        let place = self.hosts[host].place;
        let kind = match place.map(|place| place.network) {
            Some(Network::Vpn) => Kind::Vpn,
            _ => self.hosts[host].kind,
        };
        self.steps.push(Step { time, what, host, kind });
    }

    pub(crate) fn at(&self, minute: i64, millis: i64) -> Timestamp {
        let minute = minute + 1_440 * self.today;
        Timestamp((1_763_596_800_000 + minute * 60_000 + millis) * 1_000_000)
    }

    /// A number below `end`, by xorshift64*.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}

impl Host {
    fn is_member(&self) -> bool {
        !matches!(self.kind, Kind::Device | Kind::Liar)
    }

    fn is_samba(&self) -> bool {
        self.kind == Kind::Server && self.mac[5].is_multiple_of(2)
    }
}
