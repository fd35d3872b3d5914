//! Groups: members that come and go, and groups that are deleted.

use super::accounts::DELETED;
use super::{Asked, F, H, Listed, Part, SECURITY, subject};

const MEMBER: &[&str] = &[
    "MemberName",
    "MemberSid",
    "TargetUserName",
    "TargetDomainName",
    "TargetSid",
    "SubjectUserSid",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectLogonId",
    "PrivilegeList",
    "MembershipExpirationTime",
];

const M0: Part = H("Member");
const M1: Part = F("Security ID", "MemberSid");
const M2: Part = F("Account Name", "MemberName");
const A0: Part = H("Additional Information");
const A1: Part = F("Privileges", "PrivilegeList");
const A2: Part = F("Expiration time", "MembershipExpirationTime");

const G0: Part = H("Group");
const X0: Part = H("Deleted Group");
const G1: Part = F("Security ID", "TargetSid");
const G2: Part = F("Group Name", "TargetUserName");
const G3: Part = F("Group Domain", "TargetDomainName");
/// Universal groups are called accounts.
const U2: Part = F("Account Name", "TargetUserName");
const U3: Part = F("Account Domain", "TargetDomainName");

const GROUP_MEMBER: &[&[Part]] = &[
    subject![M0, M1, M2, G0, G1, G2, G3, A0, A1, A2],
    subject![M0, M1, M2, G0, G1, G2, G3, A0, A1],
];
const UNIVERSAL_MEMBER: &[&[Part]] = &[
    subject![M0, M1, M2, G0, G1, U2, U3, A0, A1, A2],
    subject![M0, M1, M2, G0, G1, U2, U3, A0, A1],
];
const GROUP_DELETED: &[&[Part]] = &[subject![G0, G1, G2, G3, A0, A1]];
const MARKED_DELETED: &[&[Part]] = &[subject![X0, G1, G2, G3, A0, A1]];

const fn member(id: u32, messages: &'static [&'static [Part]]) -> Listed {
    Listed {
        id,
        asked: Asked::Always,
        provider: SECURITY,
        data: MEMBER,
        keys: &["MemberSid", "TargetUserName"],
        messages,
    }
}

const fn deleted(id: u32, messages: &'static [&'static [Part]]) -> Listed {
    Listed {
        id,
        asked: Asked::Always,
        provider: SECURITY,
        data: DELETED,
        keys: &["TargetUserName"],
        messages,
    }
}

pub(super) const EVENTS: &[Listed] = &[
    member(4_728, GROUP_MEMBER),
    member(4_729, GROUP_MEMBER),
    deleted(4_730, MARKED_DELETED),
    member(4_732, GROUP_MEMBER),
    member(4_733, GROUP_MEMBER),
    member(4_756, UNIVERSAL_MEMBER),
    member(4_757, UNIVERSAL_MEMBER),
    deleted(4_758, GROUP_DELETED),
    deleted(4_753, GROUP_DELETED),
    deleted(4_763, GROUP_DELETED),
];
