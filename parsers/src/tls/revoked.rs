//! Until when a list of revoked certificates holds (RFC 5280 §5.1.2.5), for whoever is given one.

use capture::Timestamp;

use crate::asn1::{GENERALIZED_TIME, INTEGER, SEQUENCE, Walker};
use crate::kerberos::time::KerberosTime;
use crate::reader::Malformed;

/// UTCTime, X.680 §47.
const UTC_TIME: u8 = 0x17;

/// When the next list is due, by `der`: `CertificateList ::= SEQUENCE { tbsCertList SEQUENCE { version INTEGER OPTIONAL, signature SEQUENCE,
/// issuer SEQUENCE, thisUpdate Time, nextUpdate Time OPTIONAL, … }, … }`; none where it does not say.
///
/// # Errors
/// It is no list of revoked certificates.
pub fn next_update(der: &[u8]) -> Result<Option<Timestamp>, Malformed> {
    const WHAT: &str = "revocation list";
    let mut list = Walker::new(der).expect(SEQUENCE, WHAT)?.inside();
    let mut list = list.expect(SEQUENCE, WHAT)?.inside();
    list.optional(INTEGER)?;
    list.expect(SEQUENCE, WHAT)?;
    list.expect(SEQUENCE, WHAT)?;
    time(&mut list)?.ok_or(Malformed(WHAT))?;
    time(&mut list)
}

/// A time, where one is next. The two digits of a UTCTime's year are of this century below 50 (RFC 5280 §4.1.2.5.1).
fn time(list: &mut Walker<'_>) -> Result<Option<Timestamp>, Malformed> {
    let text = match list.peek() {
        Some(GENERALIZED_TIME) => list.next()?.map(|time| time.value.to_vec()),
        Some(UTC_TIME) => list.next()?.map(|time| {
            let century: &[u8] = if time.value < b"50".as_slice() { b"20" } else { b"19" };
            [century, time.value].concat()
        }),
        _ => return Ok(None),
    };
    let time = text.and_then(|text| KerberosTime(&text).timestamp(None));
    time.map(Some).ok_or(Malformed("time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, value.len() as u8], value.as_slice()].concat()
    }

    fn list(times: &[&[u8]]) -> Vec<u8> {
        let (version, empty) = (der(INTEGER, &[&[1]]), der(SEQUENCE, &[]));
        let parts = [&[version.as_slice(), &empty, &empty], times].concat();
        der(SEQUENCE, &[&der(SEQUENCE, &parts), &empty])
    }

    #[test]
    fn the_next_one_is_due_as_it_says() {
        let now = der(UTC_TIME, &[b"261130100000Z"]);
        let next = der(UTC_TIME, &[b"261201100000Z"]);
        let far = der(GENERALIZED_TIME, &[b"20551201100000Z"]);
        assert_eq!(
            next_update(&list(&[&now, &next])),
            Ok(Some(Timestamp::new(1_796_119_200, 0)))
        );
        assert_eq!(
            next_update(&list(&[&now, &far])),
            Ok(Some(Timestamp::new(2_711_268_000, 0)))
        );
        assert_eq!(next_update(&list(&[&now])), Ok(None));
        let old = der(UTC_TIME, &[b"991201100000Z"]);
        assert_eq!(
            next_update(&list(&[&old, &old])),
            Ok(Some(Timestamp::new(944_042_400, 0)))
        );
    }

    #[test]
    fn what_is_cut_or_something_else_is_none() {
        let time = der(UTC_TIME, &[b"261130100000Z"]);
        let whole = list(&[&time, &time]);
        for end in 0..whole.len() {
            assert!(next_update(&whole[..end]).is_err(), "{end}");
        }
        assert!(next_update(&list(&[])).is_err());
        assert!(next_update(&list(&[&der(UTC_TIME, &[b"tomorrow"])])).is_err());
    }
}
