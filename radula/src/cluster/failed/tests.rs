use objclass::LimitKind;

use super::*;

fn of(errno: Errno, output: &str) -> CallError {
    said(errno, &Bytes::copy_from_slice(output.as_bytes()))
}

#[test]
fn what_the_engine_in_an_osd_says_is_the_error_it_was_there() {
    let error = of(
        Errno::EIO,
        r#"{"errno":"EIO","kind":"guest-error","class":"c","method":"m",
            "message":"cls_c.lua:3: attempt to index nil","location":{"file":"cls_c.lua","line":3}}"#,
    );
    assert_eq!(error.kind().word(), "guest-error");
    assert_eq!(error.to_string(), "cls_c.lua:3: attempt to index nil");
    let error = of(
        Errno::ETIMEDOUT,
        r#"{"errno":"ETIMEDOUT","kind":"limit","message":"deadline limit reached (50 ms)","limit":{"name":"deadline","value":50}}"#,
    );
    assert!(matches!(
        &error,
        CallError::Trap(Trap { kind: TrapKind::Limit(hit), .. })
            if hit.kind == LimitKind::Deadline && hit.limit == 50
    ));
    assert_eq!(error.to_string(), "deadline limit reached (50 ms)");
}

#[test]
fn an_answer_that_contradicts_its_number_is_not_believed() {
    let lie =
        r#"{"errno":"EIO","kind":"limit","message":"m","limit":{"name":"deadline","value":50}}"#;
    // Another number than the cluster's: it is only text then.
    assert_eq!(of(Errno::ENOENT, lie).kind().word(), "class");
    assert_eq!(of(Errno::ENOENT, lie).errno(), Errno::ENOENT);
    // The number of no such limit.
    assert_eq!(of(Errno::EIO, lie).kind().word(), "class");
    assert_eq!(of(Errno::EIO, lie).errno(), Errno::EIO);
}

#[test]
fn what_any_other_class_says_is_shown_when_it_is_text() {
    assert_eq!(of(Errno::EEXIST, "").to_string(), "already exists");
    assert_eq!(of(Errno::EEXIST, "no\nway").to_string(), "no\\nway");
    let bytes = said(Errno::EEXIST, &Bytes::from_static(b"\xff\xfe"));
    assert_eq!(bytes.to_string(), "already exists");
    let long = "x".repeat(5000);
    assert!(of(Errno::EEXIST, &long).to_string().len() <= MAX_SAID + 16);
}
