//! A whole provider with one of each kind: things are files in a directory. All that an author needs of `tf_provider`.
#![expect(clippy::wildcard_imports, reason = "all of it is the vocabulary")]

use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};

use terraform_provider_appservices::tf_provider::*;

#[expect(clippy::disallowed_methods, reason = "the process's own")]
fn main() -> ExitCode {
    serve(Tiny, std::env::args_os(), |name| std::env::var(name).ok())
}

struct Tiny;

impl Provider for Tiny {
    const NAME: &'static str = "tiny";
    const ADDRESS: &'static str = "registry.terraform.io/example/tiny";
    const VERSION: &'static str = "1.0.0";
    const DESCRIPTION: &'static str = "Files in a directory.";
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

/// The provider's configuration, an identity, an action's and a function's argument.
#[derive(Default)]
struct Name {
    name: String,
}

impl Model for Name {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
    }
}

/// A nested object, a data source and an ephemeral resource.
#[derive(Default)]
struct Part {
    name: String,
    size: Field<i64>,
}

impl Model for Part {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
        fields.computed("size", |m| &mut m.size);
    }
}

impl Part {
    fn measure(&mut self) {
        self.size = Field::Known(self.name.bytes().map(|_| 1).sum());
    }
}

#[derive(Default)]
struct State {
    name: String,
    text: Option<String>,
    path: Field<String>,
    flag: bool,
    ratio: Option<f64>,
    exact: Option<Number>,
    lines: Option<Vec<String>>,
    tags: Option<Set<String>>,
    labels: Option<BTreeMap<String, String>>,
    any: Value,
    one: Option<Part>,
    many: Option<Vec<Part>>,
    some: Option<Set<Part>>,
    each: Option<BTreeMap<String, Part>>,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        let name = fields.required("name", |m| &mut m.name);
        name.plan(requires_replace());
        fields.optional("text", |m| &mut m.text).sensitive();
        let path = fields.computed("path", |m| &mut m.path);
        path.plan(use_state_for_unknown());
        fields.optional("flag", |m| &mut m.flag).default_to(true);
        fields.optional("ratio", |m| &mut m.ratio);
        fields.optional("exact", |m| &mut m.exact);
        fields.optional("lines", |m| &mut m.lines);
        fields.optional("tags", |m| &mut m.tags);
        fields.optional("labels", |m| &mut m.labels);
        fields.optional("any", |m| &mut m.any);
        fields.optional("one", |m| &mut m.one);
        fields.optional("many", |m| &mut m.many);
        fields.optional("some", |m| &mut m.some);
        fields.optional("each", |m| &mut m.each);
    }
}

/// All that can be written in HCL.
struct Thing;

type Cx = Context<PathBuf>;

#[expect(clippy::needless_pass_by_value, reason = "goes into `map_err`")]
fn failed(error: std::io::Error) -> Diagnostics {
    Diagnostic::error(error.to_string()).into()
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    const DESCRIPTION: &'static str = "A file.";
    type Client = PathBuf;
    type Model = State;
    type Identity = Name;
    async fn create(&self, cx: &Cx, mut plan: State) -> Result<State, Partial<State>> {
        let path = cx.client().join(&plan.name);
        fs::write(&path, plan.text.as_deref().unwrap_or_default()).map_err(failed)?;
        plan.path = path.display().to_string().into();
        plan.one.iter_mut().for_each(Part::measure);
        plan.many.iter_mut().flatten().for_each(Part::measure);
        let (some, each) = (plan.some.iter_mut(), plan.each.iter_mut());
        some.flat_map(|set| &mut set.0).for_each(Part::measure);
        each.flat_map(BTreeMap::values_mut).for_each(Part::measure);
        Ok(plan)
    }
    async fn read(&self, cx: &Cx, state: State) -> Result<Option<State>> {
        let text = fs::read_to_string(cx.client().join(&state.name)).ok();
        let text = text.map(|text| Some(text).filter(|text| !text.is_empty()));
        Ok(text.map(|text| State { text, ..state }))
    }
    async fn update(&self, cx: &Cx, change: Change<State>) -> Result<State, Partial<State>> {
        self.create(cx, change.plan).await
    }
    async fn delete(&self, cx: &Cx, state: State) -> Result<()> {
        fs::remove_file(cx.client().join(state.name)).map_err(failed)
    }
    fn identity(&self, _: &Cx, State { name, .. }: &State) -> Option<Name> {
        Some(Name { name: name.clone() })
    }
    async fn import(&self, _: &Cx, target: Target<Name>) -> Result<State> {
        let (Target::Id(name) | Target::Identity(Name { name })) = target;
        let (flag, rest) = (true, State::default());
        Ok(State { name, flag, ..rest })
    }
}

impl DataSource for Thing {
    const NAME: &'static str = "thing";
    const DESCRIPTION: &'static str = "A file's size.";
    type Client = PathBuf;
    type Model = Part;
    async fn read(&self, cx: &Cx, Part { name, .. }: Part) -> Result<Part> {
        let text = fs::read_to_string(cx.client().join(&name)).map_err(failed)?;
        let size = Field::Known(text.bytes().map(|_| 1).sum());
        Ok(Part { name, size })
    }
}

impl EphemeralResource for Thing {
    const NAME: &'static str = "thing";
    const DESCRIPTION: &'static str = "A file as long as Terraform runs.";
    type Client = PathBuf;
    type Model = Part;
    async fn open(&self, cx: &Cx, mut config: Part) -> Result<Opened<Part>> {
        let path = cx.client().join(&config.name);
        cx.set_private("path", path.to_str().into());
        config.measure();
        fs::write(path, "").map_err(failed)?;
        Ok(config.into())
    }
    async fn close(&self, cx: &Cx) -> Result<()> {
        let path = cx.private("path").unwrap_or_default();
        fs::remove_file(path.as_str().unwrap_or("")).map_err(failed)
    }
}

impl ListResource for Thing {
    const DESCRIPTION: &'static str = "All files.";
    type Resource = Thing;
    type Model = ();
    async fn list(&self, cx: &Cx, (): (), found: &mut Found<Thing>) -> Result<()> {
        for entry in fs::read_dir(cx.client()).map_err(failed)?.flatten() {
            let name = entry.file_name().display().to_string();
            let state = Resource::import(self, cx, Target::Id(name.clone())).await?;
            found.hand_over(name, state).await;
        }
        Ok(())
    }
}

impl Action for Thing {
    const NAME: &'static str = "empty";
    const DESCRIPTION: &'static str = "Empties a file.";
    type Client = PathBuf;
    type Model = Name;
    async fn invoke(&self, cx: &Cx, file: Name, progress: &Progress) -> Result<()> {
        progress.say(format!("Emptying {}", file.name));
        fs::write(cx.client().join(file.name), "").map_err(failed)
    }
}

impl Function for Thing {
    const NAME: &'static str = "shout";
    const SUMMARY: &'static str = "Makes a text loud";
    const DESCRIPTION: &'static str = "In capital letters.";
    type Arguments = Name;
    type Output = String;
    fn call(&self, Name { name }: Name) -> Result<String> {
        Ok(name.to_uppercase())
    }
}
