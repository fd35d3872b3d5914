//! Interfaces that are not there, go, and come back.

use std::time::{Duration, Instant};

use capture::source::live::{LinkState, Live, OpenError, Opened, open};

use capture::{Clock, Mode};

use crate::lab::{Sender, cable, config, drain, inside, ip, numbered, opened};

const QUIET: Duration = Duration::from_millis(150);

#[test]
fn what_cannot_be_opened_is_said_in_a_sentence() {
    inside("faults::what_cannot_be_opened_is_said_in_a_sentence", || {
        let error = |names: &[&str]| open(&config(names, 1), 1).unwrap_err();
        assert!(matches!(error(&[]), OpenError::Nothing));
        assert!(matches!(error(&["tap0"]), OpenError::NoInterface { .. }));
        cable("tap0");
        ip("link set tap0 down");
        let down = error(&["tap0"]);
        assert!(
            matches!(&down, OpenError::Down { interface } if interface == "tap0"),
            "{down}"
        );
        assert!(down.to_string().contains("ip link set tap0 up"), "{down}");
        ip("link set tap0 up");
        nix::unistd::setuid(nix::unistd::Uid::from_raw(65_534)).unwrap();
        let forbidden = error(&["tap0"]);
        assert!(matches!(forbidden, OpenError::Permission { .. }), "{forbidden}");
        assert!(forbidden.to_string().contains("CAP_NET_RAW"), "{forbidden}");
    });
}

#[test]
fn an_interface_that_goes_and_comes_back_is_opened_again() {
    inside("faults::an_interface_that_goes_and_comes_back_is_opened_again", || {
        ["tap0", "tap1"].iter().for_each(|name| cable(name));
        let Opened {
            mut sources, mut watch, ..
        } = opened(&["tap0", "tap1"], 2);
        let mut received = 0;
        for life in 0..3 {
            let sender = Sender::new("tap0-far");
            (0..100).for_each(|number| sender.send(&numbered(number, 60)));
            received += sources.iter_mut().map(|live| drain(live, QUIET).len()).sum::<usize>();
            assert_eq!(received, (life + 1) * 100);
            assert_eq!(watch.look()[0].link, LinkState::Up);
            ip("link del tap0");
            assert_eq!(
                sources.iter_mut().map(|live| drain(live, QUIET).len()).sum::<usize>(),
                0
            );
            assert_eq!(
                watch.look().iter().map(|state| state.link).collect::<Vec<_>>(),
                [LinkState::Gone, LinkState::Up]
            );
            // The other interface goes on.
            Sender::new("tap1-far").send(&numbered(1, 60));
            assert_eq!(
                sources.iter_mut().map(|live| drain(live, QUIET).len()).sum::<usize>(),
                1
            );
            cable("tap0");
            let reopened = |sources: &mut [Live]| {
                sources
                    .iter_mut()
                    .all(|live| live.stats().rings[0].reopened == life as u64 + 1)
            };
            let started = Instant::now();
            while !reopened(&mut sources) && started.elapsed() < Duration::from_secs(3) {
                sources
                    .iter_mut()
                    .for_each(|live| drop(drain(live, Duration::from_millis(20))));
            }
            assert!(reopened(&mut sources), "life {life}");
        }
        let rings = sources.iter_mut().map(|live| live.stats().rings[0]);
        let (kernel, lent) = rings.fold((0, 0), |(kernel, lent), ring| {
            (kernel + ring.kernel, lent + ring.received)
        });
        assert_eq!((kernel, lent), (300, 300));
        assert_eq!(watch.look()[0].counters.packets, 300);
    });
}

#[test]
fn an_interface_that_is_set_down_and_up_goes_on() {
    inside("faults::an_interface_that_is_set_down_and_up_goes_on", || {
        cable("tap0");
        let Opened {
            mut sources, mut watch, ..
        } = opened(&["tap0"], 2);
        let count = |sources: &mut [Live]| {
            sources
                .iter_mut()
                .map(|live| drain(live, QUIET).len())
                .collect::<Vec<_>>()
        };
        let send = || {
            let sender = Sender::new("tap0-far");
            (0..100).for_each(|number| sender.send(&numbered(number, 60)));
        };
        send();
        let before = count(&mut sources);
        ip("link set tap0 down");
        assert_eq!(count(&mut sources), [0, 0]);
        assert_eq!(watch.look()[0].link, LinkState::Down);
        ip("link set tap0 up");
        // The kernel sends nothing before it has noticed that there is a carrier, which a busy machine may take a moment for.
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            Sender::new("tap0-far").send(&numbered(1_000, 60));
            if count(&mut sources) != [0, 0] {
                break;
            }
        }
        send();
        // The same frames come to the same workers.
        assert_eq!(count(&mut sources), before);
        assert_eq!(watch.look()[0].link, LinkState::Up);
        let state = &watch.look()[0];
        assert!(
            state.promiscuous && state.administratively_up && state.mtu == 65_535,
            "{state:?}"
        );
    });
}

