//! Where classes in an OSD, or their clients, get other answers than embedded: all of it, with the reasons.
//!
//! A case that stands here must differ: one that does not is an error of this list.

/// A request of RADOS has no room for limits.
const LIMITS: &str =
    "limits of a single request: only radula.toml beside the OSD's classes lowers them";

/// The OSD answers one error number for an operation; which step it was is known of calls and of reads.
const WHICH_STEP: &str = "the cluster does not say which plain step of an operation failed";

/// Compound operations of RADOS.
const READS_AND_WRITES: &str = "librados keeps reads and plain writes in separate operations";

/// A file that registers nothing.
const NOT_REGISTERED: &str = "of a class that does not open the OSD knows no methods, so it answers EOPNOTSUPP where \
                              EIO would say more; the OSD's log says why it does not open";

/// Who asks.
const ORIGIN: &str = "in a cluster the origin is the client's name there";

/// Cases by the end of their names, `TOPIC/CASE`, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "compound/a_limit_reached_by_one_call_undoes_the_whole_operation",
        LIMITS,
    ),
    (
        "compound/each_call_of_an_operation_has_its_own_limits",
        LIMITS,
    ),
    ("limits/endless_work_ends_with_the_fuel_limit", LIMITS),
    ("limits/endless_work_ends_with_the_deadline", LIMITS),
    ("limits/hoarding_ends_with_the_memory_limit", LIMITS),
    ("limits/a_guarded_limit_is_not_swallowed", LIMITS),
    ("limits/too_much_output_ends_the_call", LIMITS),
    ("limits/output_up_to_the_limit_arrives", LIMITS),
    ("limits/too_much_input_is_refused", LIMITS),
    ("limits/too_much_log_ends_the_call", LIMITS),
    ("limits/reading_too_much_ends_the_call", LIMITS),
    ("limits/writing_too_much_ends_the_call", LIMITS),
    ("limits/too_many_keys_end_the_call", LIMITS),
    (
        "limits/a_request_lowers_limits_and_never_raises_them",
        LIMITS,
    ),
    ("limits/a_call_after_a_limit_is_like_any_other", LIMITS),
    (
        "nested/a_callee_that_reaches_a_limit_ends_the_caller_too",
        LIMITS,
    ),
    (
        "nested/a_callee_that_reaches_the_deadline_ends_the_caller_too",
        LIMITS,
    ),
    ("nested/the_number_of_nested_calls_is_limited", LIMITS),
    ("nested/the_callee_spends_the_budget_of_the_caller", LIMITS),
    (
        "compound/operations_apply_in_order_and_answer_in_order",
        READS_AND_WRITES,
    ),
    (
        "compound/a_class_call_is_one_operation_among_others",
        "calls beside plain writes have no output in a cluster",
    ),
    (
        "compound/a_reading_operation_makes_no_new_version",
        "a read to the end would have to be repeated when the object grew, and a call beside it with it",
    ),
    (
        "compound/one_failing_operation_undoes_all_others",
        WHICH_STEP,
    ),
    (
        "compound/a_failing_operation_undoes_the_class_call_before_it",
        WHICH_STEP,
    ),
    (
        "compound/asserting_existence_of_a_missing_object_is_enoent",
        WHICH_STEP,
    ),
    (
        "compound/the_right_version_passes_and_an_older_one_is_erange",
        WHICH_STEP,
    ),
    (
        "compound/an_exclusive_create_guards_what_follows",
        WHICH_STEP,
    ),
    (
        "compound/an_equal_xattr_passes_and_another_is_ecanceled",
        "a comparison sees the xattr as it was before the operation",
    ),
    ("lua/beyond/origin_says_who_asked", ORIGIN),
    (
        "lua/bundled_classes/hellolua_records_once_and_replays",
        ORIGIN,
    ),
    ("lua/bundled_classes/hellolua_turns_it_to_11", ORIGIN),
    (
        "lua/osd/lua/beyond/unknown_flags_are_an_error",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/beyond/a_local_function_cannot_be_registered",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/results/a_script_that_is_not_lua_is_eio",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/results/registering_before_the_definition_is_eio",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/results/registering_a_name_instead_of_a_function_is_eio",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/results/registering_something_undefined_is_eio",
        NOT_REGISTERED,
    ),
    (
        "lua/osd/lua/results/registering_twice_is_eio",
        NOT_REGISTERED,
    ),
    (
        "versions/a_call_sees_the_version_before_itself",
        "the version a class is told is that of the placement group, as for native classes",
    ),
    (
        "xattrs/names_and_values_may_hold_every_byte",
        "names of xattrs are C strings on their way, so no NUL byte",
    ),
];

/// Why the trial `name` differs.
pub(crate) fn reason(name: &str) -> Option<&'static str> {
    DIFFERENCES
        .iter()
        .find(|(case, _)| name == *case || name.ends_with(&format!("/osd/{case}")))
        .map(|(_, reason)| *reason)
}

/// Whether each entry is about a case there is.
pub(crate) fn check(cases: &[String]) -> Result<(), String> {
    let unknown: Vec<&str> = DIFFERENCES
        .iter()
        .map(|(case, _)| case.split_once("/osd/").map_or(*case, |(_, case)| case))
        .filter(|case| !cases.iter().any(|known| known == case))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("there are no cases {}", unknown.join(", ")))
    }
}
