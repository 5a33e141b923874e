//! Any bytes under any of some types: an answer or a failure that says where, never a panic, and what was decoded is what is
//! encoded again.

use encoding::{Schema, TypeId, json};
use proptest::prelude::*;

const TYPES: &[(&str, &str)] = &[
    (
        "plain",
        "(a:u8 b:i16 c:u64 d:bool e:time f:svarint g:varint)",
    ),
    ("lists", "{2 1| a:[str] b:[[u16]]@2 c:?plain@2}"),
    ("maps", "(a:map(str, u8) b:map(u32, lists))"),
    ("who", "{1 1| name:name addr:addr rest:[hobject]}"),
    ("all", "{3 1| a:lists b:maps@2 c:who@3}"),
];

fn schema() -> (Schema, Vec<TypeId>) {
    let mut schema = Schema::default();
    let ids = schema.define(TYPES).expect("the types are good");
    (schema, ids)
}

/// Bytes that are often counts, versions and lengths that could be true.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![
            6 => Just(vec![0]),
            4 => (0_u8..4).prop_map(|byte| vec![byte]),
            2 => any::<u8>().prop_map(|byte| vec![byte]),
            2 => (0_u32..12).prop_map(|count| count.to_le_bytes().to_vec()),
            1 => (0_u32..80).prop_map(|length| {
                let mut head = vec![1, 1];
                head.extend(length.to_le_bytes());
                head
            }),
        ],
        0..120,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decoded_is_encoded_to_the_same(bytes in bytes(), which in 0..TYPES.len()) {
        let (schema, ids) = schema();
        match json::decode(&schema, ids[which], &bytes) {
            Ok(value) => {
                let again = json::encode(&schema, ids[which], &value)
                    .map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert_eq!(json::decode(&schema, ids[which], &again), Ok(value));
            }
            Err(error) => prop_assert!(error.to_string().starts_with(TYPES[which].0)),
        }
    }

    #[test]
    fn no_description_makes_the_compiler_panic(text in "[\\[\\](){}?|:@ ,a-c0-3u8]{0,60}") {
        let mut schema = Schema::default();
        let before = schema.footprint();
        if schema.define(&[("x", &text)]).is_err() {
            prop_assert_eq!(schema.footprint(), before);
        }
    }
}
