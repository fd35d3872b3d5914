//! A named pipe: DCE/RPC inside the reads and writes of a file ([MS-RPCE] 2.1.1.2).

use capture::Timestamp;
use compact_str::{CompactString, format_compact};

use crate::context::Context;
use crate::dcerpc::Pipe;
use crate::gss::Identity;

/// Pipes that answer RPC on every domain controller: enough to know one whose share's connecting was not seen.
const WELL_KNOWN: &[&str] = &[
    "atsvc",
    "browser",
    "dnsserver",
    "efsrpc",
    "epmapper",
    "eventlog",
    "fssagentrpc",
    "initshutdown",
    "keysvc",
    "llsrpc",
    "lsarpc",
    "lsass",
    "netdfs",
    "netlogon",
    "ntsvcs",
    "protected_storage",
    "router",
    "samr",
    "scerpc",
    "spoolss",
    "srvsvc",
    "svcctl",
    "tapsrv",
    "trkwks",
    "w32time",
    "winreg",
    "wkssvc",
];

/// An open pipe.
#[derive(Debug)]
pub(super) struct NamedPipe {
    /// Its name among the carriers: `pipe:samr`.
    carrier: CompactString,
    rpc: Pipe,
}

impl NamedPipe {
    /// The pipe that is opened under `path`.
    pub(super) fn new(path: &str) -> Self {
        Self {
            carrier: format_compact!("pipe:{}", name(path)),
            rpc: Pipe::new(),
        }
    }

    /// A pipe that was open before anything was seen of it.
    pub(super) fn midstream() -> Self {
        Self {
            carrier: CompactString::const_new("pipe"),
            rpc: Pipe::midstream(),
        }
    }

    /// Whoever uses it acts as `identity`, who is logged on to the session.
    pub(super) fn act_as(&mut self, identity: Option<&Identity>) {
        if let Some(identity) = identity {
            self.rpc.act_as(identity);
        }
    }

    /// Whether `path` is the name of a pipe that everybody has.
    pub(super) fn is_well_known(path: &str) -> bool {
        WELL_KNOWN.binary_search(&name(path).as_str()).is_ok()
    }

    /// Whether `data` can only be RPC: version 5.0 or 5.1, a known packet type, little-endian integers (C706 §12.6.3.1).
    pub(super) fn begins(data: &[u8]) -> bool {
        matches!(data, [5, 0 | 1, 0..=19, _, 0x10, 0, 0, 0, ..])
    }

    /// The next bytes in the direction of `context`: `total` of them, of which `data` are there.
    pub(super) fn bytes(&mut self, data: &[u8], total: u64, around: &str, context: &mut Context<'_>) {
        let mut outer = context.within(around);
        let mut inner = outer.within(&self.carrier);
        self.rpc.bytes(data, &mut inner);
        let missing = total.saturating_sub(data.len() as u64);
        if missing > 0 {
            self.rpc.gap(missing, &mut inner);
        }
    }

    /// Up to `missing` bytes in the direction of `context` were lost.
    pub(super) fn gap(&mut self, missing: u64, around: &str, context: &mut Context<'_>) {
        self.rpc.gap(missing, &mut context.within(around).within(&self.carrier));
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.rpc.deadline()
    }

    pub(super) fn expire(&mut self, around: &str, context: &mut Context<'_>) {
        self.rpc.expire(&mut context.within(around).within(&self.carrier));
    }

    pub(super) fn finish(&mut self, around: &str, context: &mut Context<'_>) {
        self.rpc.finish(&mut context.within(around).within(&self.carrier));
    }
}

/// A pipe's name in lower case, without the `\` or `\PIPE\` that SMB1 and some clients put before it.
fn name(path: &str) -> CompactString {
    let path = CompactString::from(path.trim_start_matches('\\')).to_ascii_lowercase();
    let path = path.strip_prefix("pipe\\").unwrap_or(&path);
    CompactString::new(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefix() {
        assert_eq!(name("\\PIPE\\lsarpc"), "lsarpc");
        assert_eq!(name("\\samr"), "samr");
        assert_eq!(name("NETLOGON"), "netlogon");
        assert!(NamedPipe::is_well_known("\\winreg"));
        assert!(!NamedPipe::is_well_known("Policies\\winreg"));
    }

    #[test]
    fn well_known_names_are_in_order() {
        assert!(WELL_KNOWN.is_sorted());
    }
}
