//! What an operator may set about resolving and folding.

use serde::Deserialize;

/// The `[resolver]` table of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Identical chatter within so many seconds becomes one activity with a count; 0 turns folding off.
    pub fold: u32,
    /// For how many seconds of packet time high-certainty evidence for an address' computer holds without being seen again.
    pub evidence_validity: u32,
    /// The same for low-certainty evidence.
    pub low_evidence_validity: u32,
    /// Accounts nobody has a reason to use: `name`, `DOMAIN\name`, `name@domain`, a DN or a SID each.
    pub honeytokens: Vec<String>,
    /// Sensitive accounts and groups (with their members) beyond the built-in ones, named in the same forms.
    pub sensitive: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fold: 60,
            evidence_validity: 8 * 3_600,
            low_evidence_validity: 3_600,
            honeytokens: Vec::new(),
            sensitive: Vec::new(),
        }
    }
}

impl Config {
    /// The longest `fold`: an activity would leave an hour late.
    pub const MAX_FOLD: u32 = 3_600;

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.fold > Self::MAX_FOLD {
            problems.push(format!(
                "resolver.fold: {} s is more than {} s; folded activities would arrive that late; choose a smaller number, 0 turns folding off",
                self.fold,
                Self::MAX_FOLD
            ));
        }
        for (name, seconds) in [
            ("evidence-validity", self.evidence_validity),
            ("low-evidence-validity", self.low_evidence_validity),
        ] {
            if seconds == 0 {
                problems.push(format!(
                    "resolver.{name}: 0 s; no address would ever be resolved; choose the shortest DHCP lease of the network, in seconds"
                ));
            }
        }
        for (name, list) in [("honeytokens", &self.honeytokens), ("sensitive", &self.sensitive)] {
            if list.iter().any(|entry| entry.trim().is_empty()) {
                problems.push(format!(
                    "resolver.{name}: an entry is empty; it names nobody; remove it or write a name, UPN, DN or SID"
                ));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        assert!(Config::default().problems().is_empty());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let config = Config {
            fold: 9_999,
            evidence_validity: 0,
            honeytokens: vec![" ".into()],
            ..Config::default()
        };
        assert_eq!(config.problems().len(), 3);
    }

    #[test]
    fn keys_are_kebab_case_and_known() {
        let config: Config = serde_json::from_str(r#"{"fold": 0, "low-evidence-validity": 5}"#).unwrap();
        assert_eq!((config.fold, config.low_evidence_validity), (0, 5));
        assert!(serde_json::from_str::<Config>(r#"{"folds": 0}"#).is_err());
    }
}
