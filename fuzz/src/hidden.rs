//! A plan whose names are hidden is read again as the same tree.
#![no_main]

mod ledger;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    ledger::within_bounds(input, || {
        use pgsextant_core::plan::{Identity, read, read_document};
        let text = String::from_utf8_lossy(input);
        let Ok((reading, document)) = read_document(&text, Identity::Hidden) else { return };
        let again = read(&document).expect("what we write can be read");
        let shape = |plans: &[pgsextant_core::plan::Plan]| -> Vec<usize> {
            plans.iter().map(|plan| plan.nodes().len()).collect()
        };
        assert_eq!(shape(&reading.plans), shape(&again.plans));
    });
});
