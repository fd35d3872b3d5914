//! Calls of real clients, and those of tools as they are marshalled.

mod printers;

use serde_json::json;

use crate::dcerpc::stubs::testing::{Stub, Talk};

const WINSPOOL: &str = "12345678-1234-abcd-ef00-0123456789ab";
const IREMOTEWINSPOOL: &str = "76f03f96-cdfd-44fc-a22c-64950a001209";

#[test]
fn a_driver_from_another_host_is_named() {
    for wide in [false, true] {
        let driver = Stub::new(wide)
            .null()
            .structure()
            .u32(2)
            .pad64(8)
            .u32(2)
            .pad64(8)
            .pointer()
            .structure()
            .u32(3)
            .pointer()
            .pointer()
            .pointer()
            .pointer()
            .pointer()
            .wide_string("1234")
            .align(4)
            .wide_string("Windows x64")
            .align(4)
            .wide_string(
                r"C:\Windows\System32\DriverStore\FileRepository\ntprint.inf_amd64_18b0d38ddfaee729\Amd64\UNIDRV.DLL",
            )
            .align(4)
            .wide_string(r"\\ws02.lab.example\security\evil.dll")
            .align(4)
            .wide_string(r"C:\Windows\System32\winhttp.dll")
            .u32(0x8014)
            .done();
        let activity = Talk::new(WINSPOOL, wide)
            .call(89, &driver, Stub::default().u32(5))
            .only();
        assert_eq!(activity["kind"], "authentication_coercion");
        assert_eq!(activity["outcome"], "failure");
        assert_eq!(activity["status"]["name"], "ERROR_ACCESS_DENIED");
        assert_eq!(activity["observed"]["host"], "ws02.lab.example");
        let details = &activity["details"];
        assert_eq!(details["operation"], "RpcAddPrinterDriverEx");
        assert_eq!(details["driver"], "1234");
        assert_eq!(details["environment"], "Windows x64");
        assert_eq!(details["unc_path"], r"\\ws02.lab.example\security\evil.dll");
        assert_eq!(details["data_file"], details["unc_path"]);
        assert_eq!(details["config_file"], r"C:\Windows\System32\winhttp.dll");
        assert_eq!(details["copy_flags"], 0x8014);
    }
}

/// RpcAddPrinterDriverEx of a PrintNightmare tool, as it was on the wire (its strings shortened by nobody).
#[test]
fn print_nightmare_names_its_library() {
    let head = "00000000 02000000 02000000 f8890000 03000000 73090000 f2ca0000 f50e0000 4f170000 a6b20000
        05000000 00000000 05000000 31003200330034000000 abab
        0c000000 00000000 0c000000 570069006e0064006f0077007300200078003600340000 00
        04000000 00000000 04000000 43003a005c000000
        0a000000 00000000 0a000000 5c005c0061005c0062002e0064006c006c000000
        04000000 00000000 04000000 43003a005c000000 14800000";
    let activity = Talk::new(WINSPOOL, false)
        .call(89, &crate::testing::unhex(head), &[0; 4])
        .only();
    assert_eq!(activity["outcome"], "success");
    assert_eq!(activity["details"]["unc_path"], r"\\a\b.dll");
    assert_eq!(activity["details"]["copy_flags"], 0x8014);
}

/// Every level of `DRIVER_CONTAINER` has its fixed part, after which the names follow.
#[test]
fn drivers_of_every_level_are_read() {
    for wide in [false, true] {
        for level in [3, 4, 6, 8] {
            let stub = Stub::new(wide)
                .wide_argument(r"\\dc1")
                .structure()
                .u32(level)
                .pad64(8)
                .u32(level)
                .pad64(8);
            let mut stub = stub.pointer().structure();
            if level >= 6 {
                stub = stub.align(8);
            }
            stub = stub.u32(3).pointer().null().pointer().null().null();
            stub = stub.null().null().null().u32(0).null();
            if level >= 4 {
                stub = stub.u32(0).null();
            }
            if level >= 6 {
                stub = stub.align(4).u32(1).u32(2).u64(3).null().null().null().null();
            }
            if level == 8 {
                stub = stub
                    .null()
                    .null()
                    .u32(0)
                    .null()
                    .null()
                    .u32(0)
                    .u32(0)
                    .null()
                    .align(4)
                    .u32(1)
                    .u32(2)
                    .u64(3);
            }
            let stub = stub
                .wide_string("driver")
                .wide_string(r"\\host\share\driver.dll")
                .done();
            let activity = Talk::new(IREMOTEWINSPOOL, wide).call(39, &stub, &[0; 4]).only();
            assert_eq!(activity["details"]["driver"], "driver", "{wide} {level}");
            assert_eq!(activity["details"]["unc_path"], r"\\host\share\driver.dll");
        }
    }
}

const HANDLE: &str = "00000000 0102030405060708090a0b0c0d0e0f10";

