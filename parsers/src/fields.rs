//! An open list of named values: the protocol fields of a message and the `details` of an activity.
//!
//! Names are `snake_case` and fixed by `docs`; order is the order of insertion, so that output is reproducible.

use capture::Timestamp;
use compact_str::CompactString;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use thin_vec::ThinVec;

use crate::json::{Object, WriteJson};

/// One value of a [`Fields`] list.
///
/// Lists are one word, so that a value is three: text decides how large all of them are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A yes or no.
    Bool(bool),
    /// A number or code.
    Number(i64),
    /// A number above `i64::MAX`.
    Large(u64),
    /// Text.
    Text(CompactString),
    /// Text known at compile time.
    Name(&'static str),
    /// A time, printed as RFC 3339.
    Time(Timestamp),
    /// Several values.
    List(ThinVec<Value>),
    /// Named values.
    Map(Fields),
}

impl Value {
    /// Octets of memory behind it.
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) if text.is_heap_allocated() => text.capacity(),
            Self::List(values) => {
                values.capacity() * size_of::<Self>() + values.iter().map(Self::weight).sum::<usize>()
            }
            Self::Map(fields) => fields.weight(),
            _ => 0,
        }
    }
}

/// What is kept while it folds is kept by the ten thousand.
const _: () = assert!(size_of::<Value>() == 24, "three words, whatever it holds");

/// Named values in order of insertion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fields(ThinVec<(&'static str, Value)>);

impl Fields {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self(ThinVec::new())
    }

    /// An empty list with room for `count` values, where few are known to come.
    #[must_use]
    pub fn sized(count: usize) -> Self {
        Self(ThinVec::with_capacity(count))
    }

    /// Whether nothing was set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds `name`. A name is set once: setting it again adds a second pair, which is a defect of the caller.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        debug_assert!(self.get(name).is_none(), "{name} set twice");
        if self.0.capacity() == 0 {
            self.0.reserve(12);
        }
        self.0.push((name, value.into()));
    }

    /// Gives back the room that nothing was set in, of a list that is to be kept for a while.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Octets of memory behind it.
    #[must_use]
    pub fn weight(&self) -> usize {
        let values: usize = self.0.iter().map(|(_, value)| value.weight()).sum();
        self.0.capacity() * size_of::<(&str, Value)>() + values
    }

    /// Adds `name` where there is a value: absent rather than null.
    pub fn set_some(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Adds `name` where it holds, and nothing where it does not.
    pub fn flag(&mut self, name: &'static str, holds: bool) {
        if holds {
            self.set(name, true);
        }
    }

    /// Adds `name` where the text is not empty.
    pub fn text(&mut self, name: &'static str, text: impl AsRef<str> + Into<Value>) {
        if !text.as_ref().is_empty() {
            self.set(name, text);
        }
    }

    /// Adds a list where it is not empty.
    pub fn list<T: Into<Value>>(&mut self, name: &'static str, items: impl IntoIterator<Item = T>) {
        let items: ThinVec<Value> = items.into_iter().map(Into::into).collect();
        if !items.is_empty() {
            self.set(name, Value::List(items));
        }
    }

    /// Sets `name`, in place of an earlier value where there is one.
    pub fn replace(&mut self, name: &'static str, value: impl Into<Value>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = value.into(),
            None => self.set(name, value),
        }
    }

    /// Adds all of `others`, but what is set already.
    pub fn append(&mut self, others: Self) {
        for (name, value) in others.0 {
            if self.get(name).is_none() {
                self.0.push((name, value));
            }
        }
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The value of `name`, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let mut all = self.0.iter_mut();
        all.find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The texts among the values, to be changed.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut CompactString> {
        self.0.iter_mut().filter_map(|(_, value)| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// Takes the value of `name` out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(place).1)
    }

    /// The text of `name`, where it is text.
    #[must_use]
    pub fn get_text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            Value::Name(text) => Some(text),
            _ => None,
        }
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}

macro_rules! value_from {
    ($($type:ty => |$value:ident| $make:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $make
            }
        })*
    };
}

value_from! {
    bool => |value| Self::Bool(value),
    u8 => |value| Self::Number(i64::from(value)),
    u16 => |value| Self::Number(i64::from(value)),
    u32 => |value| Self::Number(i64::from(value)),
    i32 => |value| Self::Number(i64::from(value)),
    i64 => |value| Self::Number(value),
    u64 => |value| i64::try_from(value).map_or(Self::Large(value), Self::Number),
    usize => |value| Self::from(value as u64),
    CompactString => |value| Self::Text(value),
    String => |value| Self::Text(value.into()),
    &'static str => |value| Self::Name(value),
    Timestamp => |value| Self::Time(value),
    Fields => |value| Self::Map(value),
    Vec<Value> => |value| Self::List(value.into()),
}

impl WriteJson for Value {
    fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => value.write_json(out),
            Self::Number(value) => value.write_json(out),
            Self::Large(value) => value.write_json(out),
            Self::Text(value) => value.write_json(out),
            Self::Name(value) => value.write_json(out),
            Self::Time(value) => value.write_json(out),
            Self::List(values) => values.write_json(out),
            Self::Map(fields) => fields.write_json(out),
        }
    }
}

impl WriteJson for Fields {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        for (name, value) in &self.0 {
            object.entry(name, value);
        }
        object.end();
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_i64(*value),
            Self::Large(value) => serializer.serialize_u64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Name(value) => serializer.serialize_str(value),
            Self::Time(value) => value.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
            Self::Map(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
