//! The search that stands until a controller is left, and tells of every change in a naming context ([MS-ADTS] 3.1.1.3.4.1.9).

use super::control;
use super::search::{Done, Search};

/// A search that ends only where it is refused; an entry without attributes comes for each object that changes from now on.
#[must_use]
pub fn notification(base: String) -> Search {
    Search {
        base,
        // Of everything below the head of the naming context; a narrower scope would tell of children alone.
        subtree: true,
        // Any other filter is refused.
        filter: "(objectClass=*)".to_owned(),
        // No attributes (RFC 4511 §4.5.1.8): what has changed is asked for by whoever is woken.
        attributes: vec!["1.1".to_owned()],
        controls: vec![control::notification(), control::show_deleted()],
    }
}

/// Why a controller ended such a search, as the rest of a sentence.
#[must_use]
pub fn refused(done: &Done) -> String {
    let why = match done.code {
        12 => "it does not know it",
        50 => "the account may not",
        11 | 53 => "it is not willing, or has too many already",
        _ => "it ended it",
    };
    format!("{why} (result code {}, {})", done.code, done.message.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_is_one_that_controllers_accept() {
        let search = notification("DC=lab,DC=example".into());
        assert_eq!((search.filter.as_str(), search.subtree), ("(objectClass=*)", true));
        let controls: Vec<_> = search
            .controls
            .iter()
            .map(|control| (control.oid, control.critical, control.value.is_some()))
            .collect();
        assert_eq!(
            controls,
            [
                ("1.2.840.113556.1.4.528", true, false),
                ("1.2.840.113556.1.4.417", false, false)
            ]
        );
    }

    #[test]
    fn a_refusal_says_why() {
        let done = Done {
            code: 53,
            message: " 0000: limit\n".into(),
            ..Done::default()
        };
        assert_eq!(
            refused(&done),
            "it is not willing, or has too many already (result code 53, 0000: limit)"
        );
    }
}
