//! What the kernel hands over: a program made from the configuration leaves out what nobody reads before it costs anything.
//!
//! [`rules`] says what is taken; [`layers`] makes a decision [`program`] of it, which becomes [`classic`] BPF for packet sockets and
//! [`extended`] BPF for XDP. Invariants: all of them decide the same for every frame, and a frame that parsers make something of, between
//! addresses or ports that are configured, is never left out.

use std::fmt;

use crate::config::Config;
use program::Program;
use rules::Rules;

mod classic;
pub mod elephants;
mod extended;
mod kernel;
mod layers;
mod program;
mod rules;
mod words;

pub use classic::{Instruction, MAX_INSTRUCTIONS};
pub(crate) use extended::assembler;
pub use rules::PORTS;

/// Tunnels looked into, one in another: as many as the decoder follows.
const DEPTH: usize = 4;

/// What is taken of the traffic, and how the kernel is told.
#[derive(Clone, Debug)]
pub struct Filter {
    rules: Rules,
    program: Program,
    code: Vec<classic::Line>,
    /// Tunnels looked into; fewer where many controllers leave no room.
    depth: usize,
}

impl Filter {
    /// The filter that `config` asks for.
    ///
    /// Many controllers make long programs: then fewer tunnels are looked into and more are taken whole, and a program that is still too long
    /// takes everything.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let rules = Rules::new(config);
        let fitting = (0..=DEPTH).rev().find_map(|depth| Self::looking(rules.clone(), depth));
        fitting.unwrap_or_else(|| Self::everything(rules))
    }

    fn looking(rules: Rules, depth: usize) -> Option<Self> {
        let program = layers::program(&rules, depth);
        let code = classic::compile(&program);
        (code.len() <= MAX_INSTRUCTIONS).then_some(Self {
            rules,
            program,
            code,
            depth,
        })
    }

    /// The filter as far as this kernel takes it: a socket's program may take 128 KiB there (`net.core.optmem_max`), before Linux 6.7 20 KiB,
    /// which is enough for one tunnel in another and few controllers; then more tunnels are taken whole. Asked of a socket of its own, which
    /// needs no privilege.
    #[must_use]
    pub fn fitting(mut self) -> Self {
        while let Err(error) = kernel::accepts(&self.classic()) {
            match self.shallower() {
                Some(shallower) if error.raw_os_error() == Some(libc::ENOMEM) => self = shallower,
                _ => break,
            }
        }
        self
    }

    /// The filter that looks into one tunnel less.
    fn shallower(&self) -> Option<Self> {
        Self::looking(self.rules.clone(), self.depth.checked_sub(1)?)
    }

    fn everything(rules: Rules) -> Self {
        let rules = Rules {
            scope: rules::Scope::All,
            ..rules
        };
        let program = layers::program(&rules, 0);
        Self {
            code: classic::compile(&program),
            rules,
            program,
            depth: 0,
        }
    }

    /// The program for `SO_ATTACH_FILTER` on a packet socket of type `SOCK_RAW`: what it returns is 0 for a frame to drop, else more than any
    /// frame has bytes. At most [`MAX_INSTRUCTIONS`].
    #[must_use]
    pub fn classic(&self) -> Vec<Instruction> {
        self.code.iter().map(|line| line.instruction).collect()
    }

    /// The program of [`Self::classic`] to read, in the manner of `tcpdump -d`.
    #[must_use]
    pub fn classic_listing(&self) -> String {
        classic::Listing(&self.code).to_string()
    }

    /// The function for an XDP program: called with `R1` = `struct xdp_md *`, it ends with `R0` = 0 for a frame to drop, 1 for one to keep, n for
    /// one to cut to n bytes, which is never without a map of [`elephants`], given by its descriptor. It uses `R0` to `R9`, calls nothing but
    /// the map's look-up, and does not change the frame. Empty when every frame is to be kept.
    #[must_use]
    pub fn extended(&self, elephants: Option<i32>) -> Vec<u64> {
        let wanted = self.rules.scope != rules::Scope::All || elephants.is_some();
        let code = wanted.then(|| extended::compile(&self.program, elephants));
        code.flatten().unwrap_or_default()
    }

    /// The function of [`Self::extended`] to read.
    #[must_use]
    pub fn extended_listing(&self) -> String {
        extended::Listing(&self.extended(None)).to_string()
    }

    /// What the kernel would do with an Ethernet frame, and why.
    #[must_use]
    pub fn judge(&self, frame: &[u8]) -> Reason {
        self.program.run(frame)
    }
}

/// Why a frame passes or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The filter is off.
    Off,
    /// From or to a controller.
    Controller,
    /// A question for a name, or an answer, between any hosts.
    Names,
    /// From or to a port that is read.
    Port,
    /// TCP between ports that RPC may have been given.
    Dynamic,
    /// A fragment of what may be a tunnel.
    Fragment,
    /// A tunnel that is not looked into.
    Tunnel,
    /// What announces IP and is none: it is counted where it is decoded.
    Damaged,
    /// No IP.
    NotIp,
    /// An IP protocol that is not read.
    Protocol,
    /// A controller's, but nobody reads it.
    Bulk,
    /// Neither an address nor a port that is read.
    Elsewhere,
    /// It ends before it says what it is.
    Short,
}

impl Reason {
    /// Every reason, those to pass first.
    pub const ALL: [Self; 13] = [
        Self::Off,
        Self::Controller,
        Self::Names,
        Self::Port,
        Self::Dynamic,
        Self::Fragment,
        Self::Tunnel,
        Self::Damaged,
        Self::NotIp,
        Self::Protocol,
        Self::Bulk,
        Self::Elsewhere,
        Self::Short,
    ];

    /// Whether the frame is handed over.
    #[must_use]
    pub const fn passes(self) -> bool {
        !matches!(
            self,
            Self::NotIp | Self::Protocol | Self::Bulk | Self::Elsewhere | Self::Short
        )
    }

    /// A few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "the filter is off",
            Self::Controller => "a controller's address",
            Self::Names => "name service",
            Self::Port => "a port that is read",
            Self::Dynamic => "ports that RPC may have",
            Self::Fragment => "a fragment",
            Self::Tunnel => "a tunnel that is not looked into",
            Self::Damaged => "damaged",
            Self::NotIp => "no IP",
            Self::Protocol => "an IP protocol that is not read",
            Self::Bulk => "a controller's bulk that is not read",
            Self::Elsewhere => "between others",
            Self::Short => "too short to tell",
        }
    }
}

impl fmt::Display for Filter {
    /// The rules in sentences, a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::write(&self.rules, self.depth, f)
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
