//! What Terraform is in the middle of.

use std::time::Duration;

use super::cell::Place;
use crate::support::detour::{Deed, Held};
use crate::support::terminal::wait_until;

/// A key of a fixed name and one of a prefix. The next apply has to come to terms with both.
pub(super) const BOTH: &str = r#"
resource "appservices_user_api_key" "fixed" {
  name = "ci"
}

resource "appservices_user_api_key" "prefixed" {
  name_prefix = "ci-"
}
"#;

/// An ephemeral key for a command that takes three seconds.
const OPEN: &str = r#"
ephemeral "appservices_user_api_key" "run" {}

resource "terraform_data" "run" {
  provisioner "local-exec" {
    command     = "touch reached && sleep 3"
    environment = { KEY = ephemeral.appservices_user_api_key.run.key }
  }
}
"#;

/// A provider that has made a key, and will make another in three seconds.
const IDLE: &str = r#"
resource "appservices_user_api_key" "fixed" {
  name = "ci"
}

resource "terraform_data" "between" {
  depends_on = [appservices_user_api_key.fixed]
  provisioner "local-exec" {
    command = "touch reached && sleep 3"
  }
}

resource "appservices_user_api_key" "prefixed" {
  depends_on  = [terraform_data.between]
  name_prefix = "ci-"
}
"#;

/// A rotating key that is to be rotated now.
const ROTATING: &str = r#"
resource "appservices_rotating_user_api_key" "ci" {
  name_prefix  = "ci-"
  rotate_after = "90d"
  keepers      = { round = "2" }
}
"#;

const HOLD: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Situation {
    /// The server makes two keys, and answers after three seconds.
    Answered,
    /// The server makes two keys, and never answers.
    Unanswered,
    /// The server lists two keys, after three seconds.
    Refresh,
    /// A key is open, for three seconds.
    Ephemeral,
    /// The server deletes two keys, and answers after three seconds.
    Delete,
    /// Nothing is asked of the provider for three seconds.
    Idle,
    /// The server makes the next key of a rotating one, and answers after three seconds.
    Rotation,
}

impl Situation {
    /// What is applied.
    pub(super) fn configuration(self) -> &'static str {
        match self {
            Self::Answered | Self::Unanswered | Self::Refresh => BOTH,
            Self::Ephemeral => OPEN,
            Self::Delete => "",
            Self::Idle => IDLE,
            Self::Rotation => ROTATING,
        }
    }

    /// What is applied in the end, so that both keys are there.
    pub(super) fn next(self) -> &'static str {
        match self {
            Self::Delete => BOTH,
            other => other.configuration(),
        }
    }

    /// Whether the state has keys before.
    pub(super) fn begins_with_keys(self) -> bool {
        matches!(self, Self::Refresh | Self::Delete | Self::Rotation)
    }

    /// Whether what is applied in the end has a key of the fixed name.
    pub(super) fn has_fixed_name(self) -> bool {
        !matches!(self, Self::Ephemeral | Self::Rotation)
    }

    /// The provider's limit for one request: longer than any wait here, or shorter than for ever.
    pub(super) fn request_timeout(self) -> &'static str {
        if self == Self::Unanswered {
            "4s"
        } else {
            "20s"
        }
    }

    /// The requests that are held, all of them at the same time.
    pub(super) fn prepare(self, place: &Place<'_>) -> Vec<Held> {
        let held = |method: &'static str, path: &str, deed: fn(Held) -> Deed| {
            let held = Held::new();
            place.detour.next(method, path, deed(held.clone()));
            held
        };
        let late = |held| Deed::Late(held, HOLD);
        match self {
            Self::Answered => vec![
                held("POST", "/auth/api_keys", late),
                held("POST", "/auth/api_keys", late),
            ],
            Self::Unanswered => vec![
                held("POST", "/auth/api_keys", Deed::Silence),
                held("POST", "/auth/api_keys", Deed::Silence),
            ],
            Self::Rotation => vec![held("POST", "/auth/api_keys", late)],
            Self::Refresh => vec![held("GET", "/auth/api_keys", late)],
            Self::Delete => place
                .keys()
                .iter()
                .map(|key| held("DELETE", &format!("/auth/api_keys/{}", key.id), late))
                .collect(),
            Self::Ephemeral | Self::Idle => Vec::new(),
        }
    }

    /// Waits until Terraform is in the middle of it.
    pub(super) async fn is_reached(self, place: &Place<'_>, held: &[Held]) {
        for held in held {
            held.arrives().await;
        }
        if matches!(self, Self::Ephemeral | Self::Idle) {
            let marker = place.terraform.directory().join("reached");
            wait_until("the command between", || marker.exists()).await;
        }
    }
}
