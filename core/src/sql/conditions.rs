//! WHERE and ON as predicates.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AExpr, AExprKind, BoolExpr, BoolExprType, BoolTestType, BooleanTest, Node, NullTest,
    NullTestType, SubLink, SubLinkType,
};

use crate::base::Name;

use super::block::{BlockId, JoinKind, RelationUse};
use super::operand::{Alternative, ColumnUse, Literal, Operand, Predicate, Shape};
use super::operands::{expression, operand, strings};
use super::operators::{commutator, negator, shape};
use super::outline::Outline;
use super::parameter::ParameterContext;
use super::surveys::{Around, survey};

/// The predicates of one block.
#[derive(Debug)]
pub(super) struct Conditions {
    /// The block.
    pub(super) block: BlockId,
    /// What was read so far.
    pub(super) found: Vec<Predicate>,
    /// The names of what the block reads.
    aliases: Vec<Name>,
    /// How many ORs were read so far.
    groups: u32,
}

impl Conditions {
    /// No predicates yet.
    pub(super) fn of(block: BlockId, relations: &[RelationUse]) -> Self {
        let aliases = relations.iter().map(|it| it.alias.clone()).collect();
        Self { block, found: Vec::new(), aliases, groups: 0 }
    }

    /// Adds the conjuncts of a condition.
    pub(super) fn read(&mut self, node: &Node, join: Option<JoinKind>, out: &mut Outline) {
        survey(node, &Around::of(ParameterContext::Condition), self.block, out);
        let mut conjuncts = Vec::new();
        self.conjuncts(node, &mut conjuncts, out);
        self.found.extend(conjuncts.into_iter().map(|it| Predicate { join, ..it }));
    }

    /// Adds the equality of a USING column.
    pub(super) fn equate(&mut self, left: Operand, right: Operand, join: JoinKind) {
        let predicate = Predicate::of(left, "=", right);
        self.found.push(Predicate { join: Some(join), ..predicate });
    }

    fn conjuncts(&mut self, node: &Node, found: &mut Vec<Predicate>, out: &mut Outline) {
        match &node.node {
            Some(NodeEnum::BoolExpr(it)) => match it.boolop() {
                BoolExprType::AndExpr => {
                    it.args.iter().for_each(|arm| self.conjuncts(arm, found, out));
                }
                BoolExprType::OrExpr => self.alternatives(it, found, out),
                _ => match it.args.first() {
                    Some(inner) => self.negated(inner, found, out),
                    None => found.push(self.whole(node, out)),
                },
            },
            Some(NodeEnum::AExpr(it)) => self.compared(node, it, found, out),
            _ => found.push(self.single(node, out)),
        }
    }

    /// An OR: one predicate when all arms are equalities of one operand, else all that stands
    /// in its arms.
    fn alternatives(&mut self, it: &BoolExpr, found: &mut Vec<Predicate>, out: &mut Outline) {
        let group = self.groups;
        self.groups += 1;
        let mut arms: Vec<Vec<Predicate>> = Vec::with_capacity(it.args.len());
        for node in &it.args {
            let mut arm = Vec::new();
            // An arm with an OR within is kept in one piece.
            if has_or(node, false) {
                arm.push(self.whole(node, out));
            } else {
                self.conjuncts(node, &mut arm, out);
            }
            arms.push(arm);
        }
        if let Some(merged) = any_of(&arms) {
            found.push(merged);
            return;
        }
        for (position, arm) in arms.into_iter().enumerate() {
            let arm_number = u32::try_from(position).unwrap_or(u32::MAX);
            let alternative = Some(Alternative { group, arm: arm_number });
            found.extend(arm.into_iter().map(|it| Predicate { alternative, ..it }));
        }
    }

    /// A condition under NOT, which moves inward as the planner moves it.
    fn negated(&mut self, inner: &Node, found: &mut Vec<Predicate>, out: &mut Outline) {
        match &inner.node {
            Some(NodeEnum::BoolExpr(it)) if it.boolop() == BoolExprType::NotExpr => {
                it.args.iter().for_each(|arm| self.conjuncts(arm, found, out));
            }
            Some(NodeEnum::BoolExpr(it)) if it.boolop() == BoolExprType::OrExpr => {
                it.args.iter().for_each(|arm| self.negated(arm, found, out));
            }
            Some(NodeEnum::BoolExpr(_)) => found.push(self.not(inner, out)),
            _ => {
                let mut positive = Vec::new();
                self.conjuncts(inner, &mut positive, out);
                let turned = match positive.as_slice() {
                    [only] => only.negation(),
                    _ => None,
                };
                found.push(turned.unwrap_or_else(|| self.not(inner, out)));
            }
        }
    }

    /// A condition that is not taken apart, known to be false.
    fn not(&self, node: &Node, out: &mut Outline) -> Predicate {
        let whole = self.whole(node, out);
        Predicate { right: Operand::Literal(Literal::boolean(false)), ..whole }
    }

