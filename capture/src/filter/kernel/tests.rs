//! The kernel takes the program and decides as it is meant to: real frames over a cable in a network namespace of the test's own.

use std::io::Read;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::ifaddrs::getifaddrs;
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{LinkAddr, bind};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};

use crate::config::{Clock, Interface, Mode};
use crate::filter::tests::{CLIENT, CONTROLLER, OTHER, config, tagged, tcp, tunnels, with};
use crate::filter::*;
use crate::source::live::{Ring as _, RingStats};
use crate::source::xdp;

/// Every protocol, in network order (linux/if_ether.h).
const ALL: i32 = 0x0003_u16.to_be() as i32;

/// Runs `test` with a cable from `gen0` to `cap0`; without the privilege it says so.
fn with_cable(test: impl FnOnce() + Send + 'static) {
    let run = move || {
        if unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).is_err() {
            return println!("skipped: only root may make network namespaces");
        }
        // Else /sys shows the interfaces of the other namespace.
        for arguments in ["--make-rprivate /", "-t sysfs sysfs /sys"] {
            assert!(
                Command::new("mount")
                    .args(arguments.split(' '))
                    .status()
                    .unwrap()
                    .success()
            );
        }
        fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").ok();
        for command in [
            "link add gen0 type veth peer name cap0",
            "link set gen0 up",
            "link set cap0 up",
        ] {
            assert!(
                Command::new("ip").args(command.split(' ')).status().unwrap().success(),
                "{command}"
            );
        }
        test();
    };
    thread::spawn(run).join().unwrap();
}

fn socket(protocol: i32) -> Socket {
    Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(protocol))).unwrap()
}

/// Binds it to an interface, whose protocol is then that of its making.
fn bound(socket: &Socket, name: &str) {
    let addresses = getifaddrs().unwrap();
    let links = addresses
        .filter(|address| address.interface_name == name)
        .filter_map(|address| address.address);
    let link = links.filter_map(|address| address.as_link_addr().copied()).next();
    let link: LinkAddr = link.unwrap();
    bind(socket.as_raw_fd(), &link).unwrap();
}

fn attach(socket: &Socket, filter: &Filter) -> std::io::Result<()> {
    let code = filter.classic();
    let code: Vec<_> = code.iter().map(|i| SockFilter::new(i.code, i.jt, i.jf, i.k)).collect();
    socket.attach_filter(&code)
}

/// The frames that a socket behind the filter is handed, when these are sent; the last of them has to pass.
fn handed(filter: &Filter, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut receiver = socket(ALL);
    attach(&receiver, filter).unwrap();
    bound(&receiver, "cap0");
    receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let sender = socket(0);
    bound(&sender, "gen0");
    let last = frames.last().unwrap();
    frames
        .iter()
        .for_each(|frame| assert_eq!(sender.send(frame).unwrap(), frame.len()));
    let mut seen = Vec::new();
    let mut buffer = [0; 2_048];
    while seen.last() != Some(last) {
        let length = receiver.read(&mut buffer).unwrap();
        seen.push(buffer[..length].to_vec());
    }
    seen
}

#[test]
fn a_packet_socket_is_handed_what_passes() {
    with_cable(|| {
        let filter = Filter::new(&config(&["10.0.0.1", "fd77::10"]));
        let mut frames = Vec::new();
        for inner in [CONTROLLER, OTHER] {
            let frame = tcp(CLIENT, inner, [50_000, 445]);
            frames.extend(tunnels(&frame).into_iter().map(|(_, frame)| frame));
            // The kernel takes the outer tag off: what is handed over has none.
            let tagged = tagged(&frame, &[0x8100]);
            assert_eq!(filter.judge(&tagged), filter.judge(&frame));
            frames.extend([tagged, frame]);
        }
        let expected = frames.iter().filter(|frame| filter.judge(frame).passes()).count() + 1;
        frames.push(tcp(CLIENT, CONTROLLER, [1, 2]));
        assert_eq!(handed(&filter, &frames).len(), expected);
    });
}

#[test]
fn xdp_redirects_what_passes() {
    with_cable(|| {
        let filter = Filter::new(&config(&["10.0.0.1", "fd77::10"]));
        let interface = Interface {
            name: "cap0".to_owned(),
            mode: Mode::AfXdp,
            ring_mib: 1,
            promiscuous: true,
            timestamps: Clock::Kernel,
        };
        let mut rings = xdp::open(&interface, 1, xdp::Judge::Cutting(&filter)).unwrap();
        let ring = rings.first_mut().unwrap();
        let sender = socket(0);
        bound(&sender, "gen0");
        let mut frames = Vec::new();
        for inner in [CONTROLLER, OTHER] {
            let frame = tcp(CLIENT, inner, [50_000, 445]);
            frames.extend(tunnels(&frame).into_iter().map(|(_, frame)| frame));
            frames.extend([tagged(&frame, &[0x8100]), frame]);
        }
        frames
            .iter()
            .for_each(|frame| assert_eq!(sender.send(frame).unwrap(), frame.len()));
        let passed = frames.iter().filter(|frame| filter.judge(frame).passes()).count() as u64;
        let (mut received, mut stats) = (0, RingStats::default());
        let start = Instant::now();
        while received + stats.filtered < frames.len() as u64 && start.elapsed() < Duration::from_secs(5) {
            while ring.head().is_some() {
                received += 1;
                ring.advance();
            }
            ring.count(&mut stats).unwrap();
            thread::yield_now();
        }
        assert_eq!((received, stats.filtered), (passed, frames.len() as u64 - passed));
    });
}

#[test]
fn the_kernel_takes_long_programs() {
    with_cable(|| {
        for count in [0, 1, 20, 300] {
            let addresses = (0..count).map(|at| IpAddr::V4((0x0a00_0000_u32 + at * 3).into()));
            let filter = Filter::new(&with(addresses.collect())).fitting();
            attach(&socket(0), &filter).unwrap();
            println!(
                "{count} controllers: {} instructions, {} tunnels",
                filter.classic().len(),
                filter.depth
            );
        }
    });
}
