//! Secure channels: challenge, authentication and the password that they rest upon.

use super::{Malformed, Memory, Ndr, Told, authenticator, bits, credential, names, server};

/// `NetrServerReqChallenge([in, unique, string] LOGONSRV_HANDLE PrimaryName, [in, string] wchar_t *ComputerName,
/// PNETLOGON_CREDENTIAL ClientChallenge, …)` ([MS-NRPC] 3.5.4.4.1).
pub(super) fn challenge(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    computer(ndr, told)?;
    let zero = credential(ndr)?;
    told.details.flag("all_zero_credential", zero);
    Ok(())
}

/// `NetrServerAuthenticate([in, unique, string] PrimaryName, [in, string] wchar_t *AccountName,
/// NETLOGON_SECURE_CHANNEL_TYPE SecureChannelType, [in, string] wchar_t *ComputerName, PNETLOGON_CREDENTIAL
/// ClientCredential, …)` ([MS-NRPC] 3.5.4.4.5).
pub(super) fn authenticate(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    account(ndr, told, memory)?;
    let zero = credential(ndr)?;
    told.details.flag("all_zero_credential", zero);
    Ok(())
}

/// `NetrServerAuthenticate2`, `NetrServerAuthenticate3`: the above, and `[in, out] ULONG *NegotiateFlags` ([MS-NRPC]
/// 3.5.4.4.2, 3.5.4.4.4).
pub(super) fn authenticate2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    authenticate(ndr, told, memory)?;
    let flags = ndr.u32("negotiate flags")?;
    told.details.set("negotiate_flags", flags);
    told.details
        .list("channel_protection", bits::names(flags, names::PROTECTION));
    Ok(())
}

/// `PNETLOGON_CREDENTIAL ServerCredential, ULONG *NegotiateFlags`.
pub(super) fn authenticated(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.skip(8, "credential")?;
    told.details.set("negotiated_flags", ndr.u32("negotiate flags")?);
    Ok(())
}

/// The same, and `ULONG *AccountRid`.
pub(super) fn authenticated3(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    authenticated(ndr, told, memory)?;
    let rid = ndr.u32("rid")?;
    told.details.set_some("rid", Some(rid).filter(|rid| *rid != 0));
    Ok(())
}

/// `NetrServerPasswordSet([in, unique, string] PrimaryName, [in, string] AccountName, NETLOGON_SECURE_CHANNEL_TYPE
/// AccountType, [in, string] ComputerName, PNETLOGON_AUTHENTICATOR Authenticator, …)` ([MS-NRPC] 3.5.4.4.6).
pub(super) fn set_password(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    account(ndr, told, memory)?;
    let zero = authenticator(ndr)?;
    told.details.flag("all_zero_credential", zero);
    Ok(())
}

/// `NetrServerPasswordSet2`: the above, and `PNL_TRUST_PASSWORD ClearNewPassword`, 516 octets that are encrypted ([MS-NRPC]
/// 3.5.4.4.5, 2.2.1.3.7). Zeros are no cipher text: the sign of a key under which they mean themselves.
pub(super) fn set_password2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    set_password(ndr, told, memory)?;
    let cipher = ndr.octets(516, "password")?;
    told.details
        .flag("all_zero_password", cipher.iter().all(|octet| *octet == 0));
    Ok(())
}

/// `NetrServerPasswordGet`, `NetrServerTrustPasswordsGet`, `NetrServerGetTrustInfo` begin alike: `[in, unique, string]
/// PrimaryName, [in, string] AccountName, NETLOGON_SECURE_CHANNEL_TYPE, [in, string] ComputerName` ([MS-NRPC] 3.5.4.4.7,
/// 3.5.4.4.8, 3.5.4.7.6).
pub(super) fn account(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    server(ndr, told)?;
    let account = ndr.wide_string("account name")?.text();
    told.observed.target_account = Some(account.clone());
    told.long("computer_account", account);
    let channel = ndr.enumeration("channel type")?;
    told.details.set("channel_type", channel);
    told.details.set_some("channel_type_name", names::channel(channel));
    computer(ndr, told)
}

/// `NetrLogonGetCapabilities([in, string] LOGONSRV_HANDLE ServerName, [in, string, unique] wchar_t *ComputerName, …)`
/// ([MS-NRPC] 3.5.4.4.10).
pub(super) fn capabilities(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.long("logon_server", ndr.wide_string("server name")?.text());
    told.argument(ndr, "computer name", "computer")
}

/// `[in, string] wchar_t *ComputerName`: what the client calls itself.
fn computer(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.long("computer", ndr.wide_string("computer name")?.text());
    Ok(())
}
