//! What no provider should do, and what the server makes of it.

use super::super::context::Context;
use super::super::proto::tfplugin6::provider_server::Provider as _;
use super::super::schema::Schema;
use super::super::value::{Object, Value};
use super::super::{Change, Configure, Field, Fields, Model, Partial, Parts, Resource};
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
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
        fields.computed("id", |m| &mut m.id);
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = State;
    type Identity = ();

    async fn create(&self, _: &Context<()>, plan: State) -> Result<State, Partial<State>> {
        match plan.name.as_str() {
            "half" => Err(
                super::super::Diagnostics::from(Diagnostic::error("Half done")).leaving(State {
                    id: "1".to_owned().into(),
                    ..plan
                }),
            ),
            "nothing" => Err(Diagnostic::error("Nothing done").into()),
            // Forgets to fill in the id.
            _ => Ok(plan),
        }
    }

    async fn read(&self, _: &Context<()>, _: State) -> Result<Option<State>> {
        panic!("a bug")
    }

    async fn update(&self, _: &Context<()>, _: Change<State>) -> Result<State, Partial<State>> {
        panic!("a bug")
    }

    async fn delete(&self, _: &Context<()>, _: State) -> Result<()> {
        panic!("a bug")
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

#[tokio::test]
async fn a_panic_while_reading_keeps_state_and_private_data() {
    let request = proto::read_resource::Request {
        type_name: "unruly_thing".to_owned(),
        current_state: Some(known("x")),
        private: b"kept".to_vec(),
        ..Default::default()
    };
    let server = server().await;
    let answer = server
        .read_resource(Request::new(request))
        .await
        .expect("an answer")
        .into_inner();
    assert_eq!(answer.new_state, Some(known("x")));
    assert_eq!(answer.private, b"kept");
    assert_eq!(answer.diagnostics[0].summary, "The provider panicked");
}

#[tokio::test]
async fn a_panic_while_changing_or_deleting_keeps_the_prior_state() {
    for planned in [Some(known("y")), None] {
        let answer = apply(Some(known("x")), planned).await;
        assert_eq!(answer.new_state, Some(known("x")));
        assert_eq!(answer.private, b"kept");
        assert_eq!(answer.diagnostics.len(), 1);
    }
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
