//! A relay, that forwards what others logged in no order of theirs.

use super::*;

const RELAY: &str = "wec1.lab.example";

impl Bench {
    /// Sends the events of dc1 of these numbers by the relay, and signs what is to be stored of them; how many that are.
    fn relay(&self, relay: &mut Source, ids: &[u64]) -> usize {
        self.send(relay, ids, true)
    }

    fn send(&self, relay: &mut Source, ids: &[u64], stored: bool) -> usize {
        let events: Vec<_> = ids.iter().map(|id| event("dc1.lab.example", *id)).collect();
        relay.send(NOTIFY, "", &Charset::Utf16.encode(&batch(&events))).unwrap();
        let letters = &self.running().letters;
        let (count, answer) = thread::scope(|scope| {
            let answer = scope.spawn(|| relay.answer().unwrap());
            let mut count = 0;
            while !answer.is_finished() {
                let Ok(letter) = letters.recv_timeout(Duration::from_millis(5)) else {
                    continue;
                };
                count += letter.activities.len();
                letter.receipt.unwrap().sign(stored);
            }
            (count, answer.join().unwrap())
        });
        assert_eq!(answer.0 == 200, stored);
        count
    }
}

#[test]
fn events_of_a_relay_are_stored_once_in_whatever_order_they_come() {
    let mut bench = Bench::new("relays = [\"wec1.lab.example\"]", 8);
    let mut relay = bench.source(RELAY);
    let descending: Vec<u64> = (1..=40).rev().collect();
    assert_eq!(bench.relay(&mut relay, &descending), 40);
    assert_eq!(bench.relay(&mut relay, &descending), 0, "it comes again");
    // Two subscriptions of one log, of which one lags behind; one event is asked for by both.
    let interleaved = [1_000, 500, 1_001, 501, 1_002, 500];
    assert_eq!(bench.relay(&mut relay, &interleaved), 5);
    assert_eq!(bench.relay(&mut relay, &[502, 1_003, 501, 1_002, 41]), 3);
    // What was not stored comes again as a whole.
    assert_eq!(bench.send(&mut relay, &[503, 42], false), 2);
    assert_eq!(bench.relay(&mut relay, &[503, 42]), 2);
    // Another generation knows them all.
    drop(relay);
    let counted = bench.end();
    assert_eq!(
        (counted.counters.value("stored"), counted.counters.value("repetitions")),
        (50, 43)
    );
    bench.start();
    let mut relay = bench.source(RELAY);
    assert_eq!(bench.relay(&mut relay, &[503, 42, 41, 1_003, 502, 43, 1_004]), 2);
    assert_eq!(bench.relay(&mut relay, &descending), 0);
    let counted = bench.end();
    assert_eq!(
        (
            counted.counters.value("undecided"),
            counted.counters.value("repetitions")
        ),
        (0, 45)
    );
}

#[test]
fn a_source_s_own_events_come_in_order_as_ever() {
    let mut bench = Bench::new("relays = [\"wec1.lab.example\"]", 8);
    let mut source = bench.source("dc1.lab.example");
    assert_eq!(bench.relay(&mut source, &[5, 6, 7]), 3);
    assert_eq!(bench.relay(&mut source, &[4, 5, 8]), 1);
    assert_eq!(bench.end().counters.value("repetitions"), 2);
}
