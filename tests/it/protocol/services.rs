//! What a go-plugin host expects beside the provider's own RPCs: health, streams, shutdown, signals.

use tokio_stream::{StreamExt as _, pending};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::host::Host;
use crate::support::patient;
use crate::support::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use crate::support::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use crate::support::proto::tfplugin6::stop_provider;
use crate::support::rpc::answer;

async fn health(host: &Host, service: &str) -> Result<ServingStatus, Code> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = patient("health", HealthClient::new(host.channel()).check(request)).await;
    answer
        .map(|answer| answer.into_inner().status())
        .map_err(|status| status.code())
}

#[tokio::test]
async fn the_service_named_plugin_is_healthy() {
    let host = Host::start().await;
    assert_eq!(health(&host, "plugin").await, Ok(ServingStatus::Serving));
    host.shut_down().await;
}

#[tokio::test]
async fn an_unknown_service_is_not_healthy() {
    let host = Host::start().await;
    assert_eq!(health(&host, "another").await, Err(Code::NotFound));
    host.shut_down().await;
}

#[tokio::test]
async fn shutdown_waits_for_no_stream_and_no_stream_says_anything() {
    let host = Host::start().await;
    // Terraform opens both right after connecting, and leaves them open until it drops the connection.
    let mut stdio = GrpcStdioClient::new(host.channel());
    let mut stdio = patient("stdio", stdio.stream_stdio(()))
        .await
        .expect("a stream")
        .into_inner();
    let mut broker = GrpcBrokerClient::new(host.channel());
    let mut broker = patient("broker", broker.start_stream(pending()))
        .await
        .expect("a stream")
        .into_inner();
    host.schema().await;
    host.shut_down().await;
    let said = patient("the end of stdio", stdio.next()).await;
    assert!(
        !matches!(said, Some(Ok(_))),
        "Terraform would log a warning about it: {said:?}"
    );
    let said = patient("the end of broker", broker.next()).await;
    assert!(!matches!(said, Some(Ok(_))), "{said:?}");
}

#[tokio::test]
async fn ctrl_c_is_left_to_terraform() {
    let host = Host::start().await;
    for _ in 0..3 {
        host.plugin.interrupt().await;
    }
    host.schema().await;
    host.shut_down().await;
}

#[tokio::test]
async fn stop_is_answered_and_work_goes_on() {
    let host = Host::start().await;
    let stopped = answer(host.provider().stop_provider(stop_provider::Request {})).await;
    assert_eq!(stopped.error, "");
    host.schema().await;
    host.validate(serde_json::json!({ "name": "ci" }))
        .await
        .fine();
    host.shut_down().await;
}

#[tokio::test]
async fn a_method_of_a_newer_protocol_is_unimplemented() {
    let host = Host::start().await;
    let mut grpc = tonic::client::Grpc::new(host.channel());
    patient("readiness", grpc.ready())
        .await
        .expect("the channel is up");
    let codec =
        tonic_prost::ProstCodec::<stop_provider::Request, stop_provider::Response>::default();
    let path = "/tfplugin6.Provider/LockState".parse().expect("a path");
    let answer = grpc
        .unary(Request::new(stop_provider::Request {}), path, codec)
        .await;
    assert_eq!(
        answer.expect_err("nothing is there").code(),
        Code::Unimplemented
    );
    host.shut_down().await;
}

#[tokio::test]
async fn a_message_of_another_shape_is_refused() {
    let host = Host::start().await;
    let mut grpc = tonic::client::Grpc::new(host.channel());
    patient("readiness", grpc.ready())
        .await
        .expect("the channel is up");
    // `knock` is a number where the request has a text.
    let knock = crate::support::proto::plugin::conn_info::Knock {
        knock: true,
        ..Default::default()
    };
    let codec = tonic_prost::ProstCodec::<_, stop_provider::Response>::default();
    let path = "/tfplugin6.Provider/PlanResourceChange"
        .parse()
        .expect("a path");
    let answer = grpc.unary(Request::new(knock), path, codec).await;
    assert!(answer.is_err(), "{answer:?}");
    host.shut_down().await;
}
