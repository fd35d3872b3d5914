//! Stubs of every operation that is read, filled with whatever comes.

use proptest::prelude::*;

use super::{Memory, TABLES, Told};
use crate::dcerpc::ndr::{Ndr, Transfer};
use crate::dcerpc::wire::Order;

/// Reads a stub as the request and as the response of every operation.
fn read_all(stub: &[u8]) {
    let mut memory = Memory::default();
    for operation in TABLES.iter().flat_map(|stubs| stubs.operations) {
        let orders = [true, false].map(|little| Order { little });
        let syntaxes = [Transfer::Ndr20, Transfer::Ndr64];
        for (transfer, order) in syntaxes
            .into_iter()
            .flat_map(|syntax| orders.map(|order| (syntax, order)))
        {
            let mut told = Told::new(operation);
            for reads in [operation.request, operation.response].into_iter().flatten() {
                let mut ndr = Ndr::new(stub, order, transfer);
                let _ = (reads.0)(&mut ndr, &mut told, &mut memory);
            }
        }
    }
}

#[test]
fn counts_that_lie_cost_nothing() {
    read_all(&[]);
    for octet in [0x00, 0x01, 0x02, 0x7f, 0xff] {
        read_all(&[octet; 4096]);
    }
    let many: Vec<u8> = [1, 0, 0, 0].repeat(4096);
    read_all(&many);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_stubs_never_panic(stub in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all(&stub);
    }

    /// Small numbers are versions, levels, counts and pointers that lead somewhere.
    #[test]
    fn plausible_stubs_never_panic(words in prop::collection::vec(0_u32..12, 0..200)) {
        let stub: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        read_all(&stub);
    }
}