    /// A condition that is not taken apart.
    fn whole(&self, node: &Node, out: &mut Outline) -> Predicate {
        let left = Operand::Expression(expression(node, self.block, out));
        let right = Operand::Literal(Literal::boolean(true));
        Predicate { shape: Shape::Other, ..Predicate::of(left, "=", right) }
    }

    /// A condition that is no AND, OR, NOT or comparison.
    fn single(&self, node: &Node, out: &mut Outline) -> Predicate {
        let made = match &node.node {
            Some(NodeEnum::NullTest(it)) => self.null_test(it, out),
            Some(NodeEnum::BooleanTest(it)) => self.boolean_test(it, out),
            Some(NodeEnum::SubLink(it)) => self.subquery(it, out),
            _ => {
                let truth = Operand::Literal(Literal::boolean(true));
                Some(Predicate::of(operand(node, self.block, out), "=", truth))
            }
        };
        match made.map(|it| self.turned(it)) {
            // `f(x)` alone is no equality that an index on a column could serve.
            Some(it) if it.shape == Shape::Equality && it.left.column().is_none() => {
                Predicate { shape: Shape::Other, ..it }
            }
            Some(it) => it,
            None => self.whole(node, out),
        }
    }

    fn null_test(&self, it: &NullTest, out: &mut Outline) -> Option<Predicate> {
        let left = operand(it.arg.as_deref()?, self.block, out);
        let operator = match it.nulltesttype() {
            NullTestType::IsNotNull => "is not null",
            NullTestType::IsNull | NullTestType::Undefined => "is null",
        };
        Some(Predicate::of(left, operator, Operand::Literal(Literal::null())))
    }

    fn boolean_test(&self, it: &BooleanTest, out: &mut Outline) -> Option<Predicate> {
        let left = operand(it.arg.as_deref()?, self.block, out);
        let (operator, value) = match it.booltesttype() {
            BoolTestType::IsTrue => ("is true", Literal::boolean(true)),
            BoolTestType::IsNotTrue => ("is not true", Literal::boolean(true)),
            BoolTestType::IsFalse => ("is false", Literal::boolean(false)),
            BoolTestType::IsNotFalse => ("is not false", Literal::boolean(false)),
            BoolTestType::IsNotUnknown => ("is not unknown", Literal::null()),
            BoolTestType::IsUnknown | BoolTestType::Undefined => ("is unknown", Literal::null()),
        };
        Some(Predicate::of(left, operator, Operand::Literal(value)))
    }

    fn subquery(&self, it: &SubLink, out: &mut Outline) -> Option<Predicate> {
        let right = Operand::Subquery(*out.subqueries.get(&it.location)?);
        let symbol = strings(&it.oper_name).last().copied().unwrap_or("=").to_owned();
        let quantifier = match it.sub_link_type() {
            SubLinkType::ExistsSublink => {
                let left = Operand::Literal(Literal::boolean(true));
                return Some(Predicate::of(left, "exists", right));
            }
            SubLinkType::AnySublink => "any",
            SubLinkType::AllSublink => "all",
            _ => {
                let truth = Operand::Literal(Literal::boolean(true));
                return Some(Predicate::of(right, "=", truth));
            }
        };
        let left = operand(it.testexpr.as_deref()?, self.block, out);
        Some(Predicate::of(left, &format!("{symbol} {quantifier}"), right).with_row())
    }

    fn compared(&mut self, node: &Node, it: &AExpr, found: &mut Vec<Predicate>, out: &mut Outline) {
        let (Some(left), Some(right)) = (it.lexpr.as_deref(), it.rexpr.as_deref()) else {
            found.push(self.whole(node, out));
            return;
        };
        let names = strings(&it.name);
        let schema = names.len().checked_sub(2).map(|at| Name::from(names[at]));
        let Some(operator) = operator_of(it.kind(), names.last().copied().unwrap_or_default())
        else {
            // NULLIF, and operators that give no truth value, cannot be told apart from here.
            found.push(self.whole(node, out));
            return;
        };
        let left = operand(left, self.block, out);
        let right = operand(right, self.block, out);
        let made = match (operator.as_str(), left, right) {
            ("between", left, Operand::List(ends)) => between(&left, ends),
            ("=", Operand::List(left), Operand::List(right)) if left.len() == right.len() => {
                let pairs = left.into_iter().zip(right);
                pairs.map(|(left, right)| self.turned(Predicate::of(left, "=", right))).collect()
            }
            (_, left, right) => vec![self.turned(Predicate::of(left, &operator, right).with_row())],
        };
        found
            .extend(made.into_iter().map(|it| Predicate { operator_schema: schema.clone(), ..it }));
    }

    /// The same predicate with the side that this block can look up on the left.
    fn turned(&self, it: Predicate) -> Predicate {
        let sides = (self.rank(&it.left), self.rank(&it.right));
        match commutator(&it.operator) {
            Some(operator) if sides.1 > sides.0 => {
                let row = if it.row.is_empty() { Vec::new() } else { members(&it.right) };
                Predicate { row, ..Predicate::of(it.right, operator, it.left) }.first_of_row()
            }
            // `'a' LIKE column` is no pattern that an index on the column could serve.
            _ if sides.0 == 0 => Predicate { shape: Shape::Other, ..it },
            _ => it.first_of_row(),
        }
    }