/// Whatever this kernel and this driver have of AF_XDP: the frames arrive.
#[test]
fn af_xdp_or_what_takes_its_place() {
    inside("faults::af_xdp_or_what_takes_its_place", || {
        cable("tap0");
        let mut config = config(&["tap0"], 8);
        config.interfaces[0].mode = Mode::AfXdp;
        let Opened {
            mut sources,
            modes,
            notes,
            ..
        } = open(&config, 2).unwrap();
        assert!((modes[0] == "tpacket") != notes.is_empty(), "{modes:?} {notes:?}");
        println!("{modes:?} {notes:?}");
        let sender = Sender::new("tap0-far");
        for life in 1..=2u64 {
            (0..100).for_each(|number| sender.send(&numbered(number, 60)));
            assert_eq!(
                sources.iter_mut().map(|live| drain(live, QUIET).len()).sum::<usize>(),
                100
            );
            let received: u64 = sources
                .iter_mut()
                .flat_map(|live| live.stats().rings.clone())
                .map(|ring| ring.received)
                .sum();
            assert_eq!(received, life * 100);
        }
    });
}

/// Every frame is received or counted as dropped, over two lives of an interface and with a ring that is too small.
#[test]
fn af_xdp_loses_nothing_without_counting_it() {
    inside("faults::af_xdp_loses_nothing_without_counting_it", || {
        cable("tap0");
        let mut config = config(&["tap0"], 1);
        config.interfaces[0].mode = Mode::AfXdp;
        config.filter.enabled = false;
        let mut opened = open(&config, 1).unwrap();
        if opened.modes[0] == "tpacket" {
            return println!("skipped: {:?}", opened.notes);
        }
        let live = &mut opened.sources[0];
        let mut total = 0;
        for life in 0..2 {
            let sender = Sender::new("tap0-far");
            for _ in 0..20 {
                (0..100).for_each(|number| sender.send(&numbered(number, 60)));
                std::thread::sleep(Duration::from_millis(1)); // more would not fit into the cable
            }
            let lost = std::fs::read_to_string("/sys/class/net/tap0-far/statistics/tx_dropped").unwrap();
            total += 2_000 - lost.trim().parse::<u64>().unwrap();
            drain(live, QUIET);
            let ring = live.stats().rings[0];
            assert_eq!((ring.kernel, ring.received + ring.dropped), (total, total), "{ring:?}");
            assert!(ring.dropped > 0 && ring.reopened == life, "{ring:?}");
            if life == 0 {
                ip("link delete tap0");
                assert!(drain(live, QUIET).is_empty());
                cable("tap0");
                let start = Instant::now();
                while live.stats().rings[0].reopened == 0 && start.elapsed() < Duration::from_secs(5) {
                    assert!(drain(live, Duration::from_millis(50)).is_empty());
                }
                std::thread::sleep(Duration::from_millis(100)); // until the cable's queue is alive
            }
        }
    });
}

#[test]
fn the_driver_is_asked() {
    inside("faults::the_driver_is_asked", || {
        cable("tap0");
        let mut opened = opened(&["tap0"], 1);
        let state = opened.watch.look().remove(0);
        let gro = state.offloads.iter().find(|offload| offload.name == "rx-gro");
        assert!(gro.is_some() && state.queues > 0 && state.promiscuous, "{state:?}");
    });
}

#[test]
fn without_a_clock_in_the_nic_the_kernels_time_is_taken_and_it_is_said() {
    inside(
        "faults::without_a_clock_in_the_nic_the_kernels_time_is_taken_and_it_is_said",
        || {
            cable("tap0");
            let mut config = config(&["tap0"], 8);
            for interface in &mut config.interfaces {
                interface.timestamps = Clock::Hardware;
            }
            let Opened { mut sources, notes, .. } = open(&config, 1).unwrap();
            let said = "tap0: hardware timestamps are not to be had: its driver offers none for every frame (`ethtool -T`); frames bear the kernel's time";
            assert_eq!(notes, [said]);
            let live = sources.first_mut().unwrap();
            Sender::new("tap0-far").send(&numbered(1, 60));
            let seen = drain(live, Duration::from_millis(150));
            let [frame] = seen.as_slice() else { panic!("{seen:?}") };
            assert!((0..10_000_000_000).contains(&(live.now().0 - frame.time)));
            assert_eq!(live.stats().rings.first().unwrap().hardware_times, 0);
        },
    );
}
