//! Golden cases: what adtap says of the captures under `pcaps/`, compared or blessed.

use std::fs;

use anyhow::bail;
use tests::golden;

use crate::shell::{adtap, root};

/// Replays every case and compares, or writes what it says as the new expectation.
pub(crate) fn run(bless: bool) -> anyhow::Result<()> {
    let adtap = adtap()?;
    let cases = golden::cases(&root().join("pcaps"))?;
    let mut wrong = Vec::new();
    for case in &cases {
        let said = golden::replay(&adtap, case)?;
        let expected = case.join("expected.jsonl");
        let name = case.strip_prefix(root()).unwrap_or(case).display().to_string();
        if bless {
            fs::write(&expected, &said)?;
        } else if fs::read(&expected).unwrap_or_default() != said {
            wrong.push(format!(
                "{name}: differs from expected.jsonl; read the difference, then bless it or mend the code"
            ));
        }
        if !case.join("README.md").is_file() {
            wrong.push(format!(
                "{name}: has no README.md; say where the capture is from and what it shows"
            ));
        }
    }
    if !wrong.is_empty() {
        bail!("golden cases:\n{}", wrong.join("\n"));
    }
    println!(
        "golden: {} cases {}",
        cases.len(),
        if bless { "blessed" } else { "as expected" }
    );
    Ok(())
}
