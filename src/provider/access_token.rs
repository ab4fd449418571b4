use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::appservices::{AccessToken, Client};
use crate::tf_provider::{
    Context, EphemeralResource, ErrorContext, Field, Fields, Model, Opened, Result,
};

use super::access::Access;

/// How long before its end a token is renewed, if it lives long enough for that.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// A token for other endpoints of App Services.
#[derive(Debug)]
pub(super) struct AccessTokenEphemeralResource;

#[derive(Default)]
pub(super) struct Token {
    value: Field<SecretString>,
    expires_at: Field<String>,
    user_id: Field<String>,
    base_url: Field<String>,
}

impl Model for Token {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .computed("access_token", |m| &mut m.value)
            .sensitive()
            .doc("The token, for the header `Authorization: Bearer`.");
        fields
            .computed("expires_at", |m| &mut m.expires_at)
            .doc("Until when it is valid (RFC 3339, UTC). Access tokens live 30 minutes.");
        fields
            .computed("user_id", |m| &mut m.user_id)
            .doc("Id of the token's user.");
        fields
            .computed("base_url", |m| &mut m.base_url)
            .doc(
                "Address of the host that serves the app, without a slash at the end. It may differ from the provider's \
                 `base_url`, because the provider asks for the app's location.",
            );
    }
}

impl EphemeralResource for AccessTokenEphemeralResource {
    const NAME: &'static str = "access_token";
    const DESCRIPTION: &'static str = "A short-lived access token of the provider's user, for other endpoints of App \
        Services. Neither the state nor a plan holds it.";
    type Client = Access;
    type Model = Token;

    async fn open(&self, cx: &Context<Access>, _: Token) -> Result<Opened<Token>> {
        let client = cx.client().client(cx)?;
        let token = client.access_token().await.context("get an access token")?;
        Ok(Opened {
            renew_at: Some(renew_at(&client, &token)),
            result: Token {
                expires_at: token.expires_at.to_string().into(),
                user_id: token.user_id.into(),
                base_url: token.base_url.to_string().into(),
                value: token.value.into(),
            },
        })
    }

    /// Terraform has no way to hand out a new token, so what was opened keeps its value and its end. A new one is fetched
    /// all the same: it shows that the session lives, and it is there for whatever is opened next.
    async fn renew(&self, cx: &Context<Access>) -> Result<Option<Timestamp>> {
        let client = cx.client().client(cx)?;
        let token = client
            .access_token()
            .await
            .context("renew the access token")?;
        Ok(Some(renew_at(&client, &token)))
    }
}

fn renew_at(client: &Client, token: &AccessToken) -> Timestamp {
    // What the host compares with is this machine's clock, and the token's end is by the server's.
    let now = client.server_time().unwrap_or_else(Timestamp::now);
    let left = token.expires_at.duration_since(now);
    Timestamp::now() + (left - REFRESH_MARGIN.min(left / 2)).max(SignedDuration::from_secs(1))
}
