//! Named pipes that are one interface's home: what is spoken there when nobody saw the bind.
//!
//! Pipes of a process that serves many interfaces (`lsass`, `ntsvcs`, `protected_storage`) are not here: they tell nothing.

/// Pipes in order of their names, and the interface that each is for.
const PIPES: &[(&str, &str)] = &[
    ("atsvc", "1ff70682-0a51-30e8-076d-740be8cee98b"),
    ("browser", "6bffd098-a112-3610-9833-012892020162"),
    ("dnsserver", "50abc2a4-574d-40b3-9d66-ee4fd5fba076"),
    ("efsrpc", "df1941c5-fe89-4e79-bf10-463657acf44d"),
    ("epmapper", "e1af8308-5d1f-11c9-91a4-08002b14a0fa"),
    ("eventlog", "82273fdc-e32a-18c3-3f78-827929dc23ea"),
    ("fssagentrpc", "a8e0653c-2744-4389-a61d-7373df8b2292"),
    ("initshutdown", "894de0c0-0d55-11d3-a322-00c04fa321a1"),
    ("lsarpc", "12345778-1234-abcd-ef00-0123456789ab"),
    ("netdfs", "4fc742e0-4a10-11cf-8273-00aa004ae673"),
    ("netlogon", "12345678-1234-abcd-ef00-01234567cffb"),
    ("samr", "12345778-1234-abcd-ef00-0123456789ac"),
    ("spoolss", "12345678-1234-abcd-ef00-0123456789ab"),
    ("srvsvc", "4b324fc8-1670-01d3-1278-5a47bf6ee188"),
    ("svcctl", "367abb81-9844-35f1-ad32-98f038001003"),
    ("tapsrv", "2f5f6520-ca46-1067-b319-00dd010662da"),
    ("trkwks", "300f3532-38cc-11d0-a3f0-0020af6b0add"),
    ("w32time", "8fb6d884-2388-11d0-8c35-00c04fda2795"),
    ("winreg", "338cd001-2244-31f1-aaaa-900038001003"),
    ("wkssvc", "6bffd098-a112-3610-9833-46c3f87e345a"),
];

/// The UUID of the interface that `pipe` (in lower case, without `\\PIPE\\`) is for.
pub(super) fn interface(pipe: &str) -> Option<&'static str> {
    let at = PIPES.binary_search_by_key(&pipe, |(name, _)| name).ok()?;
    PIPES.get(at).map(|(_, uuid)| *uuid)
}

#[cfg(test)]
mod tests {
    use super::super::Interface;
    use super::*;

    #[test]
    fn pipes_stand_in_order_and_have_interfaces_with_names() {
        assert!(PIPES.is_sorted());
        for (pipe, _) in PIPES {
            assert!(Interface::of_pipe(pipe).unwrap().name().is_some(), "{pipe}");
        }
        assert!(Interface::of_pipe("lsass").is_none());
    }
}
