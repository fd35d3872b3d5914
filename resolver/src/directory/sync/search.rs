//! What is asked for: attributes and controls of the searches that a [`super::Session`] does.

use super::control::{self, Control};
use super::range::Want;
use crate::directory::{Attribute, Guid};

/// A search to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// baseObject.
    pub base: String,
    /// The whole subtree, or the base alone.
    pub subtree: bool,
    /// As RFC 4515 writes it.
    pub filter: String,
    /// What to ask for.
    pub attributes: Vec<String>,
    /// What to send with it.
    pub controls: Vec<Control>,
}

/// How a search ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// resultCode (RFC 4511 §4.1.9).
    pub code: u32,
    /// diagnosticMessage.
    pub message: String,
    /// controlType and controlValue of what came with it.
    pub controls: Vec<(String, Vec<u8>)>,
}

impl Search {
    /// The same from another page on.
    pub(super) fn from(mut self, page: Control) -> Self {
        self.controls.retain(|control| control.oid != page.oid);
        self.controls.push(page);
        self
    }
}

impl Done {
    pub(super) fn control(&self, oid: &str) -> Option<&[u8]> {
        let (_, value) = self.controls.iter().find(|(own, _)| own == oid)?;
        Some(value)
    }

    /// Where the next page begins; empty after the last.
    pub(super) fn page(&self) -> Option<Vec<u8>> {
        self.control(control::PAGED).and_then(control::read_paged)
    }
}

/// Entries of a page; a controller gives no more than MaxPageSize, 1,000 by default ([MS-ADTS] 3.1.1.3.4.6).
pub const PAGE: u32 = 1_000;
/// Objects that a search for descriptors names.
pub(super) const DESCRIBED: usize = 100;

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

/// A search below `base` for the descriptors of `objects`, which are found by their GUIDs: a controller has an index of these. To ask for
/// whatever has an `adminCount` makes it look at every object.
pub(super) fn descriptors_search(base: &str, objects: &[Guid]) -> Search {
    let asked = [Attribute::ObjectGuid, Attribute::NtSecurityDescriptor];
    let named_by = |guid: &Guid| format!("(objectGUID={})", escaped(*guid));
    Search {
        base: base.to_owned(),
        subtree: true,
        filter: format!("(|{})", objects.iter().map(named_by).collect::<String>()),
        attributes: named(asked.into_iter()),
        controls: known_controls().into_iter().chain([control::sd_flags()]).collect(),
    }
}

/// A GUID's octets in a filter (RFC 4515 §3).
fn escaped(guid: Guid) -> String {
    guid.0.iter().map(|octet| format!("\\{octet:02x}")).collect()
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
