//! A network of the test's own: each test runs itself again in a new network namespace, which is gone when it ends.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test cannot set up ends it")]

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;
use std::time::{Duration, Instant};

use capture::source::live::{Live, Opened, open};
use capture::{Clock, Config, Frame, Interface, Mode, Poll, Source};
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, bind, send, socket};

/// Set in the process that runs inside.
const INSIDE: &str = "ADTAP_LIVE_TEST";

/// Runs `body` in a network namespace of its own, where there is one to be had.
pub(crate) fn inside(name: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        // A sysfs that shows the interfaces of this namespace.
        run("mount", "-t sysfs sysfs /sys");
        body();
        return;
    }
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: network namespaces are root's");
        return;
    }
    let this = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--"])
        .arg(this)
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    print!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{name} failed in its namespace");
}

/// `ip` with these words.
pub(crate) fn ip(words: &str) {
    run("ip", words);
}

fn run(program: &str, words: &str) {
    let status = Command::new(program).args(words.split(' ')).status().unwrap();
    assert!(status.success(), "{program} {words}");
}

/// A cable: what is sent at `{name}-far` arrives at `name`.
pub(crate) fn cable(name: &str) {
    quiet();
    ip(&format!("link add {name} type veth peer name {name}-far"));
    for end in [name, &format!("{name}-far")] {
        ip(&format!("link set {end} mtu 65535"));
        ip(&format!("link set {end} arp off up"));
    }
}

/// No neighbour discovery: nothing is sent but by the test.
fn quiet() {
    for which in ["all", "default"] {
        // Without IPv6 it is quiet anyhow.
        let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{which}/disable_ipv6"), "1");
    }
}

/// A configuration that captures from these interfaces, in rings of `ring_mib`.
pub(crate) fn config(interfaces: &[&str], ring_mib: u32) -> Config {
    let interface = |name: &&str| Interface {
        name: (*name).to_owned(),
        mode: Mode::Tpacket,
        ring_mib,
        promiscuous: true,
        timestamps: Clock::Kernel,
    };
    Config {
        interfaces: interfaces.iter().map(interface).collect(),
        ..Config::default()
    }
}

/// Opened for `workers` workers.
pub(crate) fn opened(interfaces: &[&str], workers: u8) -> Opened {
    open(&config(interfaces, 8), workers).unwrap()
}

/// Sends frames out of an interface.
pub(crate) struct Sender(OwnedFd);

impl Sender {
    pub(crate) fn new(interface: &str) -> Self {
        let address = link(interface);
        let socket = socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            None::<SockProtocol>,
        )
        .unwrap();
        bind(socket.as_raw_fd(), &address).unwrap();
        Self(socket)
    }

    pub(crate) fn send(&self, frame: &[u8]) {
        loop {
            match send(self.0.as_raw_fd(), frame, MsgFlags::empty()) {
                Ok(_) => return,
                Err(nix::Error::ENOBUFS) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn link(interface: &str) -> LinkAddr {
    let addresses = nix::ifaddrs::getifaddrs().unwrap();
    let mut links = addresses
        .filter(|address| address.interface_name == interface)
        .filter_map(|address| address.address);
    *links
        .find_map(|address| address.as_link_addr().copied())
        .as_ref()
        .unwrap()
}

/// A frame as it was lent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) seq: u64,
    pub(crate) capture: u16,
    pub(crate) number: u64,
    pub(crate) time: i64,
    pub(crate) data: Vec<u8>,
    pub(crate) wire_len: u32,
    pub(crate) stripped: Option<(u16, u16)>,
}

impl Seen {
    fn new(frame: &Frame<'_>) -> Self {
        Self {
            seq: frame.seq,
            capture: frame.id.capture.0,
            number: frame.id.number,
            time: frame.time.0,
            data: frame.data.to_vec(),
            wire_len: frame.wire_len,
            stripped: frame.stripped.map(|tag| (tag.tpid, tag.tci)),
        }
    }
}

/// Everything that comes until nothing came for `quiet`.
pub(crate) fn drain(live: &mut Live, quiet: Duration) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut last = Instant::now();
    while last.elapsed() < quiet {
        let before = seen.len();
        let poll = live.poll(&mut |frame| {
            seen.push(Seen::new(frame));
            ControlFlow::Continue(())
        });
        if seen.len() > before {
            last = Instant::now();
        }
        if poll == Poll::Idle {
            live.wait(Duration::from_millis(20));
        }
    }
    seen
}

/// A UDP datagram in an Ethernet frame, numbered, padded to `length` bytes.
pub(crate) fn numbered(number: u32, length: usize) -> Vec<u8> {
    let mut frame = udp(
        [10, 0, (number >> 8) as u8, number as u8].into(),
        [10, 1, 0, 1].into(),
        88,
        &number.to_be_bytes(),
    );
    frame.resize(length.max(frame.len()), 0);
    frame
}

/// A UDP datagram in an Ethernet frame.
pub(crate) fn udp(source: Ipv4Addr, destination: Ipv4Addr, port: u16, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u16;
    let header = [
        &[0xc0, 0][..],
        &port.to_be_bytes(),
        &(length + 8).to_be_bytes(),
        &[0, 0],
    ]
    .concat();
    ipv4(source, destination, 17, 0, &[&header, payload].concat())
}

/// An IPv4 packet in an Ethernet frame; `fragment` is the field of flags and offset.
pub(crate) fn ipv4(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let total = (payload.len() + 20) as u16;
    let [f0, f1] = fragment.to_be_bytes();
    let header = [
        &[0x45, 0][..],
        &total.to_be_bytes(),
        &[0, 7, f0, f1, 64, protocol, 0, 0],
        &source.octets(),
        &destination.octets(),
    ]
    .concat();
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], &header, payload].concat()
}
