//! Faults over HTTP, `/emulator/faults`: beside the API and beyond the reach of faults.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::faults::{Answer, Effect, Fault, Faults, When};

/// The paths, to be merged with those of the API.
pub(super) fn router(faults: Arc<Faults>) -> Router {
    Router::new()
        .route("/emulator/faults", get(list).post(add).delete(clear))
        .route("/emulator/faults/{id}", delete(remove))
        .with_state(faults)
}

/// A fault as JSON. [`Fault`] says what the members mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    skip: u32,
    /// Once when it is absent, always when it is null.
    #[serde(default = "once")]
    times: Option<u32>,
    #[serde(default)]
    when: WhenBody,
    effect: EffectBody,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands for a member that may be null"
)]
fn once() -> Option<u32> {
    Some(1)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WhenBody {
    #[default]
    Before,
    After,
}

/// `"reset"`, `{"slow": "2s"}`, `{"answer": {"status": 503}}` and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EffectBody {
    Answer(AnswerBody),
    Reset,
    Truncate,
    Garbage(String),
    Hang,
    Slow(
        #[serde(serialize_with = "jiff::fmt::serde::duration::friendly::compact::required")]
        SignedDuration,
    ),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// A fault at work.
#[derive(Serialize)]
struct Listed {
    id: u64,
    hits: u32,
    #[serde(flatten)]
    fault: FaultBody,
}

/// What an answer of this endpoint says no with.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        (status, Json(serde_json::json!({ "error": error }))).into_response()
    }
}

async fn list(State(faults): State<Arc<Faults>>) -> Json<Vec<Listed>> {
    let listed = faults.list().into_iter().map(|(id, hits, fault)| Listed {
        id,
        hits,
        fault: fault.into(),
    });
    Json(listed.collect())
}

/// Takes JSON that says to be JSON only: a page in a browser can't send that to another site unasked.
async fn add(
    State(faults): State<Arc<Faults>>,
    body: Result<Json<FaultBody>, JsonRejection>,
) -> Result<Response, Refused> {
    let Json(body) = body.map_err(|error| Refused(error.status(), error.body_text()))?;
    let refused = |error: &dyn ToString| Refused(StatusCode::BAD_REQUEST, error.to_string());
    let fault = Fault::try_from(body).map_err(|error| refused(&error))?;
    let id = faults.add(fault).map_err(|error| refused(&error))?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "id": id }))).into_response())
}

async fn clear(State(faults): State<Arc<Faults>>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove(
    State(faults): State<Arc<Faults>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    if id.parse().is_ok_and(|id| faults.remove(id)) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        let text = format!("there is no fault '{id}'");
        Err(Refused(StatusCode::NOT_FOUND, text))
    }
}

impl TryFrom<FaultBody> for Fault {
    type Error = String;

    fn try_from(body: FaultBody) -> Result<Self, String> {
        let effect = match body.effect {
            EffectBody::Answer(answer) => Effect::Answer(Answer {
                status: answer.status,
                headers: answer.headers.into_iter().collect(),
                body: answer.body,
            }),
            EffectBody::Reset => Effect::Reset,
            EffectBody::Truncate => Effect::Truncate,
            EffectBody::Garbage(bytes) => Effect::Garbage(bytes),
            EffectBody::Hang => Effect::Hang,
            EffectBody::Slow(time) => Effect::Slow(
                Duration::try_from(time).map_err(|_| format!("{time:#} is less than nothing"))?,
            ),
        };
        Ok(Self {
            method: body.method.map(|method| method.to_ascii_uppercase()),
            path: body.path,
            skip: body.skip,
            times: body.times,
            when: match body.when {
                WhenBody::Before => When::Before,
                WhenBody::After => When::After,
            },
            effect,
        })
    }
}

impl From<Fault> for FaultBody {
    fn from(fault: Fault) -> Self {
        let effect = match fault.effect {
            Effect::Answer(answer) => EffectBody::Answer(AnswerBody {
                status: answer.status,
                headers: answer.headers.into_iter().collect(),
                body: answer.body,
            }),
            Effect::Reset => EffectBody::Reset,
            Effect::Truncate => EffectBody::Truncate,
            Effect::Garbage(bytes) => EffectBody::Garbage(bytes),
            Effect::Hang => EffectBody::Hang,
            Effect::Slow(time) => {
                EffectBody::Slow(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
            }
        };
        Self {
            method: fault.method,
            path: fault.path,
            skip: fault.skip,
            times: fault.times,
            when: match fault.when {
                When::Before => WhenBody::Before,
                When::After => WhenBody::After,
            },
            effect,
        }
    }
}
