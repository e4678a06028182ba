//! The only floor that touches the world: files, sockets, clock, environment, processes.
//!
//! Refuses to judge: what it reads goes up as finished values, what it writes was made elsewhere.
//! On the user's server it sends one short read-only transaction per statement and leaves no
//! trace in the session.

mod error;
mod target;
mod tls;
mod session;
mod record;
mod deeds;
mod text;
mod collect;
mod explain;
mod hypothetical;
mod terminal;
mod pager;
pub mod demo;
pub mod log;
pub mod store;
pub mod throwaway;

pub use collect::{CollectOptions, TRUSTED_EXTENSIONS, collect};
pub use deeds::Deeds;
pub use error::{ServerError, ServerErrorKind};
pub use explain::{Consent, ConsentMode, plan_drafts, rehearsal};
pub use hypothetical::HypoPg;
pub use pager::{page, pager_command};
pub use record::Record;
pub use session::{CancelHandle, Limits, Question, Session, Transaction};
pub use target::{Encryption, Place, SessionWanted, Spoken, Surroundings, Target};
pub use terminal::{ColourWish, Progress, ProgressLine, Screen, ScreenWish, Silent, Sink};
pub use text::{ArrayError, TextValue, read_array, write_array};
