//! What no provider should do, and what the server makes of it.

mod values;

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
