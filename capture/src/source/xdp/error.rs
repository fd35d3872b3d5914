//! Why frames cannot be taken from an interface over AF_XDP, in sentences that end in what to do.

use std::io;
use std::net::IpAddr;

/// Why not, and where.
#[derive(Debug, thiserror::Error)]
#[error("{interface}: {trouble}")]
pub(crate) struct Error {
    /// The interface.
    pub(super) interface: String,
    /// What is wrong.
    #[source]
    pub(super) trouble: Trouble,
}

impl Error {
    pub(super) fn new(interface: &str, trouble: Trouble) -> Self {
        Self {
            interface: interface.to_owned(),
            trouble,
        }
    }
}

impl Error {
    /// Whether it would be another matter with another filter.
    pub(crate) const fn is_of_the_program(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::TooLong | Trouble::Program(_) | Trouble::Elephants(_)
        )
    }

    /// Whether it would be another matter with less memory.
    pub(super) const fn is_of_memory(&self) -> bool {
        matches!(self.trouble, Trouble::Memory(_))
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// No such interface at the moment.
    #[error("there is no such interface; see `ip link`")]
    Missing,
    /// The interface is a host's, not a mirror's.
    #[error(
        "it has the address {0}, and AF_XDP would keep the host's own traffic from it; use mode \"tpacket\", or an interface without addresses"
    )]
    Addressed(IpAddr),
    /// sysfs shows other interfaces.
    #[error("/sys/class/net does not show it; mount a sysfs of this network namespace")]
    Sysfs,
    /// Not privileged.
    #[error("{0} is not permitted; AF_XDP needs the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF")]
    NotPermitted(&'static str),
    /// Something else is there.
    #[error("{0} found another one there; stop the other program that uses XDP on it (`ip link show` names its id)")]
    Busy(&'static str),
    /// Locked memory is limited.
    #[error("{0} needs more locked memory than is allowed; set LimitMEMLOCK=infinity, or lower ring-mib")]
    Memory(&'static str),
    /// The filter does not fit.
    #[error("the program with the filter in it is too long; name fewer controllers or ports")]
    TooLong,
    /// The kernel does not trust the program.
    #[error("the kernel refuses the XDP program: {0}")]
    Program(#[source] io::Error),
    /// The kernel has no map of that kind for this process.
    #[error("the kernel refuses the map of flows to be cut: {0}")]
    Elephants(#[source] io::Error),
    /// Anything else that the kernel refused.
    #[error("{0} failed: {1}")]
    Kernel(&'static str, #[source] io::Error),
}

impl Trouble {
    /// What the kernel's error means when it is to load the program.
    pub(super) fn of_load(cause: io::Error) -> Self {
        match cause.raw_os_error() {
            Some(libc::EPERM) => Self::NotPermitted("loading the XDP program"),
            _ => Self::Program(cause),
        }
    }

    /// What the kernel's error means at that step.
    pub(super) fn of(step: &'static str, cause: io::Error) -> Self {
        match cause.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => Self::NotPermitted(step),
            Some(libc::EBUSY | libc::EEXIST) => Self::Busy(step),
            Some(libc::ENOBUFS | libc::ENOMEM) => Self::Memory(step),
            Some(libc::ENODEV | libc::ENETDOWN) => Self::Missing,
            _ => Self::Kernel(step, cause),
        }
    }
}
