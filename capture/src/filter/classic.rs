//! The program in classic BPF, for `SO_ATTACH_FILTER` (Documentation/networking/filter.rst): the value is in A, the cursor in X.
//!
//! A packet socket of type `SOCK_RAW` shows the filter the frame from its Ethernet header on. A load beyond its end drops it. Conditions
//! reach 255 instructions far; where that is not far enough they step over jumps that reach everywhere.

use std::fmt;

use super::Reason;
use super::program::{Program, Size, Step, Test};

/// Most instructions that the kernel takes (`BPF_MAXINSNS`, linux/bpf_common.h).
pub const MAX_INSTRUCTIONS: usize = 4_096;

/// Takes the whole frame.
const WHOLE: u32 = u32::MAX;

/// One instruction: `struct sock_filter` (linux/filter.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// Instructions skipped where the condition holds.
    pub jt: u8,
    /// Instructions skipped where it does not.
    pub jf: u8,
    /// Its number.
    pub k: u32,
}

/// Opcodes (linux/bpf_common.h).
mod op {
    pub(super) const LOAD: u16 = 0x40; // BPF_LD | BPF_IND, and the size
    pub(super) const WORD: u16 = 0x00;
    pub(super) const HALF: u16 = 0x08;
    pub(super) const BYTE: u16 = 0x10;
    pub(super) const LOAD_X: u16 = 0x01;
    pub(super) const ADD: u16 = 0x04;
    pub(super) const ADD_X: u16 = 0x0c;
    pub(super) const AND: u16 = 0x54;
    pub(super) const LEFT: u16 = 0x64;
    pub(super) const RIGHT: u16 = 0x74;
    pub(super) const JUMP: u16 = 0x05;
    pub(super) const EQUAL: u16 = 0x15;
    pub(super) const AT_LEAST: u16 = 0x35;
    pub(super) const ANY: u16 = 0x45;
    pub(super) const RETURN: u16 = 0x06;
    pub(super) const TO_X: u16 = 0x07;
    pub(super) const FROM_X: u16 = 0x87;
}

/// An instruction, and what was decided where it ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) instruction: Instruction,
    pub(super) reason: Option<Reason>,
}

/// The instructions of `program`.
pub(super) fn compile(program: &Program) -> Vec<Line> {
    let layout = Layout::of(program.steps());
    let mut code = vec![plain(op::LOAD_X, 0)];
    for (at, step) in program.steps().iter().enumerate() {
        layout.emit(at, *step, &mut code);
    }
    code
}

/// Where each step begins, and which conditions need a jump to help them.
struct Layout {
    places: Vec<usize>,
    /// For each step: its jump where the condition holds, and where not.
    long: Vec<[bool; 2]>,
}

impl Layout {
    /// Jumps become long one after another, until those that are left reach: what is long pushes others apart.
    fn of(steps: &[Step<usize>]) -> Self {
        let mut layout = Self {
            places: Vec::new(),
            long: vec![[false; 2]; steps.len()],
        };
        loop {
            layout.place(steps);
            if !layout.lengthen(steps) {
                return layout;
            }
        }
    }

    fn place(&mut self, steps: &[Step<usize>]) {
        let mut next = 1; // behind the instruction that empties X
        self.places.clear();
        for (step, long) in steps.iter().zip(&self.long) {
            self.places.push(next);
            next += match step {
                Step::Mark | Step::Meet => 0,
                Step::Skip(_) => 3,
                Step::SkipValue => 2,
                Step::Branch(..) => 1 + long.iter().filter(|long| **long).count(),
                _ => 1,
            };
        }
        self.places.push(next);
    }

    fn lengthen(&mut self, steps: &[Step<usize>]) -> bool {
        let mut changed = false;
        for (at, step) in steps.iter().enumerate() {
            let Step::Branch(_, then, otherwise) = *step else {
                continue;
            };
            let reach = [then, otherwise].map(|to| self.distance(at, to) > usize::from(u8::MAX));
            if let Some(long) = self.long.get_mut(at) {
                let longer = [0, 1].map(|side| long.get(side) == Some(&true) || reach.get(side) == Some(&true));
                changed |= *long != longer;
                *long = longer;
            }
        }
        changed
    }

    /// Instructions between the first one of the step `at` and the step `to`.
    fn distance(&self, at: usize, to: usize) -> usize {
        let place = |step: usize| self.places.get(step).copied().unwrap_or_default();
        place(to).saturating_sub(place(at) + 1)
    }

