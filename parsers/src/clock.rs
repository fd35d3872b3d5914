//! What servers' clocks said, measured against the time of the packets that brought it.
//!
//! A reading is taken only from an answer to a request that was seen, so that a datagram sent blindly moves nothing. The last
//! reading of each address is kept, of so many addresses; what an address reads first makes room by the oldest one's going.

use std::net::IpAddr;

use capture::Timestamp;
use hashbrown::HashMap;

/// Addresses whose clocks are remembered: more than there are controllers in a ledger.
const MAX_CLOCKS: usize = 512;

/// One look at a server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// Packet time of the answer that told it.
    pub time: Timestamp,
    /// The server's clock minus that time, µs; includes the way from the server to the capture.
    pub skew_us: i64,
}

/// The latest reading of every server's clock.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    readings: HashMap<IpAddr, Reading>,
}

impl Clocks {
    /// Takes a reading; whether another address had to make room for it.
    pub fn take(&mut self, server: IpAddr, reading: Reading) -> bool {
        if let Some(known) = self.readings.get_mut(&server) {
            *known = reading.max(*known);
            return false;
        }
        let full = self.readings.len() >= MAX_CLOCKS;
        if full {
            self.forget_oldest();
        }
        self.readings.insert(server, reading);
        full
    }

    /// Adds another worker's readings.
    pub fn add(&mut self, other: &Self) {
        for (server, reading) in &other.readings {
            let known = self.readings.entry(*server).or_insert(*reading);
            *known = (*reading).max(*known);
        }
    }

    /// The latest reading of a server that has any of these addresses.
    #[must_use]
    pub fn latest(&self, addresses: &[IpAddr]) -> Option<Reading> {
        addresses
            .iter()
            .filter_map(|address| self.readings.get(address).copied())
            .max()
    }

    fn forget_oldest(&mut self) {
        let oldest = self.readings.iter().map(|(server, reading)| (*reading, *server)).min();
        if let Some((_, server)) = oldest {
            self.readings.remove(&server);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    fn reading(seconds: i64, skew_us: i64) -> Reading {
        Reading {
            time: Timestamp::new(seconds, 0),
            skew_us,
        }
    }

    #[test]
    fn the_latest_reading_counts_whichever_worker_took_it() {
        let (mut one, mut other) = (Clocks::default(), Clocks::default());
        one.take(ip(1), reading(10, 5));
        other.take(ip(1), reading(20, -7));
        other.take(ip(2), reading(15, 9));
        one.add(&other);
        assert_eq!(one.latest(&[ip(1), ip(2)]), Some(reading(20, -7)));
        one.take(ip(1), reading(5, 100));
        assert_eq!(one.latest(&[ip(1)]), Some(reading(20, -7)));
        assert_eq!(one.latest(&[ip(3)]), None);
    }

    #[test]
    fn servers_are_bounded_and_the_oldest_reading_goes() {
        let mut clocks = Clocks::default();
        for number in 0..600 {
            let evicts = clocks.take(ip(number), reading(number.into(), 0));
            assert_eq!(evicts, number >= 512);
        }
        assert_eq!(clocks.readings.len(), 512);
        assert_eq!(clocks.latest(&[ip(87)]), None);
        assert!(clocks.latest(&[ip(88)]).is_some());
    }
}
