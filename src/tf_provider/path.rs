use std::fmt;

/// Where in a configuration or a state a value stands, from the root of its block.
///
/// An empty path means the block itself. `Display` writes it as a practitioner would: `timeouts.create`, `tags["a"]`,
/// `volumes[0].name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute or a block, by name.
    Attribute(String),
    /// An element of a list or a tuple, from zero.
    Index(i64),
    /// An element of a map.
    Key(String),
}

impl Step {
    /// An element of a list, counted from zero.
    pub(crate) fn at(index: usize) -> Self {
        Self::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

impl Path {
    /// The block itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The path one attribute further in.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// The path of a list element, counted from zero.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::at(index))
    }

    /// The path of a map element.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the block itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The same place, seen from one level further out.
    pub(crate) fn under(mut self, step: Step) -> Self {
        self.0.insert(0, step);
        self
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl From<&str> for Path {
    /// The attribute of this name at the root; dots are not read as steps.
    fn from(name: &str) -> Self {
        Self::root().attribute(name)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_users_write_it() {
        let path = Path::from("volumes").index(2).attribute("name");
        assert_eq!(path.to_string(), "volumes[2].name");
        assert_eq!(
            Path::from("tags").key("a \"b\"").to_string(),
            r#"tags["a \"b\""]"#
        );
        assert_eq!(Path::root().to_string(), "");
    }
}
