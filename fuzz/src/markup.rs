//! EXPLAIN in YAML and in XML: the first byte chooses.
#![no_main]

mod ledger;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    ledger::within_bounds(input, || {
        let Some((first, rest)) = input.split_first() else { return };
        let rest = String::from_utf8_lossy(rest);
        let text = match first % 2 {
            0 => format!("- Plan: \n    Node Type: \"Result\"\n{rest}"),
            _ => format!("<explain xmlns=\"http://www.postgresql.org/2009/explain\">{rest}"),
        };
        if let Ok(reading) = pgsextant_core::plan::read(&text) {
            ledger::judge(reading.plans);
        }
    });
});
