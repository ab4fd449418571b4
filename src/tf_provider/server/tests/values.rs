//! Results that no state could hold.

use super::*;

#[tokio::test]
async fn a_value_of_the_wrong_type_is_an_error_that_names_it_and_no_object_is_lost() {
    const SUMMARY: &str = "The provider made a value of the wrong type";
    let explained = |diagnostics: &[proto::Diagnostic]| {
        let [diagnostic] = diagnostics else {
            panic!("one error: {diagnostics:?}");
        };
        assert_eq!(diagnostic.summary, SUMMARY);
        assert!(
            diagnostic.detail.contains("`size`: number is required"),
            "{diagnostic:?}"
        );
        assert!(diagnostic.attribute.is_some());
    };
    let created = apply(None, Some(state("mistyped", Value::UNKNOWN))).await;
    assert_eq!(created.new_state, Some(known("mistyped")));
    explained(&created.diagnostics);
    let updated = apply(Some(known("x")), Some(known("mistyped"))).await;
    assert_eq!(updated.new_state, Some(known("x")));
    assert_eq!(updated.new_identity, Some(identity("1")));
    explained(&updated.diagnostics);
    let refreshed = read("mistyped").await;
    assert_eq!(refreshed.new_state, Some(known("mistyped")));
    assert_eq!(refreshed.private, b"kept");
    explained(&refreshed.diagnostics);
    let planned = plan("mistyped").await;
    assert_eq!(planned.planned_state, None);
    explained(&planned.diagnostics[..1]);
}

#[tokio::test]
async fn a_value_left_unknown_becomes_null_and_an_error_instead_of_a_lost_object() {
    let answer = apply(None, Some(state("forgets", Value::UNKNOWN))).await;
    assert_eq!(answer.new_state, Some(state("forgets", Value::Null)));
    assert_eq!(
        answer.diagnostics[0].summary,
        "The provider left a value unknown"
    );
}

/// Whatever a failure leaves: the identity of what is there, and none of what is not.
#[tokio::test]
async fn an_identity_is_whole_and_stays_or_there_is_none() {
    for (prior, planned, expected) in [
        (None, Some("made"), Some("1")),
        (None, Some("half"), Some("1")),
        (None, Some("nameless"), None),
        (None, Some("nothing"), None),
        (None, Some("forgets"), None),
        (Some("kept"), Some("nothing"), Some("1")),
        (Some("kept"), Some("nameless"), Some("1")),
        (Some("kept"), Some("panic"), Some("1")),
        (Some("kept"), None, Some("1")),
    ] {
        let id = match prior {
            Some(_) => Value::String("1".to_owned()),
            None => Value::UNKNOWN,
        };
        // Core does not send the identity of what it deletes.
        for sent in [
            None,
            Some(identity(if prior.is_some() { "1" } else { "?" })),
        ] {
            let request = proto::apply_resource_change::Request {
                type_name: "unruly_thing".to_owned(),
                prior_state: prior.map(known),
                planned_state: planned.map(|name| state(name, id.clone())),
                planned_identity: sent,
                ..Default::default()
            };
            let server = server().await;
            let answer = server.apply_resource_change(Request::new(request)).await;
            let answer = answer.expect("an answer").into_inner();
            let case = format!("{prior:?} to {planned:?}");
            assert_eq!(answer.new_identity, expected.map(identity), "{case}");
            assert_eq!(
                answer.diagnostics.is_empty(),
                planned == Some("made"),
                "{case}"
            );
        }
    }
    for (name, expected) in [
        ("unreadable", Some("1")),
        ("nameless", Some("1")),
        ("mistyped", Some("1")),
        ("gone", None),
    ] {
        assert_eq!(
            read(name).await.new_identity,
            expected.map(identity),
            "{name}"
        );
    }
}
