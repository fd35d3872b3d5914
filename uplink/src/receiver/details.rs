//! What the hunting views need of an activity's `details`.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use crate::wire::view::ActivityView;

/// Fields of `details`, by the names that docs/activities.md fixes; what is absent or no text is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Details<'a> {
    /// `ldap_search`: base object.
    #[serde(borrow)]
    pub(super) base: Text<'a>,
    /// `ldap_search`: scope.
    #[serde(borrow)]
    pub(super) scope: Text<'a>,
    /// `ldap_search`: filter, as RFC 4515 prints it.
    #[serde(borrow)]
    pub(super) filter: Text<'a>,
    /// `dns_query`: the name asked for.
    #[serde(borrow)]
    pub(super) qname: Text<'a>,
    /// `dns_query`: the type's name.
    #[serde(borrow)]
    pub(super) qtype_name: Text<'a>,
    /// `cldap_ping`: the domain asked for.
    #[serde(borrow)]
    pub(super) dns_domain: Text<'a>,
    /// `smb_file`: share and path below it.
    #[serde(borrow)]
    pub(super) share: Text<'a>,
    #[serde(borrow)]
    pub(super) path: Text<'a>,
    /// `directory_change`: what it was and what it is; of a membership the group and which way it went.
    #[serde(borrow)]
    pub(super) old: Text<'a>,
    #[serde(borrow)]
    pub(super) new: Text<'a>,
    #[serde(borrow)]
    pub(super) group: Text<'a>,
    #[serde(borrow)]
    pub(super) change: Text<'a>,
    /// `smb_file`: what went over the wire.
    pub(super) bytes_read: u64,
    pub(super) bytes_written: u64,
}

impl<'a> Details<'a> {
    /// The details of `view`, for the kinds that the views want more of; empty for others, and where they are no object.
    pub(super) fn of(view: &ActivityView<'a>) -> Self {
        match view.kind {
            "ldap_search" | "cldap_ping" | "dns_query" | "smb_file" | "directory_change" => {
                serde_json::from_str(view.details).unwrap_or_default()
            }
            _ => Self::default(),
        }
    }
}

/// A text that is lent where JSON did not escape anything; numbers become text, and a yes or no as the product's records have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a yes or no")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_bool<E>(self, holds: bool) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(if holds { "True" } else { "False" })))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_views_need_is_read() {
        let view = |details: &'static str| ActivityView {
            kind: "ldap_search",
            details,
            ..ActivityView::default()
        };
        let details = Details::of(&view(
            r#"{"base":"DC=a","scope":7,"filter":"(cn=\"x)","attributes":["cn"],"entries":3}"#,
        ));
        assert_eq!(
            (&*details.base.0, &*details.scope.0, &*details.filter.0),
            ("DC=a", "7", "(cn=\"x)")
        );
        assert_eq!(Details::of(&view("[1")), Details::default());
    }
}
