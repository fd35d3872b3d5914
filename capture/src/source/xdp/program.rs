//! The XDP program: it counts each frame, asks the filter, notes time and length in front of the frame and redirects it to the socket of its queue.
//!
//! **Filter.** [`text`] takes it as one eBPF function of its own: called with `R1` = `struct xdp_md *`, free to use `R0` to `R9` and its own stack,
//! ends in `exit` with the verdict in `R0`: 0 drop, 1 keep, n keep the first n bytes.
//! It must not change the frame. No instructions: every frame is kept.
//!
//! **Note.** The 16 bytes in front of a frame ([`NOTE`]): when it was seen (nanoseconds of `CLOCK_MONOTONIC`), how long it was, [`MARK`]. They are
//! the frame's XDP metadata, which the kernel takes along into the UMEM in copy mode too (net/core/xdp.c, net/xdp/xsk.c `xsk_copy_xdp`);
//! a driver without metadata leaves frames unmarked, which is counted.
//!
//! **Counters.** A row of [`Counter`]s per queue, one more for queues that nobody knew. Invariant, while no frame is on its way: seen = filtered +
//! unclaimed + redirected.

use crate::filter::assembler::{Assembler, Label, Register, Source, When, Width};
use Register::{R0, R1, R2, R3, R6, R7, R8, R9, R10};

/// Bytes in front of a frame.
pub(super) const NOTE: u32 = 16;
/// The last four of them, so that what another frame left there is not taken for a note.
pub(super) const MARK: u32 = 0xad7a_b0b1;
/// The counters of a queue; each eight bytes, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// Frames that reached the program.
    Seen,
    /// Frames dropped by the filter.
    Filtered,
    /// Frames of a queue without a socket.
    Unclaimed,
    /// Frames on their way to the socket; it may still lose them.
    Redirected,
    /// Frames shortened, among the redirected and the unclaimed.
    Cut,
    /// Bytes cut from them.
    CutBytes,
    /// Frames that could not be noted down, among the redirected and the unclaimed.
    Unmarked,
}
/// Counters in a row; a cache line, so that queues do not disturb each other.
pub(super) const ROW: usize = 8;

/// `enum xdp_action` (include/uapi/linux/bpf.h).
const XDP_DROP: i32 = 1;
const XDP_REDIRECT: i32 = 4;

/// Helpers, `enum bpf_func_id` (include/uapi/linux/bpf.h).
mod helper {
    pub(super) const MAP_LOOKUP_ELEM: i32 = 1;
    pub(super) const KTIME_GET_NS: i32 = 5;
    pub(super) const REDIRECT_MAP: i32 = 51;
    pub(super) const XDP_ADJUST_META: i32 = 54;
    pub(super) const XDP_ADJUST_TAIL: i32 = 65;
    /// Since Linux 5.18; counts the pieces of a frame that is in several too.
    pub(super) const XDP_GET_BUFF_LEN: i32 = 188;
}

/// Fields of `struct xdp_md` (include/uapi/linux/bpf.h).
mod context {
    pub(super) const DATA: i16 = 0;
    pub(super) const DATA_META: i16 = 8;
    pub(super) const RX_QUEUE_INDEX: i16 = 16;
}

/// What the program refers to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maps {
    /// Descriptor of the XSKMAP, by queue.
    pub(super) sockets: i32,
    /// Descriptor of the array of counter rows, by queue.
    pub(super) counters: i32,
    /// Queues known; the row behind theirs is for all others.
    pub(super) queues: u32,
}

/// The instructions. In them `R6` is the context, `R7` the row of counters, `R8` the frame's length, `R9` the verdict and then the time.
pub(super) fn text(maps: Maps, filter: &[u64]) -> Option<Vec<u64>> {
    let mut asm = Assembler::default();
    let [drop, function] = [asm.label(), asm.label()];
    asm.set_to(R6, R1);
    find_row(&mut asm, maps, drop);
    count(&mut asm, Counter::Seen);
    asm.set_to(R1, R6);
    asm.call(helper::XDP_GET_BUFF_LEN);
    asm.set_to(R8, R0);
    if !filter.is_empty() {
        judge(&mut asm, function, drop);
    }
    note(&mut asm);
    redirect(&mut asm, maps);
    asm.place(drop);
    asm.set(R0, XDP_DROP);
    asm.exit();
    asm.place(function);
    asm.append(filter);
    asm.finish()
}

