//! Walks a request before it is decoded, so that no made-up array length takes memory.
//!
//! The decoder trusts lengths and reserves memory for them at once; two bytes of garbage could
//! ask for more than the machine has. Here every element must really be in the request.

mod table;

use bytes::Buf;
use kafka_protocol::messages::ApiKey;

/// What a field looks like on the wire.
pub(super) enum Shape {
    /// So many bytes.
    Fixed(usize),
    /// A string, perhaps absent.
    Text,
    /// Bytes, perhaps absent.
    Blob,
    /// Elements that each have these fields.
    Array(&'static [Field]),
    /// Elements that are single values, without fields of their own.
    Values(&'static Shape),
}

/// A field, and the versions that have it.
pub(super) struct Field(Shape, i16, i16);

/// Whether everything that the request says is in it is in it.
pub(super) fn is_whole(key: ApiKey, version: i16, mut body: &[u8]) -> bool {
    let Some((fields, flexible_from)) = table::fields(key) else {
        return true;
    };
    let mut walk = Walk { version, flexible: version >= flexible_from };
    walk.fields(&mut body, fields).is_some()
}

/// Where a walk takes place.
struct Walk {
    version: i16,
    /// Newer encoding: short lengths, and tagged fields at the end of each element.
    flexible: bool,
}

impl Walk {
    fn fields(&mut self, body: &mut &[u8], fields: &'static [Field]) -> Option<()> {
        for Field(shape, from, to) in fields {
            if (*from..=*to).contains(&self.version) {
                self.value(body, shape)?;
            }
        }
        if self.flexible {
            for _ in 0..varint(body)? {
                varint(body)?;
                let size = varint(body)?;
                skip(body, size)?;
            }
        }
        Some(())
    }

    fn value(&mut self, body: &mut &[u8], shape: &'static Shape) -> Option<()> {
        match shape {
            Shape::Fixed(size) => skip(body, *size),
            Shape::Text if self.flexible => short_length(body).and_then(|n| skip(body, n)),
            Shape::Text => {
                let length = (body.len() >= 2).then(|| body.get_i16())?;
                skip(body, usize::try_from(length).unwrap_or(0))
            }
            Shape::Blob => self.length(body).and_then(|n| skip(body, n)),
            Shape::Array(fields) => {
                (0..self.length(body)?).try_for_each(|_| self.fields(body, fields).ok_or(())).ok()
            }
            Shape::Values(shape) => {
                (0..self.length(body)?).try_for_each(|_| self.value(body, shape).ok_or(())).ok()
            }
        }
    }

    /// A length of bytes or elements; absent counts as 0.
    fn length(&self, body: &mut &[u8]) -> Option<usize> {
        if self.flexible {
            return short_length(body);
        }
        let length = (body.len() >= 4).then(|| body.get_i32())?;
        Some(usize::try_from(length).unwrap_or(0))
    }
}

fn short_length(body: &mut &[u8]) -> Option<usize> {
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
