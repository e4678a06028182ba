//! From wishes to candidates: every b-tree that could grant a wish, and why the rest could not.
//!
//! Refuses to judge gains: that is the planner's business. What is refused here could not help
//! under any workload, and each refusal has its figures.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Bytes, CandidateId, Name, Pages, Rows, Share, TableId};
use crate::catalog::{Catalog, Table, TableKind};
use crate::workload::{EqualityKind, Wish, WishId};

use super::candidate::{Candidate, Definition, KeyColumn, Refusal, RefusalReason};
use super::ddl::partitions;
use super::lattice::{Served, serves};
use super::size::{key_width, size};

/// What keeps the number of candidates sane.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateLimits {
    /// Most columns of one index.
    pub width_max: usize,
    /// Smaller tables get no candidate.
    pub table_min: Bytes,
    /// Conditions that keep more of the table than this get none, unless rows come in order
    /// and stop at a LIMIT.
    pub kept_share_max: Share,
}

/// Past four columns published searches gain nothing that a narrower index would not give,
/// while every column makes each write and each page dearer.
pub const WIDTH_MAX: usize = 4;

/// Twelve pages are read in order for the price of about three scattered ones, which is what
/// an index look-up costs anyway (source: `random_page_cost` is 4 by default).
pub const TABLE_BYTES_MIN: Bytes = Bytes(100 * 1024);

/// An index scan of a third of the rows visits nearly every page, and out of order.
pub const KEPT_SHARE_MAX: Share = Share::percent(30.0);

/// The largest entry of a b-tree (source: `BTMaxItemSize`, `nbtree.h`).
const ENTRY_MAX: Bytes = Bytes(2704);

impl Default for CandidateLimits {
    fn default() -> Self {
        Self { width_max: WIDTH_MAX, table_min: TABLE_BYTES_MIN, kept_share_max: KEPT_SHARE_MAX }
    }
}

/// The candidates in canonical order (table, then definition), and everything refused.
pub fn candidates(
    wishes: &[Wish],
    catalog: &Catalog,
    limits: &CandidateLimits,
) -> (Vec<Candidate>, Vec<Refusal>) {
    let ranks = column_ranks(wishes);
    let mut refused: BTreeSet<Refusal> = BTreeSet::new();
    let mut wanted: BTreeMap<(TableId, Definition), BTreeSet<WishId>> = BTreeMap::new();
    for wish in wishes {
        let site = Site { wish, table: catalog.table(wish.table), catalog, limits };
        if let Some(refusal) = site.refusal() {
            refused.insert(refusal);
            continue;
        }
        let (columns, unsortable) = site.columns(&ranks);
        refused.extend(unsortable);
        for keys in variants(wish, &columns, limits.width_max) {
            let definition = site.definition(&keys);
            match site.refuse_definition(&definition) {
                Some(refusal) => drop(refused.insert(refusal)),
                None => {
                    wanted.entry((wish.table, definition)).or_default().insert(wish.id);
                }
            }
        }
    }
    let found = wanted.into_iter().enumerate().map(|(position, ((table, definition), wishes))| {
        let rows = table_rows(catalog, table).unwrap_or(Rows(0.0));
        Candidate {
            id: CandidateId::at(position),
            table,
            size: size(&definition, catalog.table(table), rows),
            definition,
            wishes: wishes.into_iter().collect(),
        }
    });
    (found.collect(), refused.into_iter().collect())
}

/// The rows of a table with its partitions; `None` when nothing is known.
pub fn table_rows(catalog: &Catalog, id: TableId) -> Option<Rows> {
    let table = catalog.table(id);
    if table.kind != TableKind::Partitioned {
        return table.planner_rows();
    }
    let parts = partitions(catalog, &table.name).filter_map(|it| catalog.find_table(&it.name));
    let known: Vec<Rows> = parts.filter_map(|it| table_rows(catalog, it)).collect();
    if known.is_empty() { table.rows } else { Some(known.into_iter().sum()) }
}

/// The pages of a table with its partitions.
pub fn table_pages(catalog: &Catalog, id: TableId) -> Pages {
    let table = catalog.table(id);
    if table.kind != TableKind::Partitioned {
        return table.size();
    }
    let parts = partitions(catalog, &table.name).filter_map(|it| catalog.find_table(&it.name));
    Pages(parts.map(|it| table_pages(catalog, it).0).sum())
}

/// How often each column of a table is compared by equality, over all wishes.
fn column_ranks(wishes: &[Wish]) -> BTreeMap<(TableId, Name), usize> {
    let mut ranks = BTreeMap::new();
    for wish in wishes {
        for equality in &wish.equalities {
            *ranks.entry((wish.table, equality.column.clone())).or_default() += 1;
        }
    }
    ranks
}

