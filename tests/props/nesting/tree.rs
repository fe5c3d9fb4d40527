//! A random nesting of a world's units in wrapper components, and what each wrapper must import and export for it.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::arbitrary::any;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::option;
use proptest::prop_oneof;
use proptest::sample::Index;
use proptest::strategy::{Just, Strategy};

use crate::nesting::world::{FIRST_UNIT, Item, World};

/// How a wrapper does what it must do. Sets of sources and leaves are bits by their numbers modulo 16.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    /// Sources whose items it imports as an instance.
    pub import_bundles: u16,
    /// Units that it exports as instances.
    pub export_bundles: u16,
    /// Whether it exports everything there is in it, for which the nodes in it must do so, too.
    pub exports_all: bool,
    /// Whether it is given instances that are at hand rather than new ones.
    pub reuses_instances: bool,
    /// Leaves that it imports rather than captures.
    pub leaf_imports: u16,
    /// Leaves whose core modules it imports rather than captures.
    pub module_imports: u16,
    /// Whether it names what it captures by aliases of its own.
    pub aliases: bool,
    /// Whether it lowers functions that nobody uses.
    pub has_dead_code: bool,
    /// Items that it imports only to export them.
    pub detours: Vec<Index>,
}

/// Returns whether `number` is in a set.
pub(crate) fn contains(set: u16, number: usize) -> bool {
    set >> (number % 16) & 1 == 1
}

#[derive(Clone, Debug)]
enum Shape {
    Units,
    Wrapper(Style, Vec<Shape>),
}

/// A nesting for any world.
#[derive(Clone, Debug)]
pub(crate) struct Nesting {
    shapes: Vec<Shape>,
    /// Where each leaf is defined, and where its core modules are if not in it.
    homes: Vec<(Index, Option<Index>)>,
    /// Whether items are taken out of instances last first.
    takes_last_first: bool,
}

impl Nesting {
    /// Returns the nesting in which nothing is nested.
    pub(crate) fn flat() -> Nesting {
        Nesting {
            shapes: vec![Shape::Units],
            homes: Vec::new(),
            takes_last_first: false,
        }
    }
}

/// How deeply wrappers are nested at most.
const DEPTH_MAX: usize = 5;

/// Returns random nestings.
pub(crate) fn nesting() -> impl Strategy<Value = Nesting> {
    let mut shape = Just(Shape::Units).boxed();
    for _ in 0..DEPTH_MAX {
        let wrapper = (style(), vec(shape, 0..4));
        shape = prop_oneof![
            1 => Just(Shape::Units),
            2 => wrapper.prop_map(|(style, shapes)| Shape::Wrapper(style, shapes)),
        ]
        .boxed();
    }
    let homes = vec((any::<Index>(), option::weighted(0.7, any::<Index>())), 9);
    let nesting = (vec(shape, 1..5), homes, any::<bool>());
    nesting.prop_map(|(shapes, homes, takes_last_first)| Nesting {
        shapes,
        homes,
        takes_last_first,
    })
}

fn style() -> impl Strategy<Value = Style> {
    let some = || (any::<u16>(), any::<u16>()).prop_map(|(a, b)| a & b);
    let sets = (any::<u16>(), any::<u16>(), some(), some());
    let flags = (weighted(0.3), any::<bool>(), weighted(0.3), any::<bool>());
    let style = (sets, flags, vec(any::<Index>(), 0..3));
    style.prop_map(|(sets, flags, detours)| Style {
        import_bundles: sets.0,
        export_bundles: sets.1,
        leaf_imports: sets.2,
        module_imports: sets.3,
        exports_all: flags.0,
        reuses_instances: flags.1,
        aliases: flags.2,
        has_dead_code: flags.3,
        detours,
    })
}

/// What a component instantiates.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    Unit(usize),
    Wrapper(usize),
}

/// A component that is no leaf: a wrapper, or the root.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub parent: Option<usize>,
    pub style: Style,
    pub children: Vec<Child>,
    /// The units in it, at any depth.
    pub units: Range<usize>,
    /// Sources in it that it exports as instances.
    pub bundles: BTreeSet<usize>,
    /// Items in it that it exports.
    pub gives: BTreeSet<Item>,
    /// Items that it imports to export them.
    pub detours: BTreeSet<Item>,
    /// Items that it imports.
    pub needs: BTreeSet<Item>,
    /// Leaves defined in it, and leaves that it takes from the node around it.
    pub leaves: (BTreeSet<usize>, BTreeSet<usize>),
    /// The same for core modules of leaves.
    pub modules: (BTreeSet<usize>, BTreeSet<usize>),
}

