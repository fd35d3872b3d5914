//! The program of classic BPF decides as the rules do, and the kernel takes it.

use super::machine::{refusal, run};
use super::*;
use crate::filter::program::Draft;

fn code(program: &Program) -> Vec<Instruction> {
    compile(program).iter().map(|line| line.instruction).collect()
}

/// A program that compares the first byte with every value, and ends for each far away.
fn far(count: u32) -> Program {
    let mut draft = Draft::default();
    let labels: Vec<_> = (0..count).map(|_| draft.label()).collect();
    draft.load(Size::Byte, 0);
    for (value, label) in labels.iter().enumerate() {
        draft.when(Test::Equal(value as u32), *label);
    }
    draft.end(Reason::Elsewhere);
    for (value, label) in labels.iter().enumerate() {
        draft.place(*label);
        draft.push(Step::Skip(1));
        draft.load(Size::Byte, 0);
        let next = draft.label();
        draft.unless(Test::Equal(value as u32), next);
        draft.end(Reason::Controller);
        draft.place(next);
        draft.end(Reason::NotIp);
    }
    draft.finish()
}

#[test]
fn jumps_reach_however_far_they_go() {
    for count in [1, 40, 60, 100, 250] {
        let program = far(count);
        let code = code(&program);
        assert_eq!(refusal(&code), None);
        for frame in [[0_u8, 0], [0, 1], [39, 39], [99, 99], [99, 98], [249, 249], [255, 255]] {
            let expected = program.run(&frame).passes();
            assert_eq!(run(&code, &frame).0 > 0, expected, "{frame:?} of {count}");
        }
    }
}

#[test]
fn the_listing_reads_like_tcpdumps() {
    let mut draft = Draft::default();
    let pass = draft.label();
    draft.push(Step::Skip(12));
    draft.load(Size::Half, 0);
    draft.when(Test::Equal(0x800), pass);
    draft.end(Reason::NotIp);
    draft.place(pass);
    draft.end(Reason::Controller);
    let listing = Listing(&compile(&draft.finish())).to_string();
    let expected = [
        "(000) ldx  #0x0",
        "(001) txa",
        "(002) add  #0xc",
        "(003) tax",
        "(004) ldh  [x + 0]",
        "(005) jeq  #0x800      jt 7     jf 6",
        "(006) ret  #0  ; drop: no IP",
        "(007) ret  #4294967295  ; pass: a controller's address",
    ];
    assert_eq!(listing.lines().collect::<Vec<_>>(), expected);
}
