//! `adtap run` on a cable of its own: start, stop, reload, faults and confinement, as an operator meets them.
//!
//! Each test runs itself again in a network namespace of its own, which needs root; without, it says so and passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

#[path = "run/listeners.rs"]
mod listeners;

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use tests::generator::{Frames, Plan, Port};
use tests::{adtap, case, pcap};

/// Set for the second run of a test, inside its namespace.
const INSIDE: &str = "ADTAP_TEST_NAMESPACE";

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `body` where it can make interfaces as it likes.
fn in_namespace(test: &str, body: fn(&Bed)) {
    if std::env::var_os(INSIDE).is_some() {
        body(&Bed::new());
        return;
    }
    if !Uid::effective().is_root() {
        println!("skipped: {test} needs root for a network namespace");
        return;
    }
    let _built = adtap();
    let mut again = Command::new("unshare");
    again.args(["--net", "--"]).arg(std::env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    let output = again.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A namespace with a cable from `gen0` to `cap0`, and a folder.
struct Bed {
    folder: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        // Nothing but what a test sends is to be on the cable.
        let disable = Path::new("/proc/sys/net/ipv6/conf/default/disable_ipv6");
        if disable.exists() {
            fs::write(disable, "1").unwrap();
        }
        for line in [
            "link set lo up",
            "link add cap0 type veth peer name gen0",
            "link set cap0 up",
            "link set gen0 up",
        ] {
            ip(line);
        }
        let folder = tempfile::tempdir().unwrap();
        let bed = Self { folder };
        bed.configure("");
        bed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn receiver(&self) -> Daemon {
        let mut receive = Command::new(adtap());
        receive.args(["receive", "--listen", "127.0.0.1:4390", "--store"]);
        receive.arg(self.path("store"));
        Daemon::start(receive, self.path("receive.log"), "receiving at")
    }

    /// `adtap run` on cap0, when it is ready.
    fn run(&self, arguments: &[&str]) -> Daemon {
        Daemon::start(self.command(arguments), self.path("run.log"), "watching cap0")
    }

    /// Writes the configuration: `text`, and that every frame is read.
    fn configure(&self, text: &str) {
        let text = format!("{text}[capture.filter]\nenabled = false\n");
        // As an editor does: a new file in the old one's place.
        fs::write(self.path("new"), text).unwrap();
        fs::rename(self.path("new"), self.path("adtap.toml")).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut run = Command::new(adtap());
        run.arg("--config").arg(self.path("adtap.toml"));
        run.args(["run", "--spool"]).arg(self.path("spool"));
        run.args(["--interface", "cap0"]).args(arguments);
        run
    }

    /// How `adtap run ARGUMENTS` ends by itself, and what it says.
    fn ends(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut run = Command::new(adtap());
        run.args(["run", "--spool"]).arg(self.path("spool"));
        let output = run.args(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// Activities stored, by id; each once.
    fn stored(&self) -> Vec<u64> {
        let mut ids = BTreeMap::new();
        count_ids(&self.path("store/activities"), &mut ids);
        let twice: Vec<_> = ids.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "stored more than once: {twice:?}");
        ids.into_keys().collect()
    }
}

/// A process that runs until it is told to stop.
struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(mut command: Command, log: PathBuf, ready: &str) -> Self {
        let file = File::create(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut daemon = Self { child, log };
        daemon.says(ready);
        daemon
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it has said `what`.
    fn says(&mut self, what: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.text().contains(what) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended with {ended:?}: {}", self.text());
            assert!(Instant::now() < deadline, "it never said {what:?}: {}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn stop(mut self) -> String {
        self.signal(Signal::SIGTERM);
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.text());
        self.text()
    }

    /// The value of a line of `/proc/PID/status`.
    fn status(&self, key: &str) -> String {
        line(
            &fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap(),
            key,
        )
    }
}

/// The value of the line of `text` that begins with `key`.
fn line(text: &str, key: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().to_owned()
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ip(line: &str) {
    let status = Command::new("ip").args(line.split(' ')).status().unwrap();
    assert!(status.success(), "ip {line}");
}

/// Sends `frames` frames of the story, one round after the other, at `rate` a second.
fn send(frames: u64, rate: f64) {
    let packets = pcap::read(&fs::read(case("story/capture.pcap")).unwrap()).unwrap();
    let plan = Plan {
        frames: Frames::new(packets, &["10.77.0.10/32".parse().unwrap()]),
        rate: Some(rate),
        limit: Some(frames),
        time: None,
        flood: None,
        tunnel: None,
    };
    let sent = plan.run(&mut Port::open("gen0").unwrap(), &false.into()).unwrap();
    assert_eq!(sent.frames, frames);
}

/// Waits until the daemon has read `frames` frames, as its `/status.json` says.
fn read(frames: u64) {
    let deadline = Instant::now() + PATIENCE;
    while seen() != Some(frames) {
        assert!(Instant::now() < deadline, "{:?} of {frames} frames were read", seen());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the daemon says of itself.
fn status() -> Option<serde_json::Value> {
    let mut stream = TcpStream::connect("127.0.0.1:4391").ok()?;
    let request = "GET /status.json HTTP/1.0\r\nHost: 127.0.0.1:4391\r\n\r\n";
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let body = answer.split_once("\r\n\r\n")?.1;
    serde_json::from_str(body).ok()
}

/// Frames that all workers have read.
fn seen() -> Option<u64> {
    let status = status()?;
    let workers = status.get("snapshot")?.get("workers")?.as_array()?.iter();
    workers.map(|worker| worker.get("frames")?.as_u64()).sum()
}

/// A number of the line that the daemon ends with.
fn number(text: &str, before: &str, after: &str) -> u64 {
    let line = text.lines().rev().find(|line| line.contains("ended: ")).unwrap();
    let rest = line.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0.trim().parse().unwrap()
}

/// How often each id stands in the Parquet files below `folder`.
fn count_ids(folder: &Path, stored: &mut BTreeMap<u64, u64>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count_ids(&path, stored);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            let schema = reader.metadata().file_metadata().schema_descr();
            let mut columns = 0..schema.num_columns();
            let column = columns.find(|at| schema.column(*at).name() == "id").unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let id = u64::try_from(row.unwrap().get_long(column).unwrap()).unwrap();
                *stored.entry(id).or_default() += 1;
            }
        }
    }
}

#[test]
fn what_is_on_the_cable_is_stored() {
    in_namespace("what_is_on_the_cable_is_stored", |bed| {
        let receiver = bed.receiver();
        let mut daemon = bed.run(&["--controller", "dc1=10.77.0.10"]);
        daemon.says("sending to");
        send(4_490, 5_000.0);
        read(4_490);
        let text = daemon.stop();
        receiver.stop();
        assert_eq!(number(&text, "ended: ", " frames"), 4_490, "{text}");
        assert_eq!(number(&text, "malformed + ", " lost"), 0, "{text}");
        assert_eq!(number(&text, "activities, ", " lost before"), 0, "{text}");
        assert_eq!(number(&text, "by this run, ", " wait"), 0, "{text}");
        let last = number(&text, "last id ", ";");
        assert!(last > 100, "{text}");
        assert_eq!(bed.stored(), (1..=last).collect::<Vec<_>>());
    });
}

#[test]
fn two_workers_see_what_one_does() {
    in_namespace("two_workers_see_what_one_does", |bed| {
        let one = bed.run(&["--workers", "1"]);
        send(2_245, 10_000.0);
        read(2_245);
        let one = one.stop();
        let two = bed.run(&["--workers", "2"]);
        send(2_245, 10_000.0);
        read(2_245);
        let two = two.stop();
        let seen = |text: &str| {
            (
                number(text, "ended: ", " frames"),
                number(text, " lost; ", " activities"),
            )
        };
        assert_eq!(seen(&one), seen(&two));
    });
}

#[test]
fn a_stop_under_load_loses_nothing_that_was_spooled() {
    in_namespace("a_stop_under_load_loses_nothing_that_was_spooled", |bed| {
        let daemon = bed.run(&[]);
        let load = std::thread::spawn(|| send(60_000, 30_000.0));
        std::thread::sleep(Duration::from_secs(1));
        let text = daemon.stop();
        load.join().unwrap();
        let (last, waiting) = (number(&text, "last id ", ";"), number(&text, "by this run, ", " wait"));
        assert!(last > 0 && last == waiting, "{text}");
        let receiver = bed.receiver();
        let mut next = bed.run(&[]);
        next.says("sending to");
        let text = next.stop();
        receiver.stop();
        assert_eq!(number(&text, "by this run, ", " wait"), 0, "{text}");
        assert_eq!(bed.stored(), (1..=last).collect::<Vec<_>>());
    });
}

#[test]
fn a_reload_takes_a_good_file_and_tells_all_of_a_bad_one() {
    in_namespace("a_reload_takes_a_good_file_and_tells_all_of_a_bad_one", |bed| {
        bed.configure("[resolver]\nfold = 0\n");
        let mut daemon = bed.run(&[]);
        bed.configure("[resolver]\nfolds = 1\n[capture]\nmax-flows = \"many\"\n");
        daemon.signal(Signal::SIGHUP);
        daemon.says("the old one stays");
        daemon.says("folds");
        daemon.says("adtap.toml:4:13");
        send(2_245, 10_000.0);
        read(2_245);
        bed.configure("[resolver]\nfold = 5\n");
        daemon.signal(Signal::SIGHUP);
        daemon.says("starts anew with it");
        let deadline = Instant::now() + PATIENCE;
        while daemon.text().matches("watching cap0").count() < 2 {
            assert!(Instant::now() < deadline, "{}", daemon.text());
            std::thread::sleep(Duration::from_millis(20));
        }
        let first = number(&daemon.text(), "ended: ", " frames");
        assert_eq!(first, 2_245, "{}", daemon.text());
        let spooled = number(&daemon.text(), "last id ", ";");
        send(2_245, 10_000.0);
        read(2_245);
        let text = daemon.stop();
        assert_eq!(number(&text, "ended: ", " frames"), 2_245, "{text}");
        assert!(number(&text, "by this run, ", " wait") > spooled, "{text}");
    });
}

#[test]
fn what_cannot_start_says_why() {
    in_namespace("what_cannot_start_says_why", |bed| {
        let (code, text) = bed.ends(&["--interface", "cap9"]);
        assert_eq!(code, Some(69), "{text}");
        assert!(text.contains("cap9: there is no such interface"), "{text}");
        ip("link add cap1 type veth peer name gen1");
        let (code, text) = bed.ends(&["--interface", "cap1"]);
        assert_eq!(code, Some(69), "{text}");
        assert!(text.contains("ip link set cap1 up"), "{text}");
        let (code, text) = bed.ends(&[]);
        assert_eq!(code, Some(78), "{text}");
        assert!(text.contains("name one with --interface"), "{text}");
        let (code, text) = bed.ends(&["--interface", "cap0", "--to", "ftp://there"]);
        assert_eq!(code, Some(78), "{text}");
        let (code, text) = bed.ends(&["--interface", "cap0", "--interface", "cap0"]);
        assert_eq!(code, Some(78), "{text}");
        let mut nobody = Command::new(adtap());
        nobody.args(["run", "--interface", "cap0"]).uid(65_534).gid(65_534);
        let nobody = nobody.output();
        // Where nobody may read the binary, there is nothing to be seen.
        if let Ok(output) = nobody {
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(77), "{text}");
            assert!(text.contains("CAP_NET_RAW"), "{text}");
        }
    });
}

#[test]
fn it_keeps_one_right_and_can_do_without_the_rest() {
    in_namespace("it_keeps_one_right_and_can_do_without_the_rest", |bed| {
        let daemon = bed.run(&[]);
        assert_eq!(daemon.status("CapEff:"), "0000000000002000", "CAP_NET_RAW alone");
        assert_eq!(daemon.status("CapPrm:"), "0000000000002000");
        assert_eq!(daemon.status("NoNewPrivs:"), "1");
        assert_eq!(daemon.status("Seccomp:"), "2");
        // It can still open its interface again.
        ip("link del cap0");
        ip("link add cap0 type veth peer name gen0");
        ip("link set cap0 up");
        ip("link set gen0 up");
        std::thread::sleep(Duration::from_secs(1));
        send(2_245, 10_000.0);
        read(2_245);
        let text = daemon.stop();
        assert_eq!(number(&text, "ended: ", " frames"), 2_245, "{text}");

        bed.configure("[sandbox]\nlandlock = false\nseccomp = false\n");
        let daemon = bed.run(&[]);
        assert_eq!(daemon.status("Seccomp:"), "0");
        daemon.stop();
    });
}

#[test]
fn it_runs_as_the_user_in_every_thread_with_one_right() {
    in_namespace("it_runs_as_the_user_in_every_thread_with_one_right", |bed| {
        let Some(nobody) = User::from_name("nobody").unwrap() else {
            println!("skipped: there is no user nobody");
            return;
        };
        // Else they do not reach the spool, which is made for them.
        fs::set_permissions(bed.folder.path(), Permissions::from_mode(0o755)).unwrap();
        bed.configure("[run]\nuser = \"nobody\"\n");
        let daemon = bed.run(&[]);
        let ids = |id: u32| vec![id.to_string(); 4].join("\t");
        let tasks = fs::read_dir(format!("/proc/{}/task", daemon.child.id())).unwrap();
        let threads: Vec<_> = tasks
            .map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap())
            .collect();
        assert!(threads.len() > 4, "{}", threads.len());
        for thread in threads {
            let is = |key| line(&thread, key);
            assert_eq!(is("Uid:"), ids(nobody.uid.as_raw()));
            assert_eq!(is("Gid:"), ids(nobody.gid.as_raw()));
            for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
                assert_eq!(is(set), "0000000000002000", "{set} CAP_NET_RAW alone: {thread}");
            }
            for set in ["CapInh:", "CapAmb:"] {
                assert_eq!(is(set), "0000000000000000", "{set} {thread}");
            }
            assert_eq!((is("NoNewPrivs:"), is("Seccomp:")), ("1".into(), "2".into()));
        }
        assert_eq!(fs::metadata(bed.path("spool")).unwrap().uid(), nobody.uid.as_raw());
        send(2_245, 10_000.0);
        read(2_245);
        let text = daemon.stop();
        assert_eq!(number(&text, "ended: ", " frames"), 2_245, "{text}");
    });
}

#[test]
fn a_parsers_panic_costs_its_flow_and_a_stuck_worker_ends_it() {
    in_namespace("a_parsers_panic_costs_its_flow_and_a_stuck_worker_ends_it", |bed| {
        let daemon = bed.run(&["--provoke", "panic:88"]);
        send(2_245, 10_000.0);
        read(2_245);
        let text = daemon.stop();
        assert_eq!(number(&text, "ended: ", " frames"), 2_245, "{text}");
        assert!(number(&text, " lost; ", " activities") > 0, "{text}");

        bed.configure("[run]\nstuck-seconds = 5\n");
        let mut daemon = bed.run(&["--provoke", "stall:88"]);
        send(2_245, 10_000.0);
        let status = daemon.ended();
        assert_eq!(status.code(), Some(70), "{}", daemon.text());
        assert!(
            daemon.text().contains("worker-0 has not moved for"),
            "{}",
            daemon.text()
        );
    });
}

/// A VPN gateway on this host, whose secret is xyzzy5461: what it reports, and the answer to that, were computed elsewhere.
struct Gateway {
    socket: UdpSocket,
    at: &'static str,
}

impl Gateway {
    const START: &str = "0407006d1637cf7bd0782feba88ebe43430fe265010b4c41425c616c69636528060000000108060a0800071f0d3230332e302e3131332e392c0a\
        303030303030324104060a0000011a0c000001372206504331371a0d00000c04920753544146461a0c00000c04970600000001";
    const STARTED: &str = "05070014f1049e6a111370fd9f6aa15ea5fed015";

    /// That reports to `at`.
    fn at(at: &'static str) -> Self {
        let from = at.rsplit_once(':').unwrap().0;
        let socket = UdpSocket::bind(format!("{from}:0")).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        Self { socket, at }
    }

    /// Asks, as often as it takes; what it is answered.
    fn asks(&self) -> String {
        let octet = |at| u8::from_str_radix(Self::START.get(at..at + 2).unwrap(), 16).unwrap();
        let packet: Vec<_> = (0..Self::START.len()).step_by(2).map(octet).collect();
        let deadline = Instant::now() + PATIENCE;
        let mut answer = [0; 4_096];
        loop {
            assert!(Instant::now() < deadline, "nobody answers");
            // Nobody may be there just now, which the kernel tells by an error.
            let _sent = self.socket.send_to(&packet, self.at);
            if let Ok(size) = self.socket.recv(&mut answer) {
                return answer.iter().take(size).map(|octet| format!("{octet:02x}")).collect();
            }
        }
    }
}

#[test]
fn what_a_gateway_reports_is_stored_once_over_reloads_and_kills() {
    in_namespace("what_a_gateway_reports_is_stored_once_over_reloads_and_kills", |bed| {
        let secret = bed.path("secret");
        fs::write(&secret, "xyzzy5461\n").unwrap();
        let client = "[[radius.clients]]\nname = \"gateway\"\naddresses = [\"127.0.0.1\"]\n";
        bed.configure(&format!(
            "[radius]\nlisten = [\"127.0.0.1\"]\n{client}secret-file = {secret:?}\n"
        ));
        let mut receiver = bed.receiver();
        let mut daemon = bed.run(&[]);
        let gateway = Gateway::at("127.0.0.1:1813");
        assert_eq!(gateway.asks(), Gateway::STARTED);
        daemon.signal(Signal::SIGHUP);
        daemon.says("starts anew");
        assert_eq!(gateway.asks(), Gateway::STARTED, "after a reload");
        for _ in 0..3 {
            daemon.signal(Signal::SIGKILL);
            daemon.ended();
            daemon = bed.run(&[]);
            assert_eq!(gateway.asks(), Gateway::STARTED, "after a kill");
        }
        let text = daemon.stop();
        assert!(text.contains("radius: listening at udp 127.0.0.1:1813"), "{text}");
        receiver.signal(Signal::SIGTERM);
        receiver.ended();
        assert_eq!(bed.stored(), [1]);
    });
}
