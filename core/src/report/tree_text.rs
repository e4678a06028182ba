//! A tree on a terminal: figures left, the tree right, cut to the columns that are there.
//!
//! Figures keep their columns whatever the depth; names give way first, in their middle; of very
//! deep rows only the last steps are drawn. Control characters were made harmless before.

use crate::base::Share;
use crate::report::fit::{cut_end, cut_middle, one_line, width};
use crate::report::text::{TextStyle, painted, push_line, wrapped};
use crate::report::{Align, Piece, Run, Tone, Tree, TreeColumn, TreeRow};

/// Columns that labels should have; figures of lower rank give way below that.
const LABEL_ROOM_MIN: usize = 30;
/// Columns of a terminal from which on the share is drawn as a bar.
const BAR_FROM: usize = 120;
/// Columns of that bar.
const BAR_WIDTH: usize = 8;
/// Columns before details that take the whole line.
const DETAIL_MARGIN: usize = 10;
/// Columns of one step down.
const STEP: usize = 2;
/// A name is not cut below this.
const NAME_ROOM_MIN: usize = 8;

/// Writes a tree.
pub(super) fn push_tree(out: &mut String, tree: &Tree, style: TextStyle) {
    let layout = Layout::of(tree, style);
    layout.push_head(out, tree);
    let is_last = last_of_siblings(&tree.rows);
    let mut open: Vec<bool> = Vec::new();
    for (position, (row, is_last)) in tree.rows.iter().zip(is_last).enumerate() {
        open.truncate(row.depth.saturating_sub(1));
        layout.push_row(out, row, &guides(&open, row.depth, is_last, layout.steps_max()));
        if row.depth > 0 {
            open.push(!is_last);
        }
        if style.width >= tree.details_from {
            let is_parent = tree.rows.get(position + 1).is_some_and(|it| it.depth > row.depth);
            let down = if is_parent { "│ " } else { "  " };
            let rest = format!("{}{down}", above(&open, layout.steps_max()));
            layout.push_details(out, row, &rest, tree.details_from);
        }
    }
}

/// Where everything stands.
struct Layout<'a> {
    style: TextStyle,
    /// The columns shown, each with its position and width.
    columns: Vec<(usize, &'a TreeColumn, usize)>,
    /// Columns of the mark or bar of heat.
    heat: usize,
    /// Columns of the labels.
    room: usize,
}

