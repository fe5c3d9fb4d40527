//! Random operations on resources, of the host and of two guests, against a model of who has which: handles are those that
//! the model expects, every destructor runs once, nothing is left over.

use interfuse::component::{Component, Instance, Linker, ResourceAny, TypedFunc};
use interfuse::runtime::{Config, Engine, Store};

/// Number of operations.
const OPERATIONS: u32 = 100_000;

/// Largest number of resources that live at once (ours: handles are used again and again).
const LIVE_MAX: usize = 200;

/// A shop that implements resources and keeps some, and a customer that gets some and keeps them. What guests return is
/// what they would have returned as core numbers: handles, or representations.
const TWO: &str = r#"(component
    (component $shop
        (core module $libc
            (global $dropped (export "dropped") (mut i32) (i32.const 0))
            (global $sum (export "sum") (mut i32) (i32.const 0))
            (func (export "dtor") (param i32)
                (global.set $dropped (i32.add (global.get $dropped) (i32.const 1)))
                (global.set $sum (i32.add (global.get $sum) (local.get 0)))))
        (core instance $libc (instantiate $libc))
        (type $r (resource (rep i32) (dtor (core func $libc "dtor"))))
        (core func $new (canon resource.new $r))
        (core func $drop (canon resource.drop $r))
        (core func $rep (canon resource.rep $r))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (import "" "rep" (func $rep (param i32) (result i32)))
            (import "libc" "dropped" (global $dropped (mut i32)))
            (import "libc" "sum" (global $sum (mut i32)))
            (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
            (func (export "get") (param i32) (result i32) (local.get 0))
            (func (export "both") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "keep") (param i32) (result i32) (local.get 0))
            (func (export "give") (param i32) (result i32) (local.get 0))
            (func (export "look") (param i32) (result i32) (call $rep (local.get 0)))
            (func (export "forget") (param i32) (call $drop (local.get 0)))
            (func (export "dropped") (result i32) (global.get $dropped))
            (func (export "sum") (result i32) (global.get $sum)))
        (core instance $i (instantiate $m
            (with "" (instance (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))
            (with "libc" (instance $libc))))
        (export $R "r" (type $r))
        (func (export "make") (param "rep" u32) (result (own $R)) (canon lift (core func $i "make")))
        (func (export "get") (param "it" (borrow $R)) (result u32) (canon lift (core func $i "get")))
        (func (export "both") (param "a" (borrow $R)) (param "b" (borrow $R)) (result u32)
            (canon lift (core func $i "both")))
        (func (export "keep") (param "it" (own $R)) (result u32) (canon lift (core func $i "keep")))
        (func (export "give") (param "handle" u32) (result (own $R)) (canon lift (core func $i "give")))
        (func (export "look") (param "handle" u32) (result u32) (canon lift (core func $i "look")))
        (func (export "forget") (param "handle" u32) (canon lift (core func $i "forget")))
        (func (export "dropped") (result u32) (canon lift (core func $i "dropped")))
        (func (export "sum") (result u32) (canon lift (core func $i "sum"))))
    (component $customer
        (import "shop" (instance $shop
            (export "r" (type $r (sub resource)))
            (export "make" (func (param "rep" u32) (result (own $r))))
            (export "get" (func (param "it" (borrow $r)) (result u32)))
            (export "both" (func (param "a" (borrow $r)) (param "b" (borrow $r)) (result u32)))
            (export "keep" (func (param "it" (own $r)) (result u32)))
            (export "give" (func (param "handle" u32) (result (own $r))))))
        (alias export $shop "r" (type $r))
        (core func $make (canon lower (func $shop "make")))
        (core func $get (canon lower (func $shop "get")))
        (core func $both (canon lower (func $shop "both")))
        (core func $keep (canon lower (func $shop "keep")))
        (core func $give (canon lower (func $shop "give")))
        (core func $drop (canon resource.drop $r))
        (core module $m
            (import "" "make" (func $make (param i32) (result i32)))
            (import "" "get" (func $get (param i32) (result i32)))
            (import "" "both" (func $both (param i32 i32) (result i32)))
            (import "" "keep" (func $keep (param i32) (result i32)))
            (import "" "give" (func $give (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (func (export "buy") (param i32) (result i32) (call $make (local.get 0)))
            (func (export "use") (param i32) (result i32) (call $get (local.get 0)))
            ;; The first is a handle of its own, the second is borrowed, and lent on twice.
            (func (export "compare") (param i32 i32) (result i32)
                (call $both (local.get 0) (local.get 1))
                (i32.add (call $get (local.get 1)))
                (call $drop (local.get 1)))
            (func (export "bring") (param i32) (result i32) (call $keep (local.get 0)))
            (func (export "fetch") (param i32) (result i32) (call $give (local.get 0)))
            (func (export "take") (param i32) (result i32) (local.get 0))
            (func (export "hand-out") (param i32) (result i32) (local.get 0))
            (func (export "throw") (param i32) (call $drop (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance
            (export "make" (func $make)) (export "get" (func $get)) (export "both" (func $both))
            (export "keep" (func $keep)) (export "give" (func $give)) (export "drop" (func $drop))))))
        (func (export "buy") (param "rep" u32) (result u32) (canon lift (core func $i "buy")))
        (func (export "use") (param "handle" u32) (result u32) (canon lift (core func $i "use")))
        (func (export "compare") (param "handle" u32) (param "it" (borrow $r)) (result u32)
            (canon lift (core func $i "compare")))
        (func (export "bring") (param "handle" u32) (result u32) (canon lift (core func $i "bring")))
        (func (export "fetch") (param "handle" u32) (result u32) (canon lift (core func $i "fetch")))
        (func (export "take") (param "it" (own $r)) (result u32) (canon lift (core func $i "take")))
        (func (export "hand-out") (param "handle" u32) (result (own $r)) (canon lift (core func $i "hand-out")))
        (func (export "throw") (param "handle" u32) (canon lift (core func $i "throw"))))
    (instance $shop (instantiate $shop))
    (instance $customer (instantiate $customer (with "shop" (instance $shop))))
    (export "shop" (instance $shop))
    (export "customer" (instance $customer)))"#;

/// A handle table as the spec has it: representations, and the indices that are free, the last of them first.
struct Table {
    rows: Vec<Option<u32>>,
    free: Vec<usize>,
}

impl Table {
    fn new() -> Table {
        Table {
            rows: vec![None],
            free: Vec::new(),
        }
    }

    /// Adds a resource and returns its handle.
    fn add(&mut self, rep: u32) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.rows.len() - 1
        });
        self.rows[index] = Some(rep);
        u32::try_from(index).unwrap()
    }

    fn remove(&mut self, handle: u32) -> u32 {
        let index = usize::try_from(handle).unwrap();
        self.free.push(index);
        self.rows[index].take().unwrap()
    }

    fn rep(&self, handle: u32) -> u32 {
        self.rows[usize::try_from(handle).unwrap()].unwrap()
    }

    /// Returns a handle at random.
    fn any(&self, random: &mut fastrand::Rng) -> Option<u32> {
        let used = (0..).zip(&self.rows).filter(|(_, row)| row.is_some());
        let used: Vec<u32> = used.map(|(index, _)| index).collect();
        random.choice(used)
    }
}

