//! Messages as named fields: what `decode` prints, and what activities carry of them.

use smallvec::SmallVec;

use super::ap::{sealed_ticket, set_etype};
use super::edata::{EData, etype_info};
use super::padata::{self, EtypeInfo, ForUser, PaData, kind};
use super::pkinit;
use super::wire::{HostAddress, KdcRep, KdcReq, KrbError, Message, PrincipalName, Ticket};
use super::{codes, names};
use crate::fields::{Fields, Value};
use crate::{ntstatus, text};

/// The padata of one message, read once.
pub(super) struct PaDatas<'a>(SmallVec<[PaData<'a>; 12]>);

impl<'a> PaDatas<'a> {
    pub(super) fn new(items: impl Iterator<Item = PaData<'a>>) -> Self {
        Self(items.collect())
    }

    /// The value of the first of `kind`.
    pub(super) fn find(&self, kind: i32) -> Option<&'a [u8]> {
        self.0
            .iter()
            .find(|item| item.padata_type == kind)
            .map(|item| item.value)
    }

    pub(super) fn has(&self, kind: i32) -> bool {
        self.find(kind).is_some()
    }

    /// Numbers and names, in order.
    fn list(&self, fields: &mut Fields, numbers: &'static str, names: &'static str) {
        fields.list(numbers, self.0.iter().map(|item| item.padata_type));
        fields.list(names, self.0.iter().filter_map(|item| names::padata(item.padata_type)));
    }
}

/// What `decode` prints of `message`.
pub(super) fn message(message: &Message<'_>, fields: &mut Fields) {
    match message {
        Message::AsReq(request) | Message::TgsReq(request) => {
            let padata = PaDatas::new(request.padata());
            self::request(request, &padata, fields);
        }
        Message::AsRep(reply) | Message::TgsRep(reply) => self::reply(reply, fields),
        Message::ApReq(request) => request.fill(fields),
        Message::ApRep(reply) => {
            if let Some(part) = reply.enc_part {
                set_etype(fields, "etype", "etype_name", part.etype);
            }
        }
        Message::Safe(safe) => {
            fields.set("size", safe.size);
            fields.set_some("s_address", safe.s_address.map(|address| address.text()));
        }
        Message::Priv(part) => {
            set_etype(fields, "etype", "etype_name", part.etype);
            fields.set("size", part.cipher.len());
        }
        Message::Cred(cred) => fields.list("tickets", cred.tickets().map(|ticket| ticket_fields(&ticket))),
        Message::Error(error) => self::error(error, fields),
    }
}

/// AS-REQ and TGS-REQ, for messages and for `details` alike.
pub(super) fn request(request: &KdcReq<'_>, padata: &PaDatas<'_>, fields: &mut Fields) {
    let body = &request.body;
    if let Some(cname) = body.cname {
        fields.set("cname", cname.joined());
        set_name_type(fields, &cname);
    }
    fields.text("realm", text::bytes(body.realm));
    if let Some(sname) = body.sname {
        fields.set("sname", sname.joined());
        fields.set("sname_type", sname.name_type);
        fields.set_some("sname_type_name", names::name_type(sname.name_type));
    }
    fields.list("kdc_options", names::flags(body.kdc_options, names::KDC_OPTIONS));
    fields.set_some("from", body.from);
    fields.set_some("till", body.till);
    fields.set_some("rtime", body.rtime);
    fields.set_some("nonce", body.nonce);
    fields.list("etypes", body.etypes());
    fields.list("etype_names", body.etypes().filter_map(names::etype));
    fields.list("addresses", body.addresses().map(|address| address_fields(&address)));
    padata.list(fields, "padata", "padata_names");
    request_padata(padata, fields);
    tgs_padata(padata, fields);
    if let Some(sealed) = body.enc_authorization_data {
        let mut data = Fields::new();
        set_etype(&mut data, "etype", "etype_name", sealed.etype);
        data.set("size", sealed.cipher.len());
        fields.set("enc_authorization_data", data);
    }
    fields.list(
        "additional_tickets",
        body.additional_tickets().map(|ticket| ticket_fields(&ticket)),
    );
}

