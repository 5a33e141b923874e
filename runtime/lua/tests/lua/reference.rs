//! The guide for authors names every function there is, and no other.

use std::collections::BTreeSet;

use crate::fixture::Lab;

const GUIDE: &str = include_str!("../../../../docs/classes.md");

/// Names at the start of table rows behind `heading`, up to the next heading of that kind: `| \`name(…`.
fn documented(heading: &str, prefix: &str) -> BTreeSet<String> {
    let section = GUIDE.split_once(heading).unwrap().1;
    let section = section
        .split_once("\n### ")
        .map_or(section, |parts| parts.0);
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_prefix(prefix))
        .filter_map(|row| row.split(['(', '`', ' ']).next())
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_guide_names_every_function_and_no_other() {
    let lab = Lab::of(
        "function names(input, output)
           local list = {}
           for name, value in pairs(_G[input:str()]) do if type(value) ~= 'number' then list[#list + 1] = name end end
           output:append(table.concat(list, ' '))
         end
         cls.register(names)",
    );
    for (table, heading, prefix) in [
        ("cls", "### The table `cls`", ""),
        ("bufferlist", "### Bufferlists", "bufferlist."),
        ("json", "### json", "json."),
        ("cmsgpack", "### cmsgpack", "cmsgpack."),
        ("ceph", "### ceph", "ceph."),
    ] {
        let there: BTreeSet<String> = lab
            .output("names", table.as_bytes())
            .split(' ')
            .map(str::to_owned)
            .collect();
        assert_eq!(documented(heading, prefix), there, "{table}");
        assert!(!there.is_empty());
    }
}

#[test]
fn the_guide_lists_the_globals_that_are_gone() {
    let section = GUIDE.split_once("- Absent: ").unwrap().1;
    let section = section.split_once(';').unwrap().0;
    let lab = Lab::of(
        "function there(input, output) output:append(tostring(load('return ' .. input:str())())) end cls.register(there)",
    );
    let names: Vec<&str> = section.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        assert_eq!(lab.output("there", name.as_bytes()), "nil", "{name}");
    }
}
