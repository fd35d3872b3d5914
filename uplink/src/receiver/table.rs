//! Tables: their columns, each with what it takes from an activity, and the rows that gather for them.
//!
//! A column that has no value for a row costs nothing: missing values are made up for when the next one comes.

use std::sync::Arc;

use arrow::array::builder::{
    ArrayBuilder, Int32Builder, Int64Builder, PrimitiveBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use hashbrown::HashMap;

use super::details::Details;
use super::store::Source;
use crate::wire::view::ActivityView;

/// One activity and whose it is: what columns take their values from.
#[derive(Clone, Copy)]
pub(super) struct Row<'r, 'a> {
    pub(super) source: &'r Source,
    pub(super) view: &'r ActivityView<'a>,
    pub(super) details: &'r Details<'a>,
}

/// How a column gets its value; none and the empty text are null.
#[derive(Clone, Copy)]
pub(super) enum Take {
    /// A text as it stands in the activity.
    Text(for<'r> fn(&Row<'r, '_>) -> &'r str),
    /// A text to be put together, into an empty buffer; what is no UTF-8 would be null.
    Print(fn(&Row<'_, '_>, &mut Vec<u8>)),
    /// The same, where it takes long and depends on these bytes alone, which repeat.
    Repeat(for<'r> fn(&Row<'r, '_>) -> &'r [u8], fn(&Row<'_, '_>, &mut Vec<u8>)),
    /// A number of 64 bits.
    Number(fn(&Row<'_, '_>) -> Option<i64>),
    /// A number of 32 bits.
    Short(fn(&Row<'_, '_>) -> Option<i32>),
    /// A time in nanoseconds since 1970-01-01T00:00:00Z, stored in microseconds.
    Time(fn(&Row<'_, '_>) -> Option<i64>),
}

/// A column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) take: Take,
}

/// For columns of the documented schema whose values no sensor knows.
pub(super) const NOTHING: Take = Take::Text(|_| "");

/// A column called `name`.
pub(super) const fn column(name: &'static str, take: Take) -> Column {
    Column { name, take }
}

/// A table.
pub(super) struct Table {
    /// Its folder.
    pub(super) name: &'static str,
    /// Which activities are in it.
    pub(super) holds: fn(&ActivityView<'_>) -> bool,
    /// Its columns, in order.
    pub(super) columns: &'static [Column],
}

impl Table {
    pub(super) fn schema(&self) -> SchemaRef {
        let fields = self
            .columns
            .iter()
            .map(|column| Field::new(column.name, column.take.data_type(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

impl Take {
    fn data_type(self) -> DataType {
        match self {
            Self::Text(_) | Self::Print(_) | Self::Repeat(..) => DataType::Utf8,
            Self::Number(_) => DataType::Int64,
            Self::Short(_) => DataType::Int32,
            Self::Time(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// Rows of one table.
pub(super) struct Rows {
    table: &'static Table,
    columns: Vec<Values>,
    length: usize,
    /// Where texts are put together.
    scratch: Vec<u8>,
}

impl Rows {
    pub(super) fn new(table: &'static Table) -> Self {
        let columns = table.columns.iter().map(|column| Values::new(column.take)).collect();
        Self {
            table,
            columns,
            length: 0,
            scratch: Vec::new(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Adds `rows`, column by column.
    pub(super) fn append(&mut self, rows: &[Row<'_, '_>]) {
        for (values, column) in self.columns.iter_mut().zip(self.table.columns) {
            values.append(column.take, rows, self.length, &mut self.scratch);
        }
        self.length += rows.len();
    }

    /// Everything gathered, as one batch; empty afterwards.
    pub(super) fn finish(&mut self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let length = std::mem::take(&mut self.length);
        let columns = self.columns.iter_mut().map(|values| values.finish(length)).collect();
        RecordBatch::try_new(schema.clone(), columns)
    }
}

/// The values of one column so far; it may be shorter than the rows, the rest is null.
enum Values {
    Text(StringBuilder),
    Repeat(StringBuilder, Printed),
    Number(Int64Builder),
    Short(Int32Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Values {
    fn new(take: Take) -> Self {
        match take {
            Take::Text(_) | Take::Print(_) => Self::Text(StringBuilder::new()),
            Take::Repeat(..) => Self::Repeat(StringBuilder::new(), Printed::default()),
            Take::Number(_) => Self::Number(Int64Builder::new()),
            Take::Short(_) => Self::Short(Int32Builder::new()),
            Take::Time(_) => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    /// Adds the values of `rows`, the first of which is number `start`.
    fn append(&mut self, take: Take, rows: &[Row<'_, '_>], start: usize, scratch: &mut Vec<u8>) {
        for (at, row) in (start..).zip(rows) {
            match (&mut *self, take) {
                (Self::Text(values), Take::Text(take)) => text(values, at, take(row)),
                (Self::Text(values), Take::Print(print)) => {
                    scratch.clear();
                    print(row, scratch);
                    text(values, at, std::str::from_utf8(scratch).unwrap_or_default());
                }
                (Self::Repeat(values, printed), Take::Repeat(key, print)) => {
                    text(values, at, printed.of(key(row), |text| print(row, text)));
                }
                (Self::Number(values), Take::Number(take)) => number(values, at, take(row)),
                (Self::Short(values), Take::Short(take)) => number(values, at, take(row)),
                (Self::Time(values), Take::Time(take)) => {
                    number(values, at, take(row).map(|nanos| nanos.div_euclid(1_000)));
                }
                _ => {} // the builder was chosen by the same column
            }
        }
    }

    fn finish(&mut self, length: usize) -> ArrayRef {
        match self {
            Self::Text(values) | Self::Repeat(values, _) => {
                values.append_nulls(length - values.len());
                // What came will come again: as much room as this time.
                let next = StringBuilder::with_capacity(length, values.values_slice().len());
                Arc::new(std::mem::replace(values, next).finish())
            }
            Self::Number(values) => filled(values, length),
            Self::Short(values) => filled(values, length),
            Self::Time(values) => filled(values, length),
        }
    }
}

/// Texts that were put together before, by what they were made from.
#[derive(Default)]
struct Printed(HashMap<Vec<u8>, String>);

impl Printed {
    /// Texts kept at most; one more, and they are all made anew.
    const MAX: usize = 4_096;

    /// The text for `key`, made by `print` where it is new; empty for an empty key.
    fn of(&mut self, key: &[u8], print: impl FnOnce(&mut Vec<u8>)) -> &str {
        if key.is_empty() {
            return "";
        }
        if self.0.len() >= Self::MAX && !self.0.contains_key(key) {
            self.0.clear();
        }
        self.0.entry_ref(key).or_insert_with(|| {
            let mut text = Vec::new();
            print(&mut text);
            String::from_utf8(text).unwrap_or_default()
        })
    }
}

#[inline]
fn text(values: &mut StringBuilder, at: usize, value: &str) {
    if !value.is_empty() {
        let missing = (at + 1).saturating_sub(values.offsets_slice().len());
        if missing > 0 {
            values.append_nulls(missing);
        }
        values.append_value(value);
    }
}

fn number<T: ArrowPrimitiveType>(values: &mut PrimitiveBuilder<T>, at: usize, value: Option<T::Native>) {
    if let Some(value) = value {
        values.append_nulls(at - values.len());
        values.append_value(value);
    }
}

fn filled<T: ArrowPrimitiveType>(values: &mut PrimitiveBuilder<T>, length: usize) -> ArrayRef {
    values.append_nulls(length - values.len());
    Arc::new(values.finish())
}
