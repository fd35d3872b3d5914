//! Live capture on real cables: pairs of virtual Ethernet interfaces in network namespaces that each test makes for itself. Not root: skipped, and said.

mod faults;
mod lab;
mod ledger;
mod spread;
