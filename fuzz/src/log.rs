//! A log of any form, in chunks of any size.
#![no_main]

mod ledger;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    ledger::within_bounds(input, || {
        use pgsextant_core::log::{LogForm, LogReader};
        let Some((first, bytes)) = input.split_first() else { return };
        let form = LogForm::detect(bytes).unwrap_or(LogForm::Stderr);
        let mut reader = LogReader::new(form, None);
        let mut found = Vec::new();
        for chunk in bytes.chunks(usize::from(*first).max(1)) {
            reader.feed(chunk, &mut found);
        }
        let _ = reader.finish(&mut found);
        for entry in &found {
            let _ = entry.tags();
        }
    });
});