impl<'a> Layout<'a> {
    fn of(tree: &'a Tree, style: TextStyle) -> Self {
        let mut columns: Vec<(usize, &TreeColumn, usize)> = tree
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.from <= style.width)
            .map(|(position, column)| {
                let cells = tree.rows.iter().filter_map(|row| row.cells.get(position));
                let widest = cells.map(|cell| width(&cell.text)).max().unwrap_or(0);
                (position, column, widest.max(width(&column.heading)))
            })
            .filter(|(position, _, _)| {
                tree.rows.iter().any(|row| row.cells.get(*position).is_some_and(is_said))
            })
            .collect();
        let heat = if style.width >= BAR_FROM { BAR_WIDTH } else { 1 };
        let room = |columns: &[(usize, &TreeColumn, usize)]| {
            let figures: usize = columns.iter().map(|(_, _, width)| width + 2).sum();
            style.width.saturating_sub(figures + heat + 3)
        };
        while room(&columns) < LABEL_ROOM_MIN {
            let weakest = columns.iter().enumerate().filter(|(_, (_, column, _))| column.from > 0);
            let Some((position, _)) = weakest.max_by_key(|(_, (_, column, _))| column.from) else {
                break;
            };
            columns.remove(position);
        }
        let room = room(&columns).max(LABEL_ROOM_MIN / 2);
        Self { style, columns, heat, room }
    }

    /// Steps that are drawn; half of the room is for words.
    fn steps_max(&self) -> usize {
        self.room / 2 / STEP
    }

    fn push_head(&self, out: &mut String, tree: &Tree) {
        let mut line = " ".repeat(self.heat);
        for (_, column, width) in &self.columns {
            line.push_str("  ");
            line.push_str(&aligned(&column.heading, *width, column.align));
        }
        line.push_str("  ");
        line.push_str(&tree.heading);
        let painted = painted(line.trim_end(), Tone::Dim, self.style);
        push_line(out, &format!(" {painted}"));
    }

    fn push_row(&self, out: &mut String, row: &TreeRow, guides: &str) {
        let mut line = String::from(" ");
        line.push_str(&self.heat(row));
        for (position, column, width) in &self.columns {
            line.push_str("  ");
            let Some(cell) = row.cells.get(*position) else { continue };
            let text = aligned(&cell.text, *width, column.align);
            line.push_str(&painted(&text, cell.tone, self.style));
        }
        line.push_str("  ");
        line.push_str(&painted(guides, Tone::Dim, self.style));
        let marks: usize = row.marks.iter().map(|it| width(&it.text) + 1).sum();
        for run in fitted(&row.label, self.room.saturating_sub(width(guides) + marks)) {
            line.push_str(&painted(&run.text, run.tone, self.style));
        }
        for mark in &row.marks {
            line.push(' ');
            line.push_str(&painted(&mark.text, mark.tone, self.style));
        }
        push_line(out, &line);
    }

    /// How much of the whole a row is, as one mark or as a bar.
    fn heat(&self, row: &TreeRow) -> String {
        let share = row.heat.unwrap_or(Share(0.0));
        let text = if self.heat == 1 { mark(share) } else { bar(share, self.heat) };
        painted(&text, heat_tone(share), self.style)
    }

    fn push_details(&self, out: &mut String, row: &TreeRow, guides: &str, from: usize) {
        // On demand on a narrow terminal they take the whole line: there is no room elsewhere.
        if from == 0 && self.heat == 1 {
            let before = " ".repeat(DETAIL_MARGIN);
            let room = self.style.width.saturating_sub(DETAIL_MARGIN);
            for line in row.details.iter().flat_map(|it| wrapped(it, room, self.style)) {
                push_line(out, &format!("{before}{line}"));
            }
            return;
        }
        let figures: usize = self.columns.iter().map(|(_, _, width)| width + 2).sum();
        let before = " ".repeat(1 + self.heat + figures + 2);
        let before = format!("{before}{}", painted(guides, Tone::Dim, self.style));
        let room = self.room.saturating_sub(width(guides));
        for detail in &row.details {
            // On demand all of it is shown, else what fits one line.
            if from == 0 {
                for line in wrapped(detail, room, self.style) {
                    push_line(out, &format!("{before}{line}"));
                }
                continue;
            }
            let text: String = detail.iter().map(|it| it.text.as_str()).collect();
            let line = painted(&cut_middle(&one_line(&text), room), Tone::Dim, self.style);
            push_line(out, &format!("{before}{line}"));
        }
    }
}

fn is_said(cell: &Run) -> bool {
    !cell.text.is_empty()
}

fn aligned(text: &str, room: usize, align: Align) -> String {
    let gap = " ".repeat(room.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{gap}"),
        Align::Right => format!("{gap}{text}"),
    }
}

/// One of eight heights; nothing below half a percent.
fn mark(share: Share) -> String {
    const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if share.0 < 0.005 {
        return " ".to_owned();
    }
    HEIGHTS[eighths(share.0, 1.0).saturating_sub(1).min(7)].to_owned()
}

/// A bar of eighths of a column.
fn bar(share: Share, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = eighths(share.0, columns as f64);
    let text = format!("{}{}", "█".repeat(filled / 8), PARTS[filled % 8]);
    aligned(&text, columns, Align::Left)
}

/// How many eighths of so many columns a share fills, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between nought and eight times the columns of a bar"
)]
fn eighths(share: f64, columns: f64) -> usize {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    // A tenth of an eighth is not worth a mark.
    (share * columns * 8.0 - 0.1).ceil().max(0.0) as usize
}

