//! The configuration: one TOML file, the product of the crates' own configurations.
//!
//! Every problem of a file is reported at once, each as `where: what; consequence; fix`.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use compact_str::CompactString;
use serde::Deserialize;

use crate::exit::{Code, Failure};
use crate::keytab::KerberosConfig;
use crate::listen::{EventsConfig, RadiusConfig};
use crate::sandbox::{RunConfig, SandboxConfig};

/// Problems that one file may have before reading on is no help.
const MAX_PROBLEMS: usize = 64;

/// Everything that can be configured; the default is what `adtap replay` runs on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    /// Decoding, defragmentation, flows and reassembly.
    pub(crate) capture: capture::Config,
    /// Keys that open tickets.
    pub(crate) kerberos: KerberosConfig,
    /// Accounting that VPN gateways report.
    pub(crate) radius: RadiusConfig,
    /// Events that are forwarded.
    pub(crate) events: EventsConfig,
    /// Domains that are read from their controllers.
    pub(crate) directory: crate::directory::Config,
    /// Folding, evidence, tickets.
    pub(crate) resolver: resolver::Config,
    /// Asking hosts who they are.
    pub(crate) lookup: resolver::lookup::Config,
    /// Who bears which tag.
    pub(crate) tags: resolver::Tags,
    /// The spool on disk.
    pub(crate) spool: uplink::SpoolConfig,
    /// Sending to a receiver.
    pub(crate) sender: uplink::SenderConfig,
    /// Being a receiver.
    pub(crate) receiver: uplink::ReceiverConfig,
    /// From when on something is the matter.
    pub(crate) health: crate::health::Config,
    /// What adtap may use.
    pub(crate) limits: crate::health::Limits,
    /// The daemon.
    pub(crate) run: RunConfig,
    /// What the daemon gives up.
    pub(crate) sandbox: SandboxConfig,
    /// Where the daemon answers.
    pub(crate) web: crate::web::Config,
}

/// One thing that is wrong with a configuration file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Line and column, from 1; absent for values that are wrong together.
    pub(crate) place: Option<(usize, usize)>,
    /// What is wrong.
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.what),
            None => write!(f, " {}", self.what),
        }
    }
}

impl Config {
    /// Reads a file; a failure lists every problem.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let sentence = format!(
                "{}: cannot be read ({error}); nothing was started; check the path",
                path.display()
            );
            Failure::new(Code::NoInput, sentence)
        })?;
        Self::parse(&text).map_err(|problems| Failure::new(Code::Config, describe(path, &problems)).into())
    }

    /// Reads the text of a file, or says everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut rest = text.to_owned();
        let mut problems = Vec::new();
        while problems.len() < MAX_PROBLEMS {
            match toml::from_str::<Self>(&rest) {
                Ok(mut config) => {
                    config.resolver.tags.clone_from(&config.tags);
                    config.resolver.controllers = controllers(&config.capture);
                    problems.extend(config.problems().into_iter().map(|what| Problem { place: None, what }));
                    problems.sort_by_key(|problem| (problem.place.is_none(), problem.place));
                    return if problems.is_empty() { Ok(config) } else { Err(problems) };
                }
                Err(error) => {
                    let at = error.span().map_or(0, |span| span.start);
                    problems.push(Problem {
                        place: Some(place(text, at)),
                        what: sentence(error.message()),
                    });
                    if !blank_line(&mut rest, at) {
                        break;
                    }
                }
            }
        }
        problems.sort_by_key(|problem| problem.place);
        Err(problems)
    }

    /// Values that cannot be, as each crate judges its own.
    fn problems(&self) -> Vec<String> {
        [
            self.radius.problems(),
            self.events.problems(),
            self.directory.problems(),
            self.resolver.problems(),
            self.lookup.problems(),
            self.tags.problems(),
            self.spool.problems(),
            self.sender.problems(),
            self.receiver.problems(),
            self.health.problems(),
            self.limits.problems(),
            self.run.problems(),
            self.web.problems(),
        ]
        .concat()
    }
}

/// All problems of `path` in one text.
pub(crate) fn describe(path: &Path, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}:{problem}", path.display()))
        .collect();
    let count = if problems.len() == 1 {
        "one problem".into()
    } else {
        format!("{} problems", problems.len())
    };
    format!(
        "{count} in the configuration, which is not taken:\n{}",
        lines.join("\n")
    )
}

/// Which domain controller is where.
fn controllers(capture: &capture::Config) -> Vec<(IpAddr, CompactString)> {
    let each = capture.controllers.iter().flat_map(|controller| {
        let name = CompactString::from(&controller.name);
        controller.addresses.iter().map(move |ip| (*ip, name.clone()))
    });
    each.collect()
}

/// What serde says, with the consequence and the fix.
fn sentence(message: &str) -> String {
    let what = message.lines().collect::<Vec<_>>().join(" ");
    let fix = if what.starts_with("unknown field") {
        "the file is refused, since a misspelt key would silently keep its default; use a listed key or remove it"
    } else if what.starts_with("invalid type") || what.starts_with("invalid value") {
        "the file is refused; give a value of the expected kind"
    } else {
        "the file is refused; correct the line"
    };
    format!("{what}; {fix}")
}

/// Line and column, from 1, of byte `at`.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before.get(start..).unwrap_or_default().chars().count() + 1,
    )
}

/// Makes the line that holds byte `at` a blank one of the same length, so that the rest of the file can be judged; false
/// where it is blank already.
fn blank_line(text: &mut String, at: usize) -> bool {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let end = text
        .get(at..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |length| at + length);
    let Some(line) = text.get(start..end).filter(|line| !line.trim().is_empty()) else {
        return false;
    };
    let blank = " ".repeat(line.len());
    text.replace_range(start..end, &blank);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert!(Config::parse("").is_ok());
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let problems =
            Config::parse("[capture]\nmax-flaws = 3\nmax-flows = \"many\"\n\n[resolver]\nfold = -1\n").unwrap_err();
        let places: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.place)
            .map(|(line, _)| line)
            .collect();
        assert_eq!(places, [2, 3, 6]);
        assert!(
            problems[0].what.contains("unknown field `max-flaws`"),
            "{}",
            problems[0].what
        );
    }

    #[test]
    fn tags_are_the_resolvers() {
        let config = Config::parse("[tags]\nhoneytoken = [\"trap\"]\n[tags.own]\nvip = [\"LAB\\\\Board\"]\n").unwrap();
        assert_eq!(config.resolver.tags, config.tags);
        assert_eq!(config.tags.own["vip"], ["LAB\\Board"]);
        let problems = Config::parse("[tags.own]\n\"V I P\" = []\n").unwrap_err();
        assert!(
            problems[0].what.starts_with("tags.own.V I P: no name for a tag"),
            "{}",
            problems[0].what
        );
    }

    #[test]
    fn controllers_are_the_resolvers_too() {
        let text = "[[capture.controllers]]\nname = \"dc1\"\naddresses = [\"10.0.0.1\", \"fd77::1\"]\n";
        let config = Config::parse(text).unwrap();
        let told = config
            .resolver
            .controllers
            .iter()
            .map(|(ip, name)| format!("{name} {ip}"));
        assert_eq!(told.collect::<Vec<_>>(), ["dc1 10.0.0.1", "dc1 fd77::1"]);
    }

    #[test]
    fn broken_syntax_is_one_problem_per_line() {
        let problems = Config::parse("[capture\n").unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place.map(|(line, _)| line), Some(1));
    }
}
