//! What a provider says with its parts that cannot be honoured.

use super::super::{Action, Change, Context, Fields, ListResource, Partial, Progress, Resource};
use super::*;

#[derive(Default)]
struct Named {
    name: String,
}

impl Model for Named {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
    }
}

#[derive(Default)]
struct Wrong {
    version: String,
}

impl Model for Wrong {
    fn describe(fields: &mut Fields<Self>) {
        fields.optional("version", |m| &mut m.version);
    }
}

struct Thing;

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = Named;
    type Identity = ();

    async fn create(&self, _: &Context<()>, plan: Named) -> Result<Named, Partial<Named>> {
        Ok(plan)
    }

    async fn read(&self, _: &Context<()>, state: Named) -> Result<Option<Named>> {
        Ok(Some(state))
    }

    async fn update(&self, _: &Context<()>, to: Change<Named>) -> Result<Named, Partial<Named>> {
        Ok(to.plan)
    }

    async fn delete(&self, _: &Context<()>, _: Named) -> Result<()> {
        Ok(())
    }
}

impl ListResource for Thing {
    type Resource = Self;
    type Model = ();

    async fn list(
        &self,
        _: &Context<()>,
        (): (),
        _: &mut super::super::ListSink<Self>,
    ) -> Result<()> {
        Ok(())
    }
}

impl Action for Thing {
    const NAME: &'static str = "Do it";
    type Client = ();
    type Model = Wrong;

    async fn invoke(&self, _: &Context<()>, _: Wrong, _: &Progress) -> Result<()> {
        Ok(())
    }
}

struct Whole<const SOUND: bool>;

impl<const SOUND: bool> Provider for Whole<SOUND> {
    const ADDRESS: &'static str = "example.com/test/whole";
    const NAME: &'static str = if SOUND { "whole" } else { "not_whole" };
    const VERSION: &'static str = "0.0.0";
    type Config = Wrong;
    type Client = ();

    async fn configure(&self, _: Configure<Wrong>) -> Result<()> {
        Ok(())
    }

    fn parts(&self) -> Parts<()> {
        let parts = Parts::default().resource(Thing);
        if SOUND {
            return parts;
        }
        parts
            .resource(Thing)
            .list_resource(Thing, Thing)
            .action(Thing)
    }
}

#[test]
fn one_message_says_all_that_is_wrong() {
    assert_eq!(Whole::<true>.parts().faults(), [""; 0]);
    let panic = std::panic::catch_unwind(|| check(&Whole::<false>)).unwrap_err();
    let message = panic.downcast_ref::<String>().expect("a message");
    let lines = message.lines().collect::<Vec<_>>();
    assert_eq!(
        lines,
        [
            "the provider `not_whole` says what cannot be honoured:",
            "  - resource `thing` is offered twice",
            "  - action `Do it`: `version` may be null, and its Rust type has no room for that: make it an `Option` or \
             a `Field`",
            "  - action `Do it`: its name cannot be written in a configuration",
            "  - list resource `thing`: lists a resource that is not offered, or has no identity",
            "  - configuration of the provider: `version` is a name that Terraform keeps for itself",
            "  - configuration of the provider: `version` may be null, and its Rust type has no room for that: make it \
             an `Option` or a `Field`",
            "  - provider `not_whole`: its name cannot be written in a configuration",
        ]
    );
}
