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
    base;
    /// What was asked: statements as values, names still unresolved.
    sql;
}

#[cfg(feature = "live")]
pub mod io;
