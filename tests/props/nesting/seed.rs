//! Strategies for worlds: numbers that become choices among what there is so far, so that they shrink well.

use std::collections::BTreeSet;

use proptest::arbitrary::any;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::option;
use proptest::prop_oneof;
use proptest::sample::{Index, select};
use proptest::strategy::Strategy;

use crate::nesting::ty::{FuncTy, KINDS, Kind, Ty};
use crate::nesting::world::{Definition, Dtor, Encoding, HOST, HOST_INSTANCE, Item, Leaf, World};

type TySeed = (Kind, Index);

#[derive(Clone, Debug)]
struct FuncSeed {
    params: Vec<TySeed>,
    result: Option<TySeed>,
}

impl FuncSeed {
    fn ty(&self, resources: &[usize]) -> FuncTy {
        let ty = |(kind, index): &TySeed| match (kind.has_resource(), resources) {
            (true, []) => Ty {
                kind: Kind::U32,
                resource: 0,
            },
            (has_resource, _) => Ty {
                kind: *kind,
                resource: if has_resource {
                    *index.get(resources)
                } else {
                    0
                },
            },
        };
        FuncTy {
            params: self.params.iter().map(ty).collect(),
            result: self.result.as_ref().map(|seed| match ty(seed) {
                borrow if borrow.kind == Kind::Borrow => Ty {
                    kind: Kind::Own,
                    ..borrow
                },
                other => other,
            }),
        }
    }
}

#[derive(Clone, Debug)]
enum ExportSeed {
    Lifted(FuncSeed, Encoding, bool),
    Same(Index),
    Relifted(Index, Encoding),
}

#[derive(Clone, Copy, Debug)]
enum DtorSeed {
    None,
    Core,
    Lowered,
}

#[derive(Clone, Debug)]
struct ImportSeed {
    func: Index,
    encoding: Encoding,
    /// The encoding with which it is lowered once more.
    twice: Option<Encoding>,
}

#[derive(Clone, Debug)]
struct LeafSeed {
    has_code: bool,
    bundled: bool,
    imports: Vec<ImportSeed>,
    resources: Vec<Index>,
    own: Option<DtorSeed>,
    again: Option<Index>,
    exports: Vec<ExportSeed>,
}

#[derive(Clone, Debug)]
enum UnitSeed {
    New(LeafSeed),
    /// One more instance of an earlier leaf, with functions of the same types.
    Again(Index, Vec<Index>),
}

fn ty() -> impl Strategy<Value = TySeed> {
    let kind = prop_oneof![
        2 => select(&KINDS[..]),
        1 => select(&[Kind::Own, Kind::Borrow, Kind::Owns, Kind::Holder][..]),
    ];
    (kind, any::<Index>())
}

fn func() -> impl Strategy<Value = FuncSeed> {
    let seed = (vec(ty(), 0..4), option::of(ty()));
    seed.prop_map(|(params, result)| FuncSeed { params, result })
}

fn encoding() -> impl Strategy<Value = Encoding> {
    select(&["utf8", "utf16", "latin1+utf16"][..])
}

fn export() -> impl Strategy<Value = ExportSeed> {
    prop_oneof![
        4 => (func(), encoding(), any::<bool>())
            .prop_map(|(func, encoding, cleans)| ExportSeed::Lifted(func, encoding, cleans)),
        1 => any::<Index>().prop_map(ExportSeed::Same),
        2 => (any::<Index>(), encoding())
            .prop_map(|(import, encoding)| ExportSeed::Relifted(import, encoding)),
    ]
}

fn unit() -> impl Strategy<Value = UnitSeed> {
    let import = (any::<Index>(), encoding(), option::of(encoding()));
    let import = import.prop_map(|(func, encoding, twice)| ImportSeed {
        func,
        encoding,
        twice,
    });
    let dtor = select(&[DtorSeed::None, DtorSeed::Core, DtorSeed::Lowered][..]);
    let new = (
        weighted(0.8),
        any::<bool>(),
        vec(import, 0..4),
        vec(any::<Index>(), 0..2),
        option::of(dtor),
        option::weighted(0.2, any::<Index>()),
        vec(export(), 0..4),
    );
    let new = new.prop_map(
        |(has_code, bundled, imports, resources, own, again, exports)| LeafSeed {
            has_code,
            bundled,
            imports,
            resources,
            own,
            again,
            exports,
        },
    );
    prop_oneof![
        4 => new.prop_map(UnitSeed::New),
        1 => (any::<Index>(), vec(any::<Index>(), 4)).prop_map(|(unit, funcs)| UnitSeed::Again(unit, funcs)),
    ]
}

/// Returns random worlds.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let host = vec((func(), any::<bool>()), 0..4);
    let host_resources = (any::<bool>(), any::<bool>());
    let exports = vec(any::<Index>(), 0..4);
    let seed = (host, host_resources, vec(unit(), 1..9), exports);
    (seed, option::of(any::<Index>())).prop_map(
        |((host, host_resources, units, exports), exported)| {
            let mut world = host_world(&host, host_resources);
            for unit in &units {
                add_unit(&mut world, unit);
            }
            for export in &exports {
                let count = world.resources.len() + world.funcs.len();
                let item = match export.index(count).checked_sub(world.resources.len()) {
                    None => Item::Resource(export.index(count)),
                    Some(func) => Item::Func(func),
                };
                world.add_export(item);
            }
            if let Some(unit) = exported.filter(|_| !world.units.is_empty()) {
                world.export_unit(unit.index(world.units.len()));
            }
            world
        },
    )
}

