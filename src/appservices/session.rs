use secrecy::SecretString;

use super::call::Destination;
use super::single_flight::SingleFlight;
use super::{AccessToken, BaseUrl};

/// What a login brought, or the refresh token of a session that was there before.
pub(super) struct Session {
    /// Which session of this client it is; the first is 1.
    pub(super) generation: u64,
    pub(super) user_id: String,
    pub(super) base: BaseUrl,
    pub(super) refresh_token: SecretString,
    pub(super) access_token: SingleFlight<AccessToken>,
}

impl Session {
    /// Key management is signed with the refresh token, like session calls; all else takes the
    /// access token.
    ///
    /// Every official client does it so, and the service refuses an access token where it wants a
    /// refresh token.
    pub(super) fn destination(&self) -> Destination<'_> {
        Destination {
            base: &self.base,
            token: Some(&self.refresh_token),
        }
    }
}
