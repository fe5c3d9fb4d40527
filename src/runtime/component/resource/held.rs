//! Handles that the host holds, of resources of any type.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::adapt::ResourceId;
use crate::runtime::component::resource::handle::ResourceError;
use crate::runtime::component::resource::ty::ResourceType;

/// Largest number of handles that a host holds in one store (ours: as many as a table of a guest has).
const HELD_MAX: usize = (1 << 28) - 1;

/// A handle that the host holds, of a resource that a guest or the host implements.
///
/// It is a name for an entry in a table of the store: copies name the same entry, and all of them are worth nothing once
/// it is gone. That a handle goes out of scope does not drop its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceAny {
    /// The index of the slot, and [`OWNED`] if the handle owns its resource.
    tagged_index: u32,
    generation: u32,
    ty: ResourceType,
}

/// Says in an index, of which it is no bit, that a handle owns its resource.
const OWNED: u32 = 1 << 31;

impl ResourceAny {
    /// Returns the type of the resource.
    pub fn ty(&self) -> ResourceType {
        self.ty
    }

    /// Returns whether the handle owns the resource; else it borrows it for the time of a call.
    pub fn owned(&self) -> bool {
        self.tagged_index & OWNED != 0
    }

    /// Returns a number that tells it from the other handles that the host holds right now.
    pub(in crate::runtime) fn number(&self) -> u32 {
        self.tagged_index & !OWNED
    }
}

/// Which instance gave the host a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct Giver {
    /// The number of the instance.
    pub(in crate::runtime) instance: u64,
    /// The resource type, as the instance knows it.
    pub(in crate::runtime) resource: ResourceId,
}

/// A resource that nobody holds for the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct Taken {
    /// The resource's number.
    pub(in crate::runtime) rep: u32,
    /// Who gave it to the host, if the host did not make it.
    pub(in crate::runtime) giver: Option<Giver>,
}

impl Taken {
    /// Takes a resource that the host made.
    pub(in crate::runtime) fn made(rep: u32) -> Taken {
        Taken { rep, giver: None }
    }
}

/// A handle that the host holds.
#[derive(Debug)]
struct Held {
    ty: ResourceType,
    resource: Taken,
    owned: bool,
    /// How often it is lent right now.
    lends: u32,
}

#[derive(Debug)]
struct Slot {
    /// How often the slot was emptied, from a start on. A slot for which the count has gone round is not used again.
    generation: u32,
    held: Option<Held>,
}

/// What ends with a scope.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// What was lent: the handle in this slot.
    Lend { index: u32, generation: u32 },
    /// What was borrowed: the handle in this slot.
    Borrow { index: u32, generation: u32 },
    /// What was given away, for good unless the call does not take place.
    Give { any: ResourceAny, taken: Taken },
}

/// A call that is under way, and what ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a scope that is entered is left"]
pub(in crate::runtime) struct Scope {
    endings: usize,
}

/// The handles that the host holds in one store. A handle that is not there any more gives an error.
#[derive(Debug)]
pub(in crate::runtime) struct HostResources {
    /// The generation with which slots start: another one for each store, so that a handle of one names nothing in another.
    start: u32,
    slots: Vec<Slot>,
    /// Empty slots; the last is used first.
    free: Vec<u32>,
    /// What ends with the scopes that were entered, outer ones first.
    endings: Vec<Ending>,
}

impl Default for HostResources {
    fn default() -> HostResources {
        /// It is odd, so that all starts come before one comes again, and far from 0 in both directions.
        const STRIDE: u32 = 0x9e37_79b1;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        HostResources {
            start: NEXT.fetch_add(STRIDE, Ordering::Relaxed),
            slots: Vec::new(),
            free: Vec::new(),
            endings: Vec::new(),
        }
    }
}

impl HostResources {
    /// Begins a call, either of a guest by the host or of the host by a guest.
    pub(in crate::runtime) fn enter(&mut self) -> Scope {
        let endings = self.endings.len();
        Scope { endings }
    }

    /// Ends a call: what was lent for it is back, and what was borrowed for it is gone.
    pub(in crate::runtime) fn leave(&mut self, scope: Scope) {
        for ending in self.endings.drain(scope.endings.min(self.endings.len())..) {
            match ending {
                Ending::Lend { index, generation } => {
                    let slot = &mut self.slots[position(index)];
                    if let Some(held) = slot.held.as_mut().filter(|_| slot.generation == generation)
                    {
                        held.lends -= 1;
                    }
                }
                Ending::Borrow { index, generation } => {
                    let slot = &mut self.slots[position(index)];
                    if slot.generation == generation {
                        slot.empty(index, self.start, &mut self.free);
                    }
                }
                Ending::Give { .. } => {}
            }
        }
    }

