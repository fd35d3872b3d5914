//! `adtap status`: how the running daemon is.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Args;

use crate::cli::daemon::Daemon;
use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::health::{Alert, Severity, Standing, Status, Table, tables};

/// Say how the running daemon is: controllers, interfaces, what was lost and where, and what is the matter.
///
/// Exits with 0 where nothing is the matter, with 1 where an alert of medium or high severity is open, and with 69 where no
/// daemon answers.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print what the daemon says as JSON.
    #[arg(long)]
    json: bool,
    /// Where the daemon answers [default: where the configuration lets it listen].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Close the alert of this number; it opens again where its cause still stands a day later.
    #[arg(long, value_name = "N", conflicts_with = "suppress")]
    close: Option<u64>,
    /// Do not open the alert of this number for seven days.
    #[arg(long, value_name = "N")]
    suppress: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let daemon = Daemon::new(arguments.url.as_deref(), config);
    if let Some(number) = arguments.close {
        return daemon.tell(number, "close");
    }
    if let Some(number) = arguments.suppress {
        return daemon.tell(number, "suppress");
    }
    let json = daemon.json()?;
    let status: Status = daemon.read(&json)?;
    let text = if arguments.json { json + "\n" } else { text(&status) };
    print(&text)?;
    verdict(&status)
}

fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The failure to leave with, where the daemon is not well.
fn verdict(status: &Status) -> anyhow::Result<()> {
    if status.is_healthy() {
        return Ok(());
    }
    let grave = status.open().filter(|alert| alert.finding.severity > Severity::Low);
    let sentence = match grave.count() {
        0 => "the daemon's numbers are old".to_owned(),
        1 => "one alert is open".to_owned(),
        count => format!("{count} alerts are open"),
    };
    Err(Failure::new(Code::Findings, sentence).into())
}

/// The whole status, to be read.
fn text(status: &Status) -> String {
    let mut text = tables::summary(status).join("\n");
    text.push('\n');
    for alert in &status.alerts {
        describe(&mut text, alert);
    }
    for table in tables::all(status) {
        draw(&mut text, &table);
    }
    text
}

fn describe(text: &mut String, alert: &Alert) {
    let finding = &alert.finding;
    let of = if finding.subject.is_empty() {
        String::new()
    } else {
        format!(": {}", finding.subject)
    };
    let (number, severity, id) = (alert.number, finding.severity, alert.id);
    let _ = writeln!(text, "\n[{number}] {severity} {id} {}{of}", alert.name);
    if alert.standing == Standing::Open {
        let _ = writeln!(text, "    {}; {}.", finding.what, finding.consequence);
        let _ = writeln!(text, "    {}.", finding.fix);
        let _ = writeln!(text, "    open since {}", alert.opened);
    } else {
        let _ = writeln!(text, "    {} since {}", alert.standing, alert.changed);
    }
}

/// Columns as wide as their widest cell; numbers, which begin with a digit in every row, stand to the right.
fn draw(text: &mut String, table: &Table) {
    let _ = writeln!(text, "\n{}", table.title);
    if table.rows.is_empty() {
        let _ = writeln!(text, "  {}", table.none);
        return;
    }
    let columns: Vec<Column> = table
        .head
        .iter()
        .enumerate()
        .map(|(at, head)| Column::of(head, at, table))
        .collect();
    let head: Vec<String> = table.head.iter().map(ToString::to_string).collect();
    for row in std::iter::once(&head).chain(&table.rows) {
        let cells = row.iter().zip(&columns).map(|(cell, column)| column.pad(cell));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "  {}", line.trim_end());
    }
}

struct Column {
    width: usize,
    numeric: bool,
}

impl Column {
    fn of(head: &str, at: usize, table: &Table) -> Self {
        let cells = || table.rows.iter().filter_map(|row| row.get(at));
        let widest = cells().map(|cell| cell.chars().count()).max().unwrap_or_default();
        let numeric = |cell: &String| cell == "-" || cell.starts_with(|first: char| first.is_ascii_digit());
        Self {
            width: widest.max(head.chars().count()),
            numeric: at > 0 && cells().all(numeric),
        }
    }

    fn pad(&self, cell: &str) -> String {
        let width = self.width;
        if self.numeric {
            format!("{cell:>width$}")
        } else {
            format!("{cell:<width$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::examples;

    #[test]
    fn a_sick_sensor_reads_well() {
        insta::assert_snapshot!(text(&examples::status()));
    }

    #[test]
    fn the_exit_code_follows_the_alerts() {
        let mut status = examples::status();
        let code = |status: &Status| verdict(status).err().and_then(|error| error.downcast::<Failure>().ok());
        assert_eq!(code(&status).map(|failure| failure.code), Some(Code::Findings));
        status.severity = Some(Severity::Low);
        assert!(verdict(&status).is_ok());
        status.stale_seconds = 60;
        assert!(verdict(&status).is_err());
    }
}
