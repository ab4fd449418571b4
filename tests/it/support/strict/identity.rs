//! Identities: whole, of the right shape, and the same for the life of an object.

use super::View;
use super::decode;
use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::Val;
use crate::support::proto::tfplugin6::ResourceIdentityData;

/// An identity in an answer. None when there is none, which an object of nulls amounts to.
pub(super) fn answered(
    view: &View<'_>,
    type_name: &str,
    sent: Option<&ResourceIdentityData>,
    report: &mut Report,
) -> Option<Val> {
    let sent = sent?;
    let Some(schema) = view.identity_schema(type_name) else {
        report.add(Rule::IdentityOfNothing, "identity", type_name);
        return None;
    };
    let identity = decode::answered(
        sent.identity_data.as_ref(),
        &Type::of_identity(schema),
        "identity",
        report,
    )?;
    let identity = Some(identity).filter(|identity| !is_absent(identity))?;
    for path in identity.unknown_paths("identity") {
        report.add(Rule::IdentityUnknown, &path, "is unknown");
    }
    for one in schema
        .identity_attributes
        .iter()
        .filter(|one| one.required_for_import)
    {
        if identity.get(&one.name).is_null() {
            report.add(
                Rule::IdentityIncomplete,
                &format!("identity.{}", one.name),
                "is null",
            );
        }
    }
    Some(identity)
}

/// An identity in a request.
pub(super) fn asked(
    view: &View<'_>,
    type_name: &str,
    sent: Option<&ResourceIdentityData>,
) -> Option<Val> {
    let of = Type::of_identity(view.identity_schema(type_name)?);
    decode::asked(sent?.identity_data.as_ref(), &of).filter(|identity| !is_absent(identity))
}

fn is_absent(identity: &Val) -> bool {
    identity.is_null() || identity.elements().into_iter().all(Val::is_null)
}

/// What an identity names does not change; what it left out may be filled in.
pub(super) fn same(before: Option<&Val>, now: Option<&Val>, report: &mut Report) {
    let (Some(Val::Map(before)), Some(now)) = (before, now) else {
        return;
    };
    for (name, before) in before.iter().filter(|(_, before)| !before.is_null()) {
        let now = now.get(name);
        if before != now && !now.is_unknown() {
            report.add(
                Rule::IdentityChanged,
                &format!("identity.{name}"),
                format!("was {before}, is {now}"),
            );
        }
    }
}

/// Which objects have to have one.
pub(super) struct Holder<'a> {
    pub(super) type_name: &'a str,
    /// The object that the answer is about.
    pub(super) state: &'a Val,
    pub(super) failed: bool,
    /// The request had an object already.
    pub(super) existed: bool,
    /// The identity that the request had.
    pub(super) before: Option<&'a Val>,
}

impl Holder<'_> {
    /// An identity can be missing only where there is no object, or an error, or something lacks that it is made of.
    pub(super) fn has(&self, view: &View<'_>, now: Option<&Val>, report: &mut Report) {
        let Some(schema) = view.identity_schema(self.type_name) else {
            return;
        };
        same(self.before, now, report);
        if self.state.is_null() || now.is_some() {
            return;
        }
        if self.before.is_some() {
            let rule = if self.failed {
                Rule::IdentityLost
            } else {
                Rule::IdentityMissing
            };
            return report.add(rule, "identity", "was sent, and did not come back");
        }
        // A host that sends none has none to lose.
        if self.failed && self.existed {
            return;
        }
        let Val::Map(members) = self.state else {
            return;
        };
        let names = schema.identity_attributes.iter().map(|one| &one.name);
        let parts = names
            .filter_map(|name| members.get(name))
            .collect::<Vec<_>>();
        let lacks = parts.iter().any(|part| part.is_null());
        let none_shown = self.failed && parts.is_empty();
        if !lacks && !none_shown {
            report.add(
                Rule::IdentityMissing,
                "identity",
                format!("of {}", self.state),
            );
        }
    }
}
