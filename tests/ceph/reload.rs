//! Classes that are edited while their methods run.

use std::time::Duration;

use libtest_mimic::Trial;
use testkit::cluster::{ClassDir, Cluster};

use crate::shared::{Shared, soon};

pub(crate) fn trials(ours: &Shared) -> Vec<Trial> {
    vec![
        ours.trial(
            "a_call_under_way_ends_on_the_version_it_began_with",
            a_call_under_way_ends_on_the_version_it_began_with,
        ),
        ours.trial(
            "a_method_that_a_new_version_lacks_answers_eopnotsupp",
            a_method_that_a_new_version_lacks_answers_eopnotsupp,
        ),
        ours.trial(
            "a_method_that_a_new_version_brings_answers_without_a_restart",
            a_method_that_a_new_version_brings_answers_without_a_restart,
        ),
        ours.trial(
            "calls_go_on_through_a_hundred_edits",
            calls_go_on_through_a_hundred_edits,
        ),
    ]
}

fn version(text: &str, spin: u64) -> String {
    format!(
        "function answer(input, output)
           if input:str() == 'slow' then for i = 1, {spin} do end end
           output:append('{text}')
         end
         objclass.register(answer, 'r')"
    )
}

fn a_call_under_way_ends_on_the_version_it_began_with(cluster: &Cluster, classes: &ClassDir) {
    let mut client = cluster.client();
    // Another object in another shard of the OSD: operations on one take turns.
    let quick: Vec<String> = (0..16).map(|index| format!("quick.{index}")).collect();
    for oid in quick.iter().chain([&"slow".to_owned()]) {
        client.write_full(oid, b"x").expect("a healthy OSD");
    }
    // How long a loop takes depends on the machine: longer ones until one outlasts the reload.
    for doublings in 0..6 {
        let spin = 50_000_000_u64 << doublings;
        let class = format!("slow{doublings}");
        classes.put_lua(&class, version("old", spin));
        let warm = client.execute(&quick[0], &class, "answer", b"");
        assert_eq!(warm.output, b"old");
        let slow = client.begin("slow", &class, "answer", b"slow");
        classes.put_lua(&class, version("new", spin));
        let mut seen = false;
        while !seen && client.wait(slow, Duration::ZERO).is_none() {
            let calls: Vec<_> = quick
                .iter()
                .map(|oid| client.begin(oid, &class, "answer", b""))
                .collect();
            // Some wait behind the slow one; those that do not tell.
            std::thread::sleep(Duration::from_millis(30));
            seen = calls
                .into_iter()
                .filter_map(|call| client.wait(call, Duration::ZERO))
                .any(|answer| answer.output == b"new");
        }
        let overtaken = seen && client.wait(slow, Duration::ZERO).is_none();
        let answer = client
            .wait(slow, Duration::from_secs(20))
            .expect("it is ended in any case");
        if overtaken {
            assert_eq!(answer.output, b"old", "{answer:?}");
            return;
        }
    }
    panic!("no call outlasted a reload");
}

fn a_method_that_a_new_version_lacks_answers_eopnotsupp(cluster: &Cluster, classes: &ClassDir) {
    let mut client = cluster.client();
    client.write_full("shrunk", b"x").expect("a healthy OSD");
    let method = |name: &str| {
        format!(
            "function {name}(input, output) output:append('{name}') end objclass.register({name}, 'r')\n"
        )
    };
    classes.put_lua("shrunk", method("kept") + &method("dropped"));
    let call = client.execute("shrunk", "shrunk", "dropped", b"");
    assert_eq!(call.output, b"dropped");
    classes.put_lua("shrunk", method("kept"));
    assert!(soon(|| {
        client.execute("shrunk", "shrunk", "dropped", b"").ret == -95
    }));
    let kept = client.execute("shrunk", "shrunk", "kept", b"");
    assert_eq!(kept.output, b"kept");
    classes.put_lua("shrunk", method("kept") + &method("dropped"));
    assert!(soon(|| {
        client.execute("shrunk", "shrunk", "dropped", b"").output == b"dropped"
    }));
}

/// One after the other, while calls of other methods look into the table the new ones are put into.
pub(crate) fn a_method_that_a_new_version_brings_answers_without_a_restart(
    cluster: &Cluster,
    classes: &ClassDir,
) {
    let mut client = cluster.client();
    let others: Vec<String> = (0..8).map(|index| format!("grown.{index}")).collect();
    for oid in others.iter().chain([&"grown".to_owned()]) {
        client.write_full(oid, b"x").expect("a healthy OSD");
    }
    let method = |name: &str| {
        format!(
            "function {name}(input, output) output:append('{name}') end objclass.register({name}, 'r')\n"
        )
    };
    let mut source = method("first");
    classes.put_lua("grown", &source);
    let first = client.execute("grown", "grown", "first", b"");
    assert_eq!(first.output, b"first");
    for new in ["second", "third", "fourth"] {
        let unknown = client.execute("grown", "grown", new, b"");
        assert_eq!(unknown.ret, -95, "{new}: EOPNOTSUPP");
        source += &method(new);
        classes.put_lua("grown", &source);
        assert!(
            soon(|| {
                let calls: Vec<_> = others
                    .iter()
                    .map(|oid| client.begin(oid, "hello", "say_hello", b""))
                    .collect();
                for call in calls {
                    let hello = client.wait(call, Duration::from_secs(20));
                    assert_eq!(hello.expect("an answer").output, b"Hello, world!");
                }
                client.execute("grown", "grown", new, b"").output == new.as_bytes()
            }),
            "{new} is never known"
        );
    }
    assert!(cluster.logged("class grown got methods it lacked: fourth"));
}

fn calls_go_on_through_a_hundred_edits(cluster: &Cluster, classes: &ClassDir) {
    let mut client = cluster.client();
    client
        .write_full("edited-often", b"x")
        .expect("a healthy OSD");
    classes.put_lua("often", version("0", 0));
    let mut last = 0;
    for edit in 1..=100 {
        classes.put_lua("often", version(&edit.to_string(), 0));
        let calls: Vec<_> = (0..8)
            .map(|_| client.begin("edited-often", "often", "answer", b""))
            .collect();
        for call in calls {
            let answer = client
                .wait(call, Duration::from_secs(20))
                .expect("an answer comes");
            assert!(answer.ret >= 0, "edit {edit}: {answer:?}");
            let seen: u32 = String::from_utf8_lossy(&answer.output)
                .parse()
                .expect("a version of the class");
            // Calls on one object are answered in order, and no version comes back.
            assert!((last..=edit).contains(&seen), "{seen} after {last}");
            last = seen;
        }
    }
    assert!(soon(|| {
        client
            .execute("edited-often", "often", "answer", b"")
            .output
            == b"100"
    }));
    assert!(cluster.all_alive());
}