/// What there is, and what there should be.
struct World {
    store: Store<()>,
    instance: Instance,
    random: fastrand::Rng,
    /// What the host holds, and the representations.
    host: Vec<(ResourceAny, u32)>,
    /// Handles that the host gave away or dropped.
    gone: Vec<ResourceAny>,
    shop: Table,
    customer: Table,
    made: u32,
    /// Number of resources that were dropped, and the sum of their representations.
    dropped: (u32, u32),
}

impl World {
    fn func<P, R>(&mut self, name: (&str, &str)) -> TypedFunc<P, R>
    where
        P: interfuse::component::ComponentNamedList + interfuse::component::Lower,
        R: interfuse::component::ComponentNamedList + interfuse::component::Lift,
    {
        self.instance.get_typed_func(&mut self.store, name).unwrap()
    }

    /// Calls a function that gets a number and returns one.
    fn number(&mut self, name: (&str, &str), number: u32) -> u32 {
        let func = self.func::<(u32,), (u32,)>(name);
        func.call(&mut self.store, (number,)).unwrap().0
    }

    /// Calls a function that gets a number and returns a resource, which is the host's from then on.
    fn receive(&mut self, name: (&str, &str), number: u32, rep: u32) {
        let func = self.func::<(u32,), (ResourceAny,)>(name);
        let (any,) = func.call(&mut self.store, (number,)).unwrap();
        assert!(any.owned());
        self.host.push((any, rep));
    }

