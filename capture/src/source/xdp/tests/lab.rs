//! A cable in a network namespace of its own: `gen0`, which frames are sent into, and `cap0`, which they come out of.
//!
//! Namespaces belong to the thread that made them and end with it, so there is nothing to clean up.

use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, bind, send, socket};

use crate::config::{Clock, Interface, Mode};
use crate::source::live::{Head, Ring as _};
use crate::source::xdp::counters::Counters;
use crate::source::xdp::{self, Attach, Error, Judge, Ring};

/// Longest time a test waits for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `test` with the cable, which has so many queues; without the privilege it prints a line instead.
pub(super) fn with_cable(queues: u32, test: impl FnOnce() + Send + 'static) {
    let run = move || {
        if unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).is_err() {
            return println!("skipped: only root may make network namespaces");
        }
        run("mount --make-rprivate /");
        run("mount -t sysfs sysfs /sys"); // else it shows the interfaces of the other namespace
        fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").ok(); // no frames but the test's
        lay(queues);
        test();
    };
    thread::spawn(run).join().unwrap();
}

/// Lays the cable.
pub(super) fn lay(queues: u32) {
    run(&format!(
        "ip link add gen0 numtxqueues {queues} numrxqueues {queues} type veth peer name cap0 numtxqueues {queues} numrxqueues {queues}"
    ));
    run("ip link set gen0 up");
    run("ip link set cap0 up");
    // Until the kernel has noticed that the cable is plugged in, its queue takes frames and forgets them.
    let start = Instant::now();
    while !shows("gen0", "qdisc noqueue") {
        assert!(start.elapsed() < PATIENCE, "the cable stays dead");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether `ip link` says so of an interface.
pub(super) fn shows(interface: &str, what: &str) -> bool {
    let output = Command::new("ip").args(["link", "show", interface]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains(what)
}

/// Runs a command that has to succeed.
pub(super) fn run(command: &str) {
    let mut words = command.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// `cap0` with a ring of one MiB, 512 chunks, for each queue.
pub(super) fn interface(mib: u32) -> Interface {
    Interface {
        name: "cap0".to_owned(),
        mode: Mode::AfXdp,
        ring_mib: mib,
        promiscuous: true,
        timestamps: Clock::Kernel,
    }
}

/// Rings on `cap0`.
pub(super) fn open(mib: u32, filter: &[u64]) -> Result<Vec<Ring>, Error> {
    xdp::open(&interface(mib), 4, Judge::Fixed(filter))
}

/// The same with the program above the driver.
pub(super) fn open_generic(mib: u32, filter: &[u64]) -> Result<Vec<Ring>, Error> {
    xdp::open_in(&interface(mib), 4, Judge::Fixed(filter), &[Attach::Generic])
}

/// What sends into the cable.
pub(super) struct Generator(OwnedFd);

impl Generator {
    pub(super) fn new() -> Self {
        let (family, flags) = (AddressFamily::Packet, SockFlag::SOCK_CLOEXEC);
        let socket = socket(family, SockType::Raw, flags, None).unwrap();
        let gen0 = getifaddrs()
            .unwrap()
            .find(|address| address.interface_name == "gen0" && is_link(address));
        let address = gen0.unwrap().address.unwrap();
        bind(socket.as_raw_fd(), address.as_link_addr().unwrap() as &LinkAddr).unwrap();
        Self(socket)
    }

    /// Sends it; false when the kernel had no room for it.
    pub(super) fn send(&self, frame: &[u8]) -> bool {
        match send(self.0.as_raw_fd(), frame, MsgFlags::empty()) {
            Ok(_) => true,
            Err(Errno::ENOBUFS) => false,
            Err(error) => panic!("sending {} bytes: {error}", frame.len()),
        }
    }

    /// Sends `count` frames of `len` bytes in turns of 64 flows; how many came out at the other end.
    pub(super) fn flood(&self, count: u32, len: usize) -> u64 {
        let before = lost_by_cable();
        let frames: Vec<_> = (0..64).map(|flow| udp(flow, len)).collect();
        let frames = frames.iter().cycle().take(count as usize);
        let sent: u64 = frames.map(|frame| u64::from(self.send(frame))).sum();
        sent - (lost_by_cable() - before)
    }
}

fn is_link(address: &nix::ifaddrs::InterfaceAddress) -> bool {
    address.address.is_some_and(|address| address.as_link_addr().is_some())
}

/// A UDP datagram to port 88 from a client of that number, `len` bytes with the Ethernet header.
pub(super) fn udp(client: u8, len: usize) -> Vec<u8> {
    let ip = (len - 14) as u16;
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    frame.extend(ip.to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 1, client, 10, 0, 0, 1]);
    frame.extend([0xc3, client, 0, 88]);
    frame.extend((ip - 20).to_be_bytes());
    frame.extend([0, 0]);
    frame.resize(len, b'x');
    frame
}

/// Waits for a frame as a source does.
pub(super) fn wait(ring: &mut Ring, at_most: Duration) {
    match ring.rest() {
        Some(nap) => thread::sleep(nap.min(at_most)),
        None => {
            let timeout = PollTimeout::try_from(at_most).unwrap();
            poll(&mut [PollFd::new(ring.as_fd(), PollFlags::POLLIN)], timeout).unwrap();
        }
    }
}

/// The next frame, which has to come.
pub(super) fn first(ring: &mut Ring) -> Head {
    let start = Instant::now();
    while ring.head().is_none() && start.elapsed() < PATIENCE {
        wait(ring, Duration::from_millis(10));
    }
    ring.head()
        .unwrap_or_else(|| panic!("no frame came: {:?}", ring.counters()))
}

/// Takes what waits; how many frames that were.
pub(super) fn drain(ring: &mut Ring) -> u64 {
    let mut frames = 0;
    while ring.head().is_some() {
        frames += 1;
        ring.advance();
    }
    frames
}

/// Takes frames of all rings until `enough` or nothing comes for a while; the counters of each.
pub(super) fn receive(rings: &mut [Ring], enough: impl Fn(&[Counters]) -> bool) -> Vec<Counters> {
    let start = Instant::now();
    loop {
        rings.iter_mut().for_each(|ring| {
            drain(ring);
            wait(ring, Duration::from_millis(2));
        });
        let counters: Vec<_> = rings.iter_mut().map(|ring| *ring.counters()).collect();
        if enough(&counters) || start.elapsed() > PATIENCE {
            // Once more, now that nothing is on its way.
            return rings.iter_mut().map(|ring| *ring.counters()).collect();
        }
    }
}

/// The ledger of a queue that nothing is on its way to.
pub(super) fn assert_balanced(counters: &Counters) {
    let c = counters;
    assert_eq!(c.seen, c.filtered + c.unclaimed + c.redirected, "{c:?}");
    let known = c.received + c.waiting + c.invalid + c.dropped + c.ring_full + c.hidden;
    assert_eq!(c.redirected, known, "{c:?}");
}

/// Frames that found no room in the cable, known as soon as they are sent. (`rx_dropped` of `cap0` has those that the program or the socket dropped.)
fn lost_by_cable() -> u64 {
    let lost = fs::read_to_string("/sys/class/net/gen0/statistics/tx_dropped").unwrap();
    lost.trim().parse().unwrap()
}
