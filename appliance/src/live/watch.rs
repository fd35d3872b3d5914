//! The worker stage: frames of its rings run to completion, and what comes of them goes to the resolve stage.
//!
//! It waits for nobody but its rings, and for those only while they are empty.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use capture::source::Frame;
use capture::{Poll, Timestamp};

use super::clock::Clock;
use super::exchange::Exchange;
use super::feed::Feed;
use super::outbox::Outbox;
use super::pulse::{LiveTotals, Pulse};
use crate::worker::{Tick, Worker};

/// Frames read before activities are passed on and the rest is seen to.
const BURST: usize = 2_048;

/// How long an idle worker sleeps at most: it ticks and beats then.
const NAP: Duration = Duration::from_millis(50);

/// How far behind the clock packet time is taken to be while nothing comes, ns: what the kernel still holds back is younger.
const LAG: i64 = 250_000_000;

/// How often totals are published.
const PUBLISH: Duration = Duration::from_secs(1);

/// One worker thread.
pub(super) struct Watcher<F> {
    feed: F,
    reader: Reader,
    outbox: Outbox,
    pulse: Arc<Pulse>,
    published: Instant,
    /// Frames that the rings and the way between workers had lost when it was last looked.
    dropped: u64,
}

impl<F: Feed> Watcher<F> {
    pub(super) fn new(feed: F, worker: Worker, exchange: Exchange, outbox: Outbox, pulse: Arc<Pulse>) -> Self {
        let clock = Clock::new(feed.now());
        let reader = Reader {
            worker,
            clock,
            exchange,
            seq: 0,
        };
        Self {
            feed,
            reader,
            outbox,
            pulse,
            published: Instant::now(),
            dropped: 0,
        }
    }

    /// Reads until it is told to stop; gives back what it read from.
    pub(super) fn run(mut self, stop: &AtomicBool) -> F {
        while !stop.load(Ordering::Relaxed) {
            if !self.turn() {
                self.feed.wait(NAP);
            }
        }
        self.finish()
    }

    /// What is there now, up to a burst; false where there was nothing.
    fn turn(&mut self) -> bool {
        self.pulse.beat();
        self.reader.worker.begin();
        let handed = self.reader.handed();
        let poll = self.reader.poll(&mut self.feed);
        if poll != Poll::More && !handed {
            self.reader.quiet(Timestamp(self.feed.now().0.saturating_sub(LAG)));
        }
        self.outbox.take(&mut self.reader.worker);
        self.outbox.send(self.reader.clock.now());
        if self.published.elapsed() >= PUBLISH {
            self.publish();
        }
        handed || poll == Poll::More
    }

    fn publish(&mut self) {
        self.published = Instant::now();
        // A worker that is never idle looks after interfaces that are gone too.
        self.feed.wait(Duration::ZERO);
        let totals = self.totals();
        let rings = totals.source.rings.iter().map(|ring| ring.dropped);
        let dropped = rings.sum::<u64>() + totals.handover_lost;
        if dropped > self.dropped {
            self.dropped = dropped;
            self.outbox.missing(self.reader.clock.now());
        }
        self.pulse.publish(totals);
    }

    fn totals(&mut self) -> LiveTotals {
        LiveTotals {
            totals: self.reader.worker.totals(),
            source: self.feed.stats(),
            kinds: *self.outbox.kinds(),
            queue_lost: self.outbox.lost(),
            handover_lost: self.reader.exchange.lost(),
            handed_over: self.reader.exchange.handed(),
            shed: self.reader.worker.left_out(),
            flows: self.reader.worker.flows() as u64,
        }
    }

    /// What still waits is said, and the last totals are published.
    fn finish(mut self) -> F {
        self.turn();
        self.reader.handed();
        let mut last = self.totals();
        let now = self.reader.clock.now();
        let (produced, totals) = self.reader.worker.finish(now);
        self.outbox.finish(produced.activities, now);
        last.totals = totals;
        last.kinds = *self.outbox.kinds();
        last.queue_lost = self.outbox.lost();
        self.pulse.publish(last);
        self.feed
    }
}

/// Everything of a worker but its rings.
struct Reader {
    worker: Worker,
    clock: Clock,
    exchange: Exchange,
    /// The number of the last frame.
    seq: u64,
}

impl Reader {
    /// Reads frames of the own rings.
    fn poll(&mut self, feed: &mut impl Feed) -> Poll {
        let mut left = BURST;
        let poll = feed.poll(&mut |frame| {
            self.mind(frame);
            if self.exchange.keeps(frame) {
                self.worker.frame(frame);
            }
            left -= 1;
            if left == 0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.exchange.flush();
        poll
    }

    /// Reads frames that others have handed over; false where there were none.
    fn handed(&mut self) -> bool {
        let mut any = false;
        while let Some(batch) = self.exchange.next() {
            for frame in batch.frames() {
                self.worker.frame(&frame);
            }
            self.exchange.recycle(batch);
            any = true;
        }
        any
    }

    /// Timers fire before a frame that enters a new second.
    fn mind(&mut self, frame: &Frame<'_>) {
        self.seq = frame.seq;
        if self.clock.reach(frame.time) {
            self.worker.tick(Tick {
                before: frame.seq,
                now: frame.time,
            });
        }
    }

    /// Nothing came until `now`.
    fn quiet(&mut self, now: Timestamp) {
        if self.clock.reach(now) {
            self.worker.tick(Tick {
                before: self.seq.saturating_add(1),
                now,
            });
        }
    }
}
