//! Adding types to a schema: all of a description, or nothing of it.

use std::collections::HashMap;

use crate::{
    parse::{self, TypeError},
    schema::{BUILT_IN, Field, Schema, TypeId},
};

impl Default for Schema {
    fn default() -> Self {
        let built_in = BUILT_IN.map(|name| Field {
            name: name.into(),
            ty: TypeId(0),
            since: 0,
        });
        let mut schema = Schema {
            nodes: Vec::new(),
            facts: Vec::new(),
            fields: built_in.into(),
            names: HashMap::new(),
            shown: HashMap::new(),
            text: 0,
        };
        parse::built_in(&mut schema);
        schema
    }
}

impl Schema {
    /// Adds types, in order: a later description may use earlier names. A name of an earlier call may be given a new meaning,
    /// for what is defined from then on. Answers the new types; nothing is added when one is wrong.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn define(&mut self, types: &[(&str, &str)]) -> Result<Vec<TypeId>, TypeError> {
        let mut made: Vec<(String, TypeId)> = Vec::new();
        self.or_nothing(|schema| parse::define(schema, types, &mut made))?;
        let ids = made.iter().map(|(_, id)| *id).collect();
        for (name, id) in made {
            self.shown.entry(id.0).or_insert_with(|| name.clone());
            self.names.insert(name, id);
        }
        Ok(ids)
    }

    /// The type of a description that has no name of its own, which may be the name of a type.
    ///
    /// # Errors
    /// As [`define`](Schema::define).
    pub fn describe(&mut self, description: &str) -> Result<TypeId, TypeError> {
        match self.named(description.trim()) {
            Some(id) => Ok(id),
            None => self.or_nothing(|schema| parse::anonymous(schema, description)),
        }
    }

    /// Adds what `parse` adds, unless it fails.
    fn or_nothing<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, TypeError>,
    ) -> Result<T, TypeError> {
        let (nodes, fields, text) = (self.nodes.len(), self.fields.len(), self.text);
        let result = parse(self);
        if result.is_err() {
            self.nodes.truncate(nodes);
            self.facts.truncate(nodes);
            self.fields.truncate(fields);
            self.text = text;
        }
        result
    }
}
