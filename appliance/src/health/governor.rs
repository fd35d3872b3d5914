//! Keeps adtap within its budget: under pressure work is left out in ranked order, so that no ring stalls and no memory runs
//! out.
//!
//! Every ten seconds it looks at memory, processors, rings and queues. Pressure raises the level of [`super::shed`] by one, great pressure
//! by two; calm that lasts lowers it by one. Calm that turned out to be none is waited for twice as long the next time. No
//! clock and no I/O: it judges snapshots.

use serde::Deserialize;

use super::shed::{Level, Shed};
use super::snapshot::{Process, Snapshot};
use crate::number::{bytes, percent, share};

/// Seconds between two looks.
const PERIOD: u64 = 10;

/// Calm looks before the level is lowered, at first and at most.
const PATIENCE: u32 = 3;
const MOST_PATIENCE: u32 = 24;

/// Shares of the memory limit: below is calm, above is pressure, above is great pressure.
const CALM: f64 = 0.75;
const PRESSURE: f64 = 0.85;
const GREAT: f64 = 0.95;

/// Growth of memory between two looks that counts as standing still: what an allocator keeps does not come back by waiting.
const STILL: f64 = 0.002;

/// Share of frames or activities lost to rings and queues that is pressure.
const LOSS: f64 = 0.001;

/// `[limits]`: what adtap may use.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Memory, MiB; 0 is 85 percent of what the machine, or the control group, has.
    pub(crate) memory_mib: u64,
    /// Percent of all processors.
    pub(crate) cpu_percent: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_mib: 0,
            cpu_percent: 85,
        }
    }
}

impl Limits {
    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if (1..64).contains(&self.memory_mib) {
            let mib = self.memory_mib;
            problems.push(format!("limits.memory-mib: adtap cannot run in {mib} MiB; it would leave out work all the time; give at least 64, or 0"));
        }
        if !(1..=100).contains(&self.cpu_percent) {
            let percent = self.cpu_percent;
            problems.push(format!(
                "limits.cpu-percent: {percent} is no percentage; the file is refused; give 1 to 100"
            ));
        }
        problems
    }
}

/// The governor.
#[derive(Debug)]
pub(crate) struct Governor {
    memory_limit: u64,
    cpu_limit: f64,
    shed: Shed,
    level: Level,
    why: Option<String>,
    /// Calm looks in a row, and how many are wanted.
    calm: u32,
    patience: u32,
    /// Looks since the level was last lowered.
    relieved: u32,
    last: Option<Look>,
    cpu: Mean,
}

/// The totals at a look.
#[derive(Clone, Copy, Debug)]
struct Look {
    uptime: u64,
    rss: u64,
    ring: (u64, u64),
    queue: (u64, u64),
}

/// A mean of what came since the last look.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

/// What a look amounts to.
#[derive(Debug, PartialEq)]
enum Weather {
    Calm,
    Between,
    Pressure(u8, String),
}

impl Governor {
    /// A governor that keeps to `limits`, where `memory` bytes are there in all, and sets `shed`.
    pub(crate) fn new(limits: &Limits, memory: u64, shed: Shed) -> Self {
        let memory_limit = match limits.memory_mib {
            0 => memory / 100 * 85,
            mib => mib.saturating_mul(1 << 20),
        };
        Self {
            memory_limit,
            cpu_limit: limits.cpu_percent as f64 / 100.0,
            shed,
            level: Level::NONE,
            why: None,
            calm: 0,
            patience: PATIENCE,
            relieved: MOST_PATIENCE,
            last: None,
            cpu: Mean::default(),
        }
    }

    /// Takes in a snapshot, once a second, and writes into it what it is up to.
    pub(crate) fn observe(&mut self, snapshot: &mut Snapshot) {
        self.cpu.add(snapshot.process.cpu);
        let look = Look::at(snapshot);
        match self.last {
            None => self.last = Some(look),
            Some(last) if look.uptime >= last.uptime + PERIOD => {
                let weather = self.weather(&last, &look, &snapshot.process);
                self.act(weather);
                self.last = Some(look);
                self.cpu = Mean::default();
            }
            Some(_) => {}
        }
        let process = &mut snapshot.process;
        process.memory_limit_bytes = self.memory_limit;
        process.shed_level = self.level.number();
        process.pressure.clone_from(&self.why);
    }

    fn weather(&self, last: &Look, look: &Look, process: &Process) -> Weather {
        let memory = share(look.rss, self.memory_limit);
        let still = share(look.rss.saturating_sub(last.rss), last.rss) < STILL;
        let cpu = self.cpu.value() / (process.processors.max(1) as f64);
        let ring = lost(last.ring, look.ring);
        let queue = lost(last.queue, look.queue);
        if memory >= GREAT {
            Weather::Pressure(2, self.memory_sentence(look.rss))
        } else if memory >= PRESSURE && !still {
            Weather::Pressure(1, self.memory_sentence(look.rss))
        } else if ring > LOSS {
            Weather::Pressure(1, format!("the rings had no room for {} of the frames", percent(ring)))
        } else if queue > LOSS {
            Weather::Pressure(
                1,
                format!("the queues had no room for {} of what they carry", percent(queue)),
            )
        } else if cpu > self.cpu_limit {
            Weather::Pressure(1, format!("adtap keeps {} of the processors busy", percent(cpu)))
        } else if (memory < CALM || still) && ring + queue == 0.0 && cpu < self.cpu_limit * 0.9 {
            Weather::Calm
        } else {
            Weather::Between
        }
    }