/// What the padata of a request says of how the client authenticates.
fn request_padata(padata: &PaDatas<'_>, fields: &mut Fields) {
    let value = |kind| padata.find(kind);
    if let Some(etype) = value(kind::ENC_TIMESTAMP).and_then(|value| padata::timestamp_etype(value).ok()) {
        set_etype(fields, "preauth_etype", "preauth_etype_name", etype);
    }
    if let Some(presented) = value(kind::PK_AS_REQ).and_then(|value| pkinit::request(value).ok()) {
        fields.set("certificate", presented.fields());
    }
    if let Some(value) = value(kind::FX_FAST) {
        fields.set("fast", true);
        armor(value, fields);
    }
    fields.set_some(
        "pac_request",
        value(kind::PAC_REQUEST).and_then(|value| padata::pac_request(value).ok()),
    );
    if let Some(flags) = value(kind::PAC_OPTIONS).and_then(|value| padata::pac_options(value).ok()) {
        fields.list("pac_options", names::flags(flags, names::PAC_OPTIONS));
    }
    supported(padata, fields);
}

/// What a TGS-REQ's padata presents: the TGT, and for whom the ticket shall be.
fn tgs_padata(padata: &PaDatas<'_>, fields: &mut Fields) {
    if let Some(request) = padata
        .find(kind::TGS_REQ)
        .and_then(|value| super::wire::ap_req(value).ok())
    {
        tgt(&request.ticket, fields);
        if let Some(authenticator) = request.authenticator {
            set_etype(
                fields,
                "authenticator_etype",
                "authenticator_etype_name",
                authenticator.etype,
            );
        }
    }
    if let Some(user) = for_user(padata) {
        fields.set("s4u2self", for_user_fields(&user));
    }
    if let Some(value) = padata.find(kind::KEY_LIST_REQ) {
        let etypes = padata::key_list(value).into_iter().flatten().map(Value::from);
        fields.set("key_list", Value::List(etypes.collect()));
    }
}

/// The user that a service asks a ticket for: PA-S4U-X509-USER and PA-FOR-USER say the same; the first may name a
/// certificate instead.
pub(super) fn for_user<'a>(padata: &PaDatas<'a>) -> Option<ForUser<'a>> {
    let x509 = padata
        .find(kind::S4U_X509_USER)
        .and_then(|value| ForUser::x509(value).ok());
    let plain = padata.find(kind::FOR_USER).and_then(|value| ForUser::plain(value).ok());
    match (plain, x509) {
        (Some(plain), Some(x509)) => Some(ForUser {
            certificate: x509.certificate,
            options: x509.options,
            ..plain
        }),
        (plain, x509) => plain.or(x509),
    }
}

fn for_user_fields(user: &ForUser<'_>) -> Fields {
    let mut fields = Fields::new();
    fields.set_some("user", user.user.map(|name| name.joined()));
    fields.text("realm", text::bytes(user.realm));
    fields.set_some("auth_package", user.auth_package.map(text::bytes));
    fields.list("options", names::flags(user.options, names::S4U_OPTIONS));
    if let Some(presented) = user.certificate.and_then(|der| pkinit::Presented::read(der).ok()) {
        fields.set("certificate", presented.fields());
    }
    fields
}

fn tgt(ticket: &Ticket<'_>, fields: &mut Fields) {
    let part = &ticket.enc_part;
    fields.text("tgt_realm", text::bytes(ticket.realm));
    fields.set_some("tgt_sname", ticket.sname.map(|name| name.joined()));
    set_etype(fields, "tgt_etype", "tgt_etype_name", part.etype);
    fields.set_some("tgt_kvno", part.kvno);
    fields.set("tgt_size", part.cipher.len());
    fields.set("tgt_sha256", part.sha256());
}

/// An AS-REQ's armour; a TGS-REQ is armoured by its own TGT and names none.
fn armor(value: &[u8], fields: &mut Fields) {
    let Ok(Some(armor)) = padata::fast_armor(value) else {
        return;
    };
    let name = (armor.armor_type == padata::ARMOR_AP_REQUEST).then_some("FX_FAST_ARMOR_AP_REQUEST");
    fields.set("armor_type", armor.armor_type);
    fields.set_some("armor_type_name", name);
    fields.set_some(
        "armor_ticket",
        armor.ap_req.map(|request| ticket_fields(&request.ticket)),
    );
}

fn supported(padata: &PaDatas<'_>, fields: &mut Fields) {
    if let Some(bits) = padata
        .find(kind::SUPPORTED_ENCTYPES)
        .and_then(|value| padata::supported_enctypes(value).ok())
    {
        fields.set("supported_enctypes", bits);
        fields.list("supported_enctype_names", names::flags(bits, names::SUPPORTED_ENCTYPES));
    }
}

