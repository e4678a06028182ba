//! The world of the demo: four files, built in or from a folder.

use std::path::Path;

use super::{Block, DemoError, Faults, blocks};

/// Everything that makes a demo.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// `schema.sql`.
    pub schema: String,
    /// `load.sql`.
    pub load: String,
    /// `workload.sql`.
    pub blocks: Vec<Block>,
    /// `faults.toml`.
    pub faults: Faults,
}

impl World {
    /// The web shop.
    pub fn built_in() -> Result<Self, DemoError> {
        Self::of_texts(|name| {
            Ok(match name {
                "schema.sql" => include_str!("../../../demo/schema.sql"),
                "load.sql" => include_str!("../../../demo/load.sql"),
                "workload.sql" => include_str!("../../../demo/workload.sql"),
                _ => include_str!("../../../demo/faults.toml"),
            }
            .to_owned())
        })
    }

    /// The world of a folder that holds the same four files.
    pub fn read(folder: &Path) -> Result<Self, DemoError> {
        Self::of_texts(|name| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|source| DemoError::File { path, source })
        })
    }

    fn of_texts(text: impl Fn(&str) -> Result<String, DemoError>) -> Result<Self, DemoError> {
        Ok(Self {
            schema: text("schema.sql")?,
            load: text("load.sql")?,
            blocks: blocks(&text("workload.sql")?)?,
            faults: Faults::read(&text("faults.toml")?)?,
        })
    }

    /// Executions of a day that do not hang on how many rows another block returns.
    pub fn calls(&self) -> u64 {
        self.blocks.iter().filter_map(Block::calls).map(u64::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_world_makes_sense() {
        let world = World::built_in().unwrap();
        assert!(world.blocks.len() >= 20);
        assert!(world.calls() > 1_000);
        assert!(world.faults.faults.len() >= 10);
        let names: Vec<String> =
            world.blocks.iter().map(|it| format!("shop:{}", it.name)).collect();
        for fault in &world.faults.faults {
            let known = names.contains(&fault.subject) || fault.subject.starts_with("shop.");
            assert!(known, "{} is no statement of the workload", fault.subject);
        }
    }
}
