//! Names of imports and exports, where a version of an interface stands for every one that is compatible with it.

use std::collections::HashMap;

use indexmap::IndexMap;
use semver::Version;

/// Things by name. A name that is not there means what has the highest version compatible with it.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct NameMap<V> {
    items: IndexMap<String, V>,
    /// For each track of compatible versions the highest one, and the name that has it.
    tracks: HashMap<String, (Version, String)>,
}

impl<V> Default for NameMap<V> {
    fn default() -> NameMap<V> {
        NameMap {
            items: IndexMap::new(),
            tracks: HashMap::new(),
        }
    }
}

impl<V> NameMap<V> {
    /// Adds something. Returns what had the name before.
    pub(in crate::runtime) fn insert(&mut self, name: &str, value: V) -> Option<V> {
        if let Some((track, version)) = track(name) {
            let best = self.tracks.get(&track);
            if best.is_none_or(|(best, _)| *best <= version) {
                self.tracks.insert(track, (version, name.to_owned()));
            }
        }
        self.items.insert(name.to_owned(), value)
    }

    /// Returns what has a name, or a compatible one.
    pub(in crate::runtime) fn get(&self, name: &str) -> Option<&V> {
        self.items.get(self.key(name)?)
    }

    /// Returns what has a name, or a compatible one, with the name that it has.
    pub(in crate::runtime) fn get_with_name(&self, name: &str) -> Option<(&str, &V)> {
        let (name, value) = self.items.get_key_value(self.key(name)?)?;
        Some((name, value))
    }

    /// Returns what has exactly a name.
    pub(in crate::runtime) fn get_exact_mut(&mut self, name: &str) -> Option<&mut V> {
        self.items.get_mut(name)
    }

    fn key<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if self.items.contains_key(name) {
            return Some(name);
        }
        let (track, _) = track(name)?;
        self.tracks.get(&track).map(|(_, name)| &**name)
    }
}

/// Returns the name without the parts of its version in which compatible ones may differ, and its version. None if it
/// has no version, or one before a release, which only itself is compatible with.
pub(in crate::runtime) fn track(name: &str) -> Option<(String, Version)> {
    let (interface, version) = name.split_once('@')?;
    let version = Version::parse(version).ok()?;
    if !version.pre.is_empty() {
        return None;
    }
    let Version {
        major,
        minor,
        patch,
        ..
    } = version;
    let track = match (major, minor) {
        (0, 0) => format!("{interface}@0.0.{patch}"),
        (0, _) => format!("{interface}@0.{minor}"),
        _ => format!("{interface}@{major}"),
    };
    Some((track, version))
}

#[cfg(test)]
mod tests {
    use super::NameMap;

    fn map(names: &[&str]) -> NameMap<usize> {
        let mut map = NameMap::default();
        for (i, name) in names.iter().enumerate() {
            map.insert(name, i);
        }
        map
    }

    #[test]
    fn compatible_versions_stand_for_each_other() {
        let map = map(&["a:b/c@0.2.1", "a:b/c@0.2.6", "a:b/c@0.2.3", "a:b/c@1.4.0"]);
        let found = |name: &str| map.get(name).copied();
        assert_eq!(found("a:b/c@0.2.1"), Some(0));
        assert_eq!(found("a:b/c@0.2.0"), Some(1));
        assert_eq!(found("a:b/c@0.2.9"), Some(1));
        assert_eq!(found("a:b/c@1.0.0"), Some(3));
        assert_eq!(found("a:b/c@0.3.0"), None);
        assert_eq!(found("a:b/c@2.0.0"), None);
        assert_eq!(found("a:b/c"), None);
        assert_eq!(found("a:b/d@0.2.1"), None);
    }

    #[test]
    fn what_is_not_released_is_compatible_with_itself_only() {
        let map = map(&["a:b/c@0.2.0-rc.1", "a:b/d@0.0.1"]);
        let found = |name: &str| map.get(name).copied();
        assert_eq!(found("a:b/c@0.2.0-rc.1"), Some(0));
        assert_eq!(found("a:b/c@0.2.0-rc.2"), None);
        assert_eq!(found("a:b/c@0.2.0"), None);
        assert_eq!(found("a:b/d@0.0.1"), Some(1));
        assert_eq!(found("a:b/d@0.0.2"), None);
    }
}
