//! The filter between its rules and the kernel's machines: a decision program over header fields.
//!
//! It has a `value`, what was loaded last, and a `cursor`, where in the frame the header begins that is being looked at. Everything goes
//! forward, so every program ends. Invariant: what is loaded beyond the end of the frame ends the program with [`Reason::Short`], as it does in
//! classic BPF, where nothing else is possible; so nothing may be loaded that the decoder does not need, too.

use super::Reason;

/// Bytes of a load; fields are in network order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Byte,
    Half,
    Word,
}

impl Size {
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Half => 2,
            Self::Word => 4,
        }
    }
}

/// A question about the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Equal(u32),
    AtLeast(u32),
    /// Any of these bits.
    Any(u32),
}

impl Test {
    const fn holds(self, value: u32) -> bool {
        match self {
            Self::Equal(other) => value == other,
            Self::AtLeast(other) => value >= other,
            Self::Any(bits) => value & bits != 0,
        }
    }
}

/// A place further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

/// One instruction; a jump goes to a `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<T> {
    /// The value is what is so many bytes behind the cursor.
    Load(Size, u16),
    And(u32),
    Left(u8),
    Right(u8),
    Add(u32),
    /// The cursor goes so far; the value is lost.
    Skip(u32),
    /// The cursor goes as far as the value says; the value is lost.
    SkipValue,
    /// The cursor is at an IP header.
    Mark,
    /// Many ways meet here: nothing to do, but the verifier of eBPF need not tell them apart.
    Meet,
    Branch(Test, T, T),
    Go(T),
    End(Reason),
}

/// A program: jumps go to places in it, always forward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    steps: Vec<Step<usize>>,
}

impl Program {
    pub(super) fn steps(&self) -> &[Step<usize>] {
        &self.steps
    }

    /// What becomes of `frame`, and where its innermost IP header is that was looked at.
    pub(super) fn run(&self, frame: &[u8]) -> Reason {
        let (mut at, mut cursor, mut value) = (0, 0_usize, 0_u32);
        while let Some(step) = self.steps.get(at) {
            at += 1;
            match *step {
                Step::Load(size, offset) => match load(frame, cursor + usize::from(offset), size) {
                    Some(loaded) => value = loaded,
                    None => return Reason::Short,
                },
                Step::And(mask) => value &= mask,
                Step::Left(bits) => value <<= bits,
                Step::Right(bits) => value >>= bits,
                Step::Add(other) => value = value.wrapping_add(other),
                Step::Skip(bytes) => cursor += bytes as usize,
                Step::SkipValue => cursor += value as usize,
                Step::Mark | Step::Meet => {}
                Step::Branch(test, then, otherwise) => at = if test.holds(value) { then } else { otherwise },
                Step::Go(to) => at = to,
                Step::End(reason) => return reason,
            }
        }
        Reason::Damaged
    }
}

