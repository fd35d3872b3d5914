//! `stored`: the activities of a receiver's store as lines of JSON, each with the moment it was stored.
//!
//! For the lab and the live benches, which hold what arrived against what happened. Columns that are null are left out;
//! times are microseconds since the epoch.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use parquet::file::reader::SerializedFileReader;
use parquet::record::{Field, Row};
use serde_json::{Map, Value, json};

fn main() -> anyhow::Result<()> {
    let store = std::env::args_os().nth(1).context("usage: stored STORE")?;
    let mut files = Vec::new();
    collect(&Path::new(&store).join("activities"), &mut files)?;
    files.sort();
    let mut out = BufWriter::new(io::stdout().lock());
    for file in files {
        print(&file, &mut out).with_context(|| file.display().to_string())?;
    }
    Ok(out.flush()?)
}

/// Every Parquet file below `folder`; none where there is no such folder yet.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(path);
        }
    }
    Ok(())
}

/// A file takes its final name when its commit is made, so its change time is when the receiver acknowledges it.
fn print(path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let file = File::open(path)?;
    let changed = file.metadata()?;
    let stored = changed.ctime() * 1_000_000 + changed.ctime_nsec() / 1_000;
    for row in SerializedFileReader::new(file)? {
        let mut object = object(&row?);
        object.insert("stored".into(), json!(stored));
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn object(row: &Row) -> Map<String, Value> {
    row.get_column_iter()
        .filter_map(|(name, field)| Some((name.clone(), value(field)?)))
        .collect()
}

fn value(field: &Field) -> Option<Value> {
    match field {
        Field::Str(text) => Some(json!(text)),
        Field::Long(number) | Field::TimestampMicros(number) => Some(json!(number)),
        Field::Int(number) => Some(json!(number)),
        Field::UInt(number) => Some(json!(number)),
        Field::Short(number) => Some(json!(number)),
        Field::UShort(number) => Some(json!(number)),
        Field::Bool(truth) => Some(json!(truth)),
        _ => None,
    }
}
