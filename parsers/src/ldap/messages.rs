//! LDAP operations as messages: their fields for `adtap decode`. Built only where messages are wanted.

use compact_str::CompactString;

use crate::fields::Fields;

use super::request::{Authentication, BindRequest, SearchRequest};
use super::response::{BindResponse, Extended, LdapResult};
use super::wire::{Envelope, Operation};
use super::{attributes, controls, filter, names, result, returned};

/// Most entries of a list that are shown.
pub(super) const MOST: usize = 256;

/// Fills in the fields of a message.
pub(super) fn fill(fields: &mut Fields, envelope: &Envelope<'_>, operation: Option<&Operation<'_>>) {
    fields.set("message_id", envelope.message_id);
    if let Some(operation) = operation {
        describe(fields, operation);
    }
    fields.list("controls", controls::list(envelope.controls));
}

fn describe(fields: &mut Fields, operation: &Operation<'_>) {
    match operation {
        Operation::BindRequest(bind) => bind_request(fields, bind),
        Operation::BindResponse(BindResponse { result, .. }) | Operation::Result(result) => outcome(fields, result),
        Operation::UnbindRequest => {}
        Operation::SearchRequest(search) => search_request(fields, search),
        Operation::Entry(entry) => {
            fields.set("dn", names::text(entry.dn));
            fields.list("attributes", returned::list(entry.attributes));
        }
        Operation::Reference(uris) => fields.list("uris", list(uris)),
        Operation::Modify(change) => {
            fields.set("dn", names::text(change.dn));
            fields.list(
                "changes",
                attributes::modified(change.list).map(|change| change.fields()),
            );
        }
        Operation::Add(change) => {
            fields.set("dn", names::text(change.dn));
            fields.list("changes", attributes::added(change.list).map(|change| change.fields()));
        }
        Operation::Delete(dn) => fields.set("dn", names::text(dn)),
        Operation::ModifyDn(modify) => {
            fields.set("dn", names::text(modify.dn));
            fields.set("new_rdn", names::text(modify.new_rdn));
            fields.set("delete_old_rdn", modify.delete_old);
            fields.set_some("new_superior", modify.new_superior.map(names::text));
        }
        Operation::Compare(compare) => {
            fields.set("dn", names::text(compare.dn));
            fields.set("attribute", names::text(compare.attribute));
        }
        Operation::Abandon(id) => fields.set("abandoned_id", *id),
        Operation::ExtendedRequest(extended)
        | Operation::ExtendedResponse(extended)
        | Operation::Intermediate(extended) => {
            extended_operation(fields, extended);
        }
    }
}

fn bind_request(fields: &mut Fields, bind: &BindRequest<'_>) {
    fields.set("version", bind.version);
    fields.set("dn", names::text(bind.name));
    match bind.authentication {
        Authentication::Simple { .. } => fields.set("authentication", "simple"),
        Authentication::Sasl { mechanism, .. } => {
            fields.set("authentication", "sasl");
            fields.set("mechanism", names::text(mechanism));
        }
        Authentication::Sicily { step: 9, .. } => fields.set("authentication", "sicilyPackageDiscovery"),
        Authentication::Sicily { step: 10, .. } => fields.set("authentication", "sicilyNegotiate"),
        Authentication::Sicily { .. } => fields.set("authentication", "sicilyResponse"),
        Authentication::Other(tag) => fields.set("authentication", tag),
    }
}

fn search_request(fields: &mut Fields, search: &SearchRequest<'_>) {
    fields.set("base", names::text(search.base));
    match search.scope_name() {
        Some(name) => fields.set("scope", name),
        None => fields.set("scope", search.scope),
    }
    fields.set("deref", search.deref);
    fields.set("size_limit", search.size_limit);
    fields.set("time_limit", search.time_limit);
    fields.flag("types_only", search.types_only);
    fields.set("filter", filter::print(search.filter).text);
    fields.list("attributes", search.attributes.take(MOST).map(names::text));
}

fn outcome(fields: &mut Fields, result: &LdapResult<'_>) {
    fields.set("result_code", result.code);
    fields.set_some("result_name", result::name(result.code));
    if !result.matched_dn.starts_with(b"NTLMSSP\0") {
        fields.text("matched_dn", names::text(result.matched_dn));
    }
    fields.text("diagnostic", names::text(result.diagnostic));
    fields.list("referral", list(result.referral));
}

fn extended_operation(fields: &mut Fields, extended: &Extended<'_>) {
    fields.text("oid", names::text(extended.name));
    fields.set_some("name", controls::name(extended.name));
    if let Some(result) = &extended.result {
        outcome(fields, result);
    }
}

pub(super) fn list(strings: &[u8]) -> impl Iterator<Item = CompactString> {
    super::wire::Strings(crate::asn1::Walker::new(strings))
        .take(MOST)
        .map(names::text)
}
