//! Every capture under `pcaps/` says what its `expected.jsonl` says, line by line.

use std::fs;

use tests::{adtap, golden, root};

#[test]
fn golden_cases_say_what_is_expected() {
    let cases = golden::cases(&root().join("pcaps")).unwrap();
    assert!(cases.len() > 20, "only {} golden cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let said = String::from_utf8(golden::replay(adtap(), &case).unwrap()).unwrap();
        let expected = fs::read_to_string(case.join("expected.jsonl")).unwrap_or_default();
        if let Some((line, (said, expected))) = said
            .lines()
            .zip(expected.lines())
            .enumerate()
            .find(|(_, (a, b))| a != b)
        {
            wrong.push(format!(
                "{} line {}:\n  said     {said}\n  expected {expected}",
                case.display(),
                line + 1
            ));
        } else if said.lines().count() != expected.lines().count() {
            wrong.push(format!(
                "{}: {} lines, expected {}",
                case.display(),
                said.lines().count(),
                expected.lines().count()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