impl Node {
    /// Returns whether a source is a unit in this node.
    pub(crate) fn has(&self, source: usize) -> bool {
        source >= FIRST_UNIT && self.units.contains(&(source - FIRST_UNIT))
    }
}

/// A nesting of one world: nodes in the order in which they begin, the root first.
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
    /// Whether items are taken out of instances last first.
    pub takes_last_first: bool,
}

impl Tree {
    /// Nests a world.
    pub(crate) fn new(world: &World, nesting: &Nesting) -> Tree {
        let mut tree = Tree {
            nodes: Vec::new(),
            takes_last_first: nesting.takes_last_first,
        };
        let mut shapes = nesting.shapes.clone();
        if shapes.iter().map(places).sum::<usize>() == 0 {
            shapes.push(Shape::Units);
        }
        let places = shapes.iter().map(places).sum();
        let mut split = Split {
            units: world.units.len(),
            places,
            place: 0,
        };
        tree.grow(None, &Style::default(), &shapes, &mut split);
        tree.find_bundles(world);
        for node in 0..tree.nodes.len() {
            tree.find_gives(world, node);
        }
        for node in (0..tree.nodes.len()).rev() {
            tree.find_needs(world, node);
        }
        for leaf in 0..world.leaves.len() {
            tree.find_homes(world, leaf, nesting.homes.get(leaf));
        }
        tree
    }

    /// Returns how many wrappers there are around the innermost unit.
    pub(crate) fn depth(&self) -> usize {
        let is_unit = |child: &Child| matches!(child, Child::Unit(_));
        let nodes = self.nodes.iter().enumerate();
        let with_units = nodes.filter(|(_, node)| node.children.iter().any(is_unit));
        let depths = with_units.map(|(id, _)| self.path(id).len() - 1);
        depths.max().unwrap_or(0)
    }

    fn grow(
        &mut self,
        parent: Option<usize>,
        style: &Style,
        shapes: &[Shape],
        split: &mut Split,
    ) -> usize {
        let id = self.nodes.len();
        let first = split.next();
        self.nodes.push(Node {
            parent,
            style: style.clone(),
            ..Node::default()
        });
        for shape in shapes {
            match shape {
                Shape::Units => {
                    let begin = split.next();
                    split.place += 1;
                    let units = (begin..split.next()).map(Child::Unit);
                    self.nodes[id].children.extend(units);
                }
                Shape::Wrapper(style, shapes) => {
                    let child = self.grow(Some(id), style, shapes, split);
                    self.nodes[id].children.push(Child::Wrapper(child));
                }
            }
        }
        self.nodes[id].units = first..split.next();
        id
    }

    /// Finds which units each node exports as instances: it must have their instances itself.
    fn find_bundles(&mut self, world: &World) {
        for node in (1..self.nodes.len()).rev() {
            let wanted = |unit: usize| {
                let is_wanted = contains(self.nodes[node].style.export_bundles, unit);
                is_wanted || world.exported_unit == Some(unit)
            };
            let mut bundles = BTreeSet::new();
            for child in &self.nodes[node].children {
                match child {
                    Child::Unit(unit) if wanted(*unit) => {
                        bundles.insert(FIRST_UNIT + unit);
                    }
                    Child::Unit(_) => {}
                    Child::Wrapper(child) => {
                        let inner = self.nodes[*child].bundles.iter();
                        bundles.extend(inner.filter(|source| wanted(**source - FIRST_UNIT)));
                    }
                }
            }
            self.nodes[node].bundles = bundles;
        }
    }

