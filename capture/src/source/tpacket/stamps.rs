//! The NIC's own timestamps: whether it has them for every frame, and switching them on (Documentation/networking/timestamping.rst).
//!
//! What is switched on stays on when the socket closes: it is the interface's, and harms nobody. Switching needs `CAP_NET_ADMIN`, asking nothing.

use std::io;

use super::ethtool::Ethtool;

// linux/sockios.h
const SIOCSHWTSTAMP: libc::c_ulong = 0x89b0;
const SIOCGHWTSTAMP: libc::c_ulong = 0x89b1;
// linux/ethtool.h
const GET_TS_INFO: u32 = 0x41;
// linux/net_tstamp.h
const RX_HARDWARE: u32 = 1 << 2;
const RAW_HARDWARE: u32 = 1 << 6;
/// `HWTSTAMP_FILTER_ALL`: every frame that is received.
const ALL: u32 = 1;

/// Why frames do not bear the NIC's time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The driver does not say that it can.
    #[error("its driver offers none for every frame (`ethtool -T`)")]
    Missing,
    /// It can, but not for this process.
    #[error(
        "switching them on is refused ({0}); start adtap with CAP_NET_ADMIN, or run `hwstamp_ctl -i INTERFACE -r 1` before it"
    )]
    Kernel(#[source] io::Error),
}

/// Has the NIC note the time of every frame that the interface `name` receives.
pub(super) fn switch_on(name: &str) -> Result<(), Refused> {
    let ethtool = Ethtool::open().map_err(Refused::Kernel)?;
    if !offers(&ethtool, name) {
        return Err(Refused::Missing);
    }
    // struct hwtstamp_config: flags, tx_type, rx_filter
    let mut wanted = [0, 0, ALL];
    match ethtool.call(SIOCSHWTSTAMP, name, &mut wanted) {
        // Somebody else may have switched it on.
        Err(error) if !is_on(&ethtool, name) => Err(Refused::Kernel(error)),
        _ => Ok(()),
    }
}

fn is_on(ethtool: &Ethtool, name: &str) -> bool {
    let mut found = [0_u32; 3];
    ethtool.call(SIOCGHWTSTAMP, name, &mut found).is_ok() && matches!(found, [_, _, ALL])
}

fn offers(ethtool: &Ethtool, name: &str) -> bool {
    // struct ethtool_ts_info: cmd, so_timestamping, phc_index, tx_types, tx_reserved(3), rx_filters, rx_reserved(3)
    let mut words = [GET_TS_INFO, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    if ethtool.ask(name, &mut words).is_err() {
        return false;
    }
    let [_, can, _, _, _, _, _, filters, ..] = words;
    can & (RX_HARDWARE | RAW_HARDWARE) == RX_HARDWARE | RAW_HARDWARE && filters & (1 << ALL) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_without_such_a_clock_says_so() {
        let refused = switch_on("lo").unwrap_err().to_string();
        assert_eq!(refused, "its driver offers none for every frame (`ethtool -T`)");
    }
}
