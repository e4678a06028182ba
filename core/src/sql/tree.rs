//! The whole parse tree as plain values, by serialization: no node kind and no field can be
//! forgotten, because nothing here knows any of them.
//!
//! The safety check stands on this: a function call in a corner of the grammar that a
//! hand-written descent does not know would be a hole.

use std::fmt;

use serde::ser::{self, Serialize};

/// A part of a parse tree. Empty and default fields are left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// An absent or default value.
    Nothing,
    /// A number, enumeration or flag.
    Number(i64),
    /// A text.
    Text(String),
    /// Some parts in order.
    List(Vec<Tree>),
    /// A message of the parser's protocol, such as `FuncCall`.
    Message(&'static str, Vec<(&'static str, Tree)>),
}

impl Tree {
    /// The whole of a value.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        value.serialize(Planter).unwrap_or(Self::Nothing)
    }

    /// A field of a message; None when it has its default value.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Message(_, fields) => fields.iter().find(|it| it.0 == name).map(|it| &it.1),
            _ => None,
        }
    }

    /// A field's number, zero by default.
    pub(super) fn number(&self, name: &str) -> i64 {
        match self.field(name) {
            Some(Self::Number(number)) => *number,
            _ => 0,
        }
    }

    /// A field's text, empty by default.
    pub(super) fn text(&self, name: &str) -> &str {
        match self.field(name) {
            Some(Self::Text(text)) => text,
            _ => "",
        }
    }

    /// All texts directly in a field's list of names, as `String` messages hold them.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let Some(Self::List(parts)) = self.field(name) else { return Vec::new() };
        parts
            .iter()
            .filter(|it| matches!(it, Self::Message("String", _)))
            .map(|it| it.text("sval").to_owned())
            .collect()
    }

    /// The parts directly below.
    pub(super) fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::List(parts) => Box::new(parts.iter()),
            Self::Message(_, fields) => Box::new(fields.iter().map(|it| &it.1)),
            Self::Nothing | Self::Number(_) | Self::Text(_) => Box::new(std::iter::empty()),
        }
    }

    fn is_default(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Number(number) => *number == 0,
            Self::Text(text) => text.is_empty(),
            Self::List(parts) => parts.is_empty(),
            Self::Message(..) => false,
        }
    }
}

/// Never made: nothing here can fail, but serde asks for a type.
#[derive(Debug)]
pub(super) struct Never;

impl fmt::Display for Never {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cannot happen")
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Turns anything into a [`Tree`].
struct Planter;

macro_rules! numbers {
    ($($method:ident: $type:ty),* $(,)?) => { $(
        fn $method(self, value: $type) -> Result<Tree, Never> {
            Ok(Tree::Number(i64::from(value)))
        }
    )* };
}

impl ser::Serializer for Planter {
    type Ok = Tree;
    type Error = Never;
    type SerializeSeq = ListPlanter;
    type SerializeTuple = ListPlanter;
    type SerializeTupleStruct = ListPlanter;
    type SerializeTupleVariant = ListPlanter;
    type SerializeMap = ListPlanter;
    type SerializeStruct = MessagePlanter;
    type SerializeStructVariant = MessagePlanter;

    numbers! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
    }

    fn serialize_u64(self, value: u64) -> Result<Tree, Never> {
        Ok(Tree::Number(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn serialize_f32(self, value: f32) -> Result<Tree, Never> {
        Ok(Tree::Text(value.to_string()))
    }

    fn serialize_f64(self, value: f64) -> Result<Tree, Never> {
        Ok(Tree::Text(value.to_string()))
    }

    fn serialize_char(self, value: char) -> Result<Tree, Never> {
        Ok(Tree::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Tree, Never> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Tree, Never> {
        Ok(Tree::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn serialize_none(self) -> Result<Tree, Never> {
        Ok(Tree::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Tree, Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Tree, Never> {
        Ok(Tree::Nothing)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Tree, Never> {
        Ok(Tree::Message(name, Vec::new()))
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Tree, Never> {
        Ok(Tree::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Tree, Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Tree, Never> {
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<ListPlanter, Never> {
        Ok(ListPlanter(Vec::with_capacity(length.unwrap_or(0))))
    }

    fn serialize_tuple(self, length: usize) -> Result<ListPlanter, Never> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<ListPlanter, Never> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        length: usize,
    ) -> Result<ListPlanter, Never> {
        self.serialize_seq(Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<ListPlanter, Never> {
        self.serialize_seq(length)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<MessagePlanter, Never> {
        Ok(MessagePlanter { name, fields: Vec::new() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<MessagePlanter, Never> {
        self.serialize_struct(variant, length)
    }
}

/// Collects the parts of a list.
struct ListPlanter(Vec<Tree>);

impl ListPlanter {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.0.push(value.serialize(Planter)?);
        Ok(())
    }
}

macro_rules! list_planters {
    ($($trait:ident :: $method:ident),* $(,)?) => { $(
        impl ser::$trait for ListPlanter {
            type Ok = Tree;
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.add(value)
            }

            fn end(self) -> Result<Tree, Never> {
                Ok(Tree::List(self.0))
            }
        }
    )* };
}

list_planters! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

impl ser::SerializeMap for ListPlanter {
    type Ok = Tree;
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        self.add(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.add(value)
    }

    fn end(self) -> Result<Tree, Never> {
        Ok(Tree::List(self.0))
    }
}

/// Collects the fields of a message.
struct MessagePlanter {
    name: &'static str,
    fields: Vec<(&'static str, Tree)>,
}

macro_rules! message_planters {
    ($($trait:ident),* $(,)?) => { $(
        impl ser::$trait for MessagePlanter {
            type Ok = Tree;
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Never> {
                let part = value.serialize(Planter)?;
                // The protocol's `Node` is a wrapper with one field around each message.
                if !part.is_default() {
                    self.fields.push((key, part));
                }
                Ok(())
            }

            fn end(mut self) -> Result<Tree, Never> {
                if self.name != "Node" {
                    return Ok(Tree::Message(self.name, self.fields));
                }
                Ok(self.fields.pop().map_or(Tree::Nothing, |it| it.1))
            }
        }
    )* };
}

message_planters! { SerializeStruct, SerializeStructVariant }