fn load(frame: &[u8], at: usize, size: Size) -> Option<u32> {
    let bytes = frame.get(at..)?.get(..size.bytes())?;
    Some(bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

/// A program that grows from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Draft {
    steps: Vec<Step<Label>>,
    places: Vec<usize>,
}

impl Draft {
    pub(super) fn label(&mut self) -> Label {
        self.places.push(usize::MAX);
        Label(self.places.len() - 1)
    }

    /// `label` is here.
    pub(super) fn place(&mut self, label: Label) {
        if let Some(place) = self.places.get_mut(label.0) {
            *place = self.steps.len();
        }
    }

    pub(super) fn push(&mut self, step: Step<Label>) {
        self.steps.push(step);
    }

    pub(super) fn load(&mut self, size: Size, offset: u16) {
        self.push(Step::Load(size, offset));
    }

    pub(super) fn end(&mut self, reason: Reason) {
        self.push(Step::End(reason));
    }

    /// Goes to `to` if `test` holds.
    pub(super) fn when(&mut self, test: Test, to: Label) {
        let next = self.next();
        self.push(Step::Branch(test, to, next));
    }

    /// Goes to `to` unless `test` holds.
    pub(super) fn unless(&mut self, test: Test, to: Label) {
        let next = self.next();
        self.push(Step::Branch(test, next, to));
    }

    fn next(&mut self) -> Label {
        self.places.push(self.steps.len() + 1);
        Label(self.places.len() - 1)
    }

    /// Goes where the value's partner points, or to `miss`. The values are sorted.
    pub(super) fn search(&mut self, values: &[(u32, Label)], miss: Label) {
        let (low, high) = values.split_at(values.len() / 2);
        let Some((first, _)) = high.first().filter(|_| values.len() > 4) else {
            return self.compare(values, miss);
        };
        let upper = self.label();
        self.when(Test::AtLeast(*first), upper);
        self.search(low, miss);
        self.place(upper);
        self.search(high, miss);
    }

    fn compare(&mut self, values: &[(u32, Label)], miss: Label) {
        let Some(((last, hit), others)) = values.split_last() else {
            return self.push(Step::Go(miss));
        };
        for (value, hit) in others {
            self.when(Test::Equal(*value), *hit);
        }
        self.push(Step::Branch(Test::Equal(*last), *hit, miss));
    }

    /// The program, without what cannot be reached: the kernel takes no such eBPF program.
    pub(super) fn finish(self) -> Program {
        let end = self.steps.len();
        let target = |label: Label| {
            let mut to = self.places.get(label.0).copied().unwrap_or(end).min(end);
            while let Some(Step::Go(next)) = self.steps.get(to) {
                to = self.places.get(next.0).copied().unwrap_or(end).min(end);
            }
            to
        };
        let steps: Vec<_> = self.steps.iter().map(|step| resolve(*step, target)).collect();
        let reached = reached(&steps);
        let stays = |at: usize| reached.get(at) == Some(&true) && steps.get(at) != Some(&Step::Go(at + 1));
        let mut moved = Vec::with_capacity(end + 1);
        let mut count = 0;
        for at in 0..=end {
            moved.push(count);
            count += usize::from(at < end && stays(at));
        }
        let kept = steps.iter().enumerate().filter(|(at, _)| stays(*at));
        let to = |place: usize| moved.get(place).copied().unwrap_or(count);
        Program {
            steps: kept.map(|(_, step)| resolve(*step, to)).collect(),
        }
    }
}

fn resolve<T, U>(step: Step<T>, target: impl Fn(T) -> U) -> Step<U> {
    match step {
        Step::Load(size, offset) => Step::Load(size, offset),
        Step::And(mask) => Step::And(mask),
        Step::Left(bits) => Step::Left(bits),
        Step::Right(bits) => Step::Right(bits),
        Step::Add(value) => Step::Add(value),
        Step::Skip(bytes) => Step::Skip(bytes),
        Step::SkipValue => Step::SkipValue,
        Step::Mark => Step::Mark,
        Step::Meet => Step::Meet,
        Step::Branch(test, then, otherwise) => Step::Branch(test, target(then), target(otherwise)),
        Step::Go(to) => Step::Go(target(to)),
        Step::End(reason) => Step::End(reason),
    }
}

fn reached(steps: &[Step<usize>]) -> Vec<bool> {
    let mut reached = vec![false; steps.len() + 1];
    let reach = |from: usize, reached: &mut Vec<bool>| {
        if let Some(place) = reached.get_mut(from) {
            *place = true;
        }
    };
    reach(0, &mut reached);
    for (at, step) in steps.iter().enumerate() {
        if reached.get(at) != Some(&true) {
            continue;
        }
        match *step {
            Step::Branch(_, then, otherwise) => {
                reach(then, &mut reached);
                reach(otherwise, &mut reached);
            }
            Step::Go(to) => reach(to, &mut reached),
            Step::End(_) => {}
            _ => reach(at + 1, &mut reached),
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_reached_is_left_out_and_jumps_to_jumps_go_straight() {
        let mut draft = Draft::default();
        let [a, b, dead] = [draft.label(), draft.label(), draft.label()];
        draft.load(Size::Byte, 0);
        draft.when(Test::Equal(7), a);
        draft.end(Reason::NotIp);
        draft.place(dead);
        draft.end(Reason::Bulk);
        draft.place(a);
        draft.push(Step::Go(b));
        draft.place(b);
        draft.end(Reason::Controller);
        let program = draft.finish();
        let expected = [
            Step::Load(Size::Byte, 0),
            Step::Branch(Test::Equal(7), 3, 2),
            Step::End(Reason::NotIp),
            Step::End(Reason::Controller),
        ];
        assert_eq!(program.steps(), expected);
        assert_eq!(program.run(&[7]), Reason::Controller);
        assert_eq!(program.run(&[8]), Reason::NotIp);
        assert_eq!(program.run(&[]), Reason::Short);
    }

    #[test]
    fn a_search_finds_what_is_there() {
        for count in 0..40_u32 {
            let mut draft = Draft::default();
            let [hit, miss] = [draft.label(), draft.label()];
            let values: Vec<_> = (0..count).map(|value| (value * 3, hit)).collect();
            draft.load(Size::Byte, 0);
            draft.search(&values, miss);
            draft.place(hit);
            draft.end(Reason::Controller);
            draft.place(miss);
            draft.end(Reason::Elsewhere);
            let program = draft.finish();
            for value in 0..=150_u8 {
                let there = value % 3 == 0 && u32::from(value) < count * 3;
                let expected = if there { Reason::Controller } else { Reason::Elsewhere };
                assert_eq!(program.run(&[value]), expected, "{value} among {count}");
            }
        }
    }
}