/// A wish's columns, sorted into the parts that an index is made of.
struct Columns {
    /// Compared with one value or NULL, best leading column first.
    single: Vec<Name>,
    /// Compared with a list.
    listed: Vec<Name>,
    /// Compared with another table's column.
    joined: Vec<Name>,
    /// Compared by `<` and its kin.
    ranges: Vec<Name>,
    /// The order asked for, without constant columns.
    order: Vec<KeyColumn>,
}

/// One wish at its table.
struct Site<'a> {
    wish: &'a Wish,
    table: &'a Table,
    catalog: &'a Catalog,
    limits: &'a CandidateLimits,
}

impl Site<'_> {
    /// Why no index at all can grant the wish.
    fn refusal(&self) -> Option<Refusal> {
        let indexable = matches!(
            self.table.kind,
            TableKind::Table | TableKind::MaterializedView | TableKind::Partitioned
        );
        let schema = self.table.name.schema.as_str();
        if !indexable || ["pg_catalog", "information_schema", "pg_toast"].contains(&schema) {
            let detail = format!("{} holds no rows that we may index", self.table.name.plain());
            return Some(self.refuse(RefusalReason::NotIndexable, detail));
        }
        let served = self
            .catalog
            .indexes_of(self.wish.table)
            .find(|(_, index)| serves(index, self.wish) == Served::Fully);
        if let Some((_, index)) = served {
            let detail = format!("index {} serves it", index.name.plain());
            return Some(self.refuse(RefusalReason::AlreadyServed, detail));
        }
        const BLOCK: Bytes = Bytes(8192);
        let bytes = table_pages(self.catalog, self.wish.table).bytes(BLOCK);
        if bytes < self.limits.table_min {
            let detail = format!(
                "the table has {bytes}, and below {} a scan of it is as good",
                self.limits.table_min
            );
            return Some(self.refuse(RefusalReason::SmallTable, detail));
        }
        self.refuse_unselective()
    }

    fn refuse_unselective(&self) -> Option<Refusal> {
        if self.wish.limited && !self.wish.order.is_empty() {
            return None;
        }
        let share = self.kept_share()?;
        (share.0 > self.limits.kept_share_max.0).then(|| {
            let detail = format!(
                "its conditions keep {share} of the rows, more than {}",
                self.limits.kept_share_max
            );
            self.refuse(RefusalReason::NotSelective, detail)
        })
    }

    /// The share of the table that the conditions keep; everything where there are none.
    fn kept_share(&self) -> Option<Share> {
        if self.wish.equalities.is_empty() && self.wish.ranges.is_empty() {
            return Some(Share(1.0));
        }
        let rows = table_rows(self.catalog, self.wish.table).filter(|it| it.0 > 0.0);
        if let (Some(kept), Some(rows)) = (self.wish.kept, rows) {
            return Some(Share::of(kept.0, rows.0));
        }
        let shares: Vec<Share> = self.wish.equalities.iter().filter_map(|it| it.kept).collect();
        (!shares.is_empty() && self.wish.ranges.is_empty())
            .then(|| Share(shares.iter().map(|it| it.0).product()))
    }

    /// The columns that an index can be made of; the rest with the reason.
    fn columns(&self, ranks: &BTreeMap<(TableId, Name), usize>) -> (Columns, Vec<Refusal>) {
        let mut refused = BTreeSet::new();
        let mut sortable = |name: &Name| {
            let column = self.table.column(name);
            if column.is_some_and(|it| it.sortable) {
                return true;
            }
            let type_name = column.map_or("unknown", |it| it.type_name.as_str());
            let detail = format!("{name} is of type {type_name}, which has no b-tree order");
            refused.insert(self.refuse(RefusalReason::NoOrder, detail));
            false
        };
        let mut equalities: Vec<_> =
            self.wish.equalities.iter().filter(|it| sortable(&it.column)).collect();
        equalities.sort_by(|one, two| {
            let rank = |name: &Name| ranks.get(&(self.wish.table, name.clone()));
            let kept = |share: Option<Share>| share.map_or(1.0, |it| it.0);
            rank(&two.column)
                .cmp(&rank(&one.column))
                .then_with(|| kept(one.kept).total_cmp(&kept(two.kept)))
                .then_with(|| one.column.cmp(&two.column))
        });
        let of = |wanted: fn(EqualityKind) -> bool| -> Vec<Name> {
            let fitting = equalities.iter().filter(|it| wanted(it.with));
            fitting.map(|it| it.column.clone()).collect()
        };
        let ranges = self.wish.ranges.iter().filter(|it| sortable(it)).cloned().collect();
        let order: Vec<_> = self
            .wish
            .order_beyond_equalities()
            .into_iter()
            .take_while(|it| sortable(&it.column))
            .collect();
        let backwards = order.first().is_some_and(|it| it.descending);
        let order = order.into_iter().map(|it| {
            let descending = it.descending != backwards;
            let not_null = self.table.column(&it.column).is_some_and(|column| column.not_null);
            let nulls_first = if not_null { descending } else { it.nulls_first != backwards };
            KeyColumn { column: it.column.clone(), descending, nulls_first }
        });
        let columns = Columns {
            single: of(|it| it == EqualityKind::Value),
            listed: of(|it| matches!(it, EqualityKind::List | EqualityKind::Null)),
            joined: of(|it| matches!(it, EqualityKind::Join(_))),
            ranges,
            order: order.collect(),
        };
        (columns, refused.into_iter().collect())
    }

    fn definition(&self, keys: &[KeyColumn]) -> Definition {
        Definition {
            table: self.table.name.clone(),
            method: Name::from("btree"),
            keys: keys.to_vec(),
            include: Vec::new(),
            predicate: None,
        }
    }

    /// Why one of the indexes that would grant the wish is no candidate.
    fn refuse_definition(&self, definition: &Definition) -> Option<Refusal> {
        let subject = definition.canonical();
        let width = key_width(definition, self.table);
        if width > ENTRY_MAX {
            let detail = format!("its entries would have {width}, and {ENTRY_MAX} is the most");
            return Some(Refusal { subject, reason: RefusalReason::TooWide, detail });
        }
        let existing = self.catalog.indexes_of(self.wish.table).find(|(_, index)| {
            index.is_plain_btree() && {
                let plain = |it: &crate::catalog::IndexKey| {
                    it.operator_class.is_none() && it.collation.is_none()
                };
                let there = index.keys.iter().take_while(|it| plain(it)).zip(index.columns());
                let there: Vec<KeyColumn> = there
                    .map(|(key, column)| KeyColumn {
                        column: column.clone(),
                        descending: key.descending,
                        nulls_first: key.nulls_first,
                    })
                    .collect();
                there.starts_with(&definition.keys)
            }
        });
        let (_, index) = existing?;
        let detail = format!("index {} begins with the same keys", index.name.plain());
        Some(Refusal { subject, reason: RefusalReason::AlreadyServed, detail })
    }

    fn refuse(&self, reason: RefusalReason, detail: String) -> Refusal {
        Refusal { subject: wish_words(self.wish, self.table), reason, detail }
    }
}

