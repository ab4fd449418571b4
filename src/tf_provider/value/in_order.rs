use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;

use super::Name;

/// Finds things by name, and need not search as long as it is asked in the order of their names, as schemas, types and
/// objects all are.
pub(crate) struct InOrder<'a, T> {
    all: &'a BTreeMap<Name, T>,
    next: Peekable<btree_map::Iter<'a, Name, T>>,
}

impl<'a, T> InOrder<'a, T> {
    pub(crate) fn of(all: &'a BTreeMap<Name, T>) -> Self {
        let next = all.iter().peekable();
        Self { all, next }
    }

    pub(crate) fn find(&mut self, name: &str) -> Option<&'a T> {
        while let Some((next, value)) = self.next.peek() {
            match (***next).cmp(name) {
                Ordering::Greater => break,
                Ordering::Less => drop(self.next.next()),
                Ordering::Equal => {
                    let found = *value;
                    self.next.next();
                    return Some(found);
                }
            }
        }
        self.all.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_same_in_any_order() {
        let all = BTreeMap::from(["a", "c", "e"].map(|name| (Name::from(name), name)));
        let asked = ["a", "b", "c", "d", "e", "f"];
        // All orders in which three may be asked for.
        for which in 0..6 * 6 * 6 {
            let names = [which / 36, which / 6 % 6, which % 6].map(|at: usize| asked[at]);
            let mut in_order = InOrder::of(&all);
            for name in names {
                assert_eq!(in_order.find(name), all.get(name), "{names:?}");
            }
        }
    }
}
