//! What is asked for: attributes and controls of the searches that a [`super::Session`] does.

use super::control::{self, Control};
use super::range::Want;
use super::session::Search;
use crate::directory::{Attribute, Guid};

/// Entries of a page; a controller gives no more than MaxPageSize, 1,000 by default ([MS-ADTS] 3.1.1.3.4.6).
pub const PAGE: u32 = 1_000;

/// The attributes that are asked for: `memberOf` only tells again what groups say (it is asked for of an object that is wanted as
/// a whole), and descriptors are read apart, of few objects.
pub fn asked() -> impl Iterator<Item = Attribute> {
    let told = |attribute: &Attribute| {
        !matches!(
            attribute,
            Attribute::MemberOf | Attribute::DistinguishedName | Attribute::NtSecurityDescriptor
        )
    };
    Attribute::ALL.iter().copied().filter(told)
}

/// What is asked for where only descriptors are wanted.
pub(super) fn asked_of_descriptors() -> impl Iterator<Item = Attribute> {
    [Attribute::ObjectGuid, Attribute::NtSecurityDescriptor].into_iter()
}

pub(super) fn named(attributes: impl Iterator<Item = Attribute>) -> Vec<String> {
    attributes.map(|attribute| attribute.name().to_owned()).collect()
}

/// What goes with every search for objects: identities of members, and tombstones.
fn known_controls() -> Vec<Control> {
    vec![control::extended_dn(), control::show_deleted()]
}

pub(super) fn controls_of_page(page: &[u8]) -> Vec<Control> {
    let paged = std::iter::once(control::paged(PAGE, page));
    known_controls().into_iter().chain(paged).collect()
}

pub(super) fn fetch_search(want: &Want) -> Search {
    let (guid, attributes) = match want {
        Want::Further(guid, attribute, from) => (guid, vec![format!("{};range={from}-*", attribute.name())]),
        Want::Whole(guid) => (guid, named(asked().chain([Attribute::MemberOf]))),
    };
    Search {
        base: by_guid(*guid),
        subtree: false,
        filter: "(objectClass=*)".to_owned(),
        attributes,
        controls: known_controls(),
    }
}

/// The DN that names an object by its GUID ([MS-ADTS] 3.1.1.3.1.2.4).
fn by_guid(guid: Guid) -> String {
    format!("<GUID={guid}>")
}
