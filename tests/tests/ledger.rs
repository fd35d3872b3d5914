//! Frames sent are frames in the ledger, to the unit: through `adtap run` on one end of a cable whose other end is ours, with
//! room in its ring, without, and ended under load.
//!
//! Each case runs in namespaces of its own, in which this same test program is started once more; where namespaces are not
//! permitted it says so and passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::generator::{Frames, Plan, Port, Sent};
use tests::{adtap, case, pcap};

/// Says to the second start of this program where it is.
const INSIDE: &str = "ADTAP_TEST_INSIDE";

/// Runs `test` in namespaces of its own; the first start of this program only starts the second.
fn inside(name: &str, test: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return test();
    }
    let separate = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let possible = Command::new("unshare")
        .args(separate)
        .arg("true")
        .stderr(Stdio::null())
        .status();
    if !possible.is_ok_and(|status| status.success()) {
        println!("skipped: namespaces are not permitted here");
        return;
    }
    let _ = adtap(); // built where there is a network
    let mut again = Command::new("unshare");
    again.args(separate).arg(std::env::current_exe().unwrap());
    again.args([name, "--exact", "--nocapture"]).env(INSIDE, "yes");
    assert!(again.status().unwrap().success());
}

/// A cable, and `adtap run` at its end.
struct Bench {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Bench {
    fn new(ring_mib: u32) -> Self {
        for line in [
            "link set lo up",
            "link add gen0 mtu 9000 type veth peer name cap0 mtu 9000",
            "link set cap0 arp off up",
            "link set gen0 arp off up",
        ] {
            assert!(
                Command::new("ip").args(line.split(' ')).status().unwrap().success(),
                "ip {line}"
            );
        }
        for interface in ["gen0", "cap0"] {
            // Else the kernel sends router solicitations of its own.
            let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6"), "1");
        }
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("adtap.toml");
        fs::write(&config, configuration(folder.path(), ring_mib)).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let daemon = Command::new(adtap())
            .arg("--config")
            .arg(config)
            .arg("run")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut bench = Self { folder, daemon };
        bench.wait("adtap watches", |bench| bench.log().contains("watching cap0"));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Asks until `condition` holds; fails when the daemon ends or half a minute is over.
    fn wait(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !condition(self) {
            let ended = self.daemon.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < end,
                "{what}: {ended:?}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn send(rate: Option<f64>, limit: u64) -> Sent {
        let bytes = fs::read(case("story/capture.pcap")).unwrap();
        let keep = ["10.77.0.0/27".parse().unwrap()];
        let plan = Plan {
            frames: Frames::new(pcap::read(&bytes).unwrap(), &keep),
            rate,
            limit: Some(limit),
            time: Some(Duration::from_secs(60)),
            flood: None,
            tunnel: None,
        };
        plan.run(&mut Port::open("gen0").unwrap(), &AtomicBool::new(false))
            .unwrap()
    }

    fn signal(&self, name: &str) {
        let pid = self.daemon.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// What the daemon says of itself, on loopback.
    fn status() -> Option<Value> {
        let mut page = TcpStream::connect("127.0.0.1:4391").ok()?;
        page.write_all(b"GET /status.json HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            .ok()?;
        let mut answer = String::new();
        page.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Frames taken out of the ring, and frames it had no room for.
    fn ring() -> (u64, u64) {
        let status = Self::status().unwrap_or_default();
        let ring = |name| {
            status
                .pointer(&format!("/snapshot/interfaces/0/ring/{name}"))
                .and_then(Value::as_u64)
        };
        (ring("received").unwrap_or(0), ring("dropped").unwrap_or(0))
    }

    /// Ends the daemon: the numbers of its last line, frames first.
    fn end(mut self) -> Vec<u64> {
        self.signal("-TERM");
        assert!(self.daemon.wait().unwrap().success(), "{}", self.log());
        let log = self.log();
        let (_, line) = log.rsplit_once("ended: ").unwrap();
        let (frames, _) = line.split_once(';').unwrap();
        frames
            .split([' ', '=', '+'])
            .filter_map(|word| word.parse().ok())
            .collect()
    }
}

fn configuration(folder: &Path, ring_mib: u32) -> String {
    format!(
        "[capture]\nworkers = 1\n[[capture.interfaces]]\nname = \"cap0\"\nring-mib = {ring_mib}\n\
         [capture.filter]\nenabled = false\n[spool]\ndirectory = \"{}/spool\"\n[run]\ndrain-seconds = 0\n",
        folder.display()
    )
}

/// Every frame has one fate.
fn adds_up(ledger: &[u64]) -> u64 {
    let (frames, fates) = ledger.split_first().unwrap();
    assert_eq!((fates.len(), fates.iter().sum::<u64>()), (4, *frames), "{ledger:?}");
    *frames
}

#[test]
fn with_room_every_frame_is_in_the_ledger() {
    inside("with_room_every_frame_is_in_the_ledger", || {
        let mut bench = Bench::new(64);
        let sent = Bench::send(Some(20_000.0), 40_000);
        bench.wait("all frames are taken", |_| Bench::ring().0 >= sent.frames);
        assert_eq!(Bench::ring(), (40_000, 0));
        assert_eq!(adds_up(&bench.end()), sent.frames);
    });
}

#[test]
fn without_room_every_frame_is_in_the_ledger_or_counted_as_lost() {
    inside("without_room_every_frame_is_in_the_ledger_or_counted_as_lost", || {
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
    });
}

#[test]
fn what_was_taken_when_it_ends_under_load_adds_up() {
    inside("what_was_taken_when_it_ends_under_load_adds_up", || {
        let bench = Bench::new(64);
        let load = std::thread::spawn(|| Bench::send(Some(20_000.0), 40_000));
        std::thread::sleep(Duration::from_millis(500)); // somewhere in between: nothing is concluded from where
        let frames = adds_up(&bench.end());
        assert!(frames > 0 && frames <= load.join().unwrap().frames);
    });
}