    fn emit(&self, at: usize, step: Step<usize>, code: &mut Vec<Line>) {
        match step {
            Step::Load(size, offset) => code.push(plain(op::LOAD | size_of(size), offset.into())),
            Step::And(mask) => code.push(plain(op::AND, mask)),
            Step::Left(bits) => code.push(plain(op::LEFT, bits.into())),
            Step::Right(bits) => code.push(plain(op::RIGHT, bits.into())),
            Step::Add(value) => code.push(plain(op::ADD, value)),
            Step::Skip(bytes) => code.extend([plain(op::FROM_X, 0), plain(op::ADD, bytes), plain(op::TO_X, 0)]),
            Step::SkipValue => code.extend([plain(op::ADD_X, 0), plain(op::TO_X, 0)]),
            Step::Mark | Step::Meet => {}
            Step::Branch(test, then, otherwise) => self.branch(at, test, [then, otherwise], code),
            Step::Go(to) => code.push(plain(op::JUMP, self.distance(at, to) as u32)),
            Step::End(reason) => code.push(Line {
                reason: Some(reason),
                ..plain(op::RETURN, if reason.passes() { WHOLE } else { 0 })
            }),
        }
    }

    fn branch(&self, at: usize, test: Test, to: [usize; 2], code: &mut Vec<Line>) {
        let (kind, k) = match test {
            Test::Equal(k) => (op::EQUAL, k),
            Test::AtLeast(k) => (op::AT_LEAST, k),
            Test::Any(k) => (op::ANY, k),
        };
        let long = self.long.get(at).copied().unwrap_or_default();
        let mut helpers = Vec::new();
        let [jt, jf] = [(to[0], long[0]), (to[1], long[1])].map(|(to, long)| {
            if long {
                helpers.push(self.distance(at, to) - helpers.len() - 1);
                (helpers.len() - 1) as u8
            } else {
                self.distance(at, to) as u8
            }
        });
        let mut line = plain(kind, k);
        (line.instruction.jt, line.instruction.jf) = (jt, jf);
        code.push(line);
        code.extend(helpers.iter().map(|distance| plain(op::JUMP, *distance as u32)));
    }
}

const fn size_of(size: Size) -> u16 {
    match size {
        Size::Byte => op::BYTE,
        Size::Half => op::HALF,
        Size::Word => op::WORD,
    }
}

const fn plain(code: u16, k: u32) -> Line {
    Line {
        instruction: Instruction { code, jt: 0, jf: 0, k },
        reason: None,
    }
}

/// A listing in the manner of `tcpdump -d`: jumps say where they go.
pub(super) struct Listing<'a>(pub(super) &'a [Line]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, line) in self.0.iter().enumerate() {
            let Instruction { code, k, .. } = line.instruction;
            write!(f, "({at:03}) {}", name(code))?;
            operands(at, line.instruction, f)?;
            if let Some(reason) = line.reason {
                let verdict = if k > 0 { "pass" } else { "drop" };
                write!(f, "  ; {verdict}: {}", reason.name())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn operands(at: usize, instruction: Instruction, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Instruction { code, jt, jf, k } = instruction;
    let to = |distance: u32| at + 1 + distance as usize;
    match code {
        op::EQUAL | op::AT_LEAST | op::ANY => {
            write!(f, " #{k:<#10x} jt {:<5} jf {}", to(jt.into()), to(jf.into()))
        }
        op::JUMP => write!(f, " {}", to(k)),
        op::RETURN => write!(f, " #{k}"),
        0x40 | 0x48 | 0x50 => write!(f, " [x + {k}]"),
        op::ADD_X => f.write_str(" x"),
        op::TO_X | op::FROM_X => Ok(()),
        _ => write!(f, " #{k:#x}"),
    }
}

const fn name(code: u16) -> &'static str {
    match code {
        0x40 => "ld  ",
        0x48 => "ldh ",
        0x50 => "ldb ",
        op::LOAD_X => "ldx ",
        op::ADD | op::ADD_X => "add ",
        op::AND => "and ",
        op::LEFT => "lsh ",
        op::RIGHT => "rsh ",
        op::JUMP => "ja  ",
        op::EQUAL => "jeq ",
        op::AT_LEAST => "jge ",
        op::ANY => "jset",
        op::TO_X => "tax",
        op::FROM_X => "txa",
        _ => "ret ",
    }
}

#[cfg(test)]
pub(super) mod machine;
#[cfg(test)]
mod tests;
