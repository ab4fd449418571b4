use super::attribute::{Attribute, Codec};
use super::block::{Block, sound};
use super::diagnostics::{Diagnostic, Result};
use super::model::Model;
use super::schema::{Presence, Schema, Spec};
use super::value::{Object, Type, Value};

/// A function without side effects: the same arguments always give the same result.
///
/// Terraform calls it in processes that were never configured, so there is no client.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Default)]
/// struct Arguments {
///     gib: i64,
/// }
///
/// impl Model for Arguments {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.required("gib", |m| &mut m.gib).doc("A size in GiB.");
///     }
/// }
///
/// struct Bytes;
///
/// impl Function for Bytes {
///     const NAME: &'static str = "bytes";
///     type Arguments = Arguments;
///     type Output = i64;
///
///     fn call(&self, Arguments { gib }: Arguments) -> Result<i64> {
///         let too_large = || Diagnostic::error("That is too large").at("gib").into();
///         gib.checked_mul(1 << 30).ok_or_else(too_large)
///     }
/// }
/// ```
pub trait Function: Send + Sync + 'static {
    /// Its name, as in `provider::storage::NAME`.
    const NAME: &'static str;
    /// What it computes, in one short line.
    const SUMMARY: &'static str = "";
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// Its parameters, in the order in which they are described. An optional one may be null.
    type Arguments: Model;
    /// What it returns.
    type Output: Attribute;

    /// Computes.
    ///
    /// # Errors
    ///
    /// What is wrong with the arguments; [`Diagnostic::at`] says with which one.
    fn call(&self, arguments: Self::Arguments) -> Result<Self::Output>;
}

/// A [`Function`] of any type, as the server keeps it.
pub(crate) trait AnyFunction: Send + Sync {
    fn summary(&self) -> &'static str;
    /// The parameters, as attributes in their order.
    fn schema(&self) -> &Schema;
    /// What it returns, as one attribute.
    fn result(&self) -> &Schema;
    fn call(&self, arguments: Vec<Value>) -> Result<Value>;
}

/// What the result is called in messages.
const RESULT: &str = "result";

/// Decodes, calls, encodes.
pub(crate) struct Erased<F: Function> {
    function: F,
    block: Block<F::Arguments>,
    result: Schema,
    encode: Box<dyn Fn(F::Output) -> Value + Send + Sync>,
}

impl<F: Function> Erased<F> {
    pub(crate) fn new(function: F) -> Self {
        let Codec { shape, encode, .. } = F::Output::codec();
        let result = vec![Spec::new(RESULT, shape, Presence::Required)];
        Self {
            function,
            block: Block::new(F::DESCRIPTION),
            result: Schema::new("", result),
            encode,
        }
    }
}

impl<F: Function> AnyFunction for Erased<F> {
    fn summary(&self) -> &'static str {
        F::SUMMARY
    }

    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn result(&self) -> &Schema {
        &self.result
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value> {
        let parameters = &self.block.schema.attributes;
        if arguments.len() != parameters.len() {
            let detail = format!(
                "`{}` takes {} arguments, and Terraform sent {}.",
                F::NAME,
                parameters.len(),
                arguments.len()
            );
            return Err(Diagnostic::bug("Wrong number of arguments", detail).into());
        }
        let mut named = Object::default();
        for (parameter, argument) in parameters.iter().zip(arguments) {
            named.set(parameter.name, argument);
        }
        self.block.validate(&named)?;
        let output = self.function.call(self.block.decode(named)?)?;
        let mut result = Object::default();
        result.set(RESULT, (self.encode)(output));
        sound(&mut result, &self.result, "the call")?;
        Ok(result.value(RESULT).clone())
    }
}

/// Reads one argument.
///
/// # Errors
///
/// When it is not of the parameter's type.
pub(crate) fn argument(bytes: &[u8], ty: &Type) -> Result<Value> {
    Ok(super::value::msgpack::from_slice(bytes, ty)?)
}
