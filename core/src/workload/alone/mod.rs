//! The world of a plan that is given alone: the tables, columns and indexes that it shows, and
//! the access that its nodes ask for.
//!
//! Everything is read from the plan, so it is less than a capture knows: a column that the plan
//! does not name is not there, an index is known as far as its name and its conditions tell.
//! Refuses to invent: what the plan does not say is `None`.

mod asked;
mod seen;
mod shown;

use crate::catalog::{Catalog, CatalogParts};
use crate::plan::Plan;
use crate::workload::Wish;

/// What one plan shows of the database, and what it asks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanWorld {
    /// The tables and indexes that the plan names.
    pub catalog: Catalog,
    /// The access that its scans ask for.
    pub wishes: Vec<Wish>,
}

/// Reads the world of one plan.
pub fn plan_world(plan: &Plan) -> PlanWorld {
    let sightings = seen::sightings(plan);
    let tables = seen::tables(plan, &sightings);
    let indexes = shown::indexes(plan, &sightings);
    let catalog = Catalog::new(CatalogParts { tables, indexes, ..CatalogParts::default() });
    let wishes = asked::wishes(plan, &sightings, &catalog);
    PlanWorld { catalog, wishes }
}

#[cfg(test)]
mod tests;
