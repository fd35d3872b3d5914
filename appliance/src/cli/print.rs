//! Lines on standard output: readable ones, or JSON.

use std::io::{self, ErrorKind, Stdout, Write};

use capture::CaptureId;
use parsers::json::WriteJson;
use parsers::message::{Message, MessageLine};
use resolver::{Resolved, ResolvedLine};

use crate::cli::line;

/// Bytes that wait at most before they are written.
const BUFFER: usize = 1 << 16;

/// Prints messages and activities, until nobody reads them any more.
pub(super) struct Printer {
    /// Whole lines that wait.
    lines: Vec<u8>,
    out: Stdout,
    names: Vec<String>,
    json: bool,
    closed: bool,
}

impl Printer {
    /// `names` are the captures', by their identifiers.
    pub(super) fn new(json: bool, names: Vec<String>) -> Self {
        Self {
            lines: Vec::new(),
            out: io::stdout(),
            names,
            json,
            closed: false,
        }
    }

    /// The name of a capture.
    pub(super) fn name(&self, capture: CaptureId) -> &str {
        self.names.get(usize::from(capture.0)).map_or("", String::as_str)
    }

    /// Whether the reader of standard output went away (`adtap replay … | head`): no error, but nothing more is printed.
    pub(super) const fn closed(&self) -> bool {
        self.closed
    }

    pub(super) fn activity(&mut self, id: Option<u64>, resolved: &Resolved) -> io::Result<()> {
        let capture = resolved.activity.capture;
        self.line(|out, json, names| {
            let capture = names.get(usize::from(capture.0)).map_or("", String::as_str);
            if json {
                ResolvedLine { id, resolved, capture }.write_json(out);
                Ok(())
            } else {
                line::activity(out, resolved)
            }
        })
    }

    pub(super) fn message(&mut self, message: &Message) -> io::Result<()> {
        self.line(|out, json, names| {
            let file = names
                .get(usize::from(message.frame.capture.0))
                .map_or("", String::as_str);
            if json {
                MessageLine { message, file }.write_json(out);
                Ok(())
            } else {
                line::message(out, message)
            }
        })
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.lines).and_then(|()| self.out.flush());
        self.lines.clear();
        self.note(written)
    }

    fn line(&mut self, write: impl FnOnce(&mut Vec<u8>, bool, &[String]) -> io::Result<()>) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        write(&mut self.lines, self.json, &self.names)?;
        self.lines.push(b'\n');
        if self.lines.len() < BUFFER {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn note(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }
}