    /// 2 for an operand with a column of this block, 1 for one with outer columns, else 0.
    fn rank(&self, operand: &Operand) -> u8 {
        operand
            .columns()
            .into_iter()
            .map(|it| if self.is_local(it) { 2 } else { 1 })
            .max()
            .unwrap_or(0)
    }

    fn is_local(&self, column: &ColumnUse) -> bool {
        column.qualifier.as_ref().is_none_or(|it| self.aliases.contains(it))
    }
}

/// Whether a condition (or its negation) is an OR, or has one among its conjuncts.
fn has_or(node: &Node, negated: bool) -> bool {
    let Some(NodeEnum::BoolExpr(it)) = &node.node else { return false };
    match it.boolop() {
        BoolExprType::NotExpr => it.args.iter().any(|it| has_or(it, !negated)),
        BoolExprType::OrExpr if !negated => true,
        // A negated AND is an OR too, but it is kept whole.
        BoolExprType::AndExpr if negated => false,
        _ => it.args.iter().any(|it| has_or(it, negated)),
    }
}

/// The members of a row.
fn members(operand: &Operand) -> Vec<Operand> {
    match operand {
        Operand::List(members) => members.clone(),
        operand => vec![operand.clone()],
    }
}

/// The operator's symbol or words; None where the comparison is not one.
fn operator_of(kind: AExprKind, symbol: &str) -> Option<String> {
    let operator = match kind {
        AExprKind::AexprOp
        | AExprKind::AexprLike
        | AExprKind::AexprIlike
        | AExprKind::AexprSimilar => symbol.to_owned(),
        AExprKind::AexprOpAny => format!("{symbol} any"),
        AExprKind::AexprOpAll => format!("{symbol} all"),
        AExprKind::AexprIn if symbol == "<>" => "<> all".to_owned(),
        AExprKind::AexprIn => "= any".to_owned(),
        AExprKind::AexprDistinct => "is distinct from".to_owned(),
        AExprKind::AexprNotDistinct => "is not distinct from".to_owned(),
        AExprKind::AexprBetween => "between".to_owned(),
        AExprKind::AexprNotBetween => "not between".to_owned(),
        AExprKind::AexprBetweenSym => "between symmetric".to_owned(),
        AExprKind::AexprNotBetweenSym => "not between symmetric".to_owned(),
        AExprKind::AexprNullif | AExprKind::Undefined => return None,
    };
    Some(operator)
}

fn between(left: &Operand, ends: Vec<Operand>) -> Vec<Predicate> {
    let ends = ends.into_iter().zip([">=", "<="]);
    ends.map(|(end, operator)| Predicate::of(left.clone(), operator, end)).collect()
}

/// One predicate for an OR of equalities of one operand with values; None for other ORs.
fn any_of(arms: &[Vec<Predicate>]) -> Option<Predicate> {
    let mut values = Vec::with_capacity(arms.len());
    let mut left: Option<&Operand> = None;
    for arm in arms {
        let [only] = arm.as_slice() else { return None };
        if left.is_some_and(|it| *it != only.left) || !only.row.is_empty() {
            return None;
        }
        left = Some(&only.left);
        match (only.operator.as_str(), &only.right) {
            ("= any", Operand::List(members)) => values.extend(members.iter().cloned()),
            ("=", right) => values.push(right.clone()),
            _ => return None,
        }
    }
    let left = left.filter(|it| !it.columns().is_empty())?;
    let constant = values.iter().all(|it| it.columns().is_empty() && it.subqueries().is_empty());
    constant.then(|| Predicate::of(left.clone(), "= any", Operand::List(values)))
}

impl Predicate {
    /// A comparison in WHERE, shaped by its operator.
    fn of(left: Operand, operator: &str, right: Operand) -> Self {
        Self {
            left,
            operator: operator.to_owned(),
            operator_schema: None,
            right,
            shape: shape(operator),
            row: Vec::new(),
            alternative: None,
            join: None,
        }
    }

    /// The same with the members of a row on its left noted.
    fn with_row(self) -> Self {
        let row = match &self.left {
            Operand::List(members) => members.clone(),
            _ => Vec::new(),
        };
        Self { row, ..self }
    }

    /// The same with the first member of a row on its left in the row's place.
    fn first_of_row(self) -> Self {
        match self.row.first() {
            Some(first) => Self { left: first.clone(), ..self },
            None => self,
        }
    }

    /// Its negation; None where that is no one predicate.
    fn negation(&self) -> Option<Self> {
        let on_truth = matches!(&self.right, Operand::Literal(it) if *it == Literal::boolean(true));
        if self.operator == "=" && on_truth && self.shape == Shape::Equality {
            let right = Operand::Literal(Literal::boolean(false));
            return Some(Self { right, ..self.clone() });
        }
        if !self.row.is_empty() || self.operator == "=" && self.shape == Shape::Other {
            return None;
        }
        let operator = negator(&self.operator)?;
        Some(Self { operator: operator.to_owned(), shape: shape(operator), ..self.clone() })
    }
}