    /// Takes something from the host, which is not used again but to see that it is gone.
    fn remove(&mut self, index: usize) -> (ResourceAny, u32) {
        let taken = self.host.swap_remove(index);
        self.gone.push(taken.0);
        taken
    }

    fn note_drop(&mut self, rep: u32) {
        self.dropped.0 += 1;
        self.dropped.1 = self.dropped.1.wrapping_add(rep);
    }

    fn live(&self) -> usize {
        usize::try_from(self.made - self.dropped.0).unwrap()
    }

    fn step(&mut self) {
        let choice = self.random.u32(0..17);
        let host = (!self.host.is_empty()).then(|| self.random.usize(0..self.host.len()));
        let shop = self.shop.any(&mut self.random);
        let customer = self.customer.any(&mut self.random);
        match choice {
            0 | 1 if self.live() < LIVE_MAX => self.make(choice == 0),
            2..=6 => {
                if let Some(index) = host {
                    self.host_step(choice, index);
                }
            }
            7..=9 => {
                if let Some(handle) = shop {
                    self.shop_step(choice, handle);
                }
            }
            10..=14 => {
                if let Some(handle) = customer {
                    self.customer_step(choice, handle, host);
                }
            }
            15 => {
                if let Some(any) = self.random.choice(&self.gone).copied() {
                    self.use_gone(any);
                }
            }
            _ => self.look(),
        }
    }

    /// Makes a resource, for the host or for the customer.
    fn make(&mut self, is_for_host: bool) {
        let rep = self.random.u32(..);
        self.made += 1;
        // It is made in the table of the shop, and leaves it at once.
        let passing = self.shop.add(rep);
        self.shop.remove(passing);
        if is_for_host {
            self.receive(("shop", "make"), rep, rep);
        } else {
            let expected = self.customer.add(rep);
            assert_eq!(self.number(("customer", "buy"), rep), expected);
        }
    }

    fn host_step(&mut self, choice: u32, index: usize) {
        let (any, rep) = self.host[index];
        match choice {
            2 => {
                self.remove(index);
                any.resource_drop(&mut self.store).unwrap();
                self.note_drop(rep);
            }
            3 => {
                self.remove(index);
                let keep = self.func::<(ResourceAny,), (u32,)>(("shop", "keep"));
                let (handle,) = keep.call(&mut self.store, (any,)).unwrap();
                assert_eq!(handle, self.shop.add(rep));
            }
            4 => {
                self.remove(index);
                let take = self.func::<(ResourceAny,), (u32,)>(("customer", "take"));
                let (handle,) = take.call(&mut self.store, (any,)).unwrap();
                assert_eq!(handle, self.customer.add(rep));
            }
            5 => {
                let get = self.func::<(ResourceAny,), (u32,)>(("shop", "get"));
                assert_eq!(get.call(&mut self.store, (any,)).unwrap(), (rep,));
            }
            _ => {
                let both = self.func::<(ResourceAny, ResourceAny), (u32,)>(("shop", "both"));
                let (sum,) = both.call(&mut self.store, (any, any)).unwrap();
                assert_eq!(sum, rep.wrapping_add(rep));
            }
        }
    }

