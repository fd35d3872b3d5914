//! What the three greet with.

use capture::Transport;

use crate::protocol::{Probe, Sender, Verdict};
use crate::session::PROBE;

/// `220 host ESMTP …`, as FTP greets as well, and `EHLO`.
pub(super) fn smtp(probe: &Probe<'_>) -> Verdict {
    match probe.bytes {
        [b'2', ..] => greeting(probe, b"220", b"SMTP"),
        [b'E' | b'e' | b'H' | b'h', ..] if probe.transport == Transport::Tcp => hello(probe.bytes),
        _ => Verdict::No,
    }
}

/// `* OK IMAP4rev1 …`
pub(super) fn imap(probe: &Probe<'_>) -> Verdict {
    greeting(probe, b"* ", b"IMAP")
}

/// `+OK POP3 …`, as others say yes as well.
pub(super) fn pop3(probe: &Probe<'_>) -> Verdict {
    greeting(probe, b"+OK", b"POP")
}

fn hello(bytes: &[u8]) -> Verdict {
    let said = bytes.get(..5).unwrap_or(bytes);
    let begun = |word: &[u8]| {
        word.get(..said.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(said))
    };
    match begun(b"EHLO ") || begun(b"HELO ") {
        true if said.len() == 5 => Verdict::Sure(Sender::Client),
        true => Verdict::Need(5),
        false => Verdict::No,
    }
}

/// The first line begins so; where it also says `name`, it can be nobody else's.
fn greeting(probe: &Probe<'_>, start: &[u8], name: &[u8]) -> Verdict {
    let bytes = probe.bytes;
    let shown = start.get(..bytes.len()).unwrap_or(start);
    if probe.transport != Transport::Tcp || !bytes.starts_with(shown) {
        return Verdict::No;
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name)) {
        return Verdict::Sure(Sender::Server);
    }
    match line.len() == bytes.len() && bytes.len() < PROBE {
        true => Verdict::Need(bytes.len() + 1),
        false => Verdict::Weak(Sender::Server),
    }
}
