//! Memory shared with the kernel: a mapping that ends with its owner.
#![expect(unsafe_code, reason = "mmap(2), which no safe wrapper can offer")]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::{self, NonNull};

/// Mapped memory, page-aligned, readable and writable, unmapped when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: it is an address and a length; whoever reads or writes what is there has to say why that is sound.
unsafe impl Send for Mapping {}
// SAFETY: as above; by itself it gives out addresses only.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// `len` bytes of what `descriptor` has at `offset`, seen by every side.
    pub(super) fn shared(descriptor: &OwnedFd, len: usize, offset: libc::off_t) -> io::Result<Self> {
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
        Self::map(len, flags, descriptor.as_raw_fd(), offset)
    }

    /// `len` zero bytes, in large pages where there are any.
    pub(super) fn anonymous(len: usize) -> io::Result<Self> {
        let mapping = Self::map(len, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)?;
        // SAFETY: the range is this mapping's; the advice changes no content, and it does not matter when it is refused.
        unsafe { libc::madvise(mapping.base.as_ptr().cast(), len, libc::MADV_HUGEPAGE) };
        Ok(mapping)
    }

    /// The address of a `T` at `offset`; none when it would reach beyond or be misaligned.
    pub(super) fn at<T>(&self, offset: usize) -> Option<NonNull<T>> {
        let end = offset.checked_add(size_of::<T>())?;
        if end > self.len || !offset.is_multiple_of(align_of::<T>()) {
            return None;
        }
        // SAFETY: `offset` is within the mapping.
        Some(unsafe { self.base.add(offset) }.cast())
    }

    /// Its length in bytes.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn map(len: usize, flags: libc::c_int, descriptor: libc::c_int, offset: libc::off_t) -> io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the kernel chooses a free address, so that no memory in use is replaced.
        let base = unsafe { libc::mmap(ptr::null_mut(), len, access, flags, descriptor, offset) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, len })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length; whoever was given an address holds on to it no longer than to `self`.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_inside_and_aligned() {
        let mapping = Mapping::anonymous(4_096).unwrap();
        assert!(mapping.at::<u64>(4_088).is_some());
        assert!(mapping.at::<u64>(4_089).is_none());
        assert!(mapping.at::<u64>(4_096).is_none());
        assert!(mapping.at::<u64>(4).is_none());
        assert!(mapping.at::<u64>(usize::MAX - 7).is_none());
        assert_eq!(mapping.len(), 4_096);
    }
}
