//! Asking, without a socket: the wire, the handshake and the schedule.

mod handshake;
mod schedule;
mod wire;

use super::{Identity, Reason};

/// The octets that `text` spells; blanks do not count.
fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| (byte as char).to_digit(16).unwrap() as u8)
        .collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn named(name: &str, domain: Option<&str>) -> Result<Identity, Reason> {
    Ok(Identity {
        name: name.into(),
        domain: domain.map(Into::into),
        os_version: None,
    })
}
