//! Makes `pcaps/story/capture.pcap`, the capture of the README's first command, out of captures of the lab.
//!
//! Each scene is a lab capture moved to a time of one invented morning, and, where its client is not the workstation the lab
//! has, to another client's address. Addresses alone change, and the checksums with them; every payload is what real
//! programs said to a real domain controller.

use std::fs;
use std::net::Ipv4Addr;

use anyhow::Context;
use tests::pcap;

use crate::shell::{root, shared};

/// 2026-11-20T08:00:00Z.
const MORNING: u64 = 1_795_161_600;

/// The lab's only client.
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 50);

/// A lab capture, when it happens (minute, second), and the last byte of its client's address.
struct Scene(&'static str, u64, u64, u8);

/// An ordinary morning, and from 08:31 an attacker at 10.77.0.66 in it.
const SCENES: &[Scene] = &[
    Scene("krb_as_machine_keytab", 0, 12, 50),
    Scene("cldap_netlogon_ping", 0, 20, 50),
    Scene("dns_update_net_ads", 0, 25, 50),
    Scene("krb_as_wrong_password", 1, 30, 50),
    Scene("smb_kerberos_ok", 1, 40, 50),
    Scene("smb_gpo_read", 1, 55, 50),
    Scene("ldap_paged", 7, 5, 51),
    Scene("kpasswd_ok", 9, 20, 52),
    Scene("krb_as_nonascii", 12, 0, 53),
    Scene("ldap_gssapi_sealed", 14, 30, 50),
    Scene("smb_encrypted", 18, 10, 50),
    Scene("portscan_connect", 31, 0, 66),
    Scene("krb_as_user_enum", 32, 10, 66),
    Scene("krb_as_lockout", 34, 0, 66),
    Scene("smb_ntlm_unknown_user", 35, 20, 66),
    Scene("ldap_recon_asrep", 36, 0, 66),
    Scene("ldap_recon_admins", 36, 30, 66),
    Scene("imp_samrdump", 40, 0, 66),
    Scene("imp_lookupsid", 41, 15, 66),
    Scene("rpc_netsessenum_denied", 42, 0, 66),
    Scene("krb_tgs_rc4_requested", 43, 30, 66),
    Scene("smb_ntlmv1_smb1", 47, 0, 66),
    Scene("krb_s4u2self", 52, 0, 66),
    Scene("net_rpc_user_add", 55, 0, 66),
    Scene("net_rpc_group_addmem", 55, 40, 66),
    Scene("net_rpc_password", 56, 20, 66),
    Scene("net_rpc_user_delete", 59, 0, 66),
];

pub(crate) fn run() -> anyhow::Result<()> {
    let shared = shared().context("the story is made from the lab's captures in ../shared, which is not there")?;
    let mut story = Vec::new();
    for Scene(name, minute, second, host) in SCENES {
        let path = shared.join(format!("lab/pcaps/{name}.pcap"));
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let mut packets = pcap::read(&bytes).with_context(|| format!("{}: cut, or of another kind", path.display()))?;
        let first = packets.first().map_or(0, |packet| packet.micros);
        for packet in &mut packets {
            packet.micros = (MORNING + minute * 60 + second) * 1_000_000 + (packet.micros - first);
            readdress(&mut packet.data, *host);
        }
        story.extend(packets);
    }
    story.sort_by_key(|packet| packet.micros);
    let target = root().join("pcaps/story/capture.pcap");
    fs::write(&target, pcap::write(&story))?;
    println!("story: {} packets in {}", story.len(), target.display());
    Ok(())
}

/// Gives the lab's client the address 10.77.0.`host`, in Ethernet and IPv4 headers, and corrects the checksums.
fn readdress(frame: &mut [u8], host: u8) {
    let (&[.., 0x08, 0x00], ip) = frame.split_at(14.min(frame.len())) else {
        return;
    };
    let Some(header) = ip.first().map(|first| usize::from(first & 15) * 4) else {
        return;
    };
    let first_fragment = matches!(ip.get(6..8), Some([flags, 0]) if flags & 0x1f == 0);
    let checksum = match ip.get(9) {
        Some(6) => Some(14 + header + 16),
        Some(17) => Some(14 + header + 6),
        _ => None,
    };
    for (address, mac) in [(26, 6), (30, 0)] {
        if frame.get(address..address + 4) != Some(CLIENT.octets().as_slice()) {
            continue;
        }
        let Some(last) = frame.get_mut(address + 3) else {
            continue;
        };
        let (old, new) = (u16::from(*last), u16::from(host));
        *last = host;
        if let Some(byte) = frame.get_mut(mac + 5) {
            *byte = host;
        }
        correct(frame, 24, old, new);
        if let Some(at) = checksum.filter(|_| first_fragment) {
            correct(frame, at, old, new);
        }
    }
}

/// RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), for one changed 16-bit word whose high byte stays.
fn correct(frame: &mut [u8], at: usize, old: u16, new: u16) {
    let Some([high, low]) = frame.get_mut(at..at + 2) else {
        return;
    };
    let stored = u16::from_be_bytes([*high, *low]);
    if stored == 0 {
        return; // UDP without a checksum
    }
    let mut sum = u32::from(!stored) + u32::from(!old) + u32::from(new);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    [*high, *low] = (!(sum as u16)).to_be_bytes();
}
