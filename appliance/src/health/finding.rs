//! A finding: one condition that holds at this moment, of one thing, in one sentence.

use serde::{Deserialize, Serialize};

use super::issue::{Issue, Severity};

/// What was found. Two findings are the same where issue and subject are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) issue: Issue,
    /// Of what: an interface, a controller, a layer; empty where there is only one.
    pub(crate) subject: String,
    pub(crate) severity: Severity,
    /// What is the matter.
    pub(crate) what: String,
    /// What follows from it.
    pub(crate) consequence: String,
    /// What to do.
    pub(crate) fix: String,
}

impl Finding {
    /// A finding of the issue's own severity.
    pub(super) fn new(issue: Issue, subject: &str, what: String, consequence: &str, fix: &str) -> Self {
        Self {
            issue,
            subject: subject.to_owned(),
            severity: issue.severity(),
            what,
            consequence: consequence.to_owned(),
            fix: fix.to_owned(),
        }
    }

    pub(super) fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The whole sentence: what; consequence; fix.
    pub(crate) fn sentence(&self) -> String {
        format!("{}; {}; {}", self.what, self.consequence, self.fix)
    }
}
