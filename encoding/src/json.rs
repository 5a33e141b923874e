//! Values as JSON: what a person types and reads for them.
//!
//! Bytes that are no UTF-8 are `{"hex": "…"}`, times are nanoseconds since 1970, an absent value is `null`.

use serde_json::{Map, Value};

use crate::{
    address::MAX_SOCKADDR,
    decode::Sink,
    encode::Source,
    failure::{Failure, Mistake},
    members,
    schema::{FieldId, Schema, TypeId},
    sums,
};

/// The member that holds bytes which are no text.
pub(crate) const HEX: &str = "hex";

/// Why a value has no JSON, or JSON no encoding: the text names the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(String);

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

fn told(schema: &Schema, failure: Failure) -> JsonError {
    JsonError(failure.text(schema))
}

/// The value of type `id` that `bytes` begin with.
///
/// # Errors
/// They do not.
pub fn decode(schema: &Schema, id: TypeId, bytes: &[u8]) -> Result<Value, JsonError> {
    let mut builder = Builder::default();
    crate::decode(schema, id, bytes, 0, &mut builder).map_err(|failure| told(schema, failure))?;
    Ok(builder.done)
}

/// The bytes of `value` as type `id`, addresses in the new form.
///
/// # Errors
/// The value does not fit the type, or has a member that the type has no field for.
pub fn encode(schema: &Schema, id: TypeId, value: &Value) -> Result<Vec<u8>, JsonError> {
    if let Some(unknown) = members::unknown(schema, id, value) {
        return Err(JsonError(unknown));
    }
    let mut reader = Reader {
        stack: vec![Some(value)],
        out: Vec::new(),
        keys: Vec::new(),
    };
    crate::encode(schema, id, u64::MAX, &mut reader).map_err(|failure| told(schema, failure))?;
    Ok(reader.out)
}

/// Puts a value together. `done` is the value last completed.
#[derive(Default)]
struct Builder {
    done: Value,
    open: Vec<Open>,
}

enum Open {
    Members(Map<String, Value>),
    Elements(Vec<Value>),
    Name(String),
}

fn bytes_value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => serde_json::json!({ HEX: sums::hex(bytes) }),
    }
}

/// A key is a string in JSON; bytes that are no text become `hex:` and their digits.
fn key_text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| format!("{HEX}:{}", sums::hex(bytes)), str::to_owned)
}

impl Builder {
    fn name(&mut self, name: String) {
        self.open.push(Open::Name(name));
    }

    fn end_member(&mut self) {
        let name = self.open.pop();
        if let (Some(Open::Name(name)), Some(Open::Members(members))) = (name, self.open.last_mut())
        {
            members.insert(name, self.done.take());
        }
    }

    fn end(&mut self) {
        self.done = match self.open.pop() {
            Some(Open::Members(members)) => members.into(),
            Some(Open::Elements(elements)) => elements.into(),
            Some(Open::Name(_)) | None => Value::Null,
        };
    }
}

impl Sink for Builder {
    fn integer(&mut self, value: i64, unsigned: bool) {
        self.done = if unsigned {
            value.cast_unsigned().into()
        } else {
            value.into()
        };
    }
    fn boolean(&mut self, value: bool) {
        self.done = value.into();
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.done = bytes_value(bytes);
    }
    fn nothing(&mut self) {
        self.done = Value::Null;
    }
    fn begin_record(&mut self, _: u32) {
        self.open.push(Open::Members(Map::new()));
    }
    fn field(&mut self, _: FieldId, name: &str) {
        self.name(name.to_owned());
    }
    fn end_field(&mut self) {
        self.end_member();
    }
    fn end_record(&mut self) {
        self.end();
    }
    fn begin_list(&mut self, _: u32) {
        self.open.push(Open::Elements(Vec::new()));
    }
    fn end_element(&mut self, _: u32) {
        let done = self.done.take();
        if let Some(Open::Elements(elements)) = self.open.last_mut() {
            elements.push(done);
        }
    }
    fn end_list(&mut self) {
        self.end();
    }
    fn begin_map(&mut self, _: u32) {
        self.open.push(Open::Members(Map::new()));
    }
    fn key(&mut self, key: &[u8]) {
        self.name(key_text(key));
    }
    fn end_entry(&mut self) {
        self.end_member();
    }
    fn end_map(&mut self) {
        self.end();
    }
}

