//! What practitioners write in HCL, in terms of App Services.

mod access;
mod access_token;
mod config;
#[cfg(feature = "recipients")]
mod decrypt_key;
mod diagnose;
mod duration;
#[cfg_attr(not(feature = "recipients"), path = "provider/recipients/absent.rs")]
mod recipients;
mod run;
mod user_api_key;

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::tf_provider::{Configure, Object, Parts, Provider, Result};

pub use self::access::Access;
use self::access_token::AccessTokenEphemeralResource;
pub use self::config::Config;
use self::run::{Run, Validated};
use self::user_api_key::{
    DeleteUserApiKey, DisableUserApiKey, RotatingUserApiKeyResource, UserApiKeyDataSource,
    UserApiKeyEphemeralResource, UserApiKeyListResource, UserApiKeyResource, UserApiKeysDataSource,
};

/// How long a session may take to be closed when the process ends.
const LOG_OUT: Duration = Duration::from_secs(1);

/// Where variables are looked up.
type Environment = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// The provider `appservices`.
pub struct AppServices {
    environment: Box<Environment>,
    validated: Arc<Validated>,
}

impl AppServices {
    /// `environment` is asked for whatever the provider block leaves out.
    pub fn new(environment: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self {
            environment: Box::new(environment),
            validated: Arc::default(),
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
        let resource = || UserApiKeyResource::new(self.validated.clone());
        let parts = Parts::default()
            .resource(resource())
            .resource(RotatingUserApiKeyResource)
            .data_source(UserApiKeyDataSource)
            .data_source(UserApiKeysDataSource)
            .ephemeral_resource(UserApiKeyEphemeralResource)
            .ephemeral_resource(AccessTokenEphemeralResource)
            .list_resource(UserApiKeyListResource, resource())
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
        let access = config::resolve(
            request.config,
            &request.terraform_version,
            &*self.environment,
        )?;
        Ok(access.of_run(Run::begin(self.validated.clone())))
    }

    fn waits_for_configuration(&self, access: &Access) -> bool {
        matches!(access, Access::Unknown(_))
    }

    fn request_timeout(&self, access: &Access) -> Duration {
        access.request_timeout()
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
