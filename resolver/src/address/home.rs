//! Where each computer last proved itself, or said that it is: one that proves itself elsewhere has left its former address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, format_compact};
use hashbrown::HashMap;

use crate::bounds::full;
use crate::host::HostName;

/// The most computers remembered; beyond it all are forgotten, and counted.
const MAX_HOMES: usize = full(1 << 17);

/// Every computer's home.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    homes: HashMap<CompactString, Home>,
    forgotten: u64,
}

/// A computer's addresses, one of each family; few have one of IPv6.
#[derive(Debug, Default)]
struct Home {
    four: Places<Ipv4Addr>,
    six: Option<Box<Places<Ipv6Addr>>>,
}

/// A computer's addresses of one family.
#[derive(Clone, Copy, Debug)]
struct Places<A> {
    proved: Option<A>,
    /// Where something answered to its name.
    answered: Option<A>,
}

impl<A> Default for Places<A> {
    fn default() -> Self {
        Self {
            proved: None,
            answered: None,
        }
    }
}

impl<A: Copy + PartialEq + Into<IpAddr>> Places<A> {
    /// It proved itself at `ip`: where else it did before, and answered.
    fn settle(&mut self, ip: A) -> [Option<IpAddr>; 2] {
        let before = self.proved.replace(ip);
        [before, self.answered].map(|before| before.filter(|before| *before != ip).map(Into::into))
    }
}

impl Homes {
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// `host` proved itself at `ip`: where it did before, and where it answered, as far as that is elsewhere.
    pub(crate) fn settle(&mut self, host: &HostName, ip: IpAddr) -> [Option<IpAddr>; 2] {
        let home = self.home(host);
        match ip {
            IpAddr::V4(ip) => home.four.settle(ip),
            IpAddr::V6(ip) => home.six.get_or_insert_default().settle(ip),
        }
    }

    /// Something at `ip` answered to `host`'s name.
    pub(crate) fn answered(&mut self, host: &HostName, ip: IpAddr) {
        let home = self.home(host);
        match ip {
            IpAddr::V4(ip) => home.four.answered = Some(ip),
            IpAddr::V6(ip) => home.six.get_or_insert_default().answered = Some(ip),
        }
    }

    /// Whether `host` last proved itself at another address than `ip`.
    pub(crate) fn elsewhere(&self, host: &HostName, ip: IpAddr) -> bool {
        self.homes.get(&key(host)).is_some_and(|home| match ip {
            IpAddr::V4(ip) => home.four.proved.is_some_and(|proved| proved != ip),
            IpAddr::V6(ip) => {
                let proved = home.six.as_ref().and_then(|six| six.proved);
                proved.is_some_and(|proved| proved != ip)
            }
        })
    }

    fn home(&mut self, host: &HostName) -> &mut Home {
        let key = key(host);
        if self.homes.len() >= MAX_HOMES && !self.homes.contains_key(&key) {
            self.forgotten += self.homes.len() as u64;
            self.homes.clear();
        }
        self.homes.entry(key).or_default()
    }
}

/// `LAB` and `lab.example` may be one domain.
fn key(host: &HostName) -> CompactString {
    let domain = host.domain.as_deref().unwrap_or_default();
    format_compact!("{}.{}", host.label, domain.split('.').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_one_home_a_family() {
        let mut homes = Homes::default();
        let [one, two, six] = ["10.0.0.1", "10.0.0.2", "fd77::1"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let host = HostName::of("WS01$", Some("LAB")).unwrap();
        let full = HostName::of("ws01.lab.example", None).unwrap();
        assert_eq!(homes.settle(&host, one), [None; 2]);
        assert_eq!(homes.settle(&full, one), [None; 2]);
        assert_eq!(homes.settle(&full, six), [None; 2]);
        homes.answered(&host, one);
        assert_eq!(homes.settle(&full, two), [Some(one); 2]);
        assert_eq!(homes.settle(&full, two), [None, Some(one)]);
        assert!(homes.elsewhere(&host, one) && !homes.elsewhere(&host, two) && !homes.elsewhere(&host, six));
        assert!(!homes.elsewhere(&HostName::of("WS02", Some("LAB")).unwrap(), one));
    }
}
