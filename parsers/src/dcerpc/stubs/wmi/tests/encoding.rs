//! Objects as [MS-WMIO] 2.2 encodes them, written for tests.

use crate::testing::unhex;

/// What a property is set to.
pub(super) enum Cell {
    /// Octets of the table of values.
    Inline(Vec<u8>),
    /// A place of the heap, and what lies there.
    Heap(Vec<u8>),
    Null,
}

pub(super) fn string(text: &str) -> Vec<u8> {
    [&[0][..], text.as_bytes(), &[0]].concat()
}

pub(super) fn text<'a>(name: &'a str, value: &str) -> (&'a str, u32, Cell) {
    (name, 8, Cell::Heap(string(value)))
}

pub(super) fn number(name: &str, value: u32) -> (&str, u32, Cell) {
    (name, 19, Cell::Inline(value.to_le_bytes().to_vec()))
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap().to_le_bytes()
}

fn heap(items: &[u8]) -> Vec<u8> {
    [&length(items.len() | 0x8000_0000)[..], items].concat()
}

/// `u32 length; …`, which counts itself.
pub(super) fn counted(body: &[u8]) -> Vec<u8> {
    [&length(body.len() + 4)[..], body].concat()
}

/// The table of values, and the heap behind `before`.
fn values(properties: &[(&str, u32, Cell)], before: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let (mut bits, mut table, mut heap) = (vec![0_u8; properties.len().div_ceil(4)], Vec::new(), before);
    for (order, (.., cell)) in properties.iter().enumerate() {
        match cell {
            Cell::Inline(octets) => table.extend(octets),
            Cell::Heap(item) => {
                table.extend(length(heap.len()));
                heap.extend(item);
            }
            Cell::Null => {
                bits[order / 4] |= 1 << (order % 4 * 2);
                table.extend([0xff; 4]);
            }
        }
    }
    ([bits, table].concat(), heap)
}

/// A ClassPart: with the values as its defaults where it is a class's own.
fn class_part(class: &str, superclass: Option<&str>, properties: &[(&str, u32, Cell)], own: bool) -> Vec<u8> {
    let (mut heap_items, mut lookup, mut offset) = (string(class), Vec::new(), 0);
    for (order, (name, kind, cell)) in properties.iter().enumerate() {
        lookup.extend(length(heap_items.len()));
        heap_items.extend(string(name));
        lookup.extend(length(heap_items.len()));
        heap_items.extend(kind.to_le_bytes());
        heap_items.extend(u16::try_from(order).unwrap().to_le_bytes());
        heap_items.extend(length(offset));
        heap_items.extend([0, 0, 0, 0, 4, 0, 0, 0]);
        offset += match cell {
            Cell::Inline(octets) => octets.len(),
            _ => 4,
        };
    }
    let (table, heap_items) = match own {
        true => values(properties, heap_items),
        false => (vec![0xff; properties.len().div_ceil(4) + offset], heap_items),
    };
    let derivation = superclass.map_or(Vec::new(), |name| {
        let name = string(name);
        [&name[..], &length(name.len())].concat()
    });
    counted(
        &[
            &[0, 0, 0, 0, 0][..],
            &length(table.len()),
            &counted(&derivation),
            &counted(&[]),
            &length(properties.len()),
            &lookup,
            &table,
            &heap(&heap_items),
        ]
        .concat(),
    )
}

/// The ObjectBlock of an instance.
pub(super) fn instance(class: &str, properties: &[(&str, u32, Cell)]) -> Vec<u8> {
    let (table, items) = values(properties, string(class));
    let body = [&[0, 0, 0, 0, 0][..], &table, &counted(&[]), &[1], &heap(&items)].concat();
    [&[2][..], &class_part(class, None, properties, false), &counted(&body)].concat()
}

/// The ObjectBlock of a class.
pub(super) fn class(name: &str, superclass: &str, properties: &[(&str, u32, Cell)]) -> Vec<u8> {
    let methods = counted(&[0, 0, 0, 0, 0, 0, 0, 0x80]);
    [
        &[1][..],
        &class_part(superclass, None, &[], true),
        &methods,
        &class_part(name, Some(superclass), properties, true),
        &methods,
    ]
    .concat()
}

/// An encoding unit in an OBJREF_CUSTOM for WbemClassObject.
pub(super) fn objref(block: &[u8]) -> Vec<u8> {
    let head = unhex("4d454f57 04000000 81a612dc7f73cf11884d00aa004b2e24 12f890453a1dd011891f00aa004b2e24");
    let unit = [&unhex("78563412")[..], &length(block.len()), block].concat();
    [&head[..], &[0; 4], &length(unit.len()), &unit].concat()
}
