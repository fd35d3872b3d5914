//! Controls and extended operations by the names [MS-ADTS] and the RFCs give their OIDs.

use crate::asn1::{BOOLEAN, OCTET_STRING, SEQUENCE, Walker};
use crate::fields::{Fields, Value};

use super::control_values::describe;
use super::names;

/// Most controls of a message that are read.
const MOST: usize = 32;

/// One control of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control<'a> {
    /// Its OID, as text.
    pub(super) oid: &'a [u8],
    critical: bool,
    value: Option<&'a [u8]>,
}

/// The controls in the contents of `controls`.
///
/// ```text
/// Controls ::= SEQUENCE OF control Control
/// Control ::= SEQUENCE {
///      controlType             LDAPOID,
///      criticality             BOOLEAN DEFAULT FALSE,
///      controlValue            OCTET STRING OPTIONAL }   -- RFC 4511 §4.1.11
/// ```
pub(super) fn controls(contents: &[u8]) -> impl Iterator<Item = Control<'_>> {
    let mut list = Walker::new(contents);
    std::iter::from_fn(move || {
        let mut control = list.optional(SEQUENCE).ok()??.inside();
        Some(Control {
            oid: control.optional(OCTET_STRING).ok()??.value,
            critical: control
                .optional(BOOLEAN)
                .ok()?
                .is_some_and(|critical| critical.value.iter().any(|byte| *byte != 0)),
            value: control.optional(OCTET_STRING).ok()?.map(|value| value.value),
        })
    })
    .take(MOST)
}

/// The controls as a list of named values; empty where there are none.
pub(super) fn list(contents: &[u8]) -> impl Iterator<Item = Value> {
    controls(contents).map(|control| Value::Map(control.fields()))
}

impl Control<'_> {
    fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("oid", names::text(self.oid));
        fields.set_some("name", name(self.oid));
        fields.flag("critical", self.critical);
        if let Some(value) = self.value {
            let _ = describe(self.oid, value, &mut fields);
        }
        fields
    }
}

/// StartTLS, RFC 4511 §4.14.1.
pub(super) const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// The name of a control's or extended operation's OID.
pub(super) fn name(oid: &[u8]) -> Option<&'static str> {
    match oid.strip_prefix(b"1.2.840.113556.1.4.") {
        Some(arc) => microsoft(arc),
        None => standard(oid),
    }
}

/// [MS-ADTS] 3.1.1.3.4.1 (controls) and 3.1.1.3.4.2 (extended operations), below 1.2.840.113556.1.4.
fn microsoft(arc: &[u8]) -> Option<&'static str> {
    Some(match arc {
        b"319" => "LDAP_PAGED_RESULT_OID_STRING",
        b"417" => "LDAP_SERVER_SHOW_DELETED_OID",
        b"473" => "LDAP_SERVER_SORT_OID",
        b"474" => "LDAP_SERVER_RESP_SORT_OID",
        b"521" => "LDAP_SERVER_CROSSDOM_MOVE_TARGET_OID",
        b"528" => "LDAP_SERVER_NOTIFICATION_OID",
        b"529" => "LDAP_SERVER_EXTENDED_DN_OID",
        b"619" => "LDAP_SERVER_LAZY_COMMIT_OID",
        b"801" => "LDAP_SERVER_SD_FLAGS_OID",
        b"802" => "LDAP_SERVER_RANGE_OPTION_OID",
        b"805" => "LDAP_SERVER_TREE_DELETE_OID",
        b"841" => "LDAP_SERVER_DIRSYNC_OID",
        b"970" => "LDAP_SERVER_GET_STATS_OID",
        b"1338" => "LDAP_SERVER_VERIFY_NAME_OID",
        b"1339" => "LDAP_SERVER_DOMAIN_SCOPE_OID",
        b"1340" => "LDAP_SERVER_SEARCH_OPTIONS_OID",
        b"1341" => "LDAP_SERVER_RODC_DCPROMO_OID",
        b"1413" => "LDAP_SERVER_PERMISSIVE_MODIFY_OID",
        b"1504" => "LDAP_SERVER_ASQ_OID",
        b"1781" => "LDAP_SERVER_FAST_BIND_OID",
        b"1852" => "LDAP_SERVER_QUOTA_CONTROL_OID",
        b"1907" => "LDAP_SERVER_SHUTDOWN_NOTIFY_OID",
        b"1948" => "LDAP_SERVER_RANGE_RETRIEVAL_NOERR_OID",
        b"1974" => "LDAP_SERVER_FORCE_UPDATE_OID",
        b"2026" => "LDAP_SERVER_DN_INPUT_OID",
        b"2064" => "LDAP_SERVER_SHOW_RECYCLED_OID",
        b"2065" => "LDAP_SERVER_SHOW_DEACTIVATED_LINK_OID",
        b"2066" => "LDAP_SERVER_POLICY_HINTS_DEPRECATED_OID",
        b"2090" => "LDAP_SERVER_DIRSYNC_EX_OID",
        b"2204" => "LDAP_SERVER_TREE_DELETE_EX_OID",
        b"2205" => "LDAP_SERVER_UPDATE_STATS_OID",
        b"2206" => "LDAP_SERVER_SEARCH_HINTS_OID",
        b"2211" => "LDAP_SERVER_EXPECTED_ENTRY_COUNT_OID",
        b"2212" => "LDAP_SERVER_BATCH_REQUEST_OID",
        b"2239" => "LDAP_SERVER_POLICY_HINTS_OID",
        b"2255" => "LDAP_SERVER_SET_OWNER_OID",
        b"2256" => "LDAP_SERVER_BYPASS_QUOTA_OID",
        b"2309" => "LDAP_SERVER_LINK_TTL_OID",
        b"2330" => "LDAP_SERVER_SET_CORRELATION_ID_OID",
        b"2354" => "LDAP_SERVER_THREAD_TRACE_OVERRIDE_OID",
        _ => return None,
    })
}

/// IANA's LDAP parameters and the RFCs and drafts they point to.
fn standard(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        START_TLS => "LDAP_SERVER_START_TLS_OID",
        b"1.3.6.1.4.1.1466.101.119.1" => "LDAP_TTL_REFRESH_OID",
        b"1.3.6.1.4.1.1466.20036" => "Notice of Disconnection",
        b"1.3.6.1.4.1.4203.1.11.1" => "Password Modify",
        b"1.3.6.1.4.1.4203.1.11.3" => "LDAP_SERVER_WHO_AM_I_OID",
        b"1.3.6.1.1.8" => "Cancel",
        b"2.16.840.1.113730.3.4.2" => "ManageDsaIT",
        b"2.16.840.1.113730.3.4.3" => "Persistent Search",
        b"2.16.840.1.113730.3.4.9" => "LDAP_CONTROL_VLVREQUEST",
        b"2.16.840.1.113730.3.4.10" => "LDAP_CONTROL_VLVRESPONSE",
        b"2.16.840.1.113730.3.4.18" => "Proxied Authorization",
        b"1.2.826.0.1.3344810.2.3" => "Matched Values",
        b"1.3.6.1.1.12" => "Assertion",
        b"1.3.6.1.1.13.1" => "Pre-Read",
        b"1.3.6.1.1.13.2" => "Post-Read",
        b"1.3.6.1.1.22" => "Don't Use Copy",
        b"1.3.6.1.4.1.42.2.27.8.5.1" => "Password Policy",
        b"1.3.6.1.4.1.4203.1.9.1.1" => "Sync Request",
        b"1.3.6.1.4.1.4203.1.10.1" => "Subentries",
        _ => return None,
    })
}
