//! Names for people: cut where they are made, and given once where they must differ.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::adapt::types::value::Label;

/// Largest length of a name for people in bytes (ours: names repeat in longer names, and each item may have one).
pub(in crate::adapt) const NAME_LEN_MAX: usize = 256;

/// Returns `name`, cut off at [`NAME_LEN_MAX`].
pub(in crate::adapt) fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_LEN_MAX)]
}

/// Returns the name for people of what has this name.
pub(in crate::adapt) fn short(name: &Label) -> Label {
    match cut(name) {
        all if all.len() == name.len() => name.clone(),
        part => part.into(),
    }
}

/// Returns the name for people of what is called `name` and belongs to what is called `outer`.
pub(in crate::adapt) fn qualified(outer: &str, separator: &str, name: &str) -> Label {
    let (outer, name) = (cut(outer), cut(name));
    cut(&format!("{outer}{separator}{name}")).into()
}

/// Names that were given so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::adapt) struct NameSet {
    given: HashMap<Label, usize>,
}

impl NameSet {
    /// Returns `wanted`, or `wanted#2` and so on if it was given before.
    pub(in crate::adapt) fn give(&mut self, wanted: &str) -> Label {
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
    use super::{NAME_LEN_MAX, NameSet, cut, qualified, short};

    #[test]
    fn no_name_is_given_twice() {
        let mut names = NameSet::default();
        let given = ["a", "a#2", "a", "a", "a#2"].map(|name| names.give(name).to_string());
        assert_eq!(given, ["a", "a#2", "a#3", "a#4", "a#2#2"]);
    }

    #[test]
    fn names_have_a_limit_and_stay_text() {
        assert_eq!(&*qualified("a:b/c", "#", "f"), "a:b/c#f");
        assert_eq!(&*short(&"f".into()), "f");
        let long = "é".repeat(NAME_LEN_MAX);
        assert_eq!(cut(&long).len(), NAME_LEN_MAX);
        assert_eq!(short(&long.as_str().into()).len(), NAME_LEN_MAX);
        // An odd number of bytes is left for names whose letters have two.
        assert_eq!(qualified("a", "", &long).len(), NAME_LEN_MAX - 1);
    }
}
