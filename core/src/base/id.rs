//! Ids: positions inside one run, and the stable ids that reports print.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id of the thing at this position of its list.
            ///
            /// # Panics
            /// When a list holds more than `u32::MAX` things, which no capture can.
            pub fn at(position: usize) -> Self {
                Self(u32::try_from(position).expect("a capture holds fewer than 2^32 things"))
            }

            /// The position in its list.
            pub fn position(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

ids! {
    /// A node of one plan: its position in printed order.
    NodeId,
    /// A table of the catalog: its position in the order of qualified names.
    TableId,
    /// An existing index: its position in the order of qualified names.
    IndexId,
    /// A statement of the workload: its position in the capture's order.
    StatementId,
    /// A parameter set of one statement.
    SetId,
    /// A candidate index: its position in canonical order.
    CandidateId,
}

/// Ten hexadecimal digits made of what a thing is about, never of its order: the same
/// finding has the same id in every run.
///
/// FNV-1a over the parts, each closed by a zero byte, so that `["ab", "c"]` and `["a", "bc"]`
/// differ. Forty bits: a thousand findings collide with a chance below one in a million.
pub fn stable_id(parts: &[&str]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{:010x}", (hash ^ (hash >> 40)) & 0xff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_where_one_part_ends() {
        assert_ne!(stable_id(&["ab", "c"]), stable_id(&["a", "bc"]));
        assert_eq!(stable_id(&["ab", "c"]), stable_id(&["ab", "c"]));
        assert_eq!(stable_id(&[]).len(), 10);
    }
}
