//! What a driver says of its NIC: losses that only it counts, and offloads that change what is captured.

use super::{Offload, RingSize};
use crate::source::tpacket::ethtool::{Ethtool, Names};

/// What the names of statistics have in them that count frames which were not delivered. There is no standard for the names; these cover
/// igb, ixgbe, i40e, ice, e1000e, mlx4, mlx5, bnxt, ena, virtio, vmxnet3, tg3, veth.
const LOSSES: [&str; 9] = [
    "drop",
    "miss",
    "no_buffer",
    "nobuf",
    "out_of_buffer",
    "discard",
    "no_dma",
    "alloc_fail",
    "overrun",
];
/// What they have when it is about sending.
const SENDING: [&str; 3] = ["tx", "xmit", "transmit"];

/// Takes VLAN tags out of frames.
pub(super) const VLAN: &str = "rx-vlan-hw-parse";

/// Asks a driver.
#[derive(Debug)]
pub(super) struct Driver {
    ethtool: Ethtool,
}

impl Driver {
    pub(super) fn open() -> std::io::Result<Self> {
        Ok(Self {
            ethtool: Ethtool::open()?,
        })
    }

    /// What it calls its statistics; nothing where it has none.
    pub(super) fn names(&self, interface: &str) -> Names {
        self.ethtool.names(interface).unwrap_or_default()
    }

    /// What it counts of frames that were received and not delivered; `names` are asked for again when they are no longer right.
    pub(super) fn losses(&self, interface: &str, names: &mut Names) -> Vec<(String, u64)> {
        let values = self.ethtool.values(interface, names).or_else(|_| {
            *names = self.names(interface);
            self.ethtool.values(interface, names)
        });
        let values = values.unwrap_or_default();
        let losses = names.with(&values).filter(|(name, value)| *value > 0 && is_loss(name));
        losses.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What is done to frames before they are captured.
    pub(super) fn offloads(&self, interface: &str) -> Vec<Offload> {
        let gro = self.ethtool.gro(interface).ok().map(|on| [("rx-gro", on)]);
        let flags = self
            .ethtool
            .flags(interface)
            .ok()
            .map(|(lro, vlan)| [("rx-lro", lro), (VLAN, vlan)]);
        let all = gro.into_iter().flatten().chain(flags.into_iter().flatten());
        all.map(|(name, on)| Offload { name, on }).collect()
    }

    /// The NIC's receive ring.
    pub(super) fn ring(&self, interface: &str) -> Option<RingSize> {
        let (now, max) = self.ethtool.ring(interface).ok()?;
        (max > 0).then_some(RingSize { now, max })
    }
}

fn is_loss(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    LOSSES.iter().any(|word| name.contains(word)) && !SENDING.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_from_everything_else() {
        for name in [
            "rx_dropped",
            "rx_missed_errors",
            "rx_no_buffer_count",
            "rx_out_of_buffer",
            "rx_queue_0_drops",
            "port.rx_dropped",
            "rx_discards_phy",
            "rx_no_dma_resources",
            "rx_overruns",
            "rx_alloc_failed",
        ] {
            assert!(is_loss(name), "{name}");
        }
        for name in [
            "rx_packets",
            "tx_dropped",
            "tx_queue_0_xdp_xmit_errors",
            "rx_bytes",
            "multicast",
        ] {
            assert!(!is_loss(name), "{name}");
        }
    }
}
