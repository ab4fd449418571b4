/// What a schema is for. Each kind can honour something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Provider,
    Resource,
    Identity,
    DataSource,
    EphemeralResource,
    ListResource,
    Action,
    /// The parameters of a function.
    Parameters,
    /// What a function returns.
    Output,
}

impl Kind {
    /// What Terraform itself takes out of such a block, so that an attribute of the name can never be set.
    pub(super) fn reserved(self) -> &'static [&'static str] {
        match self {
            Self::Provider => &[
                "alias",
                "count",
                "depends_on",
                "for_each",
                "lifecycle",
                "locals",
                "source",
                "version",
            ],
            Self::Resource | Self::DataSource | Self::EphemeralResource => &[
                "connection",
                "count",
                "depends_on",
                "for_each",
                "lifecycle",
                "locals",
                "provider",
                "provisioner",
            ],
            // Theirs stand in a `config` block, or in none.
            Self::Identity
            | Self::ListResource
            | Self::Action
            | Self::Parameters
            | Self::Output => &[],
        }
    }

    /// Whether there is an answer in which the provider could set something.
    pub(super) fn has_results(self) -> bool {
        matches!(
            self,
            Self::Resource | Self::DataSource | Self::EphemeralResource | Self::Output
        )
    }

    /// Whether a configuration is read through it, so that defaults and checks have their place.
    pub(super) fn is_configured(self) -> bool {
        !matches!(self, Self::Identity | Self::Parameters | Self::Output)
    }
}
