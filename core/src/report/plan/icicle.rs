//! A plan as an icicle: one box a node, as wide as its time (or blocks) with all below it.
//!
//! What a box has and its children have not is its own. Static SVG: words in the boxes, the
//! figures as titles to hover, light and dark by the reader's own setting. The same plan gives
//! the same bytes. Boxes too narrow to be seen are left out, not their width.

use std::fmt::Write as _;

use crate::base::{Millis, NodeId, Share};
use crate::plan::Plan;
use crate::report::fit::{cut_middle, width};
use crate::report::html::escaped;
use crate::report::plan::measure::{Basis, BesideKind, Measure};
use crate::report::plan::tree::beside_label;
use crate::report::plan::words::{count, label, percent};
use crate::report::tree_text::heat_tone;
use crate::report::{Picture, Tone};

/// Width of the drawing in its own units.
const WIDTH: f64 = 1000.0;
/// Height of one level.
const LEVEL: f64 = 24.0;
/// Room above the first level, for the heading.
const TOP: f64 = 26.0;
/// Units that one letter of 12 takes in a monospaced face: 0.6 of its size, and a little slack.
const LETTER: f64 = 7.4;
/// Narrower boxes are not drawn: less than a pixel on most screens.
const BOX_MIN: f64 = 0.6;
/// Levels that are drawn; deeper ones are said, not drawn.
const LEVELS_MAX: usize = 120;

/// What boxes are as wide as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Time,
    Cost,
    Blocks,
}

/// The pictures of a plan: of time or cost, and of blocks where they were counted.
pub(super) fn pictures(plan: &Plan, measure: &Measure) -> Vec<Picture> {
    let main = match measure.basis {
        Basis::Time => Some(Size::Time),
        Basis::Cost => Some(Size::Cost),
        Basis::Nothing => None,
    };
    let blocks = plan.nodes().any(|node| own_blocks(plan, node.id) > 0.0);
    let sizes = main.into_iter().chain(blocks.then_some(Size::Blocks));
    sizes.map(|size| Icicle::of(plan, measure, size).picture()).collect()
}

/// All pictures below each other, as one drawing.
pub(super) fn whole(pictures: &[Picture]) -> String {
    let parts: Vec<(f64, &str)> =
        pictures.iter().map(|it| (height_of(&it.svg), it.svg.as_str())).collect();
    if parts.is_empty() {
        return format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"icicle\" viewBox=\"0 0 {WIDTH} 32\" \
             width=\"{WIDTH}\" height=\"32\">\n<rect class=\"ground\" width=\"{WIDTH}\" \
             height=\"32\"/>\n<text class=\"head\" x=\"2\" y=\"21\">Neither run nor with costs: \
             there is nothing to draw.</text>\n</svg>\n"
        );
    }
    let gap = 16.0;
    let height: f64 = parts.iter().map(|(height, _)| height + gap).sum::<f64>() - gap;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"icicle\" viewBox=\"0 0 {WIDTH} \
         {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\">\n<rect class=\"ground\" \
         width=\"{WIDTH}\" height=\"{height:.0}\"/>"
    );
    let mut y = 0.0;
    for (height, svg) in parts {
        let _ = writeln!(out, "<g transform=\"translate(0 {y:.0})\">\n{}\n</g>", svg.trim_end());
        y += height + gap;
    }
    out.push_str("</svg>\n");
    out
}

/// The height that a picture says of itself.
fn height_of(svg: &str) -> f64 {
    let after = svg.split_once("height=\"").map_or("", |it| it.1);
    after.split_once('"').and_then(|it| it.0.parse().ok()).unwrap_or(0.0)
}

fn own_blocks(plan: &Plan, id: NodeId) -> f64 {
    plan.own_buffers(id).map_or(0.0, |it| it.touched().0 as f64)
}