#[test]
fn a_printer_that_is_to_notify_another_host_is_coerced() {
    for (wide, opnum) in [(false, 62), (true, 65)] {
        let open = Stub::new(wide)
            .wide_argument(r"\\dc1")
            .null()
            .structure()
            .u32(0)
            .null()
            .u32(0x2_0002)
            .done();
        let notify = Stub::new(wide)
            .handle(HANDLE)
            .u32(0x100)
            .u32(0)
            .wide_argument(r"\\attacker")
            .u32(0)
            .u32(0)
            .done();
        let said = Talk::new(WINSPOOL, wide)
            .call(1, &open, &Stub::new(wide).handle(HANDLE).u32(0).done())
            .call(opnum, &notify, Stub::default().u32(1702))
            .call(29, &Stub::new(wide).handle(HANDLE).done(), &[0; 24])
            .call(opnum, &notify, &[0; 4])
            .finish();
        assert_eq!(said.activities[0]["kind"], "rpc_call");
        assert_eq!(said.activities[0]["details"]["printer"], r"\\dc1");
        let coerced = &said.activities[1];
        assert_eq!(coerced["kind"], "authentication_coercion");
        assert_eq!(coerced["details"]["unc_path"], r"\\attacker");
        assert_eq!(coerced["details"]["printer"], r"\\dc1");
        assert_eq!(coerced["observed"]["host"], "attacker");
        assert_eq!(coerced["status"]["name"], "RPC_S_INVALID_BINDING");
        assert_eq!(said.activities[3]["details"].get("printer"), None, "it was closed");
    }
}

/// RpcAsyncOpenPrinter of a print spooler in NDR64, as it was on the wire (its names replaced).
#[test]
fn a_client_calls_itself_by_name() {
    let head = "0000020000000000 0400000000000000 0000000000000000 0400000000000000 5c005c0061000000
        0000000000000000 0000000000000000 0000000000000000 00000000 00000000
        01000000 00000000 01000000 00000000 0000020000000000
        28000000 00000000 0000020000000000 0000020000000000 b11d0000 03000000 00000000 0900 0000
        0900000000000000 0000000000000000 0900000000000000 4d00440031003600410041004100410000 00 000000000000
        0200000000000000 0000000000000000 0200000000000000 62000000";
    let activity = Talk::new(IREMOTEWINSPOOL, true)
        .call(0, &crate::testing::unhex(head), &[0; 24])
        .only();
    assert_eq!(
        (&activity["details"]["printer"], &activity["details"]["client_machine"]),
        (&json!(r"\\a"), &json!("MD16AAAA"))
    );
    assert_eq!(activity["details"]["client_user"], "b");
}

#[test]
fn monitors_processors_and_packages_are_libraries_too() {
    for wide in [false, true] {
        let monitor = Stub::new(wide)
            .null()
            .structure()
            .u32(2)
            .pad64(8)
            .u32(2)
            .pad64(8)
            .pointer()
            .pointer()
            .pointer()
            .pointer()
            .wide_string("monitor")
            .wide_string("Windows x64")
            .wide_string("evil.dll")
            .done();
        let processor = Stub::new(wide)
            .null()
            .wide_string("Windows x64")
            .wide_string(r"\\host\evil.dll")
            .wide_string("processor")
            .done();
        let package = Stub::new(wide)
            .null()
            .wide_string(r"\\host\share\x.inf")
            .wide_string("Windows x64")
            .done();
        let said = Talk::new(IREMOTEWINSPOOL, wide)
            .call(51, &monitor, &[0; 4])
            .call(44, &processor, &[0; 4])
            .call(63, &package, &[0; 4])
            .finish();
        assert_eq!(said.activities[0]["details"]["path"], "evil.dll");
        assert_eq!(said.activities[1]["details"]["unc_path"], r"\\host\evil.dll");
        assert_eq!(said.activities[2]["details"]["unc_path"], r"\\host\share\x.inf");
    }
}

#[test]
fn what_is_sealed_is_coercion_all_the_same() {
    let activity = Talk::new(WINSPOOL, false).sealed(65, &[0x55; 80], &[0x55; 4]).only();
    assert_eq!(activity["kind"], "authentication_coercion");
    assert_eq!(activity["details"]["sealed"], true);
    assert_eq!(activity["details"]["stub_size"], 80);
    assert_eq!(activity["outcome"], "unknown");
}

#[test]
fn a_password_before_a_host_is_hidden_whatever_it_is_made_of() {
    let hidden = |url| super::hidden_password(url).map(|shown| shown.to_string());
    for url in [
        "http://user:password@host/p",
        "http://user:pa/ss@host/p",
        "http://user:p?a#s@s@host/p",
    ] {
        assert_eq!(hidden(url).as_deref(), Some("http://user@host/p"), "{url}");
    }
    for url in ["http://host/p", "http://user@host/p", r"\\host\p"] {
        assert_eq!(hidden(url), None, "{url}");
    }
}
