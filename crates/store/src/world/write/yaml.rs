//! A [`Document`] as YAML that readers of YAML 1.1 take for the same, too.

use crate::world::Document;
use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use serde_saphyr::{DoubleQuoted, ser_options};

/// Why a document could not be written as YAML.
pub type NotWritten = serde_saphyr::SerializeError;

/// A document as YAML.
pub fn to_yaml(document: &Document) -> Result<String, NotWritten> {
    let options = ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(&Careful(document), options)
}

/// What is written by [`Quoting`].
struct Careful<'v, T: ?Sized>(&'v T);

impl<T: ?Sized + Serialize> Serialize for Careful<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Quoting(serializer))
    }
}

/// Writes as another does, but puts texts with a `?` in quotes. Within braces YAML 1.2 has it stand anywhere in
/// a plain text, and so it is written; in YAML 1.1, which `PyYAML` reads, it ends one.
struct Quoting<S>(S);

/// Methods that hand a plain value on.
macro_rules! plain {
    ($($method:ident($($name:ident: $type:ty),*);)+) => {$(
        fn $method(self, $($name: $type),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($name),*)
        }
    )+};
}

/// Methods that begin something with parts.
macro_rules! begin {
    ($($method:ident -> $parts:ident($($name:ident: $type:ty),*);)+) => {$(
        fn $method(self, $($name: $type),*) -> Result<Self::$parts, S::Error> {
            self.0.$method($($name),*).map(Quoting)
        }
    )+};
}

impl<S: Serializer> Serializer for Quoting<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Quoting<S::SerializeSeq>;
    type SerializeTuple = Quoting<S::SerializeTuple>;
    type SerializeTupleStruct = Quoting<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Quoting<S::SerializeTupleVariant>;
    type SerializeMap = Quoting<S::SerializeMap>;
    type SerializeStruct = Quoting<S::SerializeStruct>;
    type SerializeStructVariant = Quoting<S::SerializeStructVariant>;

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        if text.contains('?') {
            DoubleQuoted(text).serialize(self.0)
        } else {
            self.0.serialize_str(text)
        }
    }

    plain! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Careful(value))
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Careful(value))
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = &Careful(value);
        self.0
            .serialize_newtype_variant(name, index, variant, value)
    }

    begin! {
        serialize_seq -> SerializeSeq(len: Option<usize>);
        serialize_tuple -> SerializeTuple(len: usize);
        serialize_tuple_struct -> SerializeTupleStruct(name: &'static str, len: usize);
        serialize_tuple_variant -> SerializeTupleVariant(name: &'static str, index: u32, variant: &'static str, len: usize);
        serialize_map -> SerializeMap(len: Option<usize>);
        serialize_struct -> SerializeStruct(name: &'static str, len: usize);
        serialize_struct_variant -> SerializeStructVariant(name: &'static str, index: u32, variant: &'static str, len: usize);
    }
}

/// The parts of each: handed on, to be written with the same care.
macro_rules! parts {
    ($($of:ident::$method:ident($($name:ident)?);)+) => {$(
        impl<P: $of> $of for Quoting<P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn $method<T: ?Sized + Serialize>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), P::Error> {
                self.0.$method($($name,)? &Careful(value))
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.0.end()
            }
        }
    )+};
}

parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(key);
    SerializeStructVariant::serialize_field(key);
}

impl<P: SerializeMap> SerializeMap for Quoting<P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), P::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), P::Error> {
        self.0.serialize_value(&Careful(value))
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        self.0.end()
    }
}
