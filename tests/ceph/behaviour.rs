//! The behaviour suite inside the OSD: the classes of the suite, and the answers they give embedded.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, OnceLock},
};

use libtest_mimic::{Failed, Trial};
use testkit::{
    behaviour::{Delivery, OsdHost, StoreKind, Subject, case_names, run, trials as cases},
    cluster::{ClassDir, ClusterOptions},
};

use crate::{differences, shared::Shared};

/// Limits that a loaded machine does not reach by being slow.
const PLUGIN_CONFIG: &str = "
[limits.installed]
deadline = \"5s\"
[limits.eval]
deadline = \"5s\"
[ceph]
reload_interval = \"200ms\"
write_reply = \"16MiB\"
";

/// What the suite asks of the OSD itself. Replies of calls that write are cut to 64 bytes as a rule; a test of its own
/// is about that.
const OSD_CONFIG: &str = "
debug_objclass = 20
osd_max_write_op_reply_len = 16777216
osd_max_omap_entries_per_request = 1000000
";

/// One cluster for each language: the suite's class `actor` has the same name in all of them.
pub(crate) fn trials() -> Vec<Trial> {
    let hosts: [(&str, &[Delivery]); 3] = [
        ("lua", &[Delivery::Lua, Delivery::LuaEval]),
        ("native", &[Delivery::Native]),
        ("wasm", &[Delivery::Wasm]),
    ];
    let mut trials = vec![Trial::test(
        "behaviour/every_difference_is_about_a_case",
        || differences::check(&case_names()).map_err(Failed::from),
    )];
    for (runtime, deliveries) in hosts {
        let cluster =
            Shared::with_plugin(&format!("behaviour-{runtime}"), move |options, classes| {
                configure(runtime, options, classes)
            });
        let host = Arc::new(OnceLock::new());
        for delivery in deliveries {
            trials.extend(trials_of(runtime, *delivery, &cluster, &host));
        }
    }
    trials
}

fn configure(runtime: &str, mut options: ClusterOptions, classes: &ClassDir) -> ClusterOptions {
    let compiler = if runtime == "wasm" {
        format!("wasm_compiler = {:?}\n", testkit::binary::radula())
    } else {
        String::new()
    };
    classes.put("radula/radula.toml", (compiler + PLUGIN_CONFIG).as_bytes());
    options.extra = OSD_CONFIG.into();
    options
}

fn trials_of(
    runtime: &'static str,
    delivery: Delivery,
    cluster: &Shared,
    host: &Arc<OnceLock<Arc<OsdHost>>>,
) -> Vec<Trial> {
    let trial_of = |case: testkit::behaviour::Trial<Subject>| {
        let (cluster, host) = (cluster.clone(), Arc::clone(host));
        Trial::test(case.name.clone(), move || {
            let running = cluster.running()?;
            let new_host = || {
                let (cluster, classes) = (&running.cluster, &running.classes);
                Arc::new(OsdHost::new(runtime, cluster.clone(), classes.clone()))
            };
            let host = Arc::clone(host.get_or_init(new_host));
            let subject = (*case.subject).clone().on(host);
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&case.case, &subject)));
            match (differences::reason(&case.name), outcome) {
                (None, Ok(Ok(()))) | (Some(_), Ok(Err(_)) | Err(_)) => Ok(()),
                (None, Ok(Err(mismatch))) => Err(mismatch.to_string().into()),
                (None, Err(panic)) => resume_unwind(panic),
                (Some(reason), Ok(Ok(()))) => Err(format!(
                    "it answers as it does embedded; take it off the list of differences ({reason})"
                )
                .into()),
            }
        })
    };
    let subject = Subject::new(delivery, StoreKind::Osd);
    cases(vec![subject]).into_iter().map(trial_of).collect()
}
