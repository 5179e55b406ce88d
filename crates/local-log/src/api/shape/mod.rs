//! Validates array lengths before a request is decoded.
//!
//! The decoder trusts array lengths and reserves memory for them, so a few bytes of garbage could
//! exhaust the memory. Here every element must be present in the request.

mod table;

use bytes::Buf;
use kafka_protocol::messages::ApiKey;

/// Wire format of a field.
pub(super) enum Shape {
    /// A fixed number of bytes.
    Fixed(usize),
    /// A nullable string.
    Text,
    /// Nullable bytes.
    Blob,
    /// An array of structs with these fields.
    Array(&'static [Field]),
    /// An array of single values.
    Values(&'static Shape),
}

/// A field, with the first and last version that have it.
pub(super) struct Field(Shape, i16, i16);

/// Whether the request contains all elements of its arrays.
pub(super) fn is_complete(key: ApiKey, version: i16, mut body: &[u8]) -> bool {
    let Some((fields, flexible_from)) = table::fields(key) else {
        return true;
    };
    let mut walker = Walker { version, is_flexible: version >= flexible_from };
    walker.skip_fields(&mut body, fields).is_some()
}

/// Walks the fields of a request.
struct Walker {
    version: i16,
    /// Flexible version (KIP-482): compact lengths, and tagged fields at the end of each struct.
    is_flexible: bool,
}

impl Walker {
    fn skip_fields(&mut self, body: &mut &[u8], fields: &'static [Field]) -> Option<()> {
        for Field(shape, from, to) in fields {
            if (*from..=*to).contains(&self.version) {
                self.skip_value(body, shape)?;
            }
        }
        if self.is_flexible {
            for _ in 0..varint(body)? {
                varint(body)?;
                let size = varint(body)?;
                skip(body, size)?;
            }
        }
        Some(())
    }

    fn skip_value(&mut self, body: &mut &[u8], shape: &'static Shape) -> Option<()> {
        match shape {
            Shape::Fixed(size) => skip(body, *size),
            Shape::Text if self.is_flexible => compact_length(body).and_then(|n| skip(body, n)),
            Shape::Text => {
                let length = (body.len() >= 2).then(|| body.get_i16())?;
                skip(body, usize::try_from(length).unwrap_or(0))
            }
            Shape::Blob => self.length(body).and_then(|n| skip(body, n)),
            Shape::Array(fields) => {
                let length = self.length(body)?;
                (0..length).try_for_each(|_| self.skip_fields(body, fields).ok_or(())).ok()
            }
            Shape::Values(shape) => {
                let length = self.length(body)?;
                (0..length).try_for_each(|_| self.skip_value(body, shape).ok_or(())).ok()
            }
        }
    }

    /// A length of bytes or of an array; null counts as 0.
    fn length(&self, body: &mut &[u8]) -> Option<usize> {
        if self.is_flexible {
            return compact_length(body);
        }
        let length = (body.len() >= 4).then(|| body.get_i32())?;
        Some(usize::try_from(length).unwrap_or(0))
    }
}

fn compact_length(body: &mut &[u8]) -> Option<usize> {
    varint(body).map(|length| length.saturating_sub(1))
}

fn varint(body: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = (!body.is_empty()).then(|| body.get_u8())?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn skip(body: &mut &[u8], size: usize) -> Option<()> {
    *body = body.get(size..)?;
    Some(())
}
