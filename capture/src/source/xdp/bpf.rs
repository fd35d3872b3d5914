//! bpf(2): maps, the program, and the link that attaches it to an interface until its descriptor is closed, by the process or by its end.
//!
//! Structures: `union bpf_attr` of include/uapi/linux/bpf.h, each cut after the last field used; the kernel takes the rest as zero.
#![expect(unsafe_code, reason = "bpf(2) and the mapping of its counters have no safe wrapper")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::memory::Mapping;
use super::program::{Counter, ROW};
use crate::filter::elephants::{ENTRIES, KEY_BYTES, VALUE_BYTES};

// enum bpf_cmd
const MAP_CREATE: libc::c_long = 0;
const MAP_UPDATE_ELEM: libc::c_long = 2;
const MAP_DELETE_ELEM: libc::c_long = 3;
const PROG_LOAD: libc::c_long = 5;
const LINK_CREATE: libc::c_long = 28;
// enum bpf_map_type
const ARRAY: u32 = 2;
const LRU_HASH: u32 = 9;
const XSKMAP: u32 = 17;
/// `BPF_PROG_TYPE_XDP`
const XDP: u32 = 6;
/// `BPF_XDP`, the attach type.
const ATTACH_XDP: u32 = 37;
/// `BPF_F_MMAPABLE`
const MMAPABLE: u32 = 1 << 10;
/// `BPF_F_XDP_HAS_FRAGS`: frames may come in several pieces.
const HAS_FRAGS: u32 = 1 << 5;
/// The helper that tells the time is for GPL-compatible programs alone.
const LICENSE: &[u8] = b"Dual MIT/GPL\0";
/// Bytes of the verifier's log; its last lines say what it disliked.
const LOG: usize = 1 << 16;

/// Where in the kernel the program runs: `XDP_FLAGS_*` of include/uapi/linux/if_link.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attach {
    /// In the driver, before the kernel has made a packet of the frame.
    Native = 1 << 2,
    /// After that, with any driver, slower.
    Generic = 1 << 1,
}

#[repr(C)]
struct MapCreate {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
}

#[repr(C)]
struct MapUpdate {
    map: u32,
    pad: u32,
    key: u64,
    value: u64,
    flags: u64,
}

#[repr(C)]
struct ProgLoad {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
}

#[repr(C)]
struct LinkCreate {
    prog: u32,
    target_ifindex: u32,
    attach_type: u32,
    flags: u32,
}

/// The map from queues to sockets.
#[derive(Debug)]
pub(super) struct SocketMap(OwnedFd);

impl SocketMap {
    pub(super) fn new(queues: u32) -> io::Result<Self> {
        map(XSKMAP, 4, 4, queues, 0).map(Self)
    }

    pub(super) fn descriptor(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// From now on frames of `queue` go to `socket`, until it is closed.
    pub(super) fn insert(&self, queue: u32, socket: BorrowedFd<'_>) -> io::Result<()> {
        let value = socket.as_raw_fd();
        let mut update = MapUpdate {
            map: self.0.as_raw_fd() as u32,
            pad: 0,
            key: (&raw const queue).addr() as u64,
            value: (&raw const value).addr() as u64,
            flags: 0,
        };
        // SAFETY: key and value point to four bytes each, the sizes the map was made with, and live until the call returns.
        unsafe { bpf(MAP_UPDATE_ELEM, &mut update) }.map(drop)
    }
}

/// The counters, shared with the program.
#[derive(Debug)]
pub(super) struct CounterMap {
    map: OwnedFd,
    rows: Mapping,
}

impl CounterMap {
    pub(super) fn new(rows: u32) -> io::Result<Self> {
        let map = map(ARRAY, 4, ROW as u32 * 8, rows, MMAPABLE)?;
        let rows = Mapping::shared(&map, rows as usize * ROW * 8, 0)?;
        Ok(Self { map, rows })
    }

    pub(super) fn descriptor(&self) -> i32 {
        self.map.as_raw_fd()
    }

    /// Its value now; 0 for a row that does not exist.
    pub(super) fn read(&self, row: u32, counter: Counter) -> u64 {
        let index = row as usize * ROW + counter as usize;
        let cell: Option<NonNull<AtomicU64>> = self.rows.at(index * 8);
        // SAFETY: `at` gives an aligned place inside the mapping, which lives as long as `self`; the program changes it with atomic additions alone.
        cell.map_or(0, |cell| unsafe { cell.as_ref() }.load(Ordering::Relaxed))
    }
}

/// The stretches that nobody reads, by direction of a flow ([`crate::filter::elephants`]); when it is full the kernel forgets those that it met
/// least lately.
#[derive(Debug)]
pub(crate) struct ElephantMap(OwnedFd);

impl ElephantMap {
    pub(super) fn new() -> io::Result<Self> {
        map(LRU_HASH, KEY_BYTES as u32, VALUE_BYTES as u32, ENTRIES, 0).map(Self)
    }