    fn memory_sentence(&self, rss: u64) -> String {
        format!("adtap uses {} of the {} it may", bytes(rss), bytes(self.memory_limit))
    }

    fn act(&mut self, weather: Weather) {
        self.relieved = self.relieved.saturating_add(1);
        match weather {
            Weather::Pressure(by, why) => {
                if self.relieved <= self.patience {
                    self.patience = (self.patience * 2).min(MOST_PATIENCE);
                }
                self.calm = 0;
                self.why = Some(why);
                self.set(self.level.raised(by));
            }
            Weather::Between => self.calm = 0,
            Weather::Calm => self.relieve(),
        }
    }

    fn relieve(&mut self) {
        self.calm += 1;
        if self.calm < self.patience {
            return;
        }
        self.calm = 0;
        if self.level == Level::NONE {
            self.patience = PATIENCE;
            return;
        }
        self.relieved = 0;
        self.set(self.level.lowered());
        if self.level == Level::NONE {
            self.why = None;
        }
    }

    fn set(&mut self, level: Level) {
        self.level = level;
        self.shed.set(level);
    }
}

impl Look {
    fn at(snapshot: &Snapshot) -> Self {
        let queued = snapshot.workers(|worker| worker.activities.sum());
        let lost = snapshot.workers(|worker| worker.queue_lost + worker.handover_lost);
        Self {
            uptime: snapshot.uptime_seconds,
            rss: snapshot.process.rss_bytes,
            ring: (
                snapshot.interfaces(|interface| interface.ring.dropped),
                snapshot.interfaces(|interface| interface.ring.kernel),
            ),
            queue: (lost, queued + snapshot.workers(|worker| worker.frames)),
        }
    }
}

/// Share lost between two looks, of pairs of totals: lost, and all.
fn lost(last: (u64, u64), look: (u64, u64)) -> f64 {
    let lost = look.0.saturating_sub(last.0);
    share(lost, look.1.saturating_sub(last.1).max(lost))
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn value(self) -> f64 {
        if self.count > 0.0 { self.sum / self.count } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::snapshot::{Interface, Ring};

    const MIB: u64 = 1 << 20;

    struct Bench {
        governor: Governor,
        shed: Shed,
        uptime: u64,
        snapshot: Snapshot,
    }

    impl Bench {
        fn new() -> Self {
            let shed = Shed::default();
            let limits = Limits {
                memory_mib: 1_000,
                cpu_percent: 85,
            };
            let snapshot = Snapshot {
                interfaces: vec![Interface::default()],
                process: Process {
                    processors: 2,
                    rss_bytes: 100 * MIB,
                    cpu: 0.2,
                    ..Process::default()
                },
                ..Snapshot::default()
            };
            let mut bench = Self {
                governor: Governor::new(&limits, 0, shed.clone()),
                shed,
                uptime: 0,
                snapshot,
            };
            bench.run(1);
            bench
        }

        /// So many seconds; answers the level afterwards.
        fn run(&mut self, seconds: u64) -> u8 {
            for _ in 0..seconds {
                self.snapshot.uptime_seconds = self.uptime;
                self.governor.observe(&mut self.snapshot);
                self.uptime += 1;
            }
            assert_eq!(self.snapshot.process.shed_level, self.shed.level().number());
            self.shed.level().number()
        }

        fn rss(&mut self, mib: u64) {
            self.snapshot.process.rss_bytes = mib * MIB;
        }
    }

    #[test]
    fn memory_raises_step_by_step_and_calm_lowers() {
        let mut bench = Bench::new();
        assert_eq!(bench.run(60), 0);
        bench.rss(860);
        assert_eq!(bench.run(10), 1);
        assert!(bench.snapshot.process.pressure.as_deref().unwrap().contains("860 MiB"));
        bench.rss(880);
        assert_eq!(bench.run(10), 2);
        assert_eq!(bench.run(10), 2, "memory that stands still is no pressure");
        bench.rss(960);
        assert_eq!(bench.run(10), 4);
        bench.rss(600);
        assert_eq!(bench.run(20), 4, "two calm looks are not enough");
        assert_eq!(bench.run(10), 3);
        assert_eq!(bench.run(90), 0);
        assert_eq!(bench.snapshot.process.pressure, None);
    }

    #[test]
    fn a_relapse_doubles_the_patience() {
        let mut bench = Bench::new();
        bench.snapshot.process.cpu = 1.9;
        assert_eq!(bench.run(10), 1);
        bench.snapshot.process.cpu = 0.5;
        assert_eq!(bench.run(30), 0);
        bench.snapshot.process.cpu = 1.9;
        assert_eq!(bench.run(10), 1);
        bench.snapshot.process.cpu = 0.5;
        assert_eq!(bench.run(30), 1);
        assert_eq!(bench.run(30), 0);
    }

    #[test]
    fn a_ring_that_overflows_is_pressure() {
        let mut bench = Bench::new();
        bench.snapshot.interfaces[0].ring = Ring {
            kernel: 1_000,
            dropped: 50,
            ..Ring::default()
        };
        assert_eq!(bench.run(10), 1);
        assert_eq!(bench.run(30), 0, "what was lost before is not held against it");
    }

    #[test]
    fn limits_that_cannot_be_are_named() {
        assert_eq!(Limits::default().problems(), Vec::<String>::new());
        let limits = Limits {
            memory_mib: 1,
            cpu_percent: 0,
        };
        assert_eq!(limits.problems().len(), 2);
    }
}
