//! Reading from a pipe without being held by it: a silent writer must not keep the program from stopping.
//!
//! Invariant: no read lasts much longer than [`PATIENCE`] once the flag is raised, whatever the other end of the pipe does.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};

/// Milliseconds waited at a time before the flag is looked at again.
const PATIENCE: u16 = 200;

/// A pipe that is at its end once a flag is raised. Nothing may be buffered in `R`: poll(2) does not see it.
pub(super) struct Waiting<R> {
    inner: R,
    stop: Arc<AtomicBool>,
}

impl<R: AsFd + Read> Waiting<R> {
    pub(super) const fn new(inner: R, stop: Arc<AtomicBool>) -> Self {
        Self { inner, stop }
    }

    /// Waits until there is something to read, be it the end; false when the flag was raised.
    fn is_ready(&self) -> io::Result<bool> {
        while !self.stop.load(Ordering::Relaxed) {
            let mut events = [PollFd::new(self.inner.as_fd(), PollFlags::POLLIN)];
            match poll(&mut events, PATIENCE) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}

impl<R: AsFd + Read> Read for Waiting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_ready()? {
            self.inner.read(buffer)
        } else {
            Ok(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_silent_pipe_ends_when_the_flag_is_raised() {
        let (reader, mut writer) = io::pipe().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let mut waiting = Waiting::new(reader, Arc::clone(&stop));
        writer.write_all(b"ab").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(waiting.read(&mut buffer).unwrap(), 2);
        // Nothing is written any more and the writer stays open: only the flag ends this.
        let reading = std::thread::spawn(move || waiting.read(&mut [0; 8]).unwrap());
        stop.store(true, Ordering::Relaxed);
        assert_eq!(reading.join().unwrap(), 0);
        drop(writer);
    }

    #[test]
    fn a_closed_pipe_ends_by_itself() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"ab").unwrap();
        drop(writer);
        let mut all = Vec::new();
        Waiting::new(reader, Arc::default()).read_to_end(&mut all).unwrap();
        assert_eq!(all, b"ab");
    }
}