    /// Takes back what was given away since a scope was entered, for a call that does not take place. What was lent is back
    /// when the scope is left.
    pub(in crate::runtime) fn take_back(&mut self, scope: Scope) {
        let endings = self.endings.get(scope.endings..).unwrap_or_default();
        for ending in endings.iter().rev() {
            let Ending::Give { any, taken } = *ending else {
                continue;
            };
            let slot = &mut self.slots[position(any.number())];
            if slot.held.is_some() {
                // Whoever used the slot meanwhile keeps it.
                continue;
            }
            // It is the last one if nothing else happened meanwhile.
            let place = self.free.iter().rposition(|index| *index == any.number());
            if let Some(place) = place {
                self.free.remove(place);
            }
            slot.generation = any.generation;
            slot.held = Some(Held {
                ty: any.ty,
                resource: taken,
                owned: true,
                lends: 0,
            });
        }
    }

    /// Takes a handle that owns its resource.
    ///
    /// # Errors
    ///
    /// Fails if the host holds too many.
    pub(in crate::runtime) fn insert_own(
        &mut self,
        ty: ResourceType,
        resource: Taken,
    ) -> Result<ResourceAny, ResourceError> {
        self.insert(ty, resource, true)
    }

    /// Takes a handle that borrows its resource until the innermost scope is left.
    ///
    /// # Errors
    ///
    /// Fails if the host holds too many.
    pub(in crate::runtime) fn insert_borrow(
        &mut self,
        ty: ResourceType,
        rep: u32,
    ) -> Result<ResourceAny, ResourceError> {
        let any = self.insert(ty, Taken::made(rep), false)?;
        let (index, generation) = (any.number(), any.generation);
        self.endings.push(Ending::Borrow { index, generation });
        Ok(any)
    }

    /// Gives a handle away that owns its resource, as a parameter or a result of the call in the innermost scope. Returns
    /// the resource's number.
    ///
    /// # Errors
    ///
    /// Fails as [`HostResources::take`] does.
    pub(in crate::runtime) fn give(&mut self, any: ResourceAny) -> Result<u32, ResourceError> {
        let taken = self.take(any)?;
        self.endings.push(Ending::Give { any, taken });
        Ok(taken.rep)
    }

    /// Ends a handle that owns its resource, and returns the resource.
    ///
    /// # Errors
    ///
    /// Fails if there is no such handle, or it does not own its resource, or is lent.
    pub(in crate::runtime) fn take(&mut self, any: ResourceAny) -> Result<Taken, ResourceError> {
        let held = self.get(any)?;
        let resource = held.resource;
        if !held.owned {
            return Err(ResourceError::NotOwned);
        }
        if held.lends > 0 {
            return Err(ResourceError::Lent);
        }
        self.slots[position(any.number())].empty(any.number(), self.start, &mut self.free);
        Ok(resource)
    }

    /// Ends a handle that only borrows its resource.
    ///
    /// # Errors
    ///
    /// Fails if there is no such handle, or it owns its resource.
    pub(in crate::runtime) fn drop_borrow(
        &mut self,
        any: ResourceAny,
    ) -> Result<(), ResourceError> {
        let held = self.get(any)?;
        if held.owned {
            return Err(ResourceError::WrongType);
        }
        if held.lends > 0 {
            return Err(ResourceError::Lent);
        }
        self.slots[position(any.number())].empty(any.number(), self.start, &mut self.free);
        Ok(())
    }

    /// Lends the resource of a handle until the innermost scope is left, and returns the resource's number.
    ///
    /// # Errors
    ///
    /// Fails if there is no such handle.
    pub(in crate::runtime) fn lend(&mut self, any: ResourceAny) -> Result<u32, ResourceError> {
        let held = self.get(any)?;
        held.lends += 1;
        let rep = held.resource.rep;
        let (index, generation) = (any.number(), any.generation);
        self.endings.push(Ending::Lend { index, generation });
        Ok(rep)
    }

    /// Returns the number of the resource of a handle.
    ///
    /// # Errors
    ///
    /// Fails if there is no such handle.
    pub(in crate::runtime) fn rep(&mut self, any: ResourceAny) -> Result<u32, ResourceError> {
        Ok(self.get(any)?.resource.rep)
    }

    /// Returns whether the host holds no handle.
    #[cfg(test)]
    pub(in crate::runtime) fn is_empty(&self) -> bool {
        self.slots.iter().all(|slot| slot.held.is_none())
    }