/// `R7` = the row of the frame's queue, or of queues that nobody knew.
fn find_row(asm: &mut Assembler, maps: Maps, drop: Label) {
    let found = asm.label();
    asm.load(Width::Word, R1, R6, context::RX_QUEUE_INDEX);
    asm.store(Width::Word, R10, -4, R1);
    lookup(asm, maps.counters);
    asm.jump_double(When::Different, R0, 0, found);
    asm.store_value(Width::Word, R10, -4, maps.queues as i32);
    lookup(asm, maps.counters);
    asm.jump_double(When::Equal, R0, 0, drop); // never, but the verifier cannot know
    asm.place(found);
    asm.set_to(R7, R0);
}

/// `R0` = the address of the element whose key is the word at the top of the stack.
fn lookup(asm: &mut Assembler, map: i32) {
    asm.map(R1, map);
    asm.set_to(R2, R10);
    asm.add(R2, Source::Value(-4));
    asm.call(helper::MAP_LOOKUP_ELEM);
}

fn count(asm: &mut Assembler, counter: Counter) {
    asm.set(R1, 1);
    asm.atomic_add(R7, offset(counter), R1);
}

const fn offset(counter: Counter) -> i16 {
    counter as i16 * 8
}

/// Drops the frame, shortens it or keeps it as the filter says.
fn judge(asm: &mut Assembler, filter: Label, drop: Label) {
    let [kept, keep] = [asm.label(), asm.label()];
    asm.set_to(R1, R6);
    asm.call_function(filter);
    asm.set_to(R9, R0);
    asm.jump_double(When::Different, R9, 0, kept);
    count(asm, Counter::Filtered);
    asm.go(drop);
    asm.place(kept);
    asm.jump_double(When::Equal, R9, 1, keep);
    asm.compare(When::AtLeast, R9, R8, keep);
    cut(asm, keep);
    asm.place(keep);
}

/// Shortens the frame to `R9` bytes, which are fewer than it has.
fn cut(asm: &mut Assembler, keep: Label) {
    asm.set_to(R1, R6);
    asm.set_to(R2, R9);
    asm.subtract(R2, R8);
    asm.call(helper::XDP_ADJUST_TAIL);
    asm.jump_double(When::Different, R0, 0, keep); // it stays whole
    count(asm, Counter::Cut);
    asm.set_to(R1, R8);
    asm.subtract(R1, R9);
    asm.atomic_add(R7, offset(Counter::CutBytes), R1);
}

/// Notes the time and the length in front of the frame.
fn note(asm: &mut Assembler) {
    let [unmarked, noted] = [asm.label(), asm.label()];
    asm.call(helper::KTIME_GET_NS);
    asm.set_to(R9, R0);
    asm.set_to(R1, R6);
    asm.set(R2, -(NOTE as i32));
    asm.call(helper::XDP_ADJUST_META);
    asm.jump_double(When::Different, R0, 0, unmarked);
    asm.load(Width::Word, R1, R6, context::DATA_META);
    asm.load(Width::Word, R2, R6, context::DATA);
    asm.set_to(R3, R1);
    asm.add(R3, Source::Value(NOTE as i32));
    asm.compare(When::Greater, R3, R2, unmarked); // never, but the verifier cannot know
    asm.store(Width::Double, R1, 0, R9);
    asm.store(Width::Word, R1, 8, R8);
    asm.store_value(Width::Word, R1, 12, MARK as i32);
    asm.go(noted);
    asm.place(unmarked);
    count(asm, Counter::Unmarked);
    asm.place(noted);
}

/// Sends the frame to the socket of its queue and ends; a frame without one is dropped.
fn redirect(asm: &mut Assembler, maps: Maps) {
    let claimed = asm.label();
    asm.load(Width::Word, R2, R6, context::RX_QUEUE_INDEX);
    asm.map(R1, maps.sockets);
    asm.set(R3, XDP_DROP);
    asm.call(helper::REDIRECT_MAP);
    asm.jump_double(When::Equal, R0, XDP_REDIRECT, claimed);
    count(asm, Counter::Unclaimed);
    asm.exit();
    asm.place(claimed);
    count(asm, Counter::Redirected);
    asm.exit();
}