/// A wish for people: `public.orders by status = and created_at in order`.
pub fn wish_words(wish: &Wish, table: &Table) -> String {
    let equal = wish.equalities.iter().map(|it| match it.with {
        EqualityKind::Value | EqualityKind::Join(_) => format!("{} =", it.column),
        EqualityKind::List => format!("{} in a list", it.column),
        EqualityKind::Null => format!("{} is null", it.column),
    });
    let ranges = wish.ranges.iter().map(|it| format!("{it} in a range"));
    let order = wish.order.iter().map(|it| format!("{} in order", it.column));
    let parts: Vec<String> = equal.chain(ranges).chain(order).collect();
    match parts.as_slice() {
        [] => format!("{} as a whole", table.name.plain()),
        parts => format!("{} by {}", table.name.plain(), parts.join(" and ")),
    }
}

/// The key lists worth trying for one wish, without repetitions.
fn variants(wish: &Wish, columns: &Columns, width_max: usize) -> Vec<Vec<KeyColumn>> {
    let constant = [columns.single.as_slice(), &columns.listed].concat();
    let parameterised = [columns.joined.as_slice(), &columns.single, &columns.listed].concat();
    let mut found: BTreeSet<Vec<KeyColumn>> = BTreeSet::new();
    let mut keep = |leading: &[Name], tail: &[KeyColumn]| {
        let keys = key_list(leading, tail, width_max);
        if !keys.is_empty() {
            found.insert(keys);
        }
    };
    let heads =
        if columns.joined.is_empty() { vec![constant] } else { vec![constant, parameterised] };
    for head in &heads {
        keep(head, &[]);
        for range in &columns.ranges {
            keep(head, &[ascending(range)]);
        }
        if !head.is_empty() || wish.limited {
            keep(head, &columns.order);
        }
    }
    if !columns.listed.is_empty() && (wish.limited || !columns.single.is_empty()) {
        // A list ahead of the order would break it; so would IS NULL, which the planner does not
        // take for one constant value (`pathkeys.c`: only equalities make a pathkey redundant).
        keep(&columns.single, &columns.order);
    }
    keep(&columns.single, &[]);
    keep(&columns.joined, &[]);
    found.into_iter().collect()
}

