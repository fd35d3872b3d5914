//! Address pools of VPN gateways, learned from the sessions that RADIUS accounting reports.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use capture::Timestamp;
use hashbrown::HashMap;

/// The most networks watched; beyond it a new one is not, and is counted.
const MAX_POOLS: usize = 4_096;
/// So many addresses of a /24 (IPv6: /64) given to VPN sessions make all of it a pool.
const MANY: u32 = 4;
/// How long a pool is one after its last session.
const HOLDS: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// The most prefixes that sessions were given as a whole; where there are more, those go that are none any more, and else a new one is counted.
const MAX_PREFIXES: usize = 16_384;
/// A prefix that is shorter than a registry gives to anybody is no session's.
const SHORTEST: u8 = 32;

/// Networks that addresses were given out of.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    networks: HashMap<IpAddr, Pool>,
    /// Prefixes that sessions were given as a whole, and when last.
    prefixes: HashMap<Prefix, Timestamp>,
    /// How many of them have each length.
    lengths: BTreeMap<u8, usize>,
    refused: u64,
    /// Moves when a network becomes a pool.
    version: u32,
}

/// One network: a bit for each of its addresses, as far as 64 tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) given: u64,
    pub(crate) last: Timestamp,
}

/// An IPv6 prefix: its address, nothing behind its length, and that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Prefix {
    pub(crate) network: Ipv6Addr,
    pub(crate) length: u8,
}

impl Prefix {
    /// The prefix of `length` bits, 128 at most, that `ip` lies in.
    pub(crate) fn of(ip: Ipv6Addr, length: u8) -> Self {
        let mask = u128::MAX
            .checked_shl(128_u32.saturating_sub(length.into()))
            .unwrap_or_default();
        Self {
            network: (u128::from(ip) & mask).into(),
            length: length.min(128),
        }
    }
}

impl Pools {
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    pub(crate) const fn version(&self) -> u32 {
        self.version
    }

    /// A session was given `ip`.
    pub(crate) fn learn(&mut self, ip: IpAddr, now: Timestamp) {
        let (network, bit) = network(ip);
        if self.networks.len() >= MAX_POOLS && !self.networks.contains_key(&network) {
            self.refused += 1;
            return;
        }
        let pool = self.networks.entry(network).or_default();
        let was = pool.given.count_ones() >= MANY;
        if now.since(pool.last) > HOLDS {
            pool.given = 0;
        }
        pool.given |= 1 << bit;
        pool.last = pool.last.max(now);
        self.version = self
            .version
            .wrapping_add(u32::from(!was && pool.given.count_ones() >= MANY));
    }

    /// A session was given all of `prefix`.
    pub(crate) fn learn_prefix(&mut self, prefix: Prefix, now: Timestamp) {
        if let Some(last) = self.prefixes.get_mut(&prefix) {
            let lapsed = now.since(*last) > HOLDS;
            *last = now.max(*last);
            self.version = self.version.wrapping_add(lapsed.into());
            return;
        }
        if self.prefixes.len() >= MAX_PREFIXES {
            self.prefixes.retain(|_, last| now.since(*last) <= HOLDS);
            self.measure();
        }
        if prefix.length < SHORTEST || self.prefixes.len() >= MAX_PREFIXES {
            self.refused += 1;
            return;
        }
        self.restore_prefix(prefix, now);
    }

    /// Whether `ip` lies in a pool at `at`.
    pub(crate) fn hold(&self, ip: IpAddr, at: Timestamp) -> bool {
        let pool = self.networks.get(&network(ip).0);
        let given = pool.is_some_and(|pool| pool.given.count_ones() >= MANY && at.since(pool.last) <= HOLDS);
        given || self.prefix_holds(ip, at)
    }

    fn prefix_holds(&self, ip: IpAddr, at: Timestamp) -> bool {
        let IpAddr::V6(ip) = ip else { return false };
        self.lengths.keys().any(|length| {
            let last = self.prefixes.get(&Prefix::of(ip, *length));
            last.is_some_and(|last| at.since(*last) <= HOLDS)
        })
    }

    fn measure(&mut self) {
        self.lengths.clear();
        for prefix in self.prefixes.keys() {
            *self.lengths.entry(prefix.length).or_default() += 1;
        }
    }

    /// Every prefix, in order.
    pub(crate) fn all_prefixes(&self) -> Vec<(Prefix, Timestamp)> {
        let mut all: Vec<_> = self.prefixes.iter().map(|(prefix, last)| (*prefix, *last)).collect();
        all.sort_unstable();
        all
    }

