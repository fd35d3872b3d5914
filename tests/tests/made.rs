//! Golden cases of what no capture with a licence shows: they are made here from the specifications' vectors, and lie under
//! `pcaps/` byte for byte as made. `MAKE=1` writes them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails"
)]

#[path = "made/registry.rs"]
mod registry;
#[path = "made/rpc.rs"]
mod rpc;
#[path = "made/wire.rs"]
mod wire;

use std::fs;

use rpc::{Call, Stub, conversation};
use tests::case;

/// Compares a case with what is made of it.
fn lies_there(name: &str, made: &[u8]) {
    let path = case(name).join("capture.pcap");
    if std::env::var_os("MAKE").is_some() {
        fs::create_dir_all(case(name)).unwrap();
        fs::write(&path, made).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap_or_default(), made, "{}", path.display());
}

/// [MS-BKRP] 3.1.4.1 BackuprKey with BACKUPKEY_RETRIEVE_BACKUP_KEY_GUID: 32 octets stand for the certificate.
#[test]
fn a_backup_key_is_retrieved() {
    let asked = Stub::default().uuid("018ff48a-eaba-40c6-8f6d-72370240e967");
    let asked = asked.u32(1).raw(&[0; 4]).u32(0).u32(0);
    let answer = Stub::default().u32(0x20000).u32(32).raw(&[0x30; 32]).u32(32).u32(0);
    let calls = [Call::new(0, asked, answer)];
    let made = conversation("3dde7c30-165d-11d1-ab8f-00805f14db40", 1, &calls);
    lies_there("dcerpc/backup-key-retrieved", &made);
}

/// [MS-EVEN] 3.1.4: ElfrOpenELW, ElfrClearELFW, ElfrCloseEL.
#[test]
fn an_event_log_is_cleared() {
    let handle = [7; 20];
    let open = Stub::default().u32(0).string("Security").string("").u32(1).u32(1);
    let calls = [
        Call::new(7, open, Stub::default().raw(&handle).u32(0)),
        Call::new(0, Stub::default().raw(&handle).u32(0), Stub::default().u32(0)),
        Call::new(2, Stub::default().raw(&handle), Stub::default().raw(&[0; 20]).u32(0)),
    ];
    let made = conversation("82273fdc-e32a-18c3-3f78-827929dc23ea", 0, &calls);
    lies_there("dcerpc/event-log-cleared", &made);
}

/// [MS-RRP] 3.1.5: OpenLocalMachine, BaseRegCreateKey, BaseRegSaveKey.
#[test]
fn a_hive_is_saved() {
    let calls = registry::hive_saved();
    let made = conversation("338cd001-2244-31f1-aaaa-900038001003", 1, &calls);
    lies_there("dcerpc/hive-saved", &made);
}

/// [MS-WSMV] 3.1.4.11: a command in a shell, as it looks where the service takes what is not encrypted.
#[test]
fn a_command_is_run_in_a_remote_shell() {
    const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
    let asked = format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:rsp=\"{SHELL}\"><s:Header>\
         <a:To>http://dc1.lab.example:5985/wsman</a:To><w:ResourceURI s:mustUnderstand=\"true\">{SHELL}/cmd</w:ResourceURI>\
         <a:Action s:mustUnderstand=\"true\">{SHELL}/Command</a:Action></s:Header><s:Body><rsp:CommandLine>\
         <rsp:Command>whoami</rsp:Command></rsp:CommandLine></s:Body></s:Envelope>"
    );
    let answer = format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:rsp=\"{SHELL}\"><s:Header>\
         <a:Action>{SHELL}/CommandResponse</a:Action></s:Header><s:Body><rsp:CommandResponse>\
         <rsp:CommandId>11111111-2222-3333-4444-555555555555</rsp:CommandId></rsp:CommandResponse></s:Body></s:Envelope>"
    );
    let soap = "Content-Type: application/soap+xml;charset=UTF-8";
    let request = format!(
        "POST /wsman HTTP/1.1\r\nHost: dc1.lab.example:5985\r\nUser-Agent: Microsoft WinRM Client\r\n{soap}\r\n\
         Content-Length: {}\r\n\r\n{asked}",
        asked.len()
    );
    let response = format!(
        "HTTP/1.1 200 OK\r\nServer: Microsoft-HTTPAPI/2.0\r\n{soap}\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    );
    let made = wire::tcp(5985, &[(true, request.into_bytes()), (false, response.into_bytes())]);
    lies_there("http/remote-command", &made);
}

/// RFC 2866 §4, RFC 2868 §3: a session starts and stops. Nobody's secret: the authenticators are zero.
#[test]
fn a_vpn_session_is_accounted_for() {
    let told = |status: u8, seconds: u32| {
        let told: [(u8, &[u8]); 9] = [
            (1, b"LAB\\alice"),
            (4, &[10, 77, 0, 1]),
            (8, &[10, 77, 8, 7]),
            (31, b"203.0.113.9"),
            (40, &[0, 0, 0, status]),
            (44, b"0000002A"),
            (46, &seconds.to_be_bytes()),
            (61, &[0, 0, 0, 5]),
            (66, b"\x01203.0.113.9"),
        ];
        wire::radius(4, status, &told)
    };
    let taken = |identifier| wire::radius(5, identifier, &[]);
    let datagrams = [
        (true, told(1, 0)),
        (false, taken(1)),
        (true, told(2, 3600)),
        (false, taken(2)),
    ];
    lies_there("radius/accounting", &wire::udp(1813, &datagrams));
}