    fn insert(
        &mut self,
        ty: ResourceType,
        resource: Taken,
        owned: bool,
    ) -> Result<ResourceAny, ResourceError> {
        let held = Held {
            ty,
            resource,
            owned,
            lends: 0,
        };
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() >= HELD_MAX => return Err(ResourceError::TooMany),
            None => {
                let index = u32::try_from(self.slots.len()).expect("there are less than 2^28");
                self.slots.push(Slot {
                    generation: self.start,
                    held: None,
                });
                index
            }
        };
        let slot = &mut self.slots[position(index)];
        slot.held = Some(held);
        let tag = if owned { OWNED } else { 0 };
        Ok(ResourceAny {
            tagged_index: index | tag,
            generation: slot.generation,
            ty,
        })
    }

    /// Returns what a handle names.
    fn get(&mut self, any: ResourceAny) -> Result<&mut Held, ResourceError> {
        let slot = self.slots.get_mut(position(any.number()));
        let slot = slot.filter(|slot| slot.generation == any.generation);
        let held = slot.and_then(|slot| slot.held.as_mut());
        let held = held.ok_or(ResourceError::Gone)?;
        if held.ty != any.ty || held.owned != any.owned() {
            return Err(ResourceError::WrongType);
        }
        Ok(held)
    }
}

impl Slot {
    fn empty(&mut self, index: u32, start: u32, free: &mut Vec<u32>) {
        if self.held.take().is_none() {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        if self.generation != start {
            free.push(index);
        }
    }
}

fn position(index: u32) -> usize {
    usize::try_from(index).expect("an index of 32 bits is a position")
}

#[cfg(test)]
mod tests {
    use super::{HostResources, Taken};
    use crate::runtime::component::resource::handle::ResourceError;
    use crate::runtime::component::resource::ty::ResourceType;

    const NUMBER: u32 = 5;

    fn ty() -> ResourceType {
        ResourceType::host_dynamic(NUMBER)
    }

    #[test]
    fn stale_handle_gives_an_error_also_when_its_slot_is_used_again() {
        let mut held = HostResources::default();
        let first = held.insert_own(ty(), Taken::made(1)).unwrap();
        assert_eq!(held.take(first), Ok(Taken::made(1)));
        assert_eq!(held.take(first), Err(ResourceError::Gone));
        let second = held.insert_own(ty(), Taken::made(2)).unwrap();
        assert_ne!(first, second);
        assert_eq!(held.lend(first), Err(ResourceError::Gone));
        assert_eq!(held.rep(second), Ok(2));
    }

    #[test]
    fn lent_resource_stays_until_the_call_is_over() {
        let mut held = HostResources::default();
        let owned = held.insert_own(ty(), Taken::made(1)).unwrap();
        let outer = held.enter();
        assert_eq!(held.lend(owned), Ok(1));
        let inner = held.enter();
        assert_eq!(held.lend(owned), Ok(1));
        held.leave(inner);
        assert_eq!(held.take(owned), Err(ResourceError::Lent));
        held.leave(outer);
        assert_eq!(held.take(owned), Ok(Taken::made(1)));
        assert!(held.is_empty());
    }

    #[test]
    fn borrowed_handle_ends_with_its_call() {
        let mut held = HostResources::default();
        let outer = held.enter();
        let first = held.insert_borrow(ty(), 1).unwrap();
        let inner = held.enter();
        let second = held.insert_borrow(ty(), 2).unwrap();
        assert_eq!(held.lend(first), Ok(1));
        held.leave(inner);
        assert_eq!(held.rep(second), Err(ResourceError::Gone));
        assert_eq!(held.rep(first), Ok(1));
        assert_eq!(held.take(first), Err(ResourceError::NotOwned));
        assert_eq!(held.drop_borrow(first), Ok(()));
        let other = held.insert_own(ty(), Taken::made(3)).unwrap();
        held.leave(outer);
        assert_eq!(held.rep(other), Ok(3));
    }

    #[test]
    fn what_was_given_for_a_call_that_does_not_take_place_is_back() {
        let mut held = HostResources::default();
        let [first, second, other] =
            [1, 2, 3].map(|rep| held.insert_own(ty(), Taken::made(rep)).unwrap());
        let outer = held.enter();
        assert_eq!(held.give(other), Ok(3));
        let scope = held.enter();
        assert_eq!(held.give(first), Ok(1));
        assert_eq!(held.give(second), Ok(2));
        held.take_back(scope);
        held.leave(scope);
        assert_eq!(held.take(first), Ok(Taken::made(1)));
        assert_eq!(held.take(second), Ok(Taken::made(2)));
        held.leave(outer);
        assert_eq!(held.take(other), Err(ResourceError::Gone));
        assert!(held.is_empty());
        // Each slot is free once.
        let again = [4, 5, 6, 7].map(|rep| held.insert_own(ty(), Taken::made(rep)).unwrap());
        assert_eq!(again.map(|any| held.rep(any).unwrap()), [4, 5, 6, 7]);
    }

    #[test]
    fn handle_of_another_store_is_none() {
        let (mut here, mut there) = (HostResources::default(), HostResources::default());
        let any = here.insert_own(ty(), Taken::made(1)).unwrap();
        assert_eq!(there.rep(any), Err(ResourceError::Gone));
        there.insert_own(ty(), Taken::made(2)).unwrap();
        assert_eq!(there.rep(any), Err(ResourceError::Gone));
    }
}
