use super::*;

/// A request of the client and its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Exchange {
    Location,
    Login,
    Refresh,
    Profile,
    List,
    Get,
    Enable,
    Disable,
    Delete,
    Create,
}

use Exchange::{Create, Delete, Disable, Enable, Get, List, Location, Login, Profile, Refresh};

pub(super) const ALL: [Exchange; 10] = [
    Location, Login, Refresh, Profile, List, Get, Enable, Disable, Delete, Create,
];

/// Those that are signed with the refresh token of a session.
pub(super) const AS_USER: [Exchange; 6] = [List, Get, Enable, Disable, Delete, Create];

/// An access token that is over already, `{"exp":0}`: who wants one has to refresh it.
pub(super) const OVER: &str = "e30.eyJleHAiOjB9.c2ln";

impl Exchange {
    pub(super) fn line(self) -> &'static str {
        match self {
            Location => LOCATION,
            Login => LOGIN,
            Refresh => REFRESH,
            Profile => PROFILE,
            List => LIST,
            Get => GET,
            Enable => ENABLE,
            Disable => DISABLE,
            Delete => DELETE,
            Create => CREATE,
        }
    }

    pub(super) fn is_write(self) -> bool {
        matches!(self, Enable | Disable | Delete | Create)
    }

    pub(super) fn phase(self) -> Phase {
        match self {
            Location => Phase::Location,
            Login | Profile => Phase::Login,
            _ => Phase::Call,
        }
    }

    /// A server that answers this request with a fault, the first `times`.
    pub(super) async fn server(self, fault: Reply, times: usize) -> Server {
        server(move |line, n| match line {
            line if line == self.line() && n <= times => Some(fault.clone()),
            LOGIN => Some(login(n, OVER)),
            _ => None,
        })
        .await
    }

    pub(super) fn client(self, url: &str) -> Client {
        let mut settings = settings(url);
        if self == Profile {
            settings.credentials = credentials(&[("refresh_token", "canary-refresh")]);
        }
        client_of(settings)
    }

    /// Makes the request, by a call that needs it.
    pub(super) async fn make(self, client: &Client) -> Result<(), Error> {
        let id = id();
        let made = async {
            match self {
                Location | Login | Profile => client.user_id().await.map(drop),
                Refresh => client.access_token().await.map(drop),
                List => client.list_since(Instant::now()).await.map(drop),
                Get => client.user_api_key(&id).await.map(drop),
                Enable => client.enable_user_api_key(&id).await,
                Disable => client.disable_user_api_key(&id).await,
                Delete => client.delete_user_api_key(&id).await,
                Create => make(client, "deploy-bot").await.map(drop),
            }
        };
        let bounded = tokio::time::timeout(Duration::from_secs(60), made);
        bounded.await.expect("it ends")
    }
}
