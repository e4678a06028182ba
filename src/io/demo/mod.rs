//! The demo's own server: a web shop, its day, and what the server measured of it.
//!
//! This is the one place, with `trial`, where pgsextant runs what it advises; it can only reach
//! a server that it started itself. It refuses to judge: predictions, faults and the last screen
//! are `cli::demo`'s.

mod error;
mod world;
mod workload;
mod faults;
mod server;
mod day;
mod measure;

pub use day::{Day, DayOptions, Played};
pub use error::DemoError;
pub use faults::{Extra, Fault, Faults, RightIndex, Trap};
pub use measure::{IndexScans, Reading, Tally};
pub use server::{APPLICATION, DemoServer, ServerWish, choose};
pub use workload::{Block, Occasion, blocks};
pub use world::World;
