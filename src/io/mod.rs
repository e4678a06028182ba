//! The only floor that touches the world: files, sockets, clock, environment, processes.
//!
//! Refuses to judge: what it reads goes up as finished values, what it writes was made elsewhere.

pub mod throwaway;