/// Reads a value and writes bytes.
struct Reader<'v> {
    stack: Vec<Option<&'v Value>>,
    out: Vec<u8>,
    /// The maps that are walked, innermost last: keys as bytes, in their order.
    keys: Vec<Vec<(Vec<u8>, &'v Value)>>,
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn kind(expected: &'static str, value: &Value) -> Mistake {
    Mistake::Kind {
        expected,
        found: found(value),
    }
}

fn key_bytes(key: &str) -> Vec<u8> {
    key.strip_prefix(HEX)
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|digits| sums::unhex(digits.as_bytes()))
        .filter(|bytes| std::str::from_utf8(bytes).is_err())
        .unwrap_or_else(|| key.as_bytes().to_vec())
}

impl<'v> Reader<'v> {
    fn hand(&self) -> Option<&'v Value> {
        self.stack
            .last()
            .copied()
            .flatten()
            .filter(|value| !value.is_null())
    }

    fn bytes(&self) -> Result<Vec<u8>, Mistake> {
        match self.hand() {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(text.as_bytes().to_vec()),
            Some(value) => value
                .get(HEX)
                .and_then(Value::as_str)
                .and_then(|digits| sums::unhex(digits.as_bytes()))
                .ok_or_else(|| kind("a string or {\"hex\": \"…\"}", value)),
        }
    }
}

fn length(count: usize) -> Result<u32, Mistake> {
    u32::try_from(count).map_err(|_| Mistake::TooLong)
}

impl Source for Reader<'_> {
    type Entries = ();

    fn is_nothing(&mut self) -> bool {
        self.hand().is_none()
    }

    fn integer(&mut self, unsigned: bool) -> Result<i64, Mistake> {
        let Some(value) = self.hand() else {
            return Ok(0);
        };
        value
            .as_i64()
            .or_else(|| value.as_u64().filter(|_| unsigned).map(u64::cast_signed))
            .ok_or_else(|| kind("an integer", value))
    }

    fn boolean(&mut self) -> Result<bool, Mistake> {
        match self.hand() {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| kind("true or false", value)),
        }
    }

    fn put_bytes(&mut self) -> Result<(), Mistake> {
        let bytes = self.bytes()?;
        self.out.extend(length(bytes.len())?.to_le_bytes());
        self.out.extend(bytes);
        Ok(())
    }

    fn copy_bytes(&mut self, into: &mut [u8; MAX_SOCKADDR]) -> Result<usize, Mistake> {
        let bytes = self.bytes()?;
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(bytes.len())
    }

    fn enter_field(&mut self, _: FieldId, name: &str) -> Result<(), Mistake> {
        let inner = match self.hand() {
            None => None,
            Some(Value::Object(members)) => members.get(name),
            Some(value) => return Err(kind("an object", value)),
        };
        self.stack.push(inner);
        Ok(())
    }

    fn elements(&mut self) -> Result<u32, Mistake> {
        match self.hand() {
            None => Ok(0),
            Some(Value::Array(elements)) => length(elements.len()),
            Some(value) => Err(kind("an array", value)),
        }
    }

    fn enter_element(&mut self, index: u32) {
        let inner = self.hand().and_then(|value| value.get(index as usize));
        self.stack.push(inner);
    }

    fn entries(&mut self) -> Result<(u32, ()), Mistake> {
        let mut keys: Vec<_> = match self.hand() {
            None => Vec::new(),
            Some(Value::Object(members)) => members
                .iter()
                .map(|(key, value)| (key_bytes(key), value))
                .collect(),
            Some(value) => return Err(kind("an object", value)),
        };
        keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        let count = length(keys.len())?;
        self.keys.push(keys);
        self.stack.push(None);
        Ok((count, ()))
    }

    fn enter_entry(&mut self, (): (), index: u32) {
        let Some((key, value)) = self.keys.last().and_then(|keys| keys.get(index as usize)) else {
            return;
        };
        self.out
            .extend(u32::try_from(key.len()).unwrap_or(0).to_le_bytes());
        self.out.extend(key);
        self.stack.push(Some(value));
    }

    fn leave_entries(&mut self) {
        self.keys.pop();
        self.stack.pop();
    }

    fn leave(&mut self) {
        self.stack.pop();
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }

    fn place(&self) -> usize {
        self.out.len()
    }

    fn patch(&mut self, place: usize, bytes: [u8; 4]) {
        if let Some(four) = self.out.get_mut(place..place + 4) {
            four.copy_from_slice(&bytes);
        }
    }
}
