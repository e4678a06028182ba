//! Live tests: on real servers of every supported major version (feature `live-tests`).

mod harness;
mod throwaway;
