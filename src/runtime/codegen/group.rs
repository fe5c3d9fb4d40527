//! What is compiled together.

use crate::runtime::codegen::module::Module;
use crate::runtime::index::InstanceId;

/// Core instances that are compiled together, in the order in which they are made.
///
/// Numbers of what comes from outside are the caller's. Each kind has its own, from 0 without a gap, in the order of first
/// use; a number may be used several times if the types are the same.
pub(in crate::runtime) struct GroupSource<'a> {
    /// The instances.
    pub(in crate::runtime) instances: Vec<InstanceSource<'a>>,
    /// Who writes to tables that instances export.
    pub(in crate::runtime) tables: Tables,
}

/// Who writes to tables that instances of a group export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Tables {
    /// Everybody who gets at them: the host, and instances outside of the group.
    Exported,
    /// Instances of the group only. The host does not get at exports before all instances are made, either.
    Private,
}

/// An instance of a group.
pub(in crate::runtime) struct InstanceSource<'a> {
    /// A name for people.
    pub(in crate::runtime) name: String,
    /// Its module, which several instances may share.
    pub(in crate::runtime) module: &'a Module<'a>,
    /// What it is given for each import of the module, in order.
    pub(in crate::runtime) imports: Vec<ImportSource>,
}

/// What an instance is given for an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum ImportSource {
    /// An export of an earlier instance of the group.
    Export(InstanceId, String),
    /// Something from outside, by its number among the things of its kind.
    External(u32),
}

impl<'a> GroupSource<'a> {
    /// Returns a group of one instance that imports everything from outside, numbered in the order of its imports.
    pub(in crate::runtime) fn single(name: String, module: &'a Module<'a>) -> GroupSource<'a> {
        let mut counts = [0; 4];
        let imports = module.imports.iter().map(|import| {
            let count = &mut counts[import.item.kind()];
            *count += 1;
            ImportSource::External(*count - 1)
        });
        let instance = InstanceSource {
            imports: imports.collect(),
            name,
            module,
        };
        GroupSource {
            instances: vec![instance],
            tables: Tables::Exported,
        }
    }
}
