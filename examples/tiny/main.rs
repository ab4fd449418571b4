//! A whole provider with one of each kind: things are files in a folder. `docs/write-a-provider.md` builds it step by step.
//!
//! `cargo run --example terraform-provider-tiny -- --debug` serves it, and says how Terraform attaches to it.

use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};
use terraform_provider_appservices::tf_provider::prelude::*;

/// Serves the host that started this program.
fn main() -> ExitCode {
    let environment = |name: &_| std::env::var_os(name)?.into_string().ok();
    serve(Thing, std::env::args_os(), environment)
}

/// The provider, and all that can be written in HCL with it.
struct Thing;

/// What every operation gets. The client is the folder.
type Cx = Context<PathBuf>;

impl Provider for Thing {
    const ADDRESS: &'static str = "registry.terraform.io/example/tiny";
    const VERSION: &'static str = "1.0.0";
    type Config = Name;
    type Client = PathBuf;
    async fn configure(&self, request: Configure<Name>) -> Result<PathBuf> {
        Ok(request.config.name.into())
    }
    fn parts(&self) -> Parts<PathBuf> {
        let parts = Parts::default().resource(Thing).data_source(Thing);
        let parts = parts.ephemeral_resource(Thing).list_resource(Thing, Thing);
        parts.function(Thing).action(Thing)
    }
}

/// The provider's configuration, a nested object, an identity, and whatever else only has a name.
#[derive(Default)]
struct Name {
    name: String,
}

impl Model for Name {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
    }
}

/// A nested object with something computed, and a data source.
#[derive(Default)]
struct Part {
    name: String,
    size: Field<usize>,
}

impl Model for Part {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
        fields.computed("size", |m| &mut m.size);
    }
}

/// The state of a thing: an attribute of every shape.
#[derive(Default)]
struct State {
    name: String,
    text: String,
    flag: bool,
    exact: Option<Number>,
    tags: Option<Set<String>>,
    lists: Option<BTreeMap<String, Vec<String>>>,
    any: Value,
    one: Option<Part>,
    many: Option<Vec<Part>>,
    some: Option<Set<Name>>,
    each: Option<BTreeMap<String, Name>>,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        let name = fields.required("name", |m| &mut m.name);
        name.plan(requires_replace());
        let text = fields.optional("text", |m| &mut m.text).sensitive();
        text.default_to(String::new());
        fields.optional("flag", |m| &mut m.flag).default_to(true);
        fields.optional("exact", |m| &mut m.exact);
        fields.optional("tags", |m| &mut m.tags);
        fields.optional("lists", |m| &mut m.lists);
        fields.optional("any", |m| &mut m.any);
        fields.optional("one", |m| &mut m.one);
        fields.optional("many", |m| &mut m.many);
        fields.optional("some", |m| &mut m.some);
        fields.optional("each", |m| &mut m.each);
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = PathBuf;
    type Model = State;
    type Identity = Name;
    async fn create(&self, cx: &Cx, mut plan: State) -> Result<State, Partial<State>> {
        fs::write(cx.client().join(&plan.name), &plan.text).context("write the file")?;
        let parts = plan.one.iter_mut().chain(plan.many.iter_mut().flatten());
        parts.for_each(|part| part.size = part.name.len().into());
        Ok(plan)
    }
    async fn read(&self, cx: &Cx, state: State) -> Result<Option<State>> {
        let text = fs::read_to_string(cx.client().join(&state.name)).ok();
        Ok(text.map(|text| State { text, ..state }))
    }
    async fn update(&self, cx: &Cx, change: Change<State>) -> Result<State, Partial<State>> {
        self.create(cx, change.plan).await
    }
    async fn delete(&self, cx: &Cx, state: State) -> Result<()> {
        fs::remove_file(cx.client().join(state.name)).context("delete the file")
    }
}

impl DataSource for Thing {
    const NAME: &'static str = "thing";
    type Client = PathBuf;
    type Model = Part;
    async fn read(&self, cx: &Cx, mut part: Part) -> Result<Part> {
        let text = fs::read(cx.client().join(&part.name)).context("read the file")?;
        part.size = text.len().into();
        Ok(part)
    }
}

impl EphemeralResource for Thing {
    const NAME: &'static str = "thing";
    type Client = PathBuf;
    type Model = Name;
    async fn open(&self, cx: &Cx, config: Name) -> Result<Opened<Name>> {
        let path = cx.client().join(&config.name);
        cx.set_private("path", path.to_str().into());
        fs::write(path, "").context("write the file")?;
        Ok(config.into())
    }
    async fn close(&self, cx: &Cx) -> Result<()> {
        let path = cx.private("path").unwrap_or_default();
        fs::remove_file(path.as_str().unwrap_or("")).context("delete the file")
    }
}

impl ListResource for Thing {
    type Resource = Thing;
    type Model = ();
    async fn list(&self, cx: &Cx, (): (), found: &mut ListSink<Thing>) -> Result<()> {
        for entry in fs::read_dir(cx.client()).context("look around")?.flatten() {
            let name = entry.file_name().display().to_string();
            let state = self.import(cx, Target::Id(name.clone())).await?;
            found.send(name, state).await;
        }
        Ok(())
    }
}

impl Action for Thing {
    const NAME: &'static str = "empty";
    type Client = PathBuf;
    type Model = Name;
    async fn invoke(&self, cx: &Cx, file: Name, progress: &Progress) -> Result<()> {
        progress.say(format!("Emptying {}", file.name));
        fs::write(cx.client().join(file.name), "").context("empty the file")
    }
}

impl Function for Thing {
    const NAME: &'static str = "shout";
    type Arguments = Name;
    type Output = String;
    fn call(&self, Name { name }: Name) -> Result<String> {
        Ok(name.to_uppercase())
    }
}

#[test]
fn all_that_it_says_is_honoured() {
    check(&Thing);
}
