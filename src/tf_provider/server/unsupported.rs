//! What this layer does not do yet, refused on purpose and in one place.
//!
//! A host asks for these only when the schema announces them. The one it probes unasked, `GetResourceIdentitySchemas`,
//! takes UNIMPLEMENTED for "none".

use tonic::Status;

/// The answer of a provider without the feature.
pub(super) fn unsupported<T>(feature: &str) -> Result<T, Status> {
    Err(Status::unimplemented(format!(
        "this provider has no {feature}"
    )))
}
