//! Exit codes of sysexits.h, and the errors that carry them.

use std::fmt;

/// An exit code of sysexits.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Not of sysexits.h: the command did its work and found something amiss.
    Findings = 1,
    /// EX_USAGE: the command line is wrong.
    Usage = 64,
    /// EX_DATAERR: a capture is cut, corrupt or none.
    Data = 65,
    /// EX_NOINPUT: a file cannot be read.
    NoInput = 66,
    /// EX_UNAVAILABLE: a service that is needed is not there.
    Unavailable = 69,
    /// EX_SOFTWARE: a defect of adtap.
    Software = 70,
    /// EX_CANTCREAT: an output cannot be made.
    CannotCreate = 73,
    /// EX_IOERR: reading or writing failed.
    Io = 74,
    /// EX_NOPERM: a right is missing.
    NoPermission = 77,
    /// EX_CONFIG: the configuration is wrong.
    Config = 78,
    /// 128 + SIGINT: stopped by the user, cleanly.
    Interrupted = 130,
}

/// A sentence for the user, and the code to leave with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) sentence: String,
}

impl Failure {
    pub(crate) fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}
