//! A resource instance as core keeps it, and core's order of calls: read, plan, plan again, apply.

use serde_json::Value;

use super::proto::tfplugin6::ResourceIdentityData;
use super::rpc::{Calls, Change, Findings, Planned, Stored};

/// What a plan would do to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    Create,
    Update,
    Replace,
    Delete,
}

/// One instance in the state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    /// Null while there is none.
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<ResourceIdentityData>,
    /// A create that failed halfway: the next plan replaces it.
    pub(crate) tainted: bool,
}

impl Instance {
    pub(crate) fn of(state: Value) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// Makes one that did not exist, without trouble.
    pub(crate) async fn create(calls: &Calls, config: Value) -> Self {
        let mut instance = Self::default();
        let findings = instance.apply(calls, &config).await;
        findings.fine();
        assert!(instance.state.is_object(), "{findings}");
        instance
    }

    /// One that was made elsewhere, imported without trouble.
    pub(crate) async fn imported(calls: &Calls, id: &str) -> Self {
        let (imported, findings) = calls.import_and_read(id).await;
        findings.fine();
        let imported = imported.expect("an imported key");
        let Stored {
            state,
            private,
            identity,
            ..
        } = imported;
        Self {
            state,
            private,
            identity,
            tainted: false,
        }
    }

    /// Refreshes; what the provider could not read stays as it was.
    pub(crate) async fn read(&mut self, calls: &Calls) -> Findings {
        if self.state.is_null() {
            return Findings(Vec::new());
        }
        let read = calls
            .read_named(&self.state, &self.private, self.identity.clone())
            .await;
        if !read.findings.has_error() {
            self.private = read.private;
            self.identity = read.identity;
            self.state = read.state;
            self.tainted &= self.state.is_object();
        }
        read.findings
    }

    /// A plan without a read before it, and what it comes to.
    pub(crate) async fn plan(&self, calls: &Calls, config: &Value) -> (Action, Planned) {
        let planned = calls.plan(self.change(config)).await;
        let action = match (self.state.is_null(), config.is_null()) {
            (true, true) => Action::Nothing,
            (true, false) => Action::Create,
            (false, true) => Action::Delete,
            (false, false) if self.tainted => Action::Replace,
            (false, false) => difference(&calls.key(self.state.clone()).await, &planned),
        };
        (action, planned)
    }

    /// Reads and plans.
    pub(crate) async fn refreshed_plan(
        &mut self,
        calls: &Calls,
        config: &Value,
    ) -> (Action, Planned) {
        self.read(calls).await.fine();
        let (action, planned) = self.plan(calls, config).await;
        planned.findings.fine();
        (action, planned)
    }

    /// Reads, plans and applies, and stops at the first error.
    pub(crate) async fn run(&mut self, calls: &Calls, config: &Value) -> Findings {
        let mut findings = self.read(calls).await;
        if !findings.has_error() {
            findings.0.append(&mut self.apply(calls, config).await.0);
        }
        findings
    }

    /// Plans and applies without a read.
    pub(crate) async fn apply(&mut self, calls: &Calls, config: &Value) -> Findings {
        let (action, planned) = self.plan(calls, config).await;
        if planned.findings.has_error() {
            return planned.findings;
        }
        let mut findings = planned.findings;
        let more = match action {
            Action::Nothing => return findings,
            Action::Create | Action::Update => self.change_to(calls, config).await,
            Action::Delete => self.delete(calls).await,
            Action::Replace => self.replace(calls, config, &planned.private).await,
        };
        findings.0.extend(more.0);
        findings
    }

    /// Core shows what is to come with a second plan, which gets the private data of the first.
    async fn replace(&mut self, calls: &Calls, config: &Value, private: &[u8]) -> Findings {
        let anew = Change::create(config.clone()).with_private(private);
        let shown = calls.plan(anew).await;
        if shown.findings.has_error() {
            return shown.findings;
        }
        let mut findings = self.delete(calls).await;
        if !findings.has_error() {
            findings.0.extend(self.change_to(calls, config).await.0);
        }
        findings
    }

    /// Core plans once more before it applies; the answers have to agree.
    async fn change_to(&mut self, calls: &Calls, config: &Value) -> Findings {
        let change = self.change(config);
        let planned = calls.plan(change.clone()).await;
        planned.findings.fine();
        let applied = calls.apply(&change, &planned).await;
        if applied.findings.has_error() {
            let creates = self.state.is_null();
            self.keep(applied, creates)
        } else {
            self.keep(applied, false)
        }
    }

    async fn delete(&mut self, calls: &Calls) -> Findings {
        let change = self.change(&Value::Null);
        let planned = calls.plan(change.clone()).await;
        planned.findings.fine();
        let applied = calls.apply(&change, &planned).await;
        if !applied.findings.has_error() {
            self.tainted = false;
        }
        let tainted = self.tainted;
        self.keep(applied, tainted)
    }

    /// Stores what an apply returned. An error with no state leaves the one that there was.
    fn keep(&mut self, applied: Stored, tainted: bool) -> Findings {
        if !(applied.findings.has_error() && applied.state.is_null()) {
            self.tainted = tainted && applied.state.is_object();
            self.state = applied.state;
            self.private = applied.private;
            self.identity = applied.identity;
        }
        applied.findings
    }

    fn change(&self, config: &Value) -> Change {
        let prior = if self.tainted && !config.is_null() {
            Value::Null
        } else {
            self.state.clone()
        };
        // What is to be made anew has no identity yet.
        let identity = self.identity.clone().filter(|_| prior.is_object());
        Change::update(prior, config.clone())
            .with_private(&self.private)
            .with_identity(identity)
    }
}

/// Core looks at the paths to be replaced only where something differs.
fn difference(prior: &Value, planned: &Planned) -> Action {
    let differs = |path: &String| {
        let top = path.split(['.', '[']).next().expect("a first part");
        prior[top] != planned.state[top]
    };
    if *prior == planned.state {
        Action::Nothing
    } else if planned.replaces.iter().any(differs) {
        Action::Replace
    } else {
        Action::Update
    }
}