    fn shop_step(&mut self, choice: u32, handle: u32) {
        match choice {
            7 => {
                let rep = self.shop.remove(handle);
                self.receive(("shop", "give"), handle, rep);
            }
            8 => {
                let rep = self.shop.remove(handle);
                let expected = self.customer.add(rep);
                assert_eq!(self.number(("customer", "fetch"), handle), expected);
            }
            _ => {
                let rep = self.shop.remove(handle);
                let forget = self.func::<(u32,), ()>(("shop", "forget"));
                forget.call(&mut self.store, (handle,)).unwrap();
                self.note_drop(rep);
            }
        }
    }

    fn customer_step(&mut self, choice: u32, handle: u32, host: Option<usize>) {
        let rep = self.customer.rep(handle);
        match (choice, host) {
            (10, _) => {
                self.customer.remove(handle);
                self.receive(("customer", "hand-out"), handle, rep);
            }
            (11, _) => {
                self.customer.remove(handle);
                let expected = self.shop.add(rep);
                assert_eq!(self.number(("customer", "bring"), handle), expected);
            }
            (12, _) => {
                self.customer.remove(handle);
                let throw = self.func::<(u32,), ()>(("customer", "throw"));
                throw.call(&mut self.store, (handle,)).unwrap();
                self.note_drop(rep);
            }
            (13, Some(index)) => {
                let (any, other) = self.host[index];
                // The borrowed handle comes and goes.
                let passing = self.customer.add(other);
                self.customer.remove(passing);
                let compare = self.func::<(u32, ResourceAny), (u32,)>(("customer", "compare"));
                let (sum,) = compare.call(&mut self.store, (handle, any)).unwrap();
                assert_eq!(sum, rep.wrapping_add(other).wrapping_add(other));
            }
            _ => assert_eq!(self.number(("customer", "use"), handle), rep),
        }
    }

    /// The host uses what it does not have any more: that is an error, and breaks nothing.
    fn use_gone(&mut self, any: ResourceAny) {
        let get = self.func::<(ResourceAny,), (u32,)>(("shop", "get"));
        assert!(get.call(&mut self.store, (any,)).is_err());
        assert!(any.resource_drop(&mut self.store).is_err());
    }

    /// Looks at what the shop has and counted.
    fn look(&mut self) {
        if let Some(handle) = self.shop.any(&mut self.random) {
            let rep = self.shop.rep(handle);
            assert_eq!(self.number(("shop", "look"), handle), rep);
        }
        let counts = ["dropped", "sum"].map(|name| {
            let func = self.func::<(), (u32,)>(("shop", name));
            func.call(&mut self.store, ()).unwrap().0
        });
        assert_eq!((counts[0], counts[1]), self.dropped);
    }

    /// Drops everything.
    fn wind_up(&mut self) {
        while let Some(handle) = self.customer.any(&mut self.random) {
            self.customer_step(12, handle, None);
        }
        while let Some(handle) = self.shop.any(&mut self.random) {
            self.shop_step(9, handle);
        }
        while !self.host.is_empty() {
            self.host_step(2, 0);
        }
        self.look();
        assert_eq!(self.dropped.0, self.made);
    }
}

#[test]
fn resources_are_where_the_model_says() {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::new(&engine, &wat::parse_str(TWO).unwrap()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .unwrap();
    let mut world = World {
        store,
        instance,
        random: fastrand::Rng::with_seed(1),
        host: Vec::new(),
        gone: Vec::new(),
        shop: Table::new(),
        customer: Table::new(),
        made: 0,
        dropped: (0, 0),
    };
    for _ in 0..OPERATIONS {
        world.step();
    }
    assert!(world.made > OPERATIONS / 20, "{}", world.made);
    world.wind_up();
    // As many rows as lived at once, and no more: handles were used again.
    assert!(world.shop.rows.len() <= LIVE_MAX + 2);
    assert!(world.customer.rows.len() <= LIVE_MAX + 2);
}
