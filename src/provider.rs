//! What practitioners write in HCL, in terms of App Services.

mod access;
mod access_token;
mod config;
#[cfg(feature = "recipients")]
mod decrypt_key;
mod diagnose;
mod duration;
#[cfg(feature = "recipients")]
mod recipients;
mod user_api_key;

use std::fmt;
use std::time::Duration;

use crate::tf_provider::{Configure, Object, Parts, Provider, Result};

pub use self::access::Access;
use self::access_token::AccessTokenEphemeralResource;
pub use self::config::Config;
use self::user_api_key::{
    DeleteUserApiKey, DisableUserApiKey, UserApiKeyDataSource, UserApiKeyEphemeralResource,
    UserApiKeyListResource, UserApiKeyResource, UserApiKeysDataSource,
};

/// How long a session may take to be closed when the process ends.
const LOG_OUT: Duration = Duration::from_secs(1);

/// Where variables are looked up.
type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The provider `appservices`.
pub struct AppServices {
    environment: Box<Environment>,
}

impl AppServices {
    /// `environment` is asked for whatever the provider block leaves out.
    pub fn new(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            environment: Box::new(environment),
        }
    }
}

impl Provider for AppServices {
    const NAME: &'static str = "appservices";
    const ADDRESS: &'static str = "registry.terraform.io/appservices/appservices";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DESCRIPTION: &'static str = "Manages user API keys of MongoDB Atlas App Services, and of servers that speak \
        its client API.";
    type Config = Config;
    type Client = Access;

    fn parts(&self) -> Parts<Access> {
        let parts = Parts::default()
            .resource(UserApiKeyResource)
            .data_source(UserApiKeyDataSource)
            .data_source(UserApiKeysDataSource)
            .ephemeral_resource(UserApiKeyEphemeralResource)
            .ephemeral_resource(AccessTokenEphemeralResource)
            .list_resource(UserApiKeyListResource, UserApiKeyResource)
            .action(DisableUserApiKey)
            .action(DeleteUserApiKey);
        #[cfg(feature = "recipients")]
        let parts = parts.function(decrypt_key::DecryptKey);
        parts
    }

    fn validate(&self, config: &Object) -> Result<()> {
        config::validate(config)
    }

    async fn configure(&self, request: Configure<Config>) -> Result<Access> {
        config::resolve(
            request.config,
            &request.terraform_version,
            &self.environment,
        )
    }

    fn waits_for_configuration(&self, access: &Access) -> bool {
        matches!(access, Access::Unknown(_))
    }

    async fn release(&self, access: Access) {
        access.log_out(LOG_OUT).await;
    }
}

impl fmt::Debug for AppServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppServices").finish_non_exhaustive()
    }
}