struct Icicle<'a> {
    plan: &'a Plan,
    size: Size,
    /// Each node's own part, by position.
    own: Vec<f64>,
    /// Each node's part with all below it, by position.
    all: Vec<f64>,
    /// What stands beside the tree, each with its part.
    beside: Vec<(&'a BesideKind, f64)>,
}

impl<'a> Icicle<'a> {
    fn of(plan: &'a Plan, measure: &'a Measure, size: Size) -> Self {
        let own: Vec<f64> = plan
            .nodes()
            .map(|node| match size {
                Size::Time | Size::Cost => measure.own(node.id),
                Size::Blocks => own_blocks(plan, node.id),
            })
            .collect();
        let mut all = own.clone();
        // Children stand behind their parents, so from the back each is whole when it is added.
        for node in plan.nodes().rev() {
            if let Some(parent) = node.parent {
                all[parent.position()] += all[node.id.position()];
            }
        }
        let outside = measure.beside.iter().filter(|it| !it.is_inside && size != Size::Cost);
        let beside = outside
            .map(|it| match (size, &it.kind) {
                (Size::Blocks, BesideKind::Planning) => {
                    (&it.kind, plan.planning_buffers.map_or(0.0, |it| it.touched().0 as f64))
                }
                (Size::Blocks, _) => (&it.kind, 0.0),
                _ => (&it.kind, it.time.0),
            })
            .filter(|(_, part)| *part > 0.0)
            .collect();
        Self { plan, size, own, all, beside }
    }

    fn total(&self) -> f64 {
        self.all[0] + self.beside.iter().map(|it| it.1).sum::<f64>()
    }

    fn figure(&self, part: f64) -> String {
        match self.size {
            Size::Time => Millis(part).to_string(),
            Size::Cost => format!("cost {}", count(part)),
            Size::Blocks => format!("{} blocks", count(part)),
        }
    }

    fn heading(&self) -> String {
        let total = self.figure(self.total());
        match self.size {
            Size::Time => format!("Time, {total}: a box is as wide as its node with all below it"),
            Size::Cost => format!("Planner cost, {total} in all: estimates, not time"),
            Size::Blocks => format!("Blocks touched, {total}: cached, read and temporary"),
        }
    }

    fn picture(&self) -> Picture {
        let mut boxes = String::new();
        let mut levels = 1;
        let scale = WIDTH / self.total().max(f64::MIN_POSITIVE);
        // Where the next child of each node begins.
        let mut next = vec![0.0; self.own.len()];
        let mut depths = vec![0_usize; self.own.len()];
        let mut deeper = 0;
        for node in self.plan.nodes() {
            let at = node.id.position();
            let (x, depth) = match node.parent {
                Some(parent) => (next[parent.position()], depths[parent.position()] + 1),
                None => (0.0, 0),
            };
            depths[at] = depth;
            next[at] = x;
            if let Some(parent) = node.parent {
                next[parent.position()] += self.all[at];
            }
            if depth >= LEVELS_MAX {
                deeper += 1;
                continue;
            }
            let wide = self.all[at] * scale;
            if wide >= BOX_MIN {
                levels = levels.max(depth + 1);
                let place = Place { x: x * scale, y: depth, width: wide };
                self.push_box(&mut boxes, &place, &self.node_words(node.id));
            }
        }
        let mut x = self.all[0] * scale;
        for (kind, part) in &self.beside {
            let wide = part * scale;
            let name: String =
                beside_label(self.plan, kind).iter().map(|it| it.run.text.as_str()).collect();
            let words = Words { name, own: *part, all: *part, is_beside: true };
            if wide >= BOX_MIN {
                self.push_box(&mut boxes, &Place { x, y: 0, width: wide }, &words);
            }
            x += wide;
        }
        self.framed(&boxes, levels, deeper)
    }

