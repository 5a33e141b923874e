//! Who may know whom: the arrows of `docs/architecture.md`, checked against what cargo says.

use std::{collections::BTreeMap, process::Command};

/// The rooms below the library, and the rooms each may use. Tests may use more; rooms that are not here may not be
/// used by those that are.
const ARROWS: &[(&str, &[&str])] = &[
    ("radula-encoding", &[]),
    ("radula-objclass", &[]),
    ("radula-sandbox", &["radula-objclass"]),
    ("radula-transaction", &["radula-objclass"]),
    ("radula-store", &["radula-objclass", "radula-transaction"]),
    ("radula-loader", &["radula-objclass", "radula-sandbox"]),
    (
        "radula-server",
        &["radula", "radula-objclass", "radula-transaction"],
    ),
    (
        "radula-ceph-plugin",
        &[
            "radula-objclass",
            "radula-sandbox",
            "radula-transaction",
            "radula-loader",
            "radula-runtime",
        ],
    ),
    ("radula-lua-sys", &[]),
    (
        "radula-runtime-lua",
        &["radula-encoding", "radula-objclass", "radula-lua-sys"],
    ),
    ("radula-ceph-classes", &["radula-class-abi"]),
    ("radula-ceph-client", &["radula-objclass"]),
    ("radula-ceph-install", &["radula-runtime"]),
    ("radula-class-abi", &[]),
    ("radula-class", &["radula-class-abi"]),
    ("radula-class-wasm", &[]),
    (
        "radula-runtime-native",
        &["radula-objclass", "radula-class-abi", "radula-ceph-classes"],
    ),
    (
        "radula-runtime-wasm",
        &["radula-objclass", "radula-sandbox"],
    ),
    (
        "radula-runtime",
        &[
            "radula-objclass",
            "radula-sandbox",
            "radula-transaction",
            "radula-loader",
            "radula-runtime-lua",
            "radula-runtime-native",
            "radula-runtime-wasm",
        ],
    ),
];

/// The packages of this repository, each with those it is built from.
#[expect(clippy::disallowed_methods, reason = "asks cargo")]
fn packages() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(testkit::corpus::repository())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo answers JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a name is text").to_owned();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let ours: Vec<String> = packages
        .iter()
        .map(|package| text(&package["name"]))
        .collect();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("a list of dependencies");
            let uses = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| text(&dependency["name"]))
                .filter(|name| ours.contains(name));
            (text(&package["name"]), uses.collect())
        })
        .collect()
}

/// Uses that no arrow allows, as `room -> room`.
fn forbidden(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (room, allowed) in ARROWS {
        let uses = packages
            .get(*room)
            .unwrap_or_else(|| panic!("there is no package {room}"));
        let strays = uses.iter().filter(|name| !allowed.contains(&name.as_str()));
        found.extend(strays.map(|name| format!("{room} -> {name}")));
    }
    found
}

#[test]
fn arrows_between_rooms_point_one_way() {
    assert_eq!(forbidden(&packages()), [""; 0]);
}

/// What is written against the library alone knows nothing else of this repository.
#[test]
fn the_crate_outside_the_workspace_knows_the_library_only() {
    let manifest = testkit::corpus::repository().join("tests/outside/Cargo.toml");
    let manifest = testkit::corpus::text(&manifest);
    let (_, rest) = manifest
        .split_once("\n[dependencies]\n")
        .expect("it depends on something");
    let dependencies: Vec<&str> = rest
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(dependencies, ["radula"]);
}

#[test]
fn an_arrow_against_the_rules_is_noticed() {
    let mut packages = packages();
    packages
        .get_mut("radula-runtime-lua")
        .expect("it is there")
        .push("radula-store".into());
    assert_eq!(forbidden(&packages), ["radula-runtime-lua -> radula-store"]);
}
