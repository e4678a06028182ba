//! Which table and column each name of a statement means.

/// Names resolved.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {}