/// Returns a world without units; there is always one function, whose core signature is that of a destructor.
fn host_world(funcs: &[(FuncSeed, bool)], resources: (bool, bool)) -> World {
    let mut world = World::default();
    let mut known = Vec::new();
    if resources.0 {
        known.push(world.add_resource(HOST));
    }
    let u32 = Ty {
        kind: Kind::U32,
        resource: 0,
    };
    let first = FuncTy {
        params: vec![u32],
        result: None,
    };
    world.add_func(HOST, "f0".to_owned(), first);
    let add = |world: &mut World, source, ty| {
        let name = format!("f{}", world.funcs.len());
        world.add_func(source, name, ty);
    };
    for (seed, _) in funcs.iter().filter(|(_, in_instance)| !in_instance) {
        add(&mut world, HOST, seed.ty(&known));
    }
    if resources.1 {
        known.push(world.add_resource(HOST_INSTANCE));
    }
    for (seed, _) in funcs.iter().filter(|(_, in_instance)| *in_instance) {
        add(&mut world, HOST_INSTANCE, seed.ty(&known));
    }
    world
}

fn add_unit(world: &mut World, seed: &UnitSeed) {
    match seed {
        UnitSeed::New(seed) => add_new(world, seed),
        UnitSeed::Again(..) if world.units.is_empty() => {}
        UnitSeed::Again(unit, choices) => {
            let unit = unit.get(&world.units).clone();
            let resources = unit.resources[..world.leaves[unit.leaf].resources].to_vec();
            let choose = |(func, choice): (&usize, &Index)| {
                let ty = &world.funcs[*func].ty;
                let equal = (0..world.funcs.len()).filter(|other| world.funcs[*other].ty == *ty);
                *choice.get(&equal.collect::<Vec<_>>())
            };
            let funcs = unit.funcs.iter().zip(choices).map(choose).collect();
            world.add_unit(unit.leaf, resources, funcs);
        }
    }
}

fn add_new(world: &mut World, seed: &LeafSeed) {
    let funcs = seed
        .imports
        .iter()
        .map(|import| import.func.index(world.funcs.len()));
    let funcs: Vec<usize> = funcs.collect();
    let in_types = funcs
        .iter()
        .flat_map(|func| world.funcs[*func].ty.resources());
    let mut resources: BTreeSet<usize> = in_types.collect();
    if !world.resources.is_empty() {
        let more = seed.resources.iter();
        resources.extend(more.map(|resource| resource.index(world.resources.len())));
    }
    let resources: Vec<usize> = resources.into_iter().collect();
    let number = |resource| {
        let found = resources.iter().position(|known| *known == resource);
        found.expect("it was collected")
    };
    let imports: Vec<FuncTy> = funcs
        .iter()
        .map(|func| world.funcs[*func].ty.map(number))
        .collect();
    let lowers = seed.imports.iter().enumerate().flat_map(|(i, import)| {
        let encodings = [import.encoding].into_iter().chain(import.twice);
        encodings.map(move |encoding| (i, encoding))
    });
    let own = seed.own.filter(|_| seed.has_code);
    let mut known: Vec<usize> = (0..resources.len()).collect();
    known.extend(own.map(|_| resources.len()));
    let leaf = Leaf {
        mark: world.leaves.len(),
        has_code: seed.has_code,
        bundled: seed.bundled,
        resources: resources.len(),
        lowers: lowers.filter(|_| seed.has_code).collect(),
        own: own.map(|dtor| find_dtor(dtor, &imports)),
        again: seed
            .again
            .filter(|_| !resources.is_empty())
            .map(|again| again.index(resources.len())),
        exports: seed
            .exports
            .iter()
            .filter_map(|export| find_definition(export, seed.has_code, &imports, &known))
            .collect(),
        imports,
    };
    world.leaves.push(leaf);
    world.add_unit(world.leaves.len() - 1, resources, funcs);
}

fn find_dtor(seed: DtorSeed, imports: &[FuncTy]) -> Dtor {
    let is_dtor = |ty: &FuncTy| ty.lowered() == " (param i32)" && !ty.uses_memory();
    match seed {
        DtorSeed::None => Dtor::None,
        DtorSeed::Core => Dtor::Core,
        DtorSeed::Lowered => match imports.iter().position(is_dtor) {
            Some(import) => Dtor::Lowered(import),
            None => Dtor::Core,
        },
    }
}

fn find_definition(
    seed: &ExportSeed,
    has_code: bool,
    imports: &[FuncTy],
    resources: &[usize],
) -> Option<(FuncTy, Definition)> {
    let choose = |import: &Index| {
        let import = (!imports.is_empty()).then(|| import.index(imports.len()))?;
        Some((import, imports[import].clone()))
    };
    match seed {
        ExportSeed::Lifted(func, encoding, cleans) if has_code => {
            let (encoding, cleans) = (*encoding, *cleans);
            let definition = Definition::Lifted { encoding, cleans };
            Some((func.ty(resources), definition))
        }
        ExportSeed::Lifted(..) => None,
        ExportSeed::Same(import) => {
            let (import, ty) = choose(import)?;
            Some((ty, Definition::Same(import)))
        }
        ExportSeed::Relifted(import, encoding) => {
            let (import, ty) = choose(import)?;
            let encoding = *encoding;
            let definition = match ty.can_relift() && (has_code || !ty.uses_memory()) {
                true => Definition::Relifted { import, encoding },
                false => Definition::Same(import),
            };
            Some((ty, definition))
        }
    }
}
