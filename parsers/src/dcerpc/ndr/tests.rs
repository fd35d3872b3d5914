//! Both transfer syntaxes in both byte orders, and stubs that lie.

use proptest::prelude::*;

use super::{Ndr, Order, Transfer};
use crate::dcerpc::stubs::testing::Stub;
use crate::testing::unhex;

const LITTLE: Order = Order { little: true };
const BIG: Order = Order { little: false };

#[test]
fn numbers_align_to_the_start_of_the_stub() {
    let stub = unhex("01 ff 0200 03000000 04 ffffffffffffff 0500000000000000");
    let mut ndr = Ndr::new(&stub, LITTLE, Transfer::Ndr20);
    assert_eq!(ndr.u8("a"), Ok(1));
    assert_eq!(ndr.u16("b"), Ok(2));
    assert_eq!(ndr.u32("c"), Ok(3));
    assert_eq!(ndr.u8("d"), Ok(4));
    assert_eq!(ndr.u64("e"), Ok(5));
}

#[test]
fn a_string_reads_the_same_in_every_syntax() {
    let cases = [
        (
            LITTLE,
            Transfer::Ndr20,
            "00000200 03000000 00000000 03000000 440043000000",
        ),
        (BIG, Transfer::Ndr20, "00020000 00000003 00000000 00000003 004400430000"),
        (
            LITTLE,
            Transfer::Ndr64,
            "0000020000000000 0300000000000000 0000000000000000 0300000000000000 440043000000",
        ),
        (
            BIG,
            Transfer::Ndr64,
            "0000000000020000 0000000000000003 0000000000000000 0000000000000003 004400430000",
        ),
    ];
    for (order, transfer, stub) in cases {
        let stub = unhex(stub);
        let mut ndr = Ndr::new(&stub, order, transfer);
        let text = ndr.wide_argument("string").unwrap().unwrap();
        assert_eq!(text.text(), "DC", "{order:?} {transfer:?}");
        assert_eq!(ndr.remaining(), 0);
    }
}

#[test]
fn a_narrow_string_reads_the_same_in_either_syntax() {
    for (wide, transfer) in [(false, Transfer::Ndr20), (true, Transfer::Ndr64)] {
        let stub = Stub::new(wide).pointer().narrow_string("DC").done();
        let text = Ndr::new(&stub, LITTLE, transfer).narrow_argument("string").unwrap();
        assert_eq!(text.unwrap().text(), "DC");
    }
}

#[test]
fn a_counted_string_ends_where_it_says() {
    let narrow = unhex("0400 0600 01000000 03000000 00000000 02000000 44004300");
    let mut ndr = Ndr::new(&narrow, LITTLE, Transfer::Ndr20);
    assert_eq!(ndr.unicode_argument("name").unwrap().unwrap().text(), "DC");
    let wide = unhex("0400 0600 00000000 0100000000000000 0300000000000000 0000000000000000 0200000000000000 44004300");
    let mut ndr = Ndr::new(&wide, LITTLE, Transfer::Ndr64);
    assert_eq!(ndr.unicode_argument("name").unwrap().unwrap().text(), "DC");
}

#[test]
fn sids_and_guids() {
    let stub = unhex("02000000 0102 000000000005 20000000 20020000");
    assert_eq!(
        Ndr::new(&stub, LITTLE, Transfer::Ndr20).sid("sid").unwrap(),
        "S-1-5-32-544"
    );
    let stub = unhex("0000000000000002 0102 000000000005 00000020 00000220");
    assert_eq!(
        Ndr::new(&stub, BIG, Transfer::Ndr64).sid("sid").unwrap(),
        "S-1-5-32-544"
    );
    let stub = unhex("78573412 3412 cdab ef00 0123456789ac");
    let guid = Ndr::new(&stub, LITTLE, Transfer::Ndr20).guid("guid").unwrap();
    assert_eq!(guid.text(), "12345778-1234-abcd-ef00-0123456789ac");
}

#[test]
fn counts_that_lie_are_refused() {
    let stub = unhex("ffffffff 00000000 ffffffff 4400");
    assert!(Ndr::new(&stub, LITTLE, Transfer::Ndr20).wide_string("string").is_err());
    assert!(
        Ndr::new(&stub, LITTLE, Transfer::Ndr20)
            .conformance(4, "array")
            .is_err()
    );
    let stub = unhex("ffffffffffffffff ffffffffffffffff 0100000000000000 4400");
    assert!(Ndr::new(&stub, LITTLE, Transfer::Ndr64).wide_string("string").is_err());
    let more_than_there_is = unhex("10000000 01ff 000000000005 20000000");
    assert!(
        Ndr::new(&more_than_there_is, LITTLE, Transfer::Ndr20)
            .sid("sid")
            .is_err()
    );
}

proptest! {
    #[test]
    fn random_stubs_never_panic(stub: Vec<u8>, little: bool, wide: bool) {
        let transfer = if wide { Transfer::Ndr64 } else { Transfer::Ndr20 };
        let mut ndr = Ndr::new(&stub, Order { little }, transfer);
        while ndr.remaining() > 0 {
            let before = ndr.remaining();
            let _ = ndr.wide_argument("a").map(|text| text.map(|text| text.text()));
            let _ = ndr.unicode_argument("b").map(|text| text.map(|text| text.text()));
            let _ = (ndr.sid("c"), ndr.guid("d"), ndr.handle("e"), ndr.enumeration("f"), ndr.large("g"));
            if ndr.remaining() == before {
                break;
            }
        }
    }
}
