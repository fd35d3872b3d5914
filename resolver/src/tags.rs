//! What an operator calls accounts, groups and computers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::entity::Tag;

/// Own tags; and characters of one.
const MAX_OWN: usize = 64;
const MAX_NAME: usize = 32;

/// The `[tags]` table of the configuration: for each tag who bears it, as `name`, `DOMAIN\name`, `name@domain`, a DN or a SID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tags {
    /// Accounts and computers that nobody has a reason to use.
    pub honeytoken: Vec<String>,
    /// Sensitive accounts and groups (with their members) beyond the built-in ones.
    pub sensitive: Vec<String>,
    /// Exchange servers beyond those that are members of its groups.
    pub exchange_server: Vec<String>,
    /// Tags of one's own: the tag's name, and accounts and groups (with their members).
    pub own: BTreeMap<String, Vec<String>>,
}

impl Tags {
    /// Each tag with its names, and whether the members of a group that is named bear it too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Tag, &[String], bool)> {
        let own = self
            .own
            .iter()
            .map(|(tag, names)| (Tag::Own(tag.as_str().into()), names.as_slice(), true));
        [
            (Tag::Honeytoken, self.honeytoken.as_slice(), false),
            (Tag::Sensitive, self.sensitive.as_slice(), true),
            (Tag::ExchangeServer, self.exchange_server.as_slice(), false),
        ]
        .into_iter()
        .chain(own)
    }

    /// Everything wrong with the values, each as `where: what; consequence; fix`.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.own.len() > MAX_OWN {
            problems.push(format!(
                "tags.own: {} tags are more than {MAX_OWN}; whoever bears them all would be told at length in every activity; use fewer tags",
                self.own.len()
            ));
        }
        problems.extend(self.own.keys().filter_map(|tag| misnamed(tag)));
        for (tag, names, _) in self.iter() {
            if names.iter().any(|name| name.trim().is_empty()) {
                problems.push(format!(
                    "tags.{}: an entry is empty; it names nobody; remove it or write a name, UPN, DN or SID",
                    tag.name()
                ));
            }
        }
        problems
    }
}

/// What is wrong with the name of an own tag.
fn misnamed(tag: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if Tag::BUILT_IN.iter().any(|known| known.name() == tag) {
        return Some(format!(
            "tags.own.{tag}: this tag is adtap's own; an account would bear it twice; list the accounts under tags, or choose another name"
        ));
    }
    let fits = !tag.is_empty() && tag.len() <= MAX_NAME && tag.bytes().all(plain);
    (!fits).then(|| {
        format!(
            "tags.own.{tag}: no name for a tag; it could not be told apart in lists; use 1 to {MAX_NAME} lower-case letters, digits and `_`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(json: &str) -> Tags {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn keys_are_known_and_own_tags_are_free() {
        let tags = tags(r#"{"honeytoken": ["trap"], "exchange-server": [], "own": {"vip": ["LAB\\Board"]}}"#);
        assert!(tags.problems().is_empty());
        assert_eq!(tags.iter().count(), 4);
        assert!(serde_json::from_str::<Tags>(r#"{"honeytokens": []}"#).is_err());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let problems =
            tags(r#"{"sensitive": [" "], "own": {"V I P": [], "sensitive": ["x"], "board": [""]}}"#).problems();
        assert_eq!(problems.len(), 4, "{problems:#?}");
        assert!(
            problems
                .iter()
                .any(|problem| problem.starts_with("tags.board: an entry is empty"))
        );
    }
}
