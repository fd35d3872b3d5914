//! Makes `pcaps/story/capture.pcap`, the capture of the README's first command, out of captures of the lab.
//!
//! Each scene is a lab capture moved to a time of one invented morning, and, where its client is not the workstation the lab
//! has, to another client's address. Addresses alone change, and the checksums with them; every payload is what real
//! programs said to a real domain controller.

use std::fs;
use std::net::Ipv4Addr;

use anyhow::{Context, bail};

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

/// One packet: microseconds since the epoch, and its bytes.
struct Packet {
    micros: u64,
    data: Vec<u8>,
}

pub(crate) fn run() -> anyhow::Result<()> {
    let shared = shared().context("the story is made from the lab's captures in ../shared, which is not there")?;
    let mut story = Vec::new();
    for Scene(name, minute, second, host) in SCENES {
        let path = shared.join(format!("lab/pcaps/{name}.pcap"));
        let mut packets = read(&fs::read(&path).with_context(|| path.display().to_string())?)?;
        let first = packets.first().map_or(0, |packet| packet.micros);
        for packet in &mut packets {
            packet.micros = (MORNING + minute * 60 + second) * 1_000_000 + (packet.micros - first);
            readdress(&mut packet.data, *host);
        }
        story.extend(packets);
    }
    story.sort_by_key(|packet| packet.micros);
    let target = root().join("pcaps/story/capture.pcap");
    fs::write(&target, write(&story))?;
    println!("story: {} packets in {}", story.len(), target.display());
    Ok(())
}

/// The packets of a classic little-endian microsecond Ethernet capture, as the lab writes them.
fn read(bytes: &[u8]) -> anyhow::Result<Vec<Packet>> {
    let Some(mut rest) = bytes
        .strip_prefix(&[0xd4, 0xc3, 0xb2, 0xa1])
        .and_then(|rest| rest.get(20..))
    else {
        bail!("not a little-endian microsecond pcap");
    };
    let mut packets = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<16>() {
        let word = |at: usize| {
            head.get(at..)
                .and_then(|word| word.first_chunk())
                .map_or(0, |word| u32::from_le_bytes(*word))
        };
        let data = after
            .get(..word(8) as usize)
            .context("the capture ends inside a packet")?;
        packets.push(Packet {
            micros: u64::from(word(0)) * 1_000_000 + u64::from(word(4)),
            data: data.to_vec(),
        });
        rest = after.get(data.len()..).unwrap_or_default();
    }
    Ok(packets)
}

fn write(packets: &[Packet]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
        file.extend(word.to_le_bytes());
    }
    for packet in packets {
        let length = packet.data.len() as u64;
        for word in [packet.micros / 1_000_000, packet.micros % 1_000_000, length, length] {
            file.extend(u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
        }
        file.extend(&packet.data);
    }
    file
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
