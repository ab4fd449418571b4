//! The provider's RPCs, each answer of which is held against the strict rules.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;
use tonic::transport::Channel;
use tonic::{Response, Status, Streaming};

use crate::support::patient;
use crate::support::proto::tfplugin6::provider_client::ProviderClient;
use crate::support::proto::tfplugin6::{
    self as wire, get_provider_schema, get_resource_identity_schemas, invoke_action, list_resource,
};
use crate::support::strict::{
    Actions, Events, Exchange, Judge, Memory, Report, Schemas, View, Violation, judge, judge_status,
};

/// What a process has written to its log so far.
pub(crate) type Log = Arc<Mutex<String>>;

/// The strict host: it judges every answer, and fails the test that gets a wrong one.
pub(crate) struct Strict {
    channel: Channel,
    log: Log,
    schemas: OnceCell<Schemas>,
    memory: Mutex<Memory>,
}

impl Strict {
    pub(super) fn over(channel: Channel, log: Log) -> Self {
        Self {
            channel,
            log,
            schemas: OnceCell::new(),
            memory: Mutex::default(),
        }
    }

    pub(super) fn unchecked(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.channel.clone())
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// What the provider says about its types, asked for once, as core does.
    pub(super) async fn schemas(&self) -> Result<&Schemas, Status> {
        let ask = || async {
            let mut client = self.unchecked();
            let all = client.get_provider_schema(get_provider_schema::Request {});
            let all = patient("the schemas", all).await?.into_inner();
            let asked = get_resource_identity_schemas::Request {};
            let identities = patient(
                "the identity schemas",
                client.get_resource_identity_schemas(asked),
            )
            .await?;
            let schemas = Schemas {
                all,
                identities: identities.into_inner(),
            };
            let mut memory = Memory::default();
            let all = judge(
                &get_provider_schema::Request {},
                &schemas.all,
                &schemas,
                &mut memory,
            );
            self.punish("get_provider_schema", &"", &schemas.all, &all);
            let identities = judge(&asked, &schemas.identities, &schemas, &mut memory);
            self.punish(
                "get_resource_identity_schemas",
                &"",
                &schemas.identities,
                &identities,
            );
            Ok(schemas)
        };
        Box::pin(self.schemas.get_or_try_init(ask)).await
    }

    /// A process may end while it answers. Then there is no process left to ask for schemas, and nothing to hold.
    async fn after<E>(&self, rpc: &str, asked: &E, answer: &Result<Response<E::Answer>, Status>)
    where
        E: Exchange + Debug,
        E::Answer: Debug,
    {
        let answer = match answer {
            Ok(answer) => answer.get_ref(),
            Err(status) => return self.punish(rpc, asked, status, &judge_status(status)),
        };
        let Ok(schemas) = self.schemas().await else {
            return;
        };
        let found = {
            let mut memory = self.memory.lock().expect("no test panicked here");
            judge(asked, answer, schemas, &mut memory)
        };
        self.punish(rpc, asked, answer, &found);
    }

    fn punish(&self, rpc: &str, asked: &dyn Debug, answer: &dyn Debug, found: &[Violation]) {
        if found.is_empty() {
            return;
        }
        let found = found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n");
        let log = self.log.lock().expect("no test panicked here").clone();
        panic!(
            "{rpc} breaks rules of its host:\n{found}\nasked: {asked:?}\nanswered: {answer:?}\nlog:\n{log}"
        );
    }
}

/// A client of one provider; as many as one likes.
#[derive(Clone)]
pub(crate) struct Provider {
    client: ProviderClient<Channel>,
    strict: Arc<Strict>,
}

impl Provider {
    pub(super) fn of(strict: Arc<Strict>) -> Self {
        Self {
            client: strict.unchecked(),
            strict,
        }
    }

    pub(crate) async fn list_resource(
        &mut self,
        request: list_resource::Request,
    ) -> Result<Response<Judged<Events>>, Status> {
        let events = Events::of(request.clone());
        let answer = self.client.list_resource(request).await;
        self.strict.judged("list_resource", answer, events).await
    }

    pub(crate) async fn invoke_action(
        &mut self,
        request: invoke_action::Request,
    ) -> Result<Response<Judged<Actions>>, Status> {
        let events = Actions::of(request.clone());
        let answer = self.client.invoke_action(request).await;
        self.strict.judged("invoke_action", answer, events).await
    }
}

macro_rules! unary {
    ($($rpc:ident,)+) => {
        impl Provider {$(
            pub(crate) async fn $rpc(
                &mut self,
                request: wire::$rpc::Request,
            ) -> Result<Response<wire::$rpc::Response>, Status> {
                let asked = request.clone();
                let answer = Box::pin(self.client.$rpc(request)).await;
                Box::pin(self.strict.after(stringify!($rpc), &asked, &answer)).await;
                answer
            }
        )+}
    };
}

unary! {
    get_metadata, get_provider_schema, get_resource_identity_schemas, get_functions, call_function,
    validate_provider_config, configure_provider, stop_provider,
    validate_resource_config, upgrade_resource_state, upgrade_resource_identity, read_resource,
    plan_resource_change, apply_resource_change, import_resource_state, move_resource_state, generate_resource_config,
    validate_data_resource_config, read_data_source,
    validate_ephemeral_resource_config, open_ephemeral_resource, renew_ephemeral_resource, close_ephemeral_resource,
    validate_list_resource_config, validate_action_config, plan_action,
}

impl Strict {
    async fn judged<J: Judge>(
        self: &Arc<Self>,
        rpc: &'static str,
        answer: Result<Response<Streaming<J::Event>>, Status>,
        judge: J,
    ) -> Result<Response<Judged<J>>, Status> {
        if let Err(status) = &answer {
            self.punish(rpc, &"", status, &judge_status(status));
        }
        let answer = answer?;
        self.schemas().await?;
        let strict = Arc::clone(self);
        Ok(answer.map(|stream| Judged {
            rpc,
            stream,
            judge,
            strict,
        }))
    }
}

/// A stream whose events are judged as they come.
pub(crate) struct Judged<J: Judge> {
    rpc: &'static str,
    stream: Streaming<J::Event>,
    judge: J,
    strict: Arc<Strict>,
}

impl<J: Judge<Event: Debug>> Judged<J> {
    /// The next event, if there is one.
    pub(crate) async fn message(&mut self) -> Result<Option<J::Event>, Status> {
        let event = self.stream.message().await;
        let strict = &self.strict;
        let schemas = strict.schemas.get().expect("asked for before the stream");
        let mut report = Report::default();
        match &event {
            Ok(Some(event)) => {
                let memory = strict.memory.lock().expect("no test panicked here");
                self.judge.event(
                    event,
                    &View {
                        schemas,
                        memory: &memory,
                    },
                    &mut report,
                );
            }
            Ok(None) => self.judge.end(&mut report),
            Err(status) => report.0 = judge_status(status),
        }
        strict.punish(self.rpc, &"", &event, &report.0);
        event
    }
}
