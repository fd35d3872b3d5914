//! `adtap run` at one end of a cable, in namespaces of its own.

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
pub(crate) fn inside(name: &str, test: impl FnOnce()) {
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
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Bench {
    /// With so much room, every frame is read.
    pub(crate) fn new(ring_mib: u32) -> Self {
        Self::with(&format!("ring-mib = {ring_mib}\n"), "enabled = false\n")
    }

    /// With these settings of the interface and of the filter.
    pub(crate) fn with(interface: &str, filter: &str) -> Self {
        // One that shows the interfaces of this namespace, which AF_XDP asks for.
        let _ = Command::new("mount").args(["-t", "sysfs", "sysfs", "/sys"]).status();
        // The one of a run before, if there was one.
        let _ = Command::new("ip")
            .args(["link", "del", "cap0"])
            .stderr(Stdio::null())
            .status();
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
        fs::write(&config, configuration(folder.path(), interface, filter)).unwrap();
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
    pub(crate) fn wait(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
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

    /// Sends frames of the story.
    pub(crate) fn send(rate: Option<f64>, limit: u64) -> Sent {
        let bytes = fs::read(case("story/capture.pcap")).unwrap();
        Self::send_these(pcap::read(&bytes).unwrap(), rate, limit)
    }

    /// Sends these frames, as often as the limit wants it.
    pub(crate) fn send_these(packets: Vec<pcap::Packet>, rate: Option<f64>, limit: u64) -> Sent {
        let keep = ["10.77.0.0/27".parse().unwrap()];
        let plan = Plan {
            frames: Frames::new(packets, &keep),
            rate,
            limit: Some(limit),
            time: Some(Duration::from_secs(60)),
            flood: None,
            tunnel: None,
        };
        plan.run(&mut Port::open("gen0").unwrap(), &AtomicBool::new(false))
            .unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.daemon.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// What the daemon says of itself, on loopback.
    pub(crate) fn status() -> Option<Value> {
        let mut page = TcpStream::connect("127.0.0.1:4391").ok()?;
        page.write_all(b"GET /status.json HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            .ok()?;
        let mut answer = String::new();
        page.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Frames taken out of the ring, and frames it had no room for.
    pub(crate) fn ring() -> (u64, u64) {
        let status = Self::status().unwrap_or_default();
        (Self::counted(&status, "received"), Self::counted(&status, "dropped"))
    }

    /// One of the ring's numbers.
    pub(crate) fn counted(status: &Value, name: &str) -> u64 {
        let number = status.pointer(&format!("/snapshot/interfaces/0/ring/{name}"));
        number.and_then(Value::as_u64).unwrap_or(0)
    }

    /// What the spool holds once the daemon has ended, a JSON object each.
    pub(crate) fn end_with_spool(self) -> (Vec<u64>, Vec<Value>) {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("spool");
        let from = self.path("spool");
        let ledger = self.end_after(|| {
            assert!(
                Command::new("cp")
                    .arg("-r")
                    .args([&from, &spool])
                    .status()
                    .unwrap()
                    .success()
            );
        });
        let list = Command::new(adtap())
            .args(["spool", "list", "--json"])
            .arg(&spool)
            .output()
            .unwrap();
        let lines = String::from_utf8(list.stdout).unwrap();
        (
            ledger,
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        )
    }

    /// Ends the daemon: the numbers of its last line, frames first.
    pub(crate) fn end(self) -> Vec<u64> {
        self.end_after(|| {})
    }

    fn end_after(mut self, look: impl FnOnce()) -> Vec<u64> {
        self.signal("-TERM");
        assert!(self.daemon.wait().unwrap().success(), "{}", self.log());
        look();
        self.ended().pop().unwrap()
    }

    /// The numbers of the last line of each pipeline that has ended, frames first.
    pub(crate) fn ended(&self) -> Vec<Vec<u64>> {
        let log = self.log();
        let lines = log.split("ended: ").skip(1).filter_map(|line| line.split_once(';'));
        let numbers = |(line, _): (&str, &str)| {
            line.split([' ', '=', '+'])
                .filter_map(|word| word.parse().ok())
                .collect()
        };
        lines.map(numbers).collect()
    }
}

fn configuration(folder: &Path, interface: &str, filter: &str) -> String {
    format!(
        "[capture]\nworkers = 1\n[[capture.interfaces]]\nname = \"cap0\"\n{interface}\
         [capture.filter]\n{filter}[spool]\ndirectory = \"{}/spool\"\n[run]\ndrain-seconds = 0\n",
        folder.display()
    )
}

/// Every frame has one fate: how many there were.
pub(crate) fn adds_up(ledger: &[u64]) -> u64 {
    let (frames, fates) = ledger.split_first().unwrap();
    assert_eq!((fates.len(), fates.iter().sum::<u64>()), (4, *frames), "{ledger:?}");
    *frames
}
