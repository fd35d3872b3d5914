//! The forms in which clients name an account ([MS-ADTS] 5.1.1.1.1): sAMAccountName, `DOMAIN\name`, UPN, DN, SID, GUID, SPN.

use compact_str::format_compact;

use super::record::sid_bytes;
use super::table::{Key, Name};
use super::{Listed, Snapshot};

/// An account's own name and its domain: taken apart where `name` holds both, `DOMAIN\name` or `name@domain`.
pub(crate) fn split_account<'a>(name: &'a str, domain: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    if let Some((domain, account)) = name.split_once('\\') {
        return (account, Some(domain).filter(|domain| !domain.is_empty()));
    }
    match name.rsplit_once('@') {
        Some((account, domain)) if !account.is_empty() && !domain.is_empty() => (account, Some(domain)),
        _ => (name, domain),
    }
}

impl Snapshot {
    /// The account that a client calls `name`, in whatever form; `domain` is what stood beside it.
    #[must_use]
    pub fn named(&self, name: &str, domain: Option<&str>) -> Option<Listed<'_>> {
        if let Some(listed) = self.identified(name) {
            return Some(listed);
        }
        if let Some((domain, account)) = name.split_once('\\') {
            return self.account(account, Some(domain));
        }
        if name.contains('@') {
            return self.user_principal(name);
        }
        if name.contains('/') {
            return self.spn(name, domain);
        }
        self.account(name, domain).or_else(|| self.explicit_upn(name, domain?))
    }

    /// The account whose userPrincipalName is what was parted into `prefix` and `suffix`: the suffix need be no domain, and the prefix nobody's
    /// sAMAccountName. A KDC looks a client up by it too, as its name and realm ([MS-KILE] 3.3.5.6.1).
    fn explicit_upn(&self, prefix: &str, suffix: &str) -> Option<Listed<'_>> {
        let suffix = Some(suffix).filter(|suffix| !suffix.is_empty())?;
        self.unique(Name::folded(Key::Upn, &format_compact!("{prefix}@{suffix}")))
    }

    /// Everybody called `name`: a bare name may be borne in several domains, and `DOMAIN\name` in those of one NetBIOS name.
    pub(crate) fn named_positions(&self, name: &str) -> Vec<u32> {
        match (
            self.named(name, None).and_then(|listed| listed.position()),
            name.split_once('\\'),
        ) {
            (Some(position), _) => vec![position],
            (None, Some((domain, account))) => self.namesakes(account, domain),
            (None, None) => self.account_positions(name),
        }
    }

    /// What a SID, GUID or DN names.
    fn identified(&self, name: &str) -> Option<Listed<'_>> {
        if let Some(sid) = sid_bytes(name.as_bytes()) {
            return self.sid_octets(&sid);
        }
        if name.starts_with('{') {
            return self.guid(name);
        }
        name.contains('=').then(|| self.dn(name)).flatten()
    }

    /// A UPN, or an enterprise principal with its realm behind it: `alice@lab.example@LAB.EXAMPLE` (RFC 6806 §5).
    fn user_principal(&self, name: &str) -> Option<Listed<'_>> {
        self.upn(name).or_else(|| {
            let (upn, _) = name.rsplit_once('@')?;
            upn.contains('@').then(|| self.upn(upn)).flatten()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_part_at_the_domain() {
        assert_eq!(split_account("LAB\\bob", None), ("bob", Some("LAB")));
        assert_eq!(
            split_account("bob@lab.example", Some("X")),
            ("bob", Some("lab.example"))
        );
        assert_eq!(split_account("bob", Some("X")), ("bob", Some("X")));
        assert_eq!(split_account("@", None), ("@", None));
    }
}
