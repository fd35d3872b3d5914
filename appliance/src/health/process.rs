//! What the process uses, and what there is: memory and processors.
//!
//! The files it reads again and again are opened once, before the process gives up what it may open.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};

use super::snapshot::Process;

/// Reads what this process uses.
#[derive(Debug)]
pub(crate) struct Meter {
    status: File,
    processors: u64,
    memory: u64,
    /// When it was last read, and the processor time used until then.
    last: (Instant, Duration),
}

impl Meter {
    /// A meter of this process.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self {
            status: File::open("/proc/self/status")?,
            processors: available_parallelism().map_or(1, |count| count.get() as u64),
            memory: memory()?,
            last: (Instant::now(), busy()),
        })
    }

    /// Bytes of memory there are: the machine's, or the control group's where that is less.
    pub(crate) const fn memory(&self) -> u64 {
        self.memory
    }

    /// What is used now; `cpu` since the reading before.
    pub(crate) fn read(&mut self) -> Process {
        let now = (Instant::now(), busy());
        let (elapsed, used) = (now.0 - self.last.0, now.1.saturating_sub(self.last.1));
        self.last = now;
        Process {
            rss_bytes: self.rss().unwrap_or_default(),
            cpu: used.as_secs_f64() / elapsed.as_secs_f64().max(1e-3),
            processors: self.processors,
            ..Process::default()
        }
    }

    fn rss(&self) -> Option<u64> {
        let mut text = [0; 4096];
        let length = self.status.read_at(&mut text, 0).ok()?;
        kibibytes(std::str::from_utf8(text.get(..length)?).ok()?, "VmRSS:")
    }
}

/// The bytes in the line of `key` of a file like proc(5)'s `status` or `meminfo`.
fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

/// Processor time used so far.
fn busy() -> Duration {
    let time = |usage: &Usage| {
        [usage.user_time(), usage.system_time()]
            .iter()
            .map(|time| {
                let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
                Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or_default())
            })
            .sum()
    };
    getrusage(UsageWho::RUSAGE_SELF).as_ref().map(time).unwrap_or_default()
}

fn memory() -> io::Result<u64> {
    let machine = kibibytes(&fs::read_to_string("/proc/meminfo")?, "MemTotal:").unwrap_or(u64::MAX);
    Ok(machine.min(control_group().unwrap_or(u64::MAX)))
}

/// The lowest limit of the control groups this process is in (cgroups(7), version 2).
fn control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let groups = Path::new("/sys/fs/cgroup").join(group);
    let limits = groups
        .ancestors()
        .take_while(|folder| folder.starts_with("/sys/fs/cgroup"));
    limits
        .filter_map(|folder| fs::read_to_string(folder.join("memory.max")).ok()?.trim().parse().ok())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_memory_and_processors() {
        let mut meter = Meter::open().unwrap();
        let process = meter.read();
        assert!(process.rss_bytes > 1 << 20 && process.rss_bytes < meter.memory());
        assert!(process.processors >= 1 && process.cpu >= 0.0);
    }

    #[test]
    fn lines_of_proc_are_read() {
        assert_eq!(
            kibibytes("Name:\tadtap\nVmRSS:\t    2048 kB\n", "VmRSS:"),
            Some(2 << 20)
        );
        assert_eq!(kibibytes("VmRSS: many kB", "VmRSS:"), None);
    }
}
