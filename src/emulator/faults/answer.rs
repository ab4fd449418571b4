//! An answer that the server did not give.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// The whole of another answer. Only `Content-Length` and `Date` are added to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// From 200 to 599.
    pub status: u16,
    /// Values by name.
    #[serde(default)]
    pub headers: HashMap<String, String>,
    /// Empty for none.
    #[serde(default)]
    pub body: String,
}

impl Answer {
    /// An answer of this status without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same with this body, and the header that says what it is.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..self.header("Content-Type", content_type)
        }
    }

    /// `None` when a header has a malformed name or value or says where the body ends, when the status is not one from 200 to
    /// 599, and for a body where the status has none.
    pub(in crate::emulator) fn response(self) -> Option<Response> {
        let status = StatusCode::from_u16(self.status).ok();
        let status = status.filter(|_| (200..600).contains(&self.status))?;
        let headers = HeaderMap::try_from(&self.headers).ok()?;
        let frames = [CONTENT_LENGTH, TRANSFER_ENCODING]
            .iter()
            .any(|name| headers.contains_key(name));
        let has_none = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if frames || has_none && !self.body.is_empty() {
            return None;
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Some(response)
    }
}
