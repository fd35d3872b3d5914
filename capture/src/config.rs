//! What to capture, and the limits and timeouts of assembly, as the `[capture]` table of the configuration has them. Each limit holds for one worker.

use std::net::IpAddr;

use serde::Deserialize;

/// `[capture]`; every key is optional.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Flows remembered at a time; beyond, the one that has been silent longest is dropped.
    pub max_flows: usize,
    /// Seconds of silence after which an established TCP flow ends.
    pub tcp_idle_seconds: u32,
    /// Seconds of silence after which a TCP flow ends that was never answered, or that one end has closed.
    pub tcp_half_seconds: u32,
    /// Seconds for which an ended TCP flow is remembered, so that late segments do not open it again.
    pub tcp_linger_seconds: u32,
    /// Seconds of silence after which a UDP flow ends: as long as a request waits for its answer.
    pub udp_idle_seconds: u32,
    /// The same where both ends have spoken and no request waits for its answer.
    pub udp_answered_seconds: u32,
    /// Bytes that wait behind a hole of one direction of a flow.
    pub out_of_order_flow_bytes: usize,
    /// Bytes that wait behind holes in all.
    pub out_of_order_bytes: usize,
    /// Milliseconds after which bytes no longer wait for the hole before them; fifteen times as long where the receiver is seen to wait too.
    pub out_of_order_milliseconds: u32,
    /// Incomplete datagrams held.
    pub fragment_datagrams: usize,
    /// Bytes of fragments held in all.
    pub fragment_bytes: usize,
    /// Seconds for which fragments wait for the rest of their datagram (RFC 8200 §4.5: 60).
    pub fragment_seconds: u32,
    /// Milliseconds within which the same packet, by whatever way the mirror took it, is a copy: skipped and counted; 0 keeps copies.
    pub duplicate_milliseconds: u32,
    /// Milliseconds for which frames of one interface wait for earlier ones of another, where there are several.
    pub reorder_milliseconds: u32,
    /// Workers of a live capture; 0 is one for each processor but one, up to four.
    pub workers: u8,
    /// Where live traffic comes from.
    pub interfaces: Vec<Interface>,
    /// The domain controllers whose traffic is mirrored; others are learned from what they answer.
    pub controllers: Vec<Controller>,
    /// What the kernel leaves out.
    pub filter: FilterConfig,
}

/// `[[capture.interfaces]]`: a network interface that mirrored traffic arrives on.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interface {
    /// Its name, as `ip link` shows it.
    pub name: String,
    /// How frames are taken from it.
    #[serde(default)]
    pub mode: Mode,
    /// Size of each worker's ring on it, MiB.
    #[serde(default = "ring_mib")]
    pub ring_mib: u32,
    /// Whether to see frames that are not addressed to it, which mirrored ones never are.
    #[serde(default = "promiscuous")]
    pub promiscuous: bool,
    /// Whose clock says when a frame came.
    #[serde(default)]
    pub timestamps: Clock,
}

impl Interface {
    /// An interface as it is where its name alone is given.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            mode: Mode::default(),
            ring_mib: ring_mib(),
            promiscuous: promiscuous(),
            timestamps: Clock::default(),
        }
    }
}

const fn ring_mib() -> u32 {
    64
}

const fn promiscuous() -> bool {
    true
}

/// Whose clock says when a frame came.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// The kernel's, when the driver hands it the frame: some microseconds late, but by the same clock everywhere.
    #[default]
    Kernel,
    /// The NIC's, which is switched on; where it has none, the kernel's, and it is said. A NIC's clock runs on its own: it has to be kept with the
    /// system's by PTP (`ptp4l`, `phc2sys`), else its times are not believed.
    Hardware,
}

/// How frames are taken from an interface.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A ring of blocks that the kernel copies into: every driver has it.
    #[default]
    Tpacket,
    /// `AF_XDP`, without a copy where the driver has that; where there is none, [`Mode::Tpacket`], and it is said. For interfaces without
    /// addresses of their own: the host would see nothing of its own traffic. Pays with a zero-copy driver only.
    AfXdp,
}

/// `[[capture.controllers]]`: a domain controller.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Controller {
    /// What it is called in health and in the ledger; where that is its host name, in activities too.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// `[capture.filter]`: what the kernel hands over.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FilterConfig {
    /// Off, every frame is handed over.
    pub enabled: bool,
    /// TCP and UDP ports to take beside those of the directory's protocols, between any hosts.
    pub ports: Vec<u16>,
    /// TCP ports that carry bulk which nobody reads: left out of a controller's traffic, unless the other end is at a port that is read.
    pub bulk_ports: Vec<u16>,
    /// Whether only traffic from and to the configured controllers is taken; it takes effect where there are any.
    pub controllers_only: bool,
    /// Whether bytes of TCP streams that nobody reads (the payload of files, what is encrypted) are passed over by their number, and frames with
    /// nothing else cut to their headers in the kernel where `AF_XDP` runs.
    pub elephants: bool,
}

impl Default for FilterConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            ports: Vec::new(),
            // SSH, iSCSI and rsync. No higher ones: a client behind an address translator may have any port from 1024 on.
            bulk_ports: vec![22, 860, 873],
            controllers_only: true,
            elephants: true,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_flows: 500_000,
            tcp_idle_seconds: 86_400,
            tcp_half_seconds: 60,
            tcp_linger_seconds: 10,
            udp_idle_seconds: 30,
            udp_answered_seconds: 5,
            out_of_order_flow_bytes: 2 << 20,
            out_of_order_bytes: 64 << 20,
            out_of_order_milliseconds: 2_000,
            fragment_datagrams: 4_096,
            fragment_bytes: 16 << 20,
            fragment_seconds: 60,
            duplicate_milliseconds: 20,
            reorder_milliseconds: 20,
            workers: 0,
            interfaces: Vec::new(),
            controllers: Vec::new(),
            filter: FilterConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_optional_and_spelled_right() {
        let config: Config = serde_json::from_str(r#"{"max-flows": 7}"#).unwrap();
        assert_eq!((config.max_flows, config.udp_idle_seconds), (7, 30));
        assert!(serde_json::from_str::<Config>(r#"{"max_flows": 7}"#).is_err());
    }
}
