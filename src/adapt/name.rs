//! Names for people: they come from the component, repeat in longer names, and so have a limit.

use crate::adapt::types::Label;

/// Largest length of a name for people in bytes (ours: names repeat in longer names, and each item may have one).
pub(crate) const NAME_LEN_MAX: usize = 256;

/// Returns `name`, cut off at [`NAME_LEN_MAX`].
pub(crate) fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_LEN_MAX)]
}

/// Returns the name for people of what has this name.
pub(crate) fn short(name: &Label) -> Label {
    match cut(name) {
        all if all.len() == name.len() => name.clone(),
        part => part.into(),
    }
}

/// Returns the name for people of what is called `name` and belongs to what is called `outer`.
pub(crate) fn qualified(outer: &str, separator: &str, name: &str) -> Label {
    let (outer, name) = (cut(outer), cut(name));
    cut(&format!("{outer}{separator}{name}")).into()
}

#[cfg(test)]
mod tests {
    use super::{NAME_LEN_MAX, cut, qualified, short};

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
