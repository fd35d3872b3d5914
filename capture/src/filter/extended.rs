//! The program in eBPF (RFC 9669), as a function that an XDP program calls: `R1` is the `struct xdp_md *`, `R0` is the verdict: 0 drops the
//! frame, 1 keeps it, n keeps its first n bytes ([`super::elephants`]).
//!
//! The verifier has to see that no load leaves the frame: each compares its end with the frame's first. It follows every path as long as it
//! knows something different of it, which would be each combination of tags, options and tunnels; so where ways meet the cursor is made something that it knows
//! nothing of but a bound. Registers: `R0` value, `R1` context, `R6` and `R7` where the frame begins and ends,
//! `R8` cursor, `R9` the last IP header; the others are scratch.

use super::Reason;
use super::elephants;
use super::program::{Program, Size, Step, Test};
use Register::{R0, R1, R2, R3, R4, R6, R7, R8, R9};
use assembler::{Assembler, Label, Register, Source, When, Width};

pub(crate) mod assembler;
mod listing;

pub(super) use listing::Listing;

/// Fields of `struct xdp_md` (linux/bpf.h).
mod context {
    pub(super) const DATA: i16 = 0;
    pub(super) const DATA_END: i16 = 4;
    pub(super) const INGRESS_IFINDEX: i16 = 12;
}

/// No header that is looked at begins later: what is skipped in front of five of them (the longest extension headers, options, tags)
/// is less. With what follows one it stays below what the verifier takes for an offset (65,535).
const LATEST: i32 = 0x7fff;

/// Verdicts.
const DROP: i32 = 0;
pub(super) const KEEP: i32 = 1;

/// Where the function ends.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) drop: Label,
    pub(super) keep: Label,
    /// Passes, unless it is of a flow whose payload nobody reads.
    elephant: Label,
}

/// The function, without a map of elephants or with the one behind a descriptor; none when it is too long for jumps to reach.
pub(super) fn compile(program: &Program, elephants: Option<i32>) -> Option<Vec<u64>> {
    let mut asm = Assembler::default();
    let [drop, keep, elephant] = [(); 3].map(|()| asm.label());
    let ends = Ends {
        drop,
        keep,
        elephant: if elephants.is_some() { elephant } else { keep },
    };
    let places: Vec<_> = program.steps().iter().map(|_| asm.label()).collect();
    asm.load(Width::Word, R6, R1, context::DATA);
    asm.load(Width::Word, R7, R1, context::DATA_END);
    asm.set(R8, 0);
    asm.set(R9, 0);
    asm.set(R0, 0);
    for (at, step) in program.steps().iter().enumerate() {
        if let Some(label) = places.get(at) {
            asm.place(*label);
        }
        emit(&mut asm, *step, at, &places, ends);
    }
    if let Some(map) = elephants {
        asm.place(elephant);
        elephants::compile(&mut asm, map, keep);
    }
    for (label, verdict) in [(keep, KEEP), (drop, DROP)] {
        asm.place(label);
        asm.set(R0, verdict);
        asm.exit();
    }
    asm.finish()
}

fn emit(asm: &mut Assembler, step: Step<usize>, at: usize, places: &[Label], ends: Ends) {
    let place = |step: usize| places.get(step).copied().unwrap_or(ends.keep);
    match step {
        Step::Load(size, offset) => load(asm, size, offset, ends.drop),
        Step::And(mask) => asm.and(R0, mask as i32),
        Step::Left(bits) => asm.left(R0, bits),
        Step::Right(bits) => asm.right(R0, bits),
        Step::Add(value) => asm.add(R0, Source::Value(value as i32)),
        Step::Skip(bytes) => asm.add(R8, Source::Value(bytes as i32)),
        Step::SkipValue => asm.add(R8, Source::Register(R0)),
        Step::Mark => {
            forget(asm, ends.drop);
            asm.set_to(R9, R8);
        }
        Step::Meet => forget(asm, ends.drop),
        Step::Branch(test, then, otherwise) => {
            let (when, value) = match test {
                Test::Equal(value) => (When::Equal, value),
                Test::AtLeast(value) => (When::AtLeast, value),
                Test::Any(bits) => (When::Any, bits),
            };
            asm.jump(when, R0, value as i32, place(then));
            if otherwise != at + 1 {
                asm.go(place(otherwise));
            }
        }
        Step::Go(to) => asm.go(place(to)),
        Step::End(reason) => asm.go(end(reason, ends)),
    }
}

const fn end(reason: Reason, ends: Ends) -> Label {
    match reason {
        Reason::Off | Reason::Controller | Reason::Port | Reason::Dynamic => ends.elephant,
        _ if reason.passes() => ends.keep,
        _ => ends.drop,
    }
}

/// `R0` = the field so far behind the cursor, `R2` = where the cursor points; `beyond` if that is not in the frame.
pub(super) fn load(asm: &mut Assembler, size: Size, offset: u16, beyond: Label) {
    let offset = i32::from(offset);
    asm.set_to(R2, R6);
    asm.add(R2, Source::Register(R8));
    asm.set_to(R3, R2);
    asm.add(R3, Source::Value(offset + size.bytes() as i32));
    asm.compare(When::Greater, R3, R7, beyond);
    let width = match size {
        Size::Byte => Width::Byte,
        Size::Half => Width::Half,
        Size::Word => Width::Word,
    };
    asm.load(width, R0, R2, offset as i16);
    if size != Size::Byte {
        asm.as_number(R0, width);
    }
}

/// The verifier forgets what it knows of `R8`: nothing is added to it, but it cannot tell.
fn forget(asm: &mut Assembler, beyond: Label) {
    asm.load(Width::Word, R2, R1, context::INGRESS_IFINDEX);
    asm.set_to(R4, R2);
    asm.subtract(R2, R4);
    asm.add(R8, Source::Register(R2));
    asm.jump_double(When::Greater, R8, LATEST, beyond);
}

#[cfg(test)]
pub(super) mod machine;
