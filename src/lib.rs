//! pgsextant: which indexes a Postgres workload needs, and why.
//!
//! The floors, in the order in which they may use each other (left to right in
//! `ARCHITECTURE.md`); everything below `io` is pure, which the lints here hold.

/// Bans the outside world on a pure floor: files, sockets, clock, environment, printing.
macro_rules! pure_floors {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => { $(
        $(#[doc = $doc])*
        #[deny(
            clippy::disallowed_methods,
            clippy::disallowed_types,
            clippy::print_stdout,
            clippy::print_stderr,
            clippy::iter_over_hash_type
        )]
        pub mod $name;
    )* };
}

pure_floors! {
    /// The words everybody uses.
    base;
    /// What the database is.
    catalog;
    /// What was asked: one statement's text, read by the server's own grammar.
    sql;
    /// What the server did: plans read, walked, accounted for.
    plan;
    /// What happened, joined.
    workload;
    /// What is wrong.
    rules;
    /// What might help.
    indexes;
    /// What it would cost.
    whatif;
    /// What to do.
    advise;
    /// How it is told.
    report;
}

/// The outside world: servers, files, the terminal.
#[cfg(feature = "live")]
pub mod io;

#[cfg(test)]
mod testing;
