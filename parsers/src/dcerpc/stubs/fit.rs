//! Stubs of which nobody saw how they are marshalled: read in either transfer syntax, and held against each other.
//!
//! What a reader refuses in both is no stub of its operation: then the interface was guessed wrong. What it takes in one alone
//! is marshalled so. What it takes in both says the same in both, or is not to be told.

use super::{Memory, Operation, Reads, Told};
use crate::dcerpc::ndr::{Ndr, Transfer};
use crate::dcerpc::wire::Order;

/// In which transfer syntaxes a stub can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) enum Fit {
    /// In none: it is no stub of this operation.
    None,
    /// In this one alone.
    One(Transfer),
    /// In both, and it says the same: this one will do.
    Either(Transfer),
    /// In both, and it says different things.
    Ambiguous,
}

impl Operation {
    /// How a request of it is marshalled that is there in full. Nothing is known where nobody reads it.
    pub(in crate::dcerpc) fn fit(&self, stub: &[u8], order: Order) -> Fit {
        match self.request {
            Some(reads) => fit(self, reads, stub, order),
            None => Fit::Either(Transfer::Ndr20),
        }
    }

    /// The one transfer syntax in which a request of it says `detail`.
    pub(in crate::dcerpc) fn says_of(&self, detail: &str, stub: &[u8], order: Order) -> Option<Transfer> {
        let reads = self.request?;
        let says = |transfer| {
            let told = said(self, reads, stub, (order, transfer));
            told.is_some_and(|told| told.details.get(detail).is_some())
        };
        match [Transfer::Ndr20, Transfer::Ndr64].map(says) {
            [true, false] => Some(Transfer::Ndr20),
            [false, true] => Some(Transfer::Ndr64),
            _ => None,
        }
    }
}

/// How a stub is marshalled that `reads` reads.
pub(super) fn fit(operation: &Operation, reads: Reads, stub: &[u8], order: Order) -> Fit {
    let said = |transfer| said(operation, reads, stub, (order, transfer));
    match (said(Transfer::Ndr20), said(Transfer::Ndr64)) {
        (None, None) => Fit::None,
        (Some(_), None) => Fit::One(Transfer::Ndr20),
        (None, Some(_)) => Fit::One(Transfer::Ndr64),
        (Some(old), Some(new)) if old.says_the_same(&new) => Fit::Either(Transfer::Ndr20),
        (Some(_), Some(_)) => Fit::Ambiguous,
    }
}

/// What it says in one transfer syntax, to somebody who remembers nothing; none where it is refused.
fn said(operation: &Operation, reads: Reads, stub: &[u8], (order, transfer): (Order, Transfer)) -> Option<Told> {
    let mut told = Told::new(operation);
    let read = (reads.0)(&mut Ndr::new(stub, order, transfer), &mut told, &mut Memory::default());
    read.is_ok().then_some(told)
}