/// Shares from which on a part is warm, and hot: a tenth is worth a look, a half is the cause.
pub(super) fn heat_tone(share: Share) -> Tone {
    match share.0 {
        share if share >= 0.5 => Tone::Bad,
        share if share >= 0.1 => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// For each row, whether no sibling follows.
fn last_of_siblings(rows: &[TreeRow]) -> Vec<bool> {
    let mut follows: Vec<bool> = Vec::new();
    let mut found: Vec<bool> = rows
        .iter()
        .rev()
        .map(|row| {
            let is_last = !follows.get(row.depth).copied().unwrap_or(false);
            follows.resize(row.depth, false);
            follows.push(true);
            is_last
        })
        .collect();
    found.reverse();
    found
}

/// The lines that lead to a row: of the levels above it, and its own branch.
fn guides(open: &[bool], depth: usize, is_last: bool, steps_max: usize) -> String {
    if depth == 0 {
        return String::new();
    }
    let above = above(open, steps_max.saturating_sub(1));
    format!("{above}{}", if is_last { "└─" } else { "├─" })
}

/// The last steps of those above; what was left out is said by one sign.
fn above(open: &[bool], steps_max: usize) -> String {
    let left_out = open.len().saturating_sub(steps_max);
    let mut text = String::new();
    for (position, goes_on) in open[left_out..].iter().enumerate() {
        text.push_str(match (position, left_out, goes_on) {
            (0, 1.., _) => "… ",
            (_, _, true) => "│ ",
            (_, _, false) => "  ",
        });
    }
    text
}

/// The label in so many columns: names are cut first, the longest before the others.
fn fitted(label: &[Piece], room: usize) -> Vec<Run> {
    let mut pieces: Vec<Piece> = label.to_vec();
    for piece in &mut pieces {
        piece.run.text = one_line(&piece.run.text);
    }
    loop {
        let all: usize = pieces.iter().map(|it| width(&it.run.text)).sum();
        let Some(excess) = all.checked_sub(room).filter(|it| *it > 0) else { break };
        let names = pieces.iter_mut().filter(|it| it.flexible);
        let Some(longest) = names.max_by_key(|it| width(&it.run.text)) else { break };
        let now = width(&longest.run.text);
        if now <= NAME_ROOM_MIN {
            break;
        }
        // A third at a time, so that two long names give way alike.
        let less = excess.min(now.div_ceil(3)).min(now - NAME_ROOM_MIN);
        longest.run.text = cut_middle(&longest.run.text, now - less);
    }
    let mut left = room;
    let mut runs = Vec::new();
    for piece in pieces {
        let text = cut_end(&piece.run.text, left);
        left = left.saturating_sub(width(&text));
        runs.push(Run::new(text, piece.run.tone));
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Colour, Document, Glyphs, Part, text};

    fn row(depth: usize, name: &str) -> TreeRow {
        TreeRow {
            depth,
            heat: Some(Share(0.3)),
            cells: vec![Run::plain("30 %"), Run::plain("1.2 ms")],
            label: vec![Piece::fixed("Index Scan ", Tone::Plain), Piece::name(name)],
            marks: vec![Run::new("[A]", Tone::Bad)],
            details: vec![vec![Run::plain("Index Cond: (customer_id = 42)")]],
        }
    }

    fn drawn(rows: Vec<TreeRow>, columns: usize, glyphs: Glyphs) -> String {
        let column = |heading: &str, from| TreeColumn {
            heading: heading.to_owned(),
            align: Align::Right,
            from,
        };
        let tree = Tree {
            columns: vec![column("share", 0), column("own", 60)],
            heading: "node".to_owned(),
            rows,
            details_from: 120,
        };
        let document = Document { title: String::new(), parts: vec![Part::Tree(tree)] };
        text(&document, TextStyle { width: columns, colour: Colour::Never, glyphs })
    }

    #[test]
    fn keeps_to_the_columns_at_any_depth() {
        let name = "a_table_with_a_name_that_is_as_long_as_a_name_may_be_in_postgres";
        let rows: Vec<TreeRow> = (0..200).map(|depth| row(depth, name)).collect();
        for columns in [40, 60, 80, 119, 120, 160] {
            let out = drawn(rows.clone(), columns, Glyphs::Unicode);
            let widest = out.lines().map(width).max().unwrap();
            assert!(widest <= columns, "{widest} of {columns}:\n{out}");
        }
    }

    #[test]
    fn draws_branches_and_details_where_there_is_room() {
        let rows = vec![row(0, "a"), row(1, "b"), row(2, "c"), row(1, "d")];
        let narrow = drawn(rows.clone(), 80, Glyphs::Unicode);
        assert!(narrow.contains("├─Index Scan b [A]"), "{narrow}");
        assert!(narrow.contains("│ └─Index Scan c [A]"), "{narrow}");
        assert!(narrow.contains("└─Index Scan d [A]"), "{narrow}");
        assert!(!narrow.contains("Index Cond"), "{narrow}");
        let wide = drawn(rows.clone(), 160, Glyphs::Unicode);
        assert!(wide.contains("│ │ Index Cond: (customer_id = 42)"), "{wide}");
        let plain = drawn(rows, 160, Glyphs::Ascii);
        assert!(plain.is_ascii(), "{plain}");
    }
}
