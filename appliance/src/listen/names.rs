//! Computers as an operator names them: one, or all of a domain.

use serde::Deserialize;

/// `dc1.lab.example`, or `*.lab.example` for all below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name {
    /// In lower case; of all of a domain what they end with, the dot included.
    text: String,
    all: bool,
}

impl Name {
    /// Whether `host`, in lower case, is one of them.
    pub(crate) fn is(&self, host: &str) -> bool {
        match self.all {
            true => host.len() > self.text.len() && host.ends_with(&self.text),
            false => host == self.text,
        }
    }

    /// The only computer it names, where it names one.
    pub(crate) fn host(&self) -> Option<&str> {
        (!self.all).then_some(self.text.as_str())
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (all, rest) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_');
        let bare = rest.strip_prefix('.').filter(|_| all).unwrap_or(rest);
        if bare.is_empty() || bare.starts_with('.') || !bare.chars().all(letter) || (all && !rest.starts_with('.')) {
            return Err(format!(
                "invalid value: {text:?} is no computer's name, such as dc1.lab.example or *.lab.example"
            ));
        }
        let text = rest.trim_end_matches('.').to_lowercase();
        Ok(Self { text, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_all_of_a_domain() {
        let name = |text: &str| Name::try_from(text.to_owned()).unwrap();
        assert!(name("DC1.lab.example.").is("dc1.lab.example") && !name("dc1.lab.example").is("dc2.lab.example"));
        let all = name("*.Lab.example");
        assert!(all.is("dc1.lab.example") && !all.is("lab.example") && !all.is("dc1.notlab.example"));
        assert_eq!((all.host(), name("dc1").host()), (None, Some("dc1")));
        for text in ["", "*", "*.", "*lab", "dc 1", "..", "https://dc1"] {
            assert!(Name::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
