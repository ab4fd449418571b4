//! An answer that the server did not give.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::InvalidFault;

/// The whole of another answer. Only `Content-Length` and `Date` are added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// From 200 to 599.
    pub status: u16,
    /// Names and values; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: String,
}

impl Answer {
    /// An answer of this status without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
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

    /// The same with a body that says to be JSON, whether it is or not.
    #[must_use]
    pub fn json(self, body: impl Into<String>) -> Self {
        self.body("application/json", body)
    }

    /// The same with a page as a proxy shows it to browsers.
    #[must_use]
    pub fn html(self, body: impl Into<String>) -> Self {
        self.body("text/html", body)
    }

    pub(super) fn check(&self) -> Result<(), InvalidFault> {
        if !(200..600).contains(&self.status) {
            return Err(InvalidFault::Status(self.status));
        }
        match self.headers.iter().find(|header| parse(header).is_none()) {
            Some((name, _)) => Err(InvalidFault::Header(name.clone())),
            None => Ok(()),
        }
    }

    /// What was checked before has a form in HTTP.
    pub(super) fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers.iter().filter_map(parse) {
            response.headers_mut().append(name, value);
        }
        response
    }
}

fn parse((name, value): &(String, String)) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.parse().ok()?))
}