fn key_list(leading: &[Name], tail: &[KeyColumn], width_max: usize) -> Vec<KeyColumn> {
    let mut keys: Vec<KeyColumn> = leading.iter().map(ascending).collect();
    let fresh = tail.iter().filter(|it| !leading.contains(&it.column));
    keys.extend(fresh.cloned());
    keys.truncate(width_max);
    keys
}

fn ascending(column: &Name) -> KeyColumn {
    KeyColumn { column: column.clone(), descending: false, nulls_first: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{QualifiedName, StatementId};
    use crate::catalog::{
        CatalogParts, Column, ColumnStatistics, Distinct, Index, IndexKey, KeyTerm,
    };
    use crate::workload::{EqualityWish, OrderWish};

    fn column(number: i16, name: &str, type_name: &str) -> Column {
        let width = if type_name == "text" { 3_000 } else { 8 };
        Column {
            number,
            name: Name::from(name),
            type_name: type_name.to_owned(),
            type_length: if type_name == "bigint" { 8 } else { -1 },
            type_alignment: 'd',
            sortable: type_name != "point",
            not_null: name != "paid_at",
            statistics: Some(ColumnStatistics {
                null_share: Share(0.0),
                width: Bytes(width),
                distinct: Distinct::Count(1_000.0),
                common: Vec::new(),
                histogram: Vec::new(),
                correlation: None,
            }),
        }
    }

    fn catalog(kind: TableKind, pages: u64, indexes: Vec<Index>) -> Catalog {
        let names = ["id", "user_id", "status", "created_at", "paid_at"];
        let mut columns: Vec<Column> =
            (1..).zip(names).map(|(number, name)| column(number, name, "bigint")).collect();
        columns.push(column(6, "place", "point"));
        columns.push(column(7, "body", "text"));
        let table = Table {
            name: QualifiedName::new("public", "orders"),
            kind,
            columns,
            rows: Some(Rows(1e6)),
            pages: Pages(pages),
            all_visible: Pages(0),
            file_pages: None,
            parents: Vec::new(),
            row_security: false,
            owner: Name::from("app"),
            activity: None,
            modified_since_analyze: None,
            analyzed: Some(true),
        };
        Catalog::new(CatalogParts { tables: vec![table], indexes, ..CatalogParts::default() })
    }

    fn index(columns: &[&str], unique: bool) -> Index {
        let key = |column: &&str| IndexKey {
            term: KeyTerm::Column(Name::from(*column)),
            operator_class: None,
            collation: None,
            descending: false,
            nulls_first: false,
        };
        Index {
            name: QualifiedName::new("public", "existing"),
            table: QualifiedName::new("public", "orders"),
            method: Name::from("btree"),
            keys: columns.iter().map(key).collect(),
            include: Vec::new(),
            predicate: None,
            unique,
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

    fn equal(column: &str, with: EqualityKind) -> EqualityWish {
        EqualityWish { column: Name::from(column), with, kept: Some(Share(0.001)) }
    }

    fn order(column: &str, descending: bool) -> OrderWish {
        OrderWish { column: Name::from(column), descending, nulls_first: descending }
    }

    fn wish(equalities: Vec<EqualityWish>, ranges: &[&str], orders: Vec<OrderWish>) -> Wish {
        Wish {
            id: WishId(0),
            statement: StatementId(0),
            table: TableId(0),
            equalities,
            ranges: ranges.iter().map(|it| Name::from(*it)).collect(),
            limited: !orders.is_empty(),
            order: orders,
            columns: None,
            kept: None,
        }
    }

    fn generated(wishes: &[Wish], catalog: &Catalog) -> (Vec<String>, Vec<RefusalReason>) {
        let (found, refused) = candidates(wishes, catalog, &CandidateLimits::default());
        let keys = found.iter().map(|it| {
            let keys: Vec<String> = it.definition.keys.iter().map(KeyColumn::to_string).collect();
            keys.join(", ")
        });
        (keys.collect(), refused.into_iter().map(|it| it.reason).collect())
    }

    fn large() -> Catalog {
        catalog(TableKind::Table, 10_000, Vec::new())
    }

    #[test]
    fn puts_equalities_before_the_range() {
        let wishes = [wish(vec![equal("status", EqualityKind::Value)], &["created_at"], vec![])];
        let (keys, refused) = generated(&wishes, &large());
        assert_eq!(keys, ["status", "status, created_at"]);
        assert_eq!(refused, []);
    }

    #[test]
    fn reads_a_descending_order_backwards_and_keeps_a_mixed_one() {
        let status = || vec![equal("status", EqualityKind::Value)];
        let all = [wish(status(), &[], vec![order("created_at", true), order("id", true)])];
        assert_eq!(generated(&all, &large()).0, ["status", "status, created_at, id"]);
        let mixed = [wish(status(), &[], vec![order("created_at", true), order("id", false)])];
        assert_eq!(generated(&mixed, &large()).0, ["status", "status, created_at, id DESC"]);
        let first = OrderWish { nulls_first: true, ..order("paid_at", false) };
        let nulls = [wish(status(), &[], vec![first])];
        assert_eq!(generated(&nulls, &large()).0, ["status", "status, paid_at NULLS FIRST"]);
    }

    #[test]
    fn tries_a_list_before_and_without_the_order() {
        let equalities =
            vec![equal("status", EqualityKind::List), equal("user_id", EqualityKind::Value)];
        let wishes = [wish(equalities, &[], vec![order("created_at", true)])];
        let (keys, _) = generated(&wishes, &large());
        assert_eq!(
            keys,
            ["user_id", "user_id, created_at", "user_id, status", "user_id, status, created_at"]
        );
    }

    #[test]
    fn leads_with_the_join_and_does_without_it() {
        let equalities = vec![
            equal("status", EqualityKind::Value),
            equal("user_id", EqualityKind::Join(TableId(0))),
        ];
        let (keys, _) = generated(&[wish(equalities, &[], vec![])], &large());
        assert_eq!(keys, ["status", "user_id", "user_id, status"]);
    }

    #[test]
    fn shares_the_leading_column_that_most_wishes_have() {
        let pair = |one: &str, two: &str| {
            let (one, two) = (equal(one, EqualityKind::Value), equal(two, EqualityKind::Value));
            wish(vec![one, two], &[], vec![])
        };
        let wishes = [pair("id", "user_id"), pair("status", "user_id")];
        let (keys, _) = generated(&wishes, &large());
        assert_eq!(keys, ["user_id, id", "user_id, status"]);
    }

    #[test]
    fn refuses_with_the_reason() {
        let status = || vec![equal("status", EqualityKind::Value)];
        let reasons = |wish: Wish, catalog: Catalog| {
            let (keys, refused) = generated(&[wish], &catalog);
            assert_eq!(keys, [] as [&str; 0], "{refused:?}");
            refused
        };
        let of = |kind, pages, indexes| catalog(kind, pages, indexes);
        let plain = || wish(status(), &[], vec![]);
        assert_eq!(
            reasons(plain(), of(TableKind::Table, 10_000, vec![index(&["status", "id"], false)])),
            [RefusalReason::AlreadyServed]
        );
        let both = vec![equal("id", EqualityKind::Value), equal("status", EqualityKind::Value)];
        let unique = of(TableKind::Table, 10_000, vec![index(&["id"], true)]);
        assert_eq!(reasons(wish(both, &[], vec![]), unique), [RefusalReason::AlreadyServed]);
        assert_eq!(reasons(plain(), of(TableKind::Table, 3, vec![])), [RefusalReason::SmallTable]);
        assert_eq!(reasons(plain(), of(TableKind::View, 0, vec![])), [RefusalReason::NotIndexable]);
        let common =
            EqualityWish { kept: Some(Share(0.5)), ..equal("status", EqualityKind::Value) };
        assert_eq!(
            reasons(wish(vec![common], &[], vec![]), large()),
            [RefusalReason::NotSelective]
        );
        let place = vec![equal("place", EqualityKind::Value)];
        assert_eq!(reasons(wish(place, &[], vec![]), large()), [RefusalReason::NoOrder]);
        let body = vec![equal("body", EqualityKind::Value)];
        assert_eq!(reasons(wish(body, &[], vec![]), large()), [RefusalReason::TooWide]);
    }

    #[test]
    fn an_existing_order_serves_only_without_a_list() {
        let there = || vec![index(&["status", "created_at"], false)];
        let ordered = |with| {
            let wish = wish(vec![equal("status", with)], &[], vec![order("created_at", true)]);
            serves(&there()[0], &wish)
        };
        assert_eq!(ordered(EqualityKind::Value), Served::Fully);
        assert_eq!(ordered(EqualityKind::List), Served::Prefix(1));
    }
}
