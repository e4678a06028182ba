//! Which existing index makes another one redundant.
//!
//! Refuses every case that is not plain: partial indexes with other predicates, expressions in
//! another order, other methods than b-tree, and every index that something depends on.

use crate::base::Name;

use super::index::{Index, IndexKey, KeyTerm};

/// How one index covers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cover {
    /// Both have the same keys.
    Same,
    /// The covering one has more keys behind the same leading ones.
    Prefix,
}

impl Index {
    /// Whether this index makes `other` redundant, so that `other` could be dropped.
    ///
    /// Its leading keys must be the other's with the same operator classes, collations and,
    /// all alike or all reversed, directions; predicate and method must be the same. Of two
    /// that cover each other the caller chooses, for instance by name.
    pub fn covers(&self, other: &Self) -> Option<Cover> {
        let alike = self.name != other.name
            && self.table == other.table
            && self.is_usable_btree()
            && other.is_usable_btree()
            && self.predicate == other.predicate;
        if !alike || other.is_needed() || !self.carries(other) {
            return None;
        }
        let leading = self.keys.get(..other.keys.len())?;
        let same = leading.iter().zip(&other.keys).all(|(one, two)| one == two);
        let reversed = leading.iter().zip(&other.keys).all(|(one, two)| one.is_reverse_of(two));
        if !same && !reversed {
            return None;
        }
        let whole = self.keys.len() == other.keys.len();
        let keeps_unique = !other.unique
            || (self.unique && whole && self.nulls_not_distinct == other.nulls_not_distinct);
        match (keeps_unique, whole) {
            (false, _) => None,
            (true, true) => Some(Cover::Same),
            (true, false) => Some(Cover::Prefix),
        }
    }

    /// Something other than queries depends on it: a constraint, replication, CLUSTER, a
    /// foreign key, a partitioned parent, an extension.
    pub fn is_needed(&self) -> bool {
        self.constraint.is_some()
            || self.primary
            || self.exclusion
            || self.replica_identity
            || self.clustered
            || self.referenced
            || self.parent.is_some()
            || self.of_extension
    }

    fn is_usable_btree(&self) -> bool {
        self.method.as_str() == "btree" && self.valid && self.ready && !self.exclusion
    }

    /// Every column that the other one carries along is here as a key or carried too.
    fn carries(&self, other: &Self) -> bool {
        let here = |wanted: &Name| {
            self.include.contains(wanted)
                || self.keys.iter().any(|key| key.term == KeyTerm::Column(wanted.clone()))
        };
        other.include.iter().all(here)
    }
}

impl IndexKey {
    /// The same key read from the other end.
    pub fn is_reverse_of(&self, other: &Self) -> bool {
        self.term == other.term
            && self.operator_class == other.operator_class
            && self.collation == other.collation
            && self.descending != other.descending
            && self.nulls_first != other.nulls_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Pages, QualifiedName};

    fn index(name: &str, columns: &[&str]) -> Index {
        let key = |column: &&str| IndexKey {
            term: KeyTerm::Column(Name::from(*column)),
            operator_class: None,
            collation: None,
            descending: false,
            nulls_first: false,
        };
        Index {
            name: QualifiedName::new("public", name),
            table: QualifiedName::new("public", "orders"),
            method: Name::from("btree"),
            keys: columns.iter().map(key).collect(),
            include: Vec::new(),
            predicate: None,
            unique: false,
            nulls_not_distinct: false,
            constraint: None,
            primary: false,
            exclusion: false,
            valid: true,
            ready: true,
            replica_identity: false,
            clustered: false,
            referenced: false,
            parent: None,
            pages: Pages(1),
            file_pages: None,
            rows: None,
            definition: None,
            usage: None,
            of_extension: false,
        }
    }

    #[test]
    fn covers_a_prefix_and_nothing_else() {
        let wide = index("wide", &["a", "b"]);
        assert_eq!(wide.covers(&index("narrow", &["a"])), Some(Cover::Prefix));
        assert_eq!(wide.covers(&index("twin", &["a", "b"])), Some(Cover::Same));
        assert_eq!(wide.covers(&wide), None);
        assert_eq!(wide.covers(&index("other", &["b"])), None);
        assert_eq!(index("narrow", &["a"]).covers(&wide), None);
    }

    #[test]
    fn reads_backwards_only_as_a_whole() {
        let reverse = |mut it: Index, keys: usize| {
            for key in it.keys.iter_mut().take(keys) {
                (key.descending, key.nulls_first) = (true, true);
            }
            it
        };
        let wide = index("wide", &["a", "b"]);
        let both = reverse(index("both", &["a", "b"]), 2);
        let mixed = reverse(index("mixed", &["a", "b"]), 1);
        assert_eq!(wide.covers(&both), Some(Cover::Same));
        assert_eq!(wide.covers(&mixed), None);
    }

    #[test]
    fn never_gives_up_what_something_depends_on() {
        let wide = index("wide", &["a", "b"]);
        let narrow = || index("narrow", &["a"]);
        let needed = [
            Index { constraint: Some(Name::from("c")), ..narrow() },
            Index { replica_identity: true, ..narrow() },
            Index { clustered: true, ..narrow() },
            Index { referenced: true, ..narrow() },
            Index { unique: true, ..narrow() },
            Index { predicate: Some("(a > 1)".to_owned()), ..narrow() },
            Index { include: vec![Name::from("c")], ..narrow() },
            Index { method: Name::from("hash"), ..narrow() },
        ];
        for index in needed {
            assert_eq!(wide.covers(&index), None, "{index:?}");
        }
        let carried = Index { include: vec![Name::from("b")], ..narrow() };
        assert_eq!(wide.covers(&carried), Some(Cover::Prefix));
    }
}
