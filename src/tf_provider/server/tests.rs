//! What no provider should do, and what the server makes of it.

use super::super::context::Context;
use super::super::proto::tfplugin6::provider_server::Provider as _;
use super::super::schema::Schema;
use super::super::value::{Object, Value};
use super::super::{Attribute, Diagnostics};
use super::super::{
    Change, Codec, Configure, Field, Fields, Model, Partial, Parts, Plan, Resource, Type,
};
use super::*;

/// A provider whose only resource does what its `name` says.
struct Unruly;

#[derive(Default)]
struct Config {}

impl Model for Config {
    fn describe(_: &mut Fields<Self>) {}
}

impl Provider for Unruly {
    const ADDRESS: &'static str = "example.com/unruly/unruly";
    const VERSION: &'static str = "0.0.0";
    type Config = Config;
    type Client = ();

    async fn configure(&self, _: Configure<Config>) -> Result<()> {
        Ok(())
    }

    fn parts(&self) -> Parts<()> {
        Parts::default().resource(Thing)
    }
}

struct Thing;

#[derive(Default)]
struct State {
    name: String,
    id: Field<String>,
    size: Option<Size>,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
        fields.computed("id", |m| &mut m.id);
        fields.optional("size", |m| &mut m.size);
    }
}

/// A number that is written as text.
#[derive(Default)]
struct Size;

impl Attribute for Size {
    fn codec() -> Codec<Self> {
        Codec::new(Type::Number, |_| Ok(Self), |_| Value::String("big".into()))
    }
}

#[derive(Default)]
struct Identity {
    id: Option<String>,
}

impl Model for Identity {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("id", |m| &mut m.id);
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = State;
    type Identity = Identity;

    async fn create(&self, _: &Context<()>, plan: State) -> Result<State, Partial<State>> {
        match plan.name.as_str() {
            "half" => Err(Diagnostics::from(Diagnostic::error("Half done")).leaving(made(plan))),
            "nameless" => Err(
                Diagnostics::from(Diagnostic::error("Half done")).leaving(State {
                    id: Field::Null,
                    ..plan
                }),
            ),
            "made" => Ok(made(plan)),
            "mistyped" => Ok(State {
                size: Some(Size),
                ..made(plan)
            }),
            "nothing" => Err(Diagnostic::error("Nothing done").into()),
            // Forgets to fill in the id.
            _ => Ok(plan),
        }
    }

    async fn read(&self, _: &Context<()>, state: State) -> Result<Option<State>> {
        match state.name.as_str() {
            "mistyped" => Ok(Some(State {
                size: Some(Size),
                ..state
            })),
            "nameless" => Ok(Some(State {
                id: Field::Null,
                ..state
            })),
            "gone" => Ok(None),
            "unreadable" => Err(Diagnostic::error("Unreadable").into()),
            _ => panic!("a bug"),
        }
    }

    async fn update(
        &self,
        cx: &Context<()>,
        change: Change<State>,
    ) -> Result<State, Partial<State>> {
        match change.plan.name.as_str() {
            "panic" => panic!("a bug"),
            _ => self.create(cx, change.plan).await,
        }
    }

    async fn delete(&self, cx: &Context<()>, state: State) -> Result<()> {
        cx.clear_private();
        match state.name.as_str() {
            "kept" => Err(Diagnostic::error("It stays").into()),
            _ => panic!("a bug"),
        }
    }

    async fn modify_plan(&self, cx: &Context<()>, plan: &mut Plan) -> Result<()> {
        cx.warn(Diagnostic::warning("Think twice"));
        match plan.planned.value("name") {
            Value::String(name) if name == "mistyped" => {
                plan.planned.set("size", Value::Bool(true));
                Ok(())
            }
            _ => Err(Diagnostic::error("No").into()),
        }
    }

    fn identity(&self, _: &Context<()>, state: &State) -> Option<Identity> {
        Some(Identity {
            id: state.id.known().cloned(),
        })
    }
}

fn made(plan: State) -> State {
    State {
        id: "1".to_owned().into(),
        ..plan
    }
}

async fn server() -> Server<Unruly> {
    let server = Server::new(Unruly);
    let configured = server
        .configure_provider(Request::new(proto::configure_provider::Request::default()))
        .await;
    assert_eq!(configured.expect("an answer").into_inner().diagnostics, []);
    server
}

fn state(name: &str, id: Value) -> proto::DynamicValue {
    let mut object = Object::default();
    object.set("name", Value::String(name.to_owned()));
    object.set("id", id);
    object.set("size", Value::Null);
    convert::dynamic(object, &Schema::of::<State>(""))
}

fn known(name: &str) -> proto::DynamicValue {
    state(name, Value::String("1".to_owned()))
}