    fn framed(&self, boxes: &str, levels: usize, deeper: usize) -> Picture {
        let height = TOP + levels as f64 * LEVEL;
        let mut title = self.heading();
        if deeper > 0 {
            let _ = write!(title, "; {deeper} nodes below level {LEVELS_MAX} are not drawn");
        }
        let heading = escaped(&title);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"icicle\" viewBox=\"0 0 {WIDTH} \
             {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" \
             aria-label=\"{heading}\">\n<style>{STYLE}</style>\n<rect class=\"ground\" \
             width=\"{WIDTH}\" height=\"{height:.0}\"/>\n<text class=\"head\" x=\"2\" y=\"17\">\
             {heading}</text>\n{boxes}</svg>\n"
        );
        Picture { title, svg }
    }

    fn node_words(&self, id: NodeId) -> Words {
        let name: String =
            label(self.plan.node(id)).iter().map(|it| it.run.text.as_str()).collect();
        let at = id.position();
        Words {
            name: format!("{}  {name}", at + 1),
            own: self.own[at],
            all: self.all[at],
            is_beside: false,
        }
    }

    fn push_box(&self, out: &mut String, place: &Place, words: &Words) {
        let y = TOP + place.y as f64 * LEVEL;
        let share = Share::of(words.own, self.total());
        let class = match heat_tone(share) {
            _ if words.is_beside => "beside",
            Tone::Bad => "hot",
            Tone::Warn => "warm",
            _ if share.0 >= 0.01 => "cool",
            _ => "cold",
        };
        let title = if (words.all - words.own).abs() < f64::EPSILON {
            format!("{}: {} ({})", words.name, self.figure(words.all), percent(share))
        } else {
            let own = self.figure(words.own);
            format!(
                "{}: {} with all below it, {own} by itself ({})",
                words.name,
                self.figure(words.all),
                percent(share)
            )
        };
        let _ = write!(
            out,
            "<g><title>{}</title><rect class=\"{class}\" x=\"{:.2}\" y=\"{y:.0}\" \
             width=\"{:.2}\" height=\"{:.0}\"/>",
            escaped(&title),
            place.x,
            (place.width - 0.5).max(0.1),
            LEVEL - 1.0
        );
        let room = letters(place.width - 8.0);
        if room >= 3 {
            let text = boxed(&words.name, &percent(share), room);
            let _ = write!(
                out,
                "<text x=\"{:.2}\" y=\"{:.0}\">{}</text>",
                place.x + 4.0,
                y + 16.0,
                escaped(&text)
            );
        }
        out.push_str("</g>\n");
    }
}

/// The words of a box: with its share where both have room.
fn boxed(name: &str, share: &str, room: usize) -> String {
    let both = format!("{name}  {share}");
    if width(&both) <= room { both } else { cut_middle(name, room) }
}

/// How many letters fit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between nought and the letters of a drawing"
)]
fn letters(room: f64) -> usize {
    (room / LETTER).floor().max(0.0) as usize
}

struct Place {
    x: f64,
    y: usize,
    width: f64,
}

struct Words {
    name: String,
    own: f64,
    all: f64,
    is_beside: bool,
}

/// Every ground keeps a contrast of 4.5 : 1 to its letters.
const STYLE: &str = "\
.icicle .ground{fill:#fff}.icicle text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,\
'DejaVu Sans Mono',monospace;fill:#1c2024}.icicle text.head{font:13px system-ui,sans-serif;\
fill:#5b636b}.icicle .hot{fill:#ff9d8f}.icicle .warm{fill:#ffd08a}.icicle .cool{fill:#bcd8ec}\
.icicle .cold{fill:#e6ebef}.icicle .beside{fill:#d9d3ea}\
@media(prefers-color-scheme:dark){.icicle .ground{fill:#14171a}.icicle text{fill:#f0f2f4}\
.icicle text.head{fill:#9aa4ad}.icicle .hot{fill:#8c2b20}.icicle .warm{fill:#6b4a08}\
.icicle .cool{fill:#24475e}.icicle .cold{fill:#2a3036}.icicle .beside{fill:#443a63}}";