fn reply(reply: &KdcRep<'_>, fields: &mut Fields) {
    fields.text("crealm", text::bytes(reply.crealm));
    if let Some(cname) = reply.cname {
        fields.set("cname", cname.joined());
        set_name_type(fields, &cname);
    }
    if let Some(ticket) = reply.ticket {
        fields.text("realm", text::bytes(ticket.realm));
        fields.set_some("sname", ticket.sname.map(|name| name.joined()));
    }
    PaDatas::new(reply.padata()).list(fields, "padata", "padata_names");
    granted(reply, fields);
}

/// What an AS-REP or TGS-REP grants, for messages and for `details` alike.
pub(super) fn granted(reply: &KdcRep<'_>, fields: &mut Fields) {
    if let Some(part) = reply.enc_part {
        set_etype(fields, "reply_etype", "reply_etype_name", part.etype);
        fields.set_some("reply_kvno", part.kvno);
    }
    if let Some(ticket) = reply.ticket {
        sealed_ticket(&ticket, fields);
    }
    let padata = PaDatas::new(reply.padata());
    salts(etype_info(reply.padata()), fields);
    if let (None, Some(salt)) = (fields.get("salt"), padata.find(kind::PW_SALT)) {
        fields.set("salt", text::bytes(salt));
    }
    if let Some(presented) = padata.find(kind::PK_AS_REP).and_then(|value| pkinit::reply(value).ok()) {
        fields.set("kdc_certificate", presented.fields());
    }
}

/// `etype_info2`, and as `salt` the first that it names.
fn salts<'a>(entries: impl Iterator<Item = EtypeInfo<'a>>, fields: &mut Fields) {
    let entries: SmallVec<[EtypeInfo<'a>; 4]> = entries.collect();
    fields.list(
        "etype_info2",
        entries.iter().map(|entry| {
            let mut fields = Fields::new();
            set_etype(&mut fields, "etype", "etype_name", entry.etype);
            fields.set_some("salt", entry.salt.map(text::bytes));
            fields
        }),
    );
    let salt = entries.iter().find_map(|entry| entry.salt);
    fields.set_some("salt", salt.map(text::bytes));
}

fn error(error: &KrbError<'_>, fields: &mut Fields) {
    fields.set("error_code", error.error_code);
    fields.set_some("error_name", codes::error(error.error_code));
    fields.set_some("crealm", error.crealm.map(text::bytes));
    if let Some(cname) = error.cname {
        fields.set("cname", cname.joined());
        set_name_type(fields, &cname);
    }
    fields.text("realm", text::bytes(error.realm));
    fields.set_some("sname", error.sname.map(|name| name.joined()));
    refused(error, fields);
    if let Some(status) = error.ntstatus() {
        fields.set("ntstatus", status);
        fields.set_some("ntstatus_name", ntstatus::name(status));
    }
}

/// What a KRB-ERROR adds to its code, for messages and for `details` alike.
pub(super) fn refused(error: &KrbError<'_>, fields: &mut Fields) {
    fields.set_some("ctime", error.ctime);
    fields.set_some("stime", error.stime);
    fields.set_some("e_text", error.e_text.map(text::bytes));
    let data = EData::read(error.e_data.unwrap_or_default());
    PaDatas::new(data.methods()).list(fields, "e_data_padata", "e_data_padata_names");
    fields.list("e_data_types", data.typed());
    salts(data.etype_info(), fields);
    if let Some(extended) = data.ext_error {
        fields.set("ext_error_flags", extended.flags);
    }
}

fn set_name_type(fields: &mut Fields, name: &PrincipalName<'_>) {
    fields.set("name_type", name.name_type);
    fields.set_some("name_type_name", names::name_type(name.name_type));
}

fn address_fields(address: &HostAddress<'_>) -> Fields {
    let mut fields = Fields::new();
    fields.set("type", address.addr_type);
    fields.set_some("type_name", names::address_type(address.addr_type));
    fields.text("address", address.text());
    fields
}

/// A ticket beside the main one.
pub(super) fn ticket_fields(ticket: &Ticket<'_>) -> Fields {
    let mut fields = Fields::new();
    fields.text("realm", text::bytes(ticket.realm));
    fields.set_some("sname", ticket.sname.map(|name| name.joined()));
    sealed_ticket(ticket, &mut fields);
    fields
}
