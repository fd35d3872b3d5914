//! Address pools of VPN gateways, learned from the sessions that RADIUS accounting reports.

use std::net::IpAddr;

use capture::Timestamp;
use hashbrown::HashMap;

/// The most networks watched; beyond it a new one is not, and is counted.
const MAX_POOLS: usize = 4_096;
/// So many addresses of a /24 (IPv6: /64) given to VPN sessions make all of it a pool.
const MANY: u32 = 4;
/// How long a pool is one after its last session.
const HOLDS: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// Networks that addresses were given out of.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    networks: HashMap<IpAddr, Pool>,
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

    /// Whether `ip` lies in a pool at `at`.
    pub(crate) fn hold(&self, ip: IpAddr, at: Timestamp) -> bool {
        let pool = self.networks.get(&network(ip).0);
        pool.is_some_and(|pool| pool.given.count_ones() >= MANY && at.since(pool.last) <= HOLDS)
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
