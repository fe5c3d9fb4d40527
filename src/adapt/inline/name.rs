//! Names for people, each given once.

use std::collections::HashMap;

use crate::adapt::name::cut;
use crate::adapt::types::Label;

/// Names that were given so far.
#[derive(Default)]
pub(in crate::adapt::inline) struct NameSet {
    given: HashMap<Label, usize>,
}

impl NameSet {
    /// Returns `wanted`, or `wanted#2` and so on if it was given before.
    pub(in crate::adapt::inline) fn give(&mut self, wanted: &str) -> Label {
        let wanted = Label::from(cut(wanted));
        let count = self.given.entry(wanted.clone()).or_insert(0);
        *count += 1;
        let mut number = *count;
        if number == 1 {
            return wanted;
        }
        loop {
            let name = Label::from(format!("{wanted}#{number}"));
            if !self.given.contains_key(&name) {
                self.given.insert(name.clone(), 1);
                self.given.insert(wanted, number);
                return name;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NameSet;

    #[test]
    fn no_name_is_given_twice() {
        let mut names = NameSet::default();
        let given = ["a", "a#2", "a", "a", "a#2"].map(|name| names.give(name).to_string());
        assert_eq!(given, ["a", "a#2", "a#3", "a#4", "a#2#2"]);
    }
}
