//! Whether figures can be shared out so that every bound holds: flow with lower bounds.
//!
//! The classical reduction: an arc of `[low, high]` is one of `high - low`, and what must flow
//! anyway is demanded of a super source (Ford and Fulkerson, Flows in Networks, 1962). All
//! figures are whole numbers, so that the answer is exact. Refuses nothing.

/// More than any figure, and far from overflowing when added up.
pub(super) const UNBOUNDED: i64 = i64::MAX / 1024;

/// A network with a source and a sink.
#[derive(Debug)]
pub(super) struct Network {
    /// Arcs in pairs: one forth, one back.
    arcs: Vec<Arc>,
    /// By vertex, its arcs.
    leaving: Vec<Vec<usize>>,
    /// What lower bounds bring to a vertex, less what they take away.
    surplus: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Arc {
    to: usize,
    room: i64,
}

impl Network {
    /// A network of so many vertices.
    pub fn new(vertices: usize) -> Self {
        // Two more for the super source and the super sink.
        let leaving = vec![Vec::new(); vertices + 2];
        Self { arcs: Vec::new(), leaving, surplus: vec![0; vertices] }
    }

    /// An arc that must carry at least `low` and at most `high`.
    pub fn arc(&mut self, from: usize, to: usize, (low, high): (i64, i64)) {
        self.join(from, to, high - low);
        self.surplus[to] += low;
        self.surplus[from] -= low;
    }

    fn join(&mut self, from: usize, to: usize, room: i64) {
        self.leaving[from].push(self.arcs.len());
        self.arcs.push(Arc { to, room });
        self.leaving[to].push(self.arcs.len());
        self.arcs.push(Arc { to: from, room: 0 });
    }

    /// Whether a flow within all bounds goes round, from the source to the sink and back; if
    /// not, how much of what must flow cannot.
    pub fn missing(mut self, source: usize, sink: usize) -> i64 {
        let (all, start) = (self.surplus.len(), self.surplus.len() + 1);
        self.join(sink, source, UNBOUNDED);
        let mut wanted = 0;
        for (vertex, surplus) in self.surplus.clone().into_iter().enumerate() {
            match surplus {
                1.. => {
                    self.join(start, vertex, surplus);
                    wanted += surplus;
                }
                0 => {}
                lack => self.join(vertex, all, -lack),
            }
        }
        while let Some(way) = self.way(start, all) {
            let room = way.iter().map(|arc| self.arcs[*arc].room).min().unwrap_or(0);
            for arc in way {
                self.arcs[arc].room -= room;
                self.arcs[arc ^ 1].room += room;
            }
            wanted -= room;
        }
        wanted
    }

    /// The shortest way with room, as arcs.
    fn way(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_by: Vec<Option<usize>> = vec![None; self.leaving.len()];
        let mut open = std::collections::VecDeque::from([from]);
        while let Some(vertex) = open.pop_front() {
            for arc in &self.leaving[vertex] {
                let Arc { to: next, room } = self.arcs[*arc];
                if room > 0 && next != from && came_by[next].is_none() {
                    came_by[next] = Some(*arc);
                    open.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while at != from {
            let arc = came_by[at]?;
            way.push(arc);
            at = self.arcs[arc ^ 1].to;
        }
        Some(way)
    }
}
