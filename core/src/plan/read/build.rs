//! Values put together from the events of a reader: open, key, scalar, close.
//!
//! No recursion: what is open stands on a pile. Members wait on one shared pile until their
//! container closes, so that each list takes the memory it needs and no more.

use std::mem;

use super::key::Key;
use super::value::Value;

/// A list or an object that is not closed yet.
#[derive(Debug)]
struct Open {
    kind: Kind,
    /// Where its members begin on the pile.
    first: usize,
    /// The key that it stands under.
    key: Key,
}

/// What can be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Object,
}

/// Values that are being put together.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    members: Vec<(Key, Value)>,
    /// The key that was read last and has no value yet.
    key: Key,
}

impl Builder {
    /// What is open innermost; none at the top.
    pub fn within(&self) -> Option<Kind> {
        self.open.last().map(|open| open.kind)
    }

    /// How many lists and objects are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The key of the value that follows.
    pub fn key(&mut self, key: Key) {
        self.key = key;
    }

    pub fn open(&mut self, kind: Kind) {
        let key = mem::take(&mut self.key);
        self.open.push(Open { kind, first: self.members.len(), key });
    }

    /// A value that is complete.
    pub fn value(&mut self, value: Value) {
        let key = mem::take(&mut self.key);
        self.members.push((key, value));
    }

    /// The key of what is open innermost, or of what its values belong to: a list's own key.
    pub fn name(&self) -> &str {
        match self.open.last() {
            Some(Open { kind: Kind::Object, .. }) if !self.key.is_empty() => &self.key,
            Some(open) => &open.key,
            None => &self.key,
        }
    }

    /// Closes what is open innermost as the value that is made of it: of the key above, its own
    /// key, and its members.
    pub fn close_as(&mut self, make: impl FnOnce(&str, &str, Vec<(Key, Value)>) -> Value) {
        let Some(open) = self.open.pop() else { return };
        let members = self.members.drain(open.first..).collect();
        let value = make(self.name(), &open.key, members);
        self.members.push((open.key, value));
    }

    /// Forgets what is open innermost if it has no members.
    pub fn abandon(&mut self) {
        self.open.pop_if(|open| open.first == self.members.len());
    }

    /// Closes what is open innermost; at the top there is nothing to close.
    pub fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let members = self.members.drain(open.first..);
        let value = match open.kind {
            Kind::List => Value::List(members.map(|(_, value)| value).collect()),
            Kind::Object => Value::Object(members.collect()),
        };
        self.members.push((open.key, value));
    }

    /// All values at the top; what is still open is closed as it stands.
    pub fn finish(mut self) -> Vec<Value> {
        while !self.open.is_empty() {
            self.close();
        }
        self.members.into_iter().map(|(_, value)| value).collect()
    }
}