async fn apply(
    prior: Option<proto::DynamicValue>,
    planned: Option<proto::DynamicValue>,
) -> proto::apply_resource_change::Response {
    let request = proto::apply_resource_change::Request {
        type_name: "unruly_thing".to_owned(),
        prior_state: prior,
        planned_state: planned,
        planned_private: b"kept".to_vec(),
        ..Default::default()
    };
    server()
        .await
        .apply_resource_change(Request::new(request))
        .await
        .expect("an answer")
        .into_inner()
}

fn identity(id: &str) -> proto::ResourceIdentityData {
    let mut object = Object::default();
    object.set("id", Value::String(id.to_owned()));
    proto::ResourceIdentityData {
        identity_data: Some(convert::dynamic(object, &Schema::of::<Identity>(""))),
    }
}

async fn read(name: &str) -> proto::read_resource::Response {
    let request = proto::read_resource::Request {
        type_name: "unruly_thing".to_owned(),
        current_state: Some(known(name)),
        private: b"kept".to_vec(),
        current_identity: Some(identity("1")),
        ..Default::default()
    };
    let server = server().await;
    let answer = server.read_resource(Request::new(request)).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn a_panic_while_reading_keeps_state_and_private_data() {
    let answer = read("x").await;
    assert_eq!(answer.new_state, Some(known("x")));
    assert_eq!(answer.private, b"kept");
    assert_eq!(answer.diagnostics[0].summary, "The provider panicked");
}

#[tokio::test]
async fn a_panic_while_changing_or_deleting_keeps_the_prior_state() {
    for planned in [Some(known("panic")), None] {
        let answer = apply(Some(known("x")), planned).await;
        assert_eq!(answer.new_state, Some(known("x")));
        assert_eq!(answer.private, b"kept");
        assert_eq!(answer.new_identity, Some(identity("1")));
        assert_eq!(answer.diagnostics.len(), 1);
    }
}

#[tokio::test]
async fn a_delete_that_fails_keeps_private_data_that_it_has_changed() {
    let answer = apply(Some(known("kept")), None).await;
    assert_eq!(answer.diagnostics[0].summary, "It stays");
    assert_eq!(answer.new_state, Some(known("kept")));
    assert_eq!(answer.private, b"kept");
}

#[tokio::test]
async fn a_create_that_failed_half_way_keeps_what_exists() {
    let answer = apply(None, Some(state("half", Value::UNKNOWN))).await;
    assert_eq!(answer.new_state, Some(known("half")));
    assert_eq!(answer.diagnostics[0].summary, "Half done");
}

#[tokio::test]
async fn a_create_that_made_nothing_leaves_no_state() {
    let answer = apply(None, Some(state("nothing", Value::UNKNOWN))).await;
    assert_eq!(answer.new_state, None);
    assert_eq!(answer.diagnostics[0].summary, "Nothing done");
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

#[tokio::test]
async fn an_interrupt_reaches_what_runs_and_spares_what_comes_later() {
    let server = server().await;
    let running = Call::new(&server.0, &Request::new(()))
        .context(Vec::new())
        .await
        .expect("configured");
    server
        .stop_provider(Request::new(proto::stop_provider::Request {}))
        .await
        .expect("an answer");
    assert!(running.stop().is_cancelled());
    let later = Call::new(&server.0, &Request::new(()))
        .context(Vec::new())
        .await
        .expect("configured");
    assert!(!later.stop().is_cancelled());
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

async fn plan(name: &str) -> proto::plan_resource_change::Response {
    let proposed = Some(state(name, Value::Null));
    let request = proto::plan_resource_change::Request {
        type_name: "unruly_thing".to_owned(),
        proposed_new_state: proposed.clone(),
        config: proposed,
        ..Default::default()
    };
    let server = server().await;
    let answer = server.plan_resource_change(Request::new(request)).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn a_plan_that_fails_keeps_its_warnings() {
    use proto::diagnostic::Severity::{Error, Warning};
    for name in ["x", "mistyped"] {
        let said = plan(name).await.diagnostics;
        let severities = said.iter().map(proto::Diagnostic::severity);
        assert_eq!(severities.collect::<Vec<_>>(), [Error, Warning]);
        assert_eq!(said[1].summary, "Think twice");
    }
}

#[tokio::test]
async fn configuration_from_no_state_is_refused_with_the_version_that_sends_one() {
    let request = proto::generate_resource_config::Request {
        type_name: "unruly_thing".to_owned(),
        state: None,
    };
    let server = server().await;
    let answer = server.generate_resource_config(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.config, None);
    let detail = &answer.diagnostics[0].detail;
    assert!(detail.contains("Use Terraform 1.14.1 or newer"), "{detail}");
}