    pub(super) fn descriptor(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// From now on that stretch is cut, and no other of that direction.
    pub(crate) fn set(&self, key: &[u8; KEY_BYTES], value: &[u8; VALUE_BYTES]) -> io::Result<()> {
        let mut update = self.element(key, value.as_ptr().addr() as u64);
        // SAFETY: key and value have the sizes that the map was made with, and live until the call returns.
        unsafe { bpf(MAP_UPDATE_ELEM, &mut update) }.map(drop)
    }

    /// Nothing of that direction is cut any more.
    pub(crate) fn remove(&self, key: &[u8; KEY_BYTES]) {
        let mut element = self.element(key, 0);
        // The kernel may have forgotten it already.
        // SAFETY: the key has the size that the map was made with, and lives until the call returns; nothing else is read.
        let _ = unsafe { bpf(MAP_DELETE_ELEM, &mut element) };
    }

    fn element(&self, key: &[u8; KEY_BYTES], value: u64) -> MapUpdate {
        MapUpdate {
            map: self.0.as_raw_fd() as u32,
            pad: 0,
            key: key.as_ptr().addr() as u64,
            value,
            flags: 0,
        }
    }
}

/// A loaded program; it may be attached again and again.
#[derive(Debug)]
pub(super) struct Program(OwnedFd);

impl Program {
    /// Loads XDP instructions; on refusal the error ends with the verifier's last words.
    pub(super) fn load(text: &[u64]) -> io::Result<Self> {
        Self::try_load(text, &mut []).or_else(|error| {
            if !matches!(error.raw_os_error(), Some(libc::EACCES | libc::EINVAL)) {
                return Err(error);
            }
            let mut log = vec![0; LOG];
            Self::try_load(text, &mut log).map_err(|error| explain(&error, &log))
        })
    }

    fn try_load(text: &[u64], log: &mut [u8]) -> io::Result<Self> {
        let mut load = ProgLoad {
            prog_type: XDP,
            insn_cnt: text.len() as u32,
            insns: text.as_ptr().addr() as u64,
            license: LICENSE.as_ptr().addr() as u64,
            log_level: u32::from(!log.is_empty()),
            log_size: log.len() as u32,
            log_buf: if log.is_empty() {
                0
            } else {
                log.as_mut_ptr().addr() as u64
            },
            kern_version: 0,
            prog_flags: HAS_FRAGS,
        };
        // SAFETY: instructions and licence are read, the log is written, each within the length given, all living until the call returns.
        unsafe { make(PROG_LOAD, &mut load) }.map(Self)
    }

    /// Attaches it to the interface of that index for as long as the link lives.
    pub(super) fn attach(&self, index: u32, how: Attach) -> io::Result<Link> {
        let mut link = LinkCreate {
            prog: self.0.as_raw_fd() as u32,
            target_ifindex: index,
            attach_type: ATTACH_XDP,
            flags: how as u32,
        };
        // SAFETY: the structure holds numbers alone.
        unsafe { make(LINK_CREATE, &mut link) }.map(|descriptor| Link {
            _descriptor: descriptor,
        })
    }
}

/// Detaches the program when dropped.
#[derive(Debug)]
pub(super) struct Link {
    _descriptor: OwnedFd,
}

fn map(map_type: u32, key_size: u32, value_size: u32, max_entries: u32, map_flags: u32) -> io::Result<OwnedFd> {
    let mut create = MapCreate {
        map_type,
        key_size,
        value_size,
        max_entries,
        map_flags,
    };
    // SAFETY: the structure holds numbers alone.
    unsafe { make(MAP_CREATE, &mut create) }
}

/// The new descriptor that the command made.
///
/// # Safety
/// As for [`bpf`]; and the command must be one that makes a descriptor.
unsafe fn make<T>(command: libc::c_long, attributes: &mut T) -> io::Result<OwnedFd> {
    // SAFETY: the caller vouches for the addresses.
    let made = unsafe { bpf(command, attributes) }?;
    // SAFETY: the kernel has just made it for this process, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(made) })
}

/// What the command returned.
///
/// # Safety
/// `attributes` must be laid out as the command expects, and addresses in it valid for what the command reads and writes there.
unsafe fn bpf<T>(command: libc::c_long, attributes: &mut T) -> io::Result<i32> {
    let attributes: *mut T = attributes;
    // SAFETY: the kernel reads and writes no more than the size given, all of it the caller's structure.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, attributes, size_of::<T>()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result as i32)
}

/// The error with the last lines that the verifier wrote.
fn explain(error: &io::Error, log: &[u8]) -> io::Error {
    let log = String::from_utf8_lossy(log);
    let lines: Vec<_> = log.trim_end_matches('\0').lines().rev().take(3).collect();
    io::Error::new(error.kind(), format!("{error}: {}", lines.join(" < ")))
}