    fn find_gives(&mut self, world: &World, id: usize) {
        let path = self.path(id);
        let exports_all = path.iter().any(|node| self.nodes[*node].style.exports_all);
        let node = &mut self.nodes[id];
        if id == 0 {
            node.gives = world.exports.clone();
            return;
        }
        let outside = (0..world.units.len()).filter(|unit| !node.units.contains(unit));
        let used = outside
            .flat_map(|unit| world.args(unit))
            .chain(world.exports.iter().copied());
        let bundled = node.bundles.iter().flat_map(|source| world.items(*source));
        let all = node.units.clone().filter(|_| exports_all);
        let all = all.flat_map(|unit| world.items(FIRST_UNIT + unit));
        let mut gives: BTreeSet<Item> = used.chain(bundled).chain(all).collect();
        let resources: Vec<_> = gives
            .iter()
            .flat_map(|item| world.resources_of(*item))
            .collect();
        gives.extend(resources);
        gives.retain(|item| node.has(world.source(*item)));
        node.gives = gives;

        // What a later unit uses is at hand, or can be imported, wherever an earlier wrapper is.
        let later = (node.units.start..world.units.len()).flat_map(|unit| world.args(unit));
        let hosts = (0..FIRST_UNIT).flat_map(|source| world.items(source));
        let possible: BTreeSet<Item> = later.chain(hosts).collect();
        let first = FIRST_UNIT + node.units.start;
        let possible = possible.into_iter();
        let possible: Vec<Item> = possible
            .filter(|item| world.source(*item) < first)
            .collect();
        if !possible.is_empty() {
            let detours = node.style.detours.iter();
            node.detours = detours.map(|index| *index.get(&possible)).collect();
        }
    }

    fn find_needs(&mut self, world: &World, id: usize) {
        let node = &self.nodes[id];
        let mut needs = node.detours.clone();
        let of_gives = node.gives.iter();
        needs.extend(of_gives.flat_map(|item| world.resources_of(*item)));
        needs.extend(node.units.clone().flat_map(|unit| world.args(unit)));
        for child in &node.children {
            if let Child::Wrapper(child) = child {
                needs.extend(&self.nodes[*child].needs);
            }
        }
        let resources: Vec<_> = needs
            .iter()
            .flat_map(|item| world.resources_of(*item))
            .collect();
        needs.extend(resources);
        needs.retain(|item| !node.has(world.source(*item)));
        self.nodes[id].needs = needs;
    }

    /// Finds a place for a leaf somewhere around all its units, and one for its core modules around that.
    fn find_homes(&mut self, world: &World, leaf: usize, homes: Option<&(Index, Option<Index>)>) {
        let is_unit = |child: &Child| match child {
            Child::Unit(unit) => world.units[*unit].leaf == leaf,
            Child::Wrapper(_) => false,
        };
        let users: Vec<usize> = (0..self.nodes.len())
            .filter(|node| self.nodes[*node].children.iter().any(is_unit))
            .collect();
        let common = users.iter().map(|user| self.path(*user)).reduce(|a, b| {
            let same = a.into_iter().zip(b).take_while(|(a, b)| a == b);
            same.map(|(node, _)| node).collect()
        });
        let common = common.expect("every leaf has a unit");
        let home = homes.map_or(common[0], |(home, _)| *home.get(&common));
        self.nodes[home].leaves.0.insert(leaf);
        for user in users {
            for node in self.path(user).into_iter().rev() {
                if node == home {
                    break;
                }
                self.nodes[node].leaves.1.insert(leaf);
            }
        }
        if let Some((_, Some(index))) = homes {
            let path = self.path(home);
            let module_home = *index.get(&path);
            self.nodes[module_home].modules.0.insert(leaf);
            for node in path
                .into_iter()
                .rev()
                .take_while(|node| *node != module_home)
            {
                self.nodes[node].modules.1.insert(leaf);
            }
        }
    }

    /// Returns the nodes from the root to `node`.
    fn path(&self, node: usize) -> Vec<usize> {
        let mut path: Vec<usize> =
            std::iter::successors(Some(node), |node| self.nodes[*node].parent).collect();
        path.reverse();
        path
    }
}

/// Units that go to places in order.
struct Split {
    units: usize,
    places: usize,
    /// Places that have got theirs.
    place: usize,
}

impl Split {
    /// Returns the first unit that has no place yet.
    fn next(&self) -> usize {
        self.units * self.place / self.places
    }
}

/// Returns in how many places of a shape units can be.
fn places(shape: &Shape) -> usize {
    match shape {
        Shape::Units => 1,
        Shape::Wrapper(_, shapes) => shapes.iter().map(places).sum(),
    }
}
