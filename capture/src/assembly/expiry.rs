//! Whatever ends by the passing of packet time, and only at ticks: holes, deadlines, silent flows, fragments.

use super::{Assembly, Entry, Handler, arm};
use crate::connection::Means;
use crate::table::Class;
use crate::time::Timestamp;

impl<S: Default> Assembly<S> {
    /// Packet time has reached `now`: waiting bytes, sessions, flows and fragments whose time has come.
    pub fn tick(&mut self, now: Timestamp, handler: &mut impl Handler<S>) {
        self.clock = Some(self.clock.map_or(now, |clock| clock.max(now)));
        self.stats.lost_fragments_expired += self.defrag.expire(now);
        let mut due = std::mem::take(&mut self.due);
        due.append(&mut self.waiting);
        self.deadlines.due(now, &mut due);
        self.collect_silent(now, &mut due);
        due.sort_unstable();
        due.dedup();
        for entry in due.drain(..) {
            self.visit(entry, now, handler);
        }
        self.due = due;
        self.gather();
    }

    /// Flows that have been silent for too long.
    fn collect_silent(&self, now: Timestamp, due: &mut Vec<Entry>) {
        for class in Class::ALL {
            let patience = self.patience.of(class);
            let silent = self
                .table
                .oldest(class)
                .take_while(|(_, touched)| touched.after(patience) <= now);
            due.extend(silent.filter_map(|(place, _)| {
                Some(Entry {
                    id: self.table.peek(place)?.flow.id,
                    place,
                })
            }));
        }
    }

    /// Does for one flow whatever is due.
    fn visit(&mut self, entry: Entry, now: Timestamp, handler: &mut impl Handler<S>) {
        if self
            .table
            .peek(entry.place)
            .is_none_or(|connection| connection.flow.id != entry.id)
        {
            return;
        }
        self.wait_no_longer(entry, now, handler);
        self.wake(entry, now, handler);
        self.bury(entry.place, now, handler);
    }

    /// Gives up holes whose time has come, and connections that were reset.
    fn wait_no_longer(&mut self, entry: Entry, now: Timestamp, handler: &mut impl Handler<S>) {
        let Some(key) = self.table.key(entry.place) else { return };
        let Some(connection) = self.table.value(entry.place).filter(|connection| connection.listed) else {
            return;
        };
        let mut means = Means {
            handler,
            bounds: &mut self.bounds,
            stats: &mut self.stats,
            controllers: &mut self.controllers,
            elephants: self.elephants.as_ref(),
        };
        connection.tick(&key, now, &mut means);
        let reset = !connection.ended && connection.is_reset(now);
        if reset {
            connection.finish(&key, &mut means);
            connection.end(&key, now, &mut means);
            self.stats.flows_closed += 1;
        }
        connection.listed = connection.awaits_tick();
        if connection.listed {
            self.waiting.push(entry);
        }
        if reset {
            self.table.touch(entry.place, Class::Ended, now);
        }
    }

    /// Wakes the session whose deadline has passed, and sees to it that it is woken at the next.
    fn wake(&mut self, entry: Entry, now: Timestamp, handler: &mut impl Handler<S>) {
        let Some(connection) = self.table.value(entry.place) else {
            return;
        };
        let deadline = handler.deadline(&connection.session);
        if !connection.ended && deadline.is_some_and(|deadline| deadline <= now) {
            handler.expire(&connection.flow, &mut connection.session, now);
        }
        if connection.armed <= now {
            connection.armed = Timestamp(i64::MAX);
        }
        arm(&mut self.deadlines, entry, connection, handler);
    }

    /// Forgets a flow that has been silent for too long.
    fn bury(&mut self, place: u32, now: Timestamp, handler: &mut impl Handler<S>) {
        let Some((class, touched)) = self.table.activity(place) else {
            return;
        };
        if touched.after(self.patience.of(class)) <= now {
            self.stats.flows_expired += u64::from(class != Class::Ended);
            self.remove(place, now, handler);
        }
    }

    /// The capture is over: everything that waits is delivered and every flow closed, in the order of their numbers.
    pub fn finish(&mut self, now: Timestamp, handler: &mut impl Handler<S>) {
        self.stats.lost_fragments_ended += self.defrag.finish();
        let mut entries: Vec<Entry> = self
            .table
            .places()
            .filter_map(|place| {
                Some(Entry {
                    id: self.table.peek(place)?.flow.id,
                    place,
                })
            })
            .collect();
        entries.sort_unstable();
        for entry in entries {
            self.remove(entry.place, now, handler);
        }
        self.deadlines.clear();
        self.waiting.clear();
        self.gather();
    }
}
