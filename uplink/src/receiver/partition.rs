//! One Parquet file being written: the rows of one table and one day, of one commit.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::table::{Row, Rows, Table, Take};

/// Rows gathered in memory before they are encoded.
const CHUNK: usize = 4_096;

/// Bytes of activities gathered before they are encoded, whatever their number.
const CHUNK_BYTES: usize = 16 << 20;

/// A file of a commit that is not made yet.
pub(super) struct Partition {
    rows: Rows,
    /// Bytes of the activities in `rows`, as they came.
    gathered: usize,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    /// Where it is written, relative to the store.
    pub(super) staged: PathBuf,
}

impl Partition {
    /// Begins the file `staged` below `store`.
    pub(super) fn create(table: &'static Table, store: &Path, staged: PathBuf) -> io::Result<Self> {
        let schema = table.schema();
        let file = File::create_new(store.join(&staged))?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties(table))).map_err(broken)?;
        Ok(Self {
            rows: Rows::new(table),
            gathered: 0,
            schema,
            writer,
            staged,
        })
    }

    /// Adds rows, whose activities are so many bytes.
    pub(super) fn append(&mut self, rows: &[Row<'_, '_>], bytes: usize) -> io::Result<()> {
        self.rows.append(rows);
        self.gathered += bytes;
        if self.rows.len() >= CHUNK || self.gathered >= CHUNK_BYTES {
            self.encode()?;
        }
        Ok(())
    }

    /// Completes the file: when it returns, its content survives a power cut.
    pub(super) fn close(mut self) -> io::Result<PathBuf> {
        self.encode()?;
        self.writer.into_inner().map_err(broken)?.sync_all()?;
        Ok(self.staged)
    }

    fn encode(&mut self) -> io::Result<()> {
        self.gathered = 0;
        if self.rows.len() == 0 {
            return Ok(());
        }
        let batch = self.rows.finish(&self.schema).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(broken)
    }
}

/// The disk's error where that is what it was.
fn broken(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

/// Zstandard, and dictionaries for texts other than those that never repeat; numbers and times as differences.
fn properties(table: &Table) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("adtap ", env!("CARGO_PKG_VERSION")).to_owned());
    for column in table.columns {
        let path = ColumnPath::from(column.name);
        properties = match column.take {
            Take::Number(_) | Take::Short(_) | Take::Time(_) => differences(properties, path),
            Take::Text(_) | Take::Print(_) if matches!(column.name, "details" | "AdditionalFields" | "ReportId") => {
                properties.set_column_dictionary_enabled(path, false)
            }
            Take::Text(_) | Take::Print(_) | Take::Repeat(..) => properties,
        };
    }
    properties.build()
}

fn differences(properties: WriterPropertiesBuilder, path: ColumnPath) -> WriterPropertiesBuilder {
    properties
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
}
