//! Answers that are tables: `ENUM_STRUCT { DWORD Level; union { CONTAINER *Level… } }`, as the network management interfaces
//! give them ([MS-SRVS] 2.2.4, [MS-WKST] 2.2.5).
//!
//! A level is described by its columns. Rows hold numbers and pointers; what the pointers mean follows after the last row,
//! in the order in which they stood (C706 14.3.12.3). One of them may be rows again.

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
    /// A 64-bit number that nobody is told.
    Large,
    /// A number as wide as a pointer, which is none.
    Address,
    /// A pointer to rows of these columns, which have no rows themselves.
    Rows(&'static str, &'static [Column]),
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
    let table = table(ndr, told, level, levels)?;
    told.details.set("entries", table.count);
    told.list(name, table.rows);
    Ok(())
}

/// `[switch_is(Level)] INFO_STRUCT`, a union of pointers by level: what the single row says; nothing where the level is none
/// of `levels`.
pub(super) fn single(ndr: &mut Ndr<'_>, told: &mut Told, levels: &[Level]) -> Result<(), Malformed> {
    stepped_over(ndr, told, levels).map(|_| ())
}

/// As [`single`]: whether what follows it can be read, since its level is known or there is nothing.
pub(super) fn stepped_over(ndr: &mut Ndr<'_>, told: &mut Told, levels: &[Level]) -> Result<bool, Malformed> {
    ndr.union(8);
    let number = ndr.u32("level")?;
    ndr.union(8);
    if !ndr.pointer("information")? {
        return Ok(true);
    }
    let Some(level) = levels.iter().find(|known| known.number == number) else {
        return Ok(false);
    };
    let mut fixed = *ndr;
    row(ndr, level.columns, |_, _| Ok(()))?;
    let fields = meant(ndr, told, &mut fixed, level.columns)?;
    told.details.append(fields);
    Ok(true)
}

/// `([unique, string] ServerName, DWORD Level, [switch_is(Level)] INFO_STRUCT, …)`.
pub(super) fn server_information(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
    levels: &[Level],
) -> Result<(), Malformed> {
    server_level(ndr, told, memory)?;
    single(ndr, told, levels)
}

/// The level of an `ENUM_STRUCT`, as requests and answers begin with it.
pub(super) fn level(ndr: &mut Ndr<'_>) -> Result<u32, Malformed> {
    ndr.align_pointer();
    ndr.u32("level")
}

/// The table behind a level: `union discriminant; CONTAINER { DWORD EntriesRead; pointer Buffer } *`.
fn table(ndr: &mut Ndr<'_>, told: &mut Told, level: u32, levels: &[Level]) -> Result<Table, Malformed> {
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
        table.rows = rows(ndr, told, level.columns, LISTED + 1)?;
    }
    Ok(table)
}

/// Reads the fixed parts of all rows twice, side by side with what their pointers mean: nothing is kept of a row but its
/// fields. No more than `most` rows are read to their end.
fn rows(ndr: &mut Ndr<'_>, told: &mut Told, columns: &'static [Column], most: usize) -> Result<Vec<Fields>, Malformed> {
    let count = ndr.conformance(4 * columns.len(), "rows")?;
    let mut fixed = *ndr;
    for _ in 0..count {
        row(ndr, columns, |_, _| Ok(()))?;
    }
    let rows = (0..count.min(most)).map(|_| meant(ndr, told, &mut fixed, columns));
    rows.collect()
}

/// One row's fixed part: `each` gets the columns and their numbers, which for pointers say whether there is a referent.
fn row(
    fixed: &mut Ndr<'_>,
    columns: &'static [Column],
    mut each: impl FnMut(Column, u32) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let wide = columns
        .iter()
        .any(|column| column.is_pointer() || matches!(column, Column::Address));
    if wide {
        fixed.align_pointer();
    }
    if columns.iter().any(|column| matches!(column, Column::Large)) {
        fixed.align(8);
    }
    for column in columns {
        let value = match column {
            Column::Large => fixed.u64("column").map(|_| 0)?,
            Column::Address => fixed.size("column").map(|_| 0)?,
            column if column.is_pointer() => u32::from(fixed.pointer("column")?),
            _ => fixed.u32("column")?,
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
        matches!(self, Self::Text(_) | Self::Hidden | Self::Octets | Self::Rows(..))
    }
}

/// What a row says: its fixed part, read once more, and what its pointers mean.
fn meant<'a>(
    ndr: &mut Ndr<'a>,
    told: &mut Told,
    fixed: &mut Ndr<'a>,
    columns: &'static [Column],
) -> Result<Fields, Malformed> {
    let mut fields = Fields::sized(columns.len());
    row(fixed, columns, |column, value| {
        match column {
            Column::Number(name) => fields.set(name, value),
            Column::Text(name) if value != 0 => fields.text(name, told.cut(ndr.wide_string(name)?.text())),
            Column::Hidden if value != 0 => {
                ndr.wide_string("hidden")?;
            }
            Column::Octets if value != 0 => {
                let count = ndr.conformance(1, "octets")?;
                ndr.skip(count, "octets")?;
            }
            Column::Rows(name, columns) if value != 0 => {
                let rows = rows_within(ndr, told, columns)?;
                fields.list(name, rows);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(fields)
}

/// The rows of a row: all are read, since others follow, and the first are told.
fn rows_within(ndr: &mut Ndr<'_>, told: &mut Told, columns: &'static [Column]) -> Result<Vec<Fields>, Malformed> {
    let mut rows = rows(ndr, told, columns, usize::MAX)?;
    if rows.len() > LISTED {
        told.limit = Some("dcerpc.listed");
        rows.truncate(LISTED);
    }
    Ok(rows)
}
