//! A paste of anything: frames, prose, several plans.
#![no_main]

mod ledger;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    ledger::within_bounds(input, || {
        let text = String::from_utf8_lossy(input);
        if let Ok(reading) = pgsextant_core::plan::read(&text) {
            ledger::judge(reading.plans);
        }
    });
});
