//! Whether the kernel takes a program: it is given to a socket that nothing is sent to.

use std::io;

use socket2::{Domain, SockFilter, Socket, Type};

use super::classic::Instruction;

/// The error that `SO_ATTACH_FILTER` would end with.
pub(super) fn accepts(code: &[Instruction]) -> io::Result<()> {
    let code: Vec<_> = code.iter().map(|i| SockFilter::new(i.code, i.jt, i.jf, i.k)).collect();
    Socket::new(Domain::UNIX, Type::DGRAM, None)?.attach_filter(&code)
}

#[cfg(test)]
mod tests;
