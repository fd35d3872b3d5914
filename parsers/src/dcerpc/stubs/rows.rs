//! Answers that are tables: `ENUM_STRUCT { DWORD Level; union { CONTAINER *Level… } }`, as the network management interfaces
//! give them ([MS-SRVS] 2.2.4, [MS-WKST] 2.2.5).
//!
//! A level is described by its columns. Rows hold numbers and pointers; what the pointers mean follows after the last row,
//! in the order in which they stood (C706 14.3.12.3).

use super::{LISTED, Memory, Told};
use crate::dcerpc::ndr::Ndr;
use crate::fields::Fields;
use crate::reader::Malformed;

/// What stands in a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    /// A 32-bit number that nobody is told: a time, an identifier.
    Skip,
    /// A 32-bit number.
    Number(&'static str),
    /// A pointer to a string.
    Text(&'static str),
    /// A pointer to a string that nobody is told.
    Hidden,
    /// A pointer to counted octets.
    Octets,
}

/// The columns of a level.
pub(super) struct Level {
    pub(super) number: u32,
    pub(super) columns: &'static [Column],
}

/// A table that was answered.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Rows there are.
    pub(super) count: u32,
    /// As many of them as are told, and one more where there are more.
    pub(super) rows: Vec<Fields>,
}

/// Operations that begin with `[unique, string] ServerName`.
pub(super) fn server(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.argument(ndr, "server_name", "server_name")
}

/// `([unique, string] ServerName, DWORD Level, …)`.
pub(super) fn server_level(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told, memory)?;
    told.details.set("level", ndr.u32("level")?);
    Ok(())
}

/// `[in, out] ENUM_STRUCT *`, answered: how many rows there are, and the rows as `name`.
pub(super) fn answered(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    levels: &[Level],
    name: &'static str,
) -> Result<(), Malformed> {
    let level = level(ndr)?;
    let table = table(ndr, level, levels)?;
    told.details.set("entries", table.count);
    told.list(name, table.rows);
    Ok(())
}

/// `[switch_is(Level)] INFO_STRUCT`, a union of pointers by level: what the single row says; nothing where the level is none
/// of `levels`.
pub(super) fn single(ndr: &mut Ndr<'_>, levels: &[Level]) -> Result<Fields, Malformed> {
    ndr.union(8);
    let number = ndr.u32("level")?;
    ndr.union(8);
    let present = ndr.pointer("information")?;
    let Some(level) = levels.iter().find(|known| present && known.number == number) else {
        return Ok(Fields::new());
    };
    let mut fixed = *ndr;
    row(ndr, level, |_, _| Ok(()))?;
    let mut fields = Fields::sized(level.columns.len());
    row(&mut fixed, level, |column, value| told(ndr, column, value, &mut fields))?;
    Ok(fields)
}

/// `([unique, string] ServerName, DWORD Level, [switch_is(Level)] INFO_STRUCT, …)`.
pub(super) fn server_information(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
    levels: &[Level],
) -> Result<(), Malformed> {
    server_level(ndr, told, memory)?;
    told.details.append(single(ndr, levels)?);
    Ok(())
}

/// The level of an `ENUM_STRUCT`, as requests and answers begin with it.
pub(super) fn level(ndr: &mut Ndr<'_>) -> Result<u32, Malformed> {
    ndr.align_pointer();
    ndr.u32("level")
}

/// The table behind a level: `union discriminant; CONTAINER { DWORD EntriesRead; pointer Buffer } *`.
pub(super) fn table(ndr: &mut Ndr<'_>, level: u32, levels: &[Level]) -> Result<Table, Malformed> {
    ndr.union(8);
    ndr.u32("level")?;
    ndr.union(8);
    let mut table = Table::default();
    if !ndr.pointer("container")? {
        return Ok(table);
    }
    ndr.align_pointer();
    table.count = ndr.u32("entries")?;
    let Some(level) = levels.iter().find(|known| known.number == level) else {
        return Ok(table);
    };
    if ndr.pointer("buffer")? {
        rows(ndr, level, &mut table)?;
    }
    Ok(table)
}

/// Reads the fixed parts of all rows twice, side by side with what their pointers mean: nothing is kept of a row but its
/// fields.
fn rows(ndr: &mut Ndr<'_>, level: &Level, table: &mut Table) -> Result<(), Malformed> {
    let count = ndr.conformance(4 * level.columns.len(), "rows")?;
    let mut fixed = *ndr;
    for _ in 0..count {
        row(ndr, level, |_, _| Ok(()))?;
    }
    for _ in 0..count.min(LISTED + 1) {
        let mut fields = Fields::sized(level.columns.len());
        row(&mut fixed, level, |column, value| told(ndr, column, value, &mut fields))?;
        table.rows.push(fields);
    }
    Ok(())
}

/// One row's fixed part: `each` gets the columns and their numbers, which for pointers say whether there is a referent.
fn row(
    fixed: &mut Ndr<'_>,
    level: &Level,
    mut each: impl FnMut(Column, u32) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let wide = level.columns.iter().any(|column| column.is_pointer());
    if wide {
        fixed.align_pointer();
    }
    for column in level.columns {
        let value = match column.is_pointer() {
            true => u32::from(fixed.pointer("column")?),
            false => fixed.u32("column")?,
        };
        each(*column, value)?;
    }
    if wide {
        fixed.trailer(8);
    }
    Ok(())
}

impl Column {
    const fn is_pointer(self) -> bool {
        matches!(self, Self::Text(_) | Self::Hidden | Self::Octets)
    }
}

fn told(ndr: &mut Ndr<'_>, column: Column, value: u32, fields: &mut Fields) -> Result<(), Malformed> {
    match column {
        Column::Number(name) => fields.set(name, value),
        Column::Text(name) if value != 0 => fields.text(name, ndr.wide_string(name)?.text()),
        Column::Hidden if value != 0 => {
            ndr.wide_string("hidden")?;
        }
        Column::Octets if value != 0 => {
            let count = ndr.conformance(1, "octets")?;
            ndr.skip(count, "octets")?;
        }
        _ => {}
    }
    Ok(())
}
