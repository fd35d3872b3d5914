//! With room in the ring, without, and ended under load: every frame has one fate.

use std::time::Duration;

use crate::bench::{Bench, adds_up, inside};

#[test]
fn with_room_every_frame_is_in_the_ledger() {
    inside("frames::with_room_every_frame_is_in_the_ledger", || {
        let mut bench = Bench::new(64);
        let sent = Bench::send(Some(20_000.0), 40_000);
        bench.wait("all frames are taken", |_| Bench::ring().0 >= sent.frames);
        assert_eq!(Bench::ring(), (40_000, 0));
        assert_eq!(adds_up(&bench.end()), sent.frames);
    });
}

#[test]
fn without_room_every_frame_is_in_the_ledger_or_counted_as_lost() {
    inside(
        "frames::without_room_every_frame_is_in_the_ledger_or_counted_as_lost",
        || {
            let mut bench = Bench::new(1);
            bench.signal("-STOP"); // nobody empties the ring
            let sent = Bench::send(None, 40_000);
            bench.signal("-CONT");
            bench.wait("all frames are accounted for", |_| {
                let (received, dropped) = Bench::ring();
                received + dropped >= sent.frames
            });
            let (received, dropped) = Bench::ring();
            assert!(dropped > 0, "1 MiB of ring had room for {received} frames");
            let frames = adds_up(&bench.end());
            assert_eq!((frames, frames + dropped), (received, sent.frames));
        },
    );
}

#[test]
fn what_was_taken_when_it_ends_under_load_adds_up() {
    inside("frames::what_was_taken_when_it_ends_under_load_adds_up", || {
        let bench = Bench::new(64);
        let load = std::thread::spawn(|| Bench::send(Some(20_000.0), 40_000));
        std::thread::sleep(Duration::from_millis(500)); // somewhere in between: nothing is concluded from where
        let frames = adds_up(&bench.end());
        assert!(frames > 0 && frames <= load.join().unwrap().frames);
    });
}

#[test]
fn a_reload_under_load_misses_no_frame() {
    inside("frames::a_reload_under_load_misses_no_frame", || {
        let mut bench = Bench::new(64);
        let load = std::thread::spawn(|| Bench::send(Some(20_000.0), 60_000));
        std::thread::sleep(Duration::from_secs(1)); // in the middle of it
        bench.signal("-HUP");
        let sent = load.join().unwrap().frames;
        let before = |bench: &Bench| bench.ended().first().map(|ledger| adds_up(ledger));
        bench.wait("the first pipeline has ended", |bench| before(bench).is_some());
        let first = before(&bench).unwrap();
        bench.wait("all frames are taken", |_| first + Bench::ring().0 >= sent);
        assert_eq!(Bench::ring().1, 0, "the ring has room for as long as it takes");
        assert_eq!(first + adds_up(&bench.end()), sent);
        assert!(first > 0 && first < sent, "{first} of {sent}");
    });
}