    /// Takes over a prefix that was kept.
    pub(crate) fn restore_prefix(&mut self, prefix: Prefix, last: Timestamp) {
        if self.prefixes.len() < MAX_PREFIXES && self.prefixes.insert(prefix, last).is_none() {
            *self.lengths.entry(prefix.length).or_default() += 1;
            self.version = self.version.wrapping_add(1);
        }
    }

    /// Every network, in order.
    pub(crate) fn all(&self) -> Vec<(IpAddr, Pool)> {
        let mut all: Vec<_> = self.networks.iter().map(|(network, pool)| (*network, *pool)).collect();
        all.sort_by_key(|(network, _)| *network);
        all
    }

    /// Takes over one that was kept.
    pub(crate) fn restore(&mut self, network: IpAddr, pool: Pool) {
        if self.networks.len() < MAX_POOLS {
            self.networks.insert(network, pool);
            self.version = self.version.wrapping_add(1);
        }
    }
}

/// The /24 or /64 of an address, and which of 64 bits stands for the address there.
fn network(ip: IpAddr) -> (IpAddr, u32) {
    match ip {
        IpAddr::V4(ip) => {
            let bits = u32::from(ip);
            (IpAddr::V4((bits & !0xff).into()), bits & 63)
        }
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            let host = (bits as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
            (IpAddr::V6((bits & !u128::from(u64::MAX)).into()), host as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_sessions_make_a_pool() {
        let mut pools = Pools::default();
        let ip = |last: u8| IpAddr::from([10, 9, 0, last]);
        let now = Timestamp::new(1_000_000, 0);
        for last in [1, 1, 1, 2, 3] {
            pools.learn(ip(last), now);
        }
        assert!(!pools.hold(ip(1), now));
        pools.learn(ip(4), now);
        assert!(pools.hold(ip(200), now) && !pools.hold(IpAddr::from([10, 9, 1, 1]), now));
        assert!(!pools.hold(ip(200), now.after(HOLDS * 2)));
        assert_eq!(pools.version(), 1);
        let mut six = Pools::default();
        for last in 1..30_u16 {
            six.learn(IpAddr::from([0xfd77, 0, 0, 1, 0, 0, 0, last]), now);
        }
        assert!(six.hold("fd77:0:0:1::ffff".parse().unwrap(), now));
    }

    #[test]
    fn a_prefix_is_a_pool_by_itself() {
        let mut pools = Pools::default();
        let now = Timestamp::new(1_000_000, 0);
        let ip = |text: &str| text.parse::<Ipv6Addr>().unwrap();
        pools.learn_prefix(Prefix::of(ip("2001:db8:1:2::"), 64), now);
        pools.learn_prefix(Prefix::of(ip("2001:db8:aa00::"), 40), now);
        pools.learn_prefix(Prefix::of(ip("2001::"), 16), now);
        for (within, held) in [
            ("2001:db8:1:2::77", true),
            ("2001:db8:1:3::77", false),
            ("2001:db8:aaff:1::1", true),
            ("2001:db8:ab00::1", false),
        ] {
            assert_eq!(pools.hold(ip(within).into(), now), held, "{within}");
            assert!(!pools.hold(ip(within).into(), now.after(HOLDS * 2)));
        }
        assert!(!pools.hold(IpAddr::from([10, 0, 0, 1]), now));
        assert_eq!((pools.refused(), pools.version()), (1, 2));
        assert_eq!(Prefix::of(ip("::1"), 128), Prefix::of(ip("::1"), 200));
        assert_eq!(Prefix::of(ip("::1"), 0).network, ip("::"));
    }

    #[test]
    fn prefixes_are_bounded() {
        let mut pools = Pools::default();
        let prefix = |number: u128| Prefix::of((number << 64).into(), 64);
        for number in 0..20_000 {
            pools.learn_prefix(prefix(number), Timestamp::new(1, 0));
        }
        let surplus = 20_000 - MAX_PREFIXES as u64;
        assert_eq!((pools.prefixes.len(), pools.refused()), (MAX_PREFIXES, surplus));
        pools.learn_prefix(prefix(30_000), Timestamp::new(1, 0).after(HOLDS * 2));
        assert_eq!((pools.prefixes.len(), pools.refused()), (1, surplus));
        assert_eq!(pools.lengths, BTreeMap::from([(64, 1)]));
    }

    #[test]
    fn networks_are_bounded() {
        let mut pools = Pools::default();
        for number in 0..5_000_u32 {
            pools.learn(IpAddr::V4((number << 8).into()), Timestamp::new(1, 0));
        }
        assert_eq!(
            (pools.networks.len(), pools.refused()),
            (MAX_POOLS, 5_000 - MAX_POOLS as u64)
        );
    }
}
