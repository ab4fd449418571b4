//! Every RPC of the protocol: answered, or refused on purpose.

use regex::Regex;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::support::host::Host;
use crate::support::patient;

/// Those that this provider answers.
const ANSWERED: [&str; 28] = [
    "ApplyResourceChange",
    "CallFunction",
    "CloseEphemeralResource",
    "ConfigureProvider",
    "GenerateResourceConfig",
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "ImportResourceState",
    "InvokeAction",
    "ListResource",
    "MoveResourceState",
    "OpenEphemeralResource",
    "PlanAction",
    "PlanResourceChange",
    "ReadDataSource",
    "ReadResource",
    "RenewEphemeralResource",
    "StopProvider",
    "UpgradeResourceIdentity",
    "UpgradeResourceState",
    "ValidateActionConfig",
    "ValidateDataResourceConfig",
    "ValidateEphemeralResourceConfig",
    "ValidateListResourceConfig",
    "ValidateProviderConfig",
    "ValidateResourceConfig",
];

/// Those that core only calls when a provider announces state stores, and that `proto/` leaves out.
const LEFT_OUT: [&str; 8] = [
    "ConfigureStateStore",
    "DeleteState",
    "GetStates",
    "LockState",
    "ReadStateBytes",
    "UnlockState",
    "ValidateStateStoreConfig",
    "WriteStateBytes",
];

/// The status of a call with an empty message, which is a message of any type.
async fn called(host: &Host, rpc: &str) -> Code {
    let mut grpc = Grpc::new(host.channel());
    grpc.ready().await.expect("the connection stands");
    let path = format!("/tfplugin6.Provider/{rpc}");
    let path = PathAndQuery::try_from(path).expect("a path");
    // An answer is a stream of one, as far as a client can see.
    let codec = ProstCodec::<(), ()>::default();
    let answers = grpc.server_streaming(Request::new(()), path, codec);
    let mut answers = match patient(rpc, answers).await {
        Ok(answers) => answers.into_inner(),
        Err(status) => return status.code(),
    };
    loop {
        match patient(rpc, answers.message()).await {
            Ok(Some(())) => {}
            Ok(None) => return Code::Ok,
            Err(status) => return status.code(),
        }
    }
}

#[test]
fn the_protocol_has_no_rpc_that_is_not_listed_here() {
    let proto = include_str!("../../../proto/tfplugin6.proto");
    let rpc = Regex::new(r"(?m)^\s*rpc\s+(\w+)").expect("a pattern");
    let mut declared = rpc
        .captures_iter(proto)
        .map(|found| found.get(1).expect("a name").as_str())
        .collect::<Vec<_>>();
    declared.sort_unstable();
    assert_eq!(declared, ANSWERED);
}

#[tokio::test]
async fn every_rpc_is_answered_or_refused_on_purpose() {
    let host = Host::start().await;
    for rpc in ANSWERED {
        assert_eq!(called(&host, rpc).await, Code::Ok, "{rpc}");
    }
    for rpc in LEFT_OUT {
        assert_eq!(called(&host, rpc).await, Code::Unimplemented, "{rpc}");
    }
    host.shut_down().await;
}
