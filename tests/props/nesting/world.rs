//! What a random component consists of, whatever its nesting: leaf components, units, which are their instances in
//! order, and who uses what of whom.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::nesting::ty::FuncTy;

/// Number of the source whose items the root imports one by one.
pub(crate) const HOST: usize = 0;

/// Number of the source whose items the root imports as an instance.
pub(crate) const HOST_INSTANCE: usize = 1;

/// Number of the source that is the first unit.
pub(crate) const FIRST_UNIT: usize = 2;

/// A string encoding, as canonical options name it.
pub(crate) type Encoding = &'static str;

/// What a resource's destructor is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dtor {
    None,
    /// A core function.
    Core,
    /// The function of an import, lowered.
    Lowered(usize),
}

/// What a leaf exports as a function.
#[derive(Clone, Debug)]
pub(crate) enum Definition {
    /// A function of its core module.
    Lifted { encoding: Encoding, cleans: bool },
    /// The function of an import.
    Same(usize),
    /// The function of an import, lowered and lifted.
    Relifted { import: usize, encoding: Encoding },
}

/// A component that contains no other. Resources in its types are numbered: first those it imports, then its own.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// A number that its core modules bear in their names and bytes.
    pub mark: usize,
    /// Whether it has core modules.
    pub has_code: bool,
    /// Whether it imports everything as one instance.
    pub bundled: bool,
    /// How many resources it imports.
    pub resources: usize,
    /// Types of the functions it imports.
    pub imports: Vec<FuncTy>,
    /// Which imports it lowers, how.
    pub lowers: Vec<(usize, Encoding)>,
    /// Its own resource.
    pub own: Option<Dtor>,
    /// A resource that it imports and exports again.
    pub again: Option<usize>,
    /// The functions it exports.
    pub exports: Vec<(FuncTy, Definition)>,
}

impl Leaf {
    /// Returns the number of its own resource.
    pub(crate) fn own_resource(&self) -> Option<usize> {
        self.own.map(|_| self.resources)
    }

    /// Returns the number of the exported resource that is an imported one, and of that.
    pub(crate) fn same_resource(&self) -> Option<(usize, usize)> {
        let number = self.resources + usize::from(self.own.is_some());
        self.again.map(|again| (number, again))
    }

    /// Returns the numbers of the resources it exports.
    pub(crate) fn exported_resources(&self) -> Range<usize> {
        let count = usize::from(self.own.is_some()) + usize::from(self.again.is_some());
        self.resources..self.resources + count
    }
}

/// An instance of a leaf, in terms of the items of the world.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub leaf: usize,
    /// What each resource of the leaf is, those it exports included.
    pub resources: Vec<usize>,
    /// What it is given for the functions it imports.
    pub funcs: Vec<usize>,
}

/// Something that a source provides. Resources come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    Resource(usize),
    Func(usize),
}

/// A function of a source.
#[derive(Clone, Debug)]
pub(crate) struct Func {
    pub source: usize,
    /// The name by which the source exports it.
    pub name: String,
    pub ty: FuncTy,
}

/// Everything but nesting.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub leaves: Vec<Leaf>,
    pub units: Vec<Unit>,
    /// The source of each resource.
    pub resources: Vec<usize>,
    pub funcs: Vec<Func>,
    /// What the root exports item by item, with the resources it needs for that.
    pub exports: BTreeSet<Item>,
    /// The unit that the root exports as an instance.
    pub exported_unit: Option<usize>,
}

impl World {
    /// Returns the source of an item.
    pub(crate) fn source(&self, item: Item) -> usize {
        match item {
            Item::Resource(resource) => self.resources[resource],
            Item::Func(func) => self.funcs[func].source,
        }
    }

    /// Returns everything a source provides.
    pub(crate) fn items(&self, source: usize) -> impl Iterator<Item = Item> + '_ {
        let resources = (0..self.resources.len()).map(Item::Resource);
        let funcs = (0..self.funcs.len()).map(Item::Func);
        let items = resources.chain(funcs);
        items.filter(move |item| self.source(*item) == source)
    }

    /// Returns the resources in the type of an item.
    pub(crate) fn resources_of(&self, item: Item) -> Vec<Item> {
        match item {
            Item::Resource(_) => Vec::new(),
            Item::Func(func) => {
                let resources = self.funcs[func].ty.resources();
                resources.map(Item::Resource).collect()
            }
        }
    }

    /// Returns what a unit is given.
    pub(crate) fn args(&self, unit: usize) -> BTreeSet<Item> {
        let unit = &self.units[unit];
        let imported = &unit.resources[..self.leaves[unit.leaf].resources];
        let resources = imported.iter().map(|resource| Item::Resource(*resource));
        let funcs = unit.funcs.iter().map(|func| Item::Func(*func));
        resources.chain(funcs).collect()
    }

    /// Returns the number by which a source calls a resource in the names of what it exports.
    pub(crate) fn number_in(&self, source: usize, resource: usize) -> usize {
        match source.checked_sub(FIRST_UNIT) {
            None => resource,
            Some(unit) => {
                let resources = &self.units[unit].resources;
                let found = resources.iter().position(|known| *known == resource);
                found.expect("a unit's functions have resources that it knows")
            }
        }
    }

    /// Adds a resource.
    pub(crate) fn add_resource(&mut self, source: usize) -> usize {
        self.resources.push(source);
        self.resources.len() - 1
    }

    /// Adds a function.
    pub(crate) fn add_func(&mut self, source: usize, name: String, ty: FuncTy) {
        self.funcs.push(Func { source, name, ty });
    }

    /// Adds a unit, and the items it provides.
    pub(crate) fn add_unit(&mut self, leaf: usize, mut resources: Vec<usize>, funcs: Vec<usize>) {
        let source = FIRST_UNIT + self.units.len();
        let exported = self.leaves[leaf].exported_resources();
        resources.extend(exported.map(|_| self.add_resource(source)));
        for (i, (ty, _)) in self.leaves[leaf].exports.clone().into_iter().enumerate() {
            let ty = ty.map(|number| resources[number]);
            self.add_func(source, format!("e{i}"), ty);
        }
        self.units.push(Unit {
            leaf,
            resources,
            funcs,
        });
    }

    /// Returns the same world with a leaf for each unit.
    pub(crate) fn unshared(&self) -> World {
        let leaves = self.units.iter();
        let leaves = leaves.map(|unit| self.leaves[unit.leaf].clone()).collect();
        let units = self.units.iter().enumerate();
        let units = units.map(|(leaf, unit)| Unit {
            leaf,
            ..unit.clone()
        });
        World {
            leaves,
            units: units.collect(),
            ..self.clone()
        }
    }

    /// Adds an item to the exports of the root.
    pub(crate) fn add_export(&mut self, item: Item) {
        self.exports.extend(self.resources_of(item));
        self.exports.insert(item);
    }

    /// Lets the root export a unit as an instance.
    pub(crate) fn export_unit(&mut self, unit: usize) {
        let source = FIRST_UNIT + unit;
        let resources = self.items(source).flat_map(|item| self.resources_of(item));
        let others: Vec<_> = resources
            .filter(|resource| self.source(*resource) != source)
            .collect();
        self.exports.extend(others);
        self.exported_unit = Some(unit);
    }
}
