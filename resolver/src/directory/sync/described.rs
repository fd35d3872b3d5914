//! Security descriptors: kept of the objects on which much depends, and of these what is their own. A million of them as they
//! are would take more room than everything else.

use super::replica::Replica;
use crate::directory::change::condensed;
use crate::directory::packed::Packed;
use crate::directory::{Attribute, Guid, Record};

/// Octets of all descriptors that are kept.
const MAX_DESCRIPTORS: usize = 4 << 20;
/// The container that protected accounts get their descriptor from ([MS-ADTS] 3.1.1.6.1.1).
const ADMIN_SD_HOLDER: &str = "cn=adminsdholder,cn=system,";
/// Classes whose descriptors grant rights over everything below.
const DESCRIBED: [&str; 3] = ["domainDNS", "organizationalUnit", "groupPolicyContainer"];

impl Replica {
    /// The objects whose descriptors are to be asked for.
    pub(super) fn to_describe(&self) -> Vec<Guid> {
        let known = self.slots.iter().filter(|slot| !slot.stub);
        let described = known.filter(|slot| slot.packed.as_ref().is_some_and(is_packed_described));
        described.map(|slot| slot.guid).collect()
    }

    /// The descriptor of an object on which much depends, with nothing that follows from elsewhere. What is not told of it has not
    /// changed: each object has one, and not every search asks for it.
    pub(super) fn keep_descriptor(&mut self, known: Option<&Packed>, record: &mut Record) {
        let own = Attribute::NtSecurityDescriptor;
        let before = known.and_then(|known| known.first(own));
        let told = record.all(own).next().and_then(condensed);
        let now = told
            .or_else(|| before.map(<[u8]>::to_vec))
            .filter(|_| is_described(record));
        record.values.retain(|(attribute, _)| *attribute != own);
        self.described -= before.map_or(0, <[u8]>::len);
        let Some(now) = now else { return };
        if self.described + now.len() > MAX_DESCRIPTORS {
            self.counters.undescribed += 1;
            return;
        }
        self.described += now.len();
        record.values.push((own, now));
    }
}

/// Whether an object's descriptor is kept: heads of domains, organizational units, group policies, and whoever is protected.
fn is_described(record: &Record) -> bool {
    let is_deleted = record
        .text(Attribute::IsDeleted)
        .is_some_and(|value| value.eq_ignore_ascii_case("TRUE"));
    !is_deleted
        && matters(&record.dn, record.number(Attribute::AdminCount), |class| {
            record.is(class)
        })
}

fn is_packed_described(packed: &Packed) -> bool {
    !packed.is_deleted()
        && matters(packed.dn(), packed.number(Attribute::AdminCount), |class| {
            packed.is(class)
        })
}

fn matters(dn: &str, admin_count: Option<i64>, is: impl Fn(&str) -> bool) -> bool {
    let is_holder = || {
        let head = dn.as_bytes().get(..ADMIN_SD_HOLDER.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(ADMIN_SD_HOLDER.as_bytes()))
    };
    admin_count.is_some_and(|count| count > 0) || is_holder() || DESCRIBED.into_iter().any(is)
}

/// Octets of an object's descriptor.
pub(super) fn octets(packed: &Packed) -> usize {
    packed.first(Attribute::NtSecurityDescriptor).map_or(0, <[u8]>::len)
}
