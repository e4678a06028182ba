//! Statements are planned and run on the user's server, within what may be taken from it.
