//! Why a live source cannot be opened, as a sentence for the operator.

use std::io;

use thiserror::Error;

/// Why live capture did not start; each says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No `[[capture.interfaces]]`.
    #[error("no interface to capture from is configured; name one under [[capture.interfaces]]")]
    Nothing,
    /// There is no interface of this name.
    #[error("{interface}: there is no such interface; `ip link` lists those that there are")]
    NoInterface {
        /// Its name in the configuration.
        interface: String,
    },
    /// The interface is not up.
    #[error(
        "{interface}: the interface is down, so nothing would be seen; bring it up with `ip link set {interface} up`"
    )]
    Down {
        /// Its name.
        interface: String,
    },
    /// The kernel refused.
    #[error("{interface}: permission to capture is missing; start as root, or give the service CAP_NET_RAW{}", .af_xdp.then_some(", and for AF_XDP CAP_BPF and CAP_NET_ADMIN").unwrap_or_default())]
    Permission {
        /// Its name.
        interface: String,
        /// It was asked for by `mode = "af-xdp"`.
        af_xdp: bool,
    },
    /// The interface carries something else than Ethernet.
    #[error("{interface}: hardware type {hardware} is not Ethernet, and nothing else is read")]
    NotEthernet {
        /// Its name.
        interface: String,
        /// `ARPHRD_*` of linux/if_arp.h.
        hardware: u16,
    },
    /// There is no memory for the rings.
    #[error("{interface}: the kernel has no memory for {workers} rings of {ring_mib} MiB; set a smaller ring-mib")]
    Memory {
        /// Its name.
        interface: String,
        /// Rings wanted.
        workers: u8,
        /// Size of each.
        ring_mib: u32,
    },
    /// Anything else.
    #[error("{interface}: cannot capture: {source}")]
    Failed {
        /// Its name.
        interface: String,
        /// What the kernel says.
        source: io::Error,
    },
}

impl OpenError {
    /// What `source`, met while `workers` rings on `wanted` were opened, means.
    pub(super) fn new(wanted: &crate::config::Interface, workers: u8, source: io::Error) -> Self {
        let interface = wanted.name.clone();
        match source.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => Self::Permission {
                interface,
                af_xdp: wanted.mode == crate::config::Mode::AfXdp,
            },
            Some(libc::ENODEV | libc::ENXIO) => Self::NoInterface { interface },
            Some(libc::ENETDOWN) => Self::Down { interface },
            Some(libc::ENOMEM) => Self::Memory {
                interface,
                workers,
                ring_mib: wanted.ring_mib,
            },
            _ => Self::Failed { interface, source },
        }
    }
}
