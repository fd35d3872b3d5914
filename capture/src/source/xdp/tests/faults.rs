//! Interfaces that are not there, are not free, or go away.

use std::time::{Duration, Instant};

use caps::{CapSet, Capability, CapsHashSet};

use super::lab::{Generator, PATIENCE, assert_balanced, interface, lay, open, receive, run, shows, with_cable};
use super::sum;
use crate::source::live::{Ring as _, RingStats};
use crate::source::xdp::{self, Judge, error::Trouble};

/// Whether a program is attached to `cap0`.
fn attached() -> bool {
    shows("cap0", "xdp")
}

/// Whether none is, a moment later: the kernel takes its time to let go.
fn detached() -> bool {
    let start = Instant::now();
    while attached() && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(1));
    }
    !attached()
}

/// Does it with no other capability than `CAP_NET_RAW`.
fn with_net_raw_alone(act: impl FnOnce()) {
    let all = caps::read(None, CapSet::Effective).unwrap();
    caps::set(None, CapSet::Effective, &CapsHashSet::from([Capability::CAP_NET_RAW])).unwrap();
    act();
    caps::set(None, CapSet::Effective, &all).unwrap();
}

#[test]
fn the_program_goes_with_its_rings() {
    with_cable(2, || {
        let mut rings = open(1, &[]).unwrap();
        assert!(attached());
        rings.pop();
        assert!(attached());
        rings.pop();
        assert!(detached());
        // And the queues are free at once.
        assert_eq!(open(1, &[]).unwrap().len(), 2);
    });
}

#[test]
fn an_interface_that_cannot_be_had_is_refused_with_a_sentence() {
    with_cable(1, || {
        let mut missing = interface(1);
        missing.name = "cap7".to_owned();
        let error = xdp::open(&missing, 1, Judge::Fixed(&[])).unwrap_err();
        assert!(matches!(error.trouble, Trouble::Missing), "{error}");
        assert!(
            error.to_string().starts_with("cap7: there is no such interface"),
            "{error}"
        );

        let first = open(1, &[]).unwrap();
        let error = open(1, &[]).unwrap_err();
        assert!(matches!(error.trouble, Trouble::Busy(_)), "{error}");
        drop(first);

        run("ip address add 192.0.2.1/24 dev cap0");
        let error = open(1, &[]).unwrap_err();
        assert!(error.to_string().contains("192.0.2.1"), "{error}");
        assert!(detached());
    });
}

#[test]
fn an_interface_that_returns_is_opened_again_and_its_counters_go_on() {
    with_cable(2, || {
        let mut rings = open(64, &[]).unwrap(); // more than may be locked without the capability, usually
        let mut sent = Generator::new().flood(100, 100);
        for _ in 0..3 {
            receive(&mut rings, |all| sum(all, |c| c.received) >= sent);
            run("ip link delete cap0");
            assert!(rings.iter().all(|ring| !ring.is_alive()));
            assert!(rings.iter().all(|ring| !ring.is_alive()), "it stays so");
            assert!(matches!(rings[0].reopen().unwrap_err().trouble, Trouble::Missing));
            lay(2);
            with_net_raw_alone(|| rings.iter_mut().for_each(|ring| ring.reopen().unwrap()));
            assert!(attached() && rings.iter().all(|ring| ring.is_alive()));
            sent += Generator::new().flood(100, 100);
        }
        let counters = receive(&mut rings, |all| sum(all, |c| c.received) >= sent);
        assert_eq!(sum(&counters, |c| c.received), sent);
        counters.iter().for_each(assert_balanced);
        let mut stats = RingStats::default();
        rings[0].count(&mut stats).unwrap();
        rings[0].count(&mut stats).unwrap();
        assert_eq!(stats.kernel, counters[0].redirected, "told once");
    });
}

#[test]
fn what_no_counter_of_the_kernel_shows_is_known_all_the_same() {
    with_cable(2, || {
        let mut rings = open(1, &[]).unwrap();
        run("ip link delete cap0");
        lay(2);
        rings[0].reopen().unwrap(); // the other's socket still belongs to what is gone
        let sent = Generator::new().flood(300, 100);
        let counters = receive(&mut rings, |all| sum(all, |c| c.seen) >= sent);
        counters.iter().for_each(assert_balanced);
        assert_eq!(counters[0].received + counters[1].hidden, sent, "{counters:?}");
        assert!(counters[1].hidden > 0 && counters[1].dropped == 0, "{counters:?}");
        assert_eq!(counters[1].lost(), counters[1].hidden);
    });
}
