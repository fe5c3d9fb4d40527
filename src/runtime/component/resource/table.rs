//! A table for what the host's resources are.

use std::any::Any;
use std::collections::BTreeSet;
use std::mem;

use thiserror::Error;

use crate::runtime::component::resource::handle::Resource;

/// Why a [`ResourceTable`] cannot do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResourceTableError {
    /// The table is full.
    #[error("resource table has no free keys")]
    Full,
    /// There is no such resource in the table.
    #[error("resource not present")]
    NotPresent,
    /// The resource is of another type.
    #[error("resource is of another type")]
    WrongType,
    /// The resource still has children.
    #[error("resource has children")]
    HasChildren,
}

/// A table that gives a host's resources numbers, for which a [`Resource`] stands.
///
/// A resource may be the child of another, which cannot be deleted before it.
///
/// # Examples
///
/// ```
/// use interfuse::component::{Resource, ResourceTable, ResourceTableError};
///
/// let mut table = ResourceTable::new();
/// let folder: Resource<Vec<&str>> = table.push(vec!["a.txt"])?;
/// let file: Resource<String> = table.push_child("text".to_owned(), &folder)?;
/// table.get_mut(&file)?.push('!');
/// assert_eq!(table.get(&file)?, "text!");
///
/// let again = Resource::<Vec<&str>>::new_own(folder.rep());
/// assert_eq!(table.delete(folder), Err(ResourceTableError::HasChildren));
/// assert_eq!(table.delete(file)?, "text!");
/// assert_eq!(table.delete(again)?, ["a.txt"]);
/// # Ok::<(), ResourceTableError>(())
/// ```
pub struct ResourceTable {
    slots: Vec<Slot>,
    /// The free slot that is used first, and how many there are.
    next_free: Option<u32>,
    len: usize,
    max: usize,
}

/// How many resources there may be at a time unless something else is chosen (ours: far more than programs have, and still
/// some ten megabytes of the host's memory).
const MAX_CAPACITY: usize = 100_000;

impl Default for ResourceTable {
    fn default() -> ResourceTable {
        ResourceTable {
            slots: Vec::new(),
            next_free: None,
            len: 0,
            max: MAX_CAPACITY,
        }
    }
}

enum Slot {
    /// Nothing, and the free slot that is used after this.
    Free(Option<u32>),
    Used(Entry),
}

struct Entry {
    value: Box<dyn Any + Send>,
    parent: Option<u32>,
    children: BTreeSet<u32>,
}

impl ResourceTable {
    /// Makes an empty table.
    pub fn new() -> ResourceTable {
        ResourceTable::default()
    }

    /// Makes an empty table with room for a number of resources.
    pub fn with_capacity(capacity: usize) -> ResourceTable {
        ResourceTable {
            slots: Vec::with_capacity(capacity),
            ..ResourceTable::default()
        }
    }

    /// Sets how many resources there may be at a time: guests that make them take memory of the host's. Without that there
    /// may be 100,000.
    pub fn set_max_capacity(&mut self, max: usize) {
        self.max = max;
    }

    /// Returns whether there is no resource.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a resource in and returns the handle that owns it.
    ///
    /// # Errors
    ///
    /// Fails if the table is full.
    pub fn push<T: Send + 'static>(&mut self, value: T) -> Result<Resource<T>, ResourceTableError> {
        Ok(Resource::new_own(self.insert(Box::new(value), None)?))
    }

    /// Puts a resource in as the child of another, and returns the handle that owns it.
    ///
    /// # Errors
    ///
    /// Fails if the table is full or the parent is not in it.
    pub fn push_child<T: Send + 'static, U: 'static>(
        &mut self,
        value: T,
        parent: &Resource<U>,
    ) -> Result<Resource<T>, ResourceTableError> {
        let parent = parent.rep();
        self.entry(parent)?;
        let child = self.insert(Box::new(value), Some(parent))?;
        self.entry_mut(parent)?.children.insert(child);
        Ok(Resource::new_own(child))
    }

    /// Makes a resource the child of another; it must not have a parent.
    ///
    /// # Errors
    ///
    /// Fails if one of them is not in the table, or the child has another parent.
    pub fn add_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        let (child, parent) = (child.rep(), parent.rep());
        self.entry(parent)?;
        let entry = self.entry_mut(child)?;
        if entry.parent.is_some_and(|it| it != parent) {
            return Err(ResourceTableError::HasChildren);
        }
        entry.parent = Some(parent);
        self.entry_mut(parent)?.children.insert(child);
        Ok(())
    }

    /// Makes a resource the child of no other.
    ///
    /// # Errors
    ///
    /// Fails if one of them is not in the table, or they are not child and parent.
    pub fn remove_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        let (child, parent) = (child.rep(), parent.rep());
        if self.entry(child)?.parent != Some(parent) {
            return Err(ResourceTableError::NotPresent);
        }
        self.entry_mut(child)?.parent = None;
        self.entry_mut(parent)?.children.remove(&child);
        Ok(())
    }

    /// Returns a resource.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the table, or is of another type.
    pub fn get<T: Any>(&self, key: &Resource<T>) -> Result<&T, ResourceTableError> {
        let value = &self.entry(key.rep())?.value;
        value.downcast_ref().ok_or(ResourceTableError::WrongType)
    }

    /// Returns a resource, to change it.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the table, or is of another type.
    pub fn get_mut<T: Any>(&mut self, key: &Resource<T>) -> Result<&mut T, ResourceTableError> {
        let value = self.get_any_mut(key.rep())?;
        value.downcast_mut().ok_or(ResourceTableError::WrongType)
    }

    /// Returns a resource of any type by its number, to change it.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the table.
    pub fn get_any_mut(&mut self, rep: u32) -> Result<&mut dyn Any, ResourceTableError> {
        Ok(&mut *self.entry_mut(rep)?.value)
    }

    /// Takes a resource out.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the table, is of another type, or has children. Then it stays.
    pub fn delete<T: Any>(&mut self, key: Resource<T>) -> Result<T, ResourceTableError> {
        self.get(&key)?;
        let entry = self.remove(key.rep())?;
        let value = entry.value.downcast().expect("the type was looked at");
        Ok(*value)
    }

    /// Returns the children of a resource.
    ///
    /// # Errors
    ///
    /// Fails if the resource is not in the table.
    pub fn iter_children<T: 'static>(
        &self,
        parent: &Resource<T>,
    ) -> Result<impl Iterator<Item = &(dyn Any + Send)> + use<'_, T>, ResourceTableError> {
        let children = self.entry(parent.rep())?.children.iter();
        Ok(children.filter_map(|child| Some(&*self.entry(*child).ok()?.value)))
    }

    fn insert(
        &mut self,
        value: Box<dyn Any + Send>,
        parent: Option<u32>,
    ) -> Result<u32, ResourceTableError> {
        if self.len >= self.max {
            return Err(ResourceTableError::Full);
        }
        let slot = Slot::Used(Entry {
            value,
            parent,
            children: BTreeSet::new(),
        });
        let rep = match self.next_free {
            Some(rep) => {
                let Slot::Free(next) = mem::replace(&mut self.slots[position(rep)], slot) else {
                    unreachable!("what is in the list of free slots is free")
                };
                self.next_free = next;
                rep
            }
            None => {
                let rep = u32::try_from(self.slots.len()).map_err(|_| ResourceTableError::Full)?;
                self.slots.push(slot);
                rep
            }
        };
        self.len += 1;
        Ok(rep)
    }

    fn remove(&mut self, rep: u32) -> Result<Entry, ResourceTableError> {
        let entry = self.entry(rep)?;
        if !entry.children.is_empty() {
            return Err(ResourceTableError::HasChildren);
        }
        if let Some(parent) = entry.parent {
            self.entry_mut(parent)?.children.remove(&rep);
        }
        let free = Slot::Free(self.next_free);
        let Slot::Used(entry) = mem::replace(&mut self.slots[position(rep)], free) else {
            unreachable!("the slot was looked at")
        };
        self.next_free = Some(rep);
        self.len -= 1;
        Ok(entry)
    }

    fn entry(&self, rep: u32) -> Result<&Entry, ResourceTableError> {
        match self.slots.get(position(rep)) {
            Some(Slot::Used(entry)) => Ok(entry),
            Some(Slot::Free(_)) | None => Err(ResourceTableError::NotPresent),
        }
    }

    fn entry_mut(&mut self, rep: u32) -> Result<&mut Entry, ResourceTableError> {
        match self.slots.get_mut(position(rep)) {
            Some(Slot::Used(entry)) => Ok(entry),
            Some(Slot::Free(_)) | None => Err(ResourceTableError::NotPresent),
        }
    }
}

fn position(rep: u32) -> usize {
    usize::try_from(rep).expect("a number of 32 bits is a position")
}

#[cfg(test)]
mod tests {
    use super::{ResourceTable, ResourceTableError};
    use crate::runtime::component::resource::handle::Resource;

    #[test]
    fn last_slot_freed_is_used_first() {
        let mut table = ResourceTable::new();
        let [a, b, c] = [1, 2, 3].map(|it| table.push(it).unwrap());
        assert_eq!([a.rep(), b.rep(), c.rep()], [0, 1, 2]);
        table.delete(a).unwrap();
        table.delete(c).unwrap();
        let reps = [4, 5, 6].map(|it| table.push(it).unwrap().rep());
        assert_eq!(reps, [2, 0, 3]);
    }

    #[test]
    fn wrong_type_and_missing_resource_are_errors_and_change_nothing() {
        let mut table = ResourceTable::new();
        let number = table.push(1_u8).unwrap();
        let wrong: Resource<u16> = Resource::new_own(number.rep());
        assert_eq!(table.get(&wrong), Err(ResourceTableError::WrongType));
        assert_eq!(table.delete(wrong), Err(ResourceTableError::WrongType));
        let missing: Resource<u8> = Resource::new_own(9);
        assert_eq!(table.get(&missing), Err(ResourceTableError::NotPresent));
        assert_eq!(table.delete(number), Ok(1));
        assert!(table.is_empty());
    }

    #[test]
    fn parent_stays_while_it_has_children() {
        let mut table = ResourceTable::new();
        let parent = table.push("parent").unwrap();
        let rep = parent.rep();
        let child = table.push_child("child", &parent).unwrap();
        assert_eq!(table.iter_children(&parent).unwrap().count(), 1);
        assert_eq!(table.delete(parent), Err(ResourceTableError::HasChildren));
        table
            .remove_child(
                Resource::<&str>::new_borrow(child.rep()),
                Resource::<&str>::new_borrow(rep),
            )
            .unwrap();
        assert_eq!(table.delete(Resource::<&str>::new_own(rep)), Ok("parent"));
        assert_eq!(table.delete(child), Ok("child"));
    }

    #[test]
    fn without_a_limit_there_is_one() {
        let mut table = ResourceTable::new();
        let pushed = (0..).map_while(|_| table.push(()).ok()).count();
        assert_eq!(pushed, 100_000);
    }

    #[test]
    fn table_has_a_limit() {
        let mut table = ResourceTable::with_capacity(1);
        table.set_max_capacity(1);
        let only = table.push(()).unwrap();
        assert_eq!(table.push(()).unwrap_err(), ResourceTableError::Full);
        table.delete(only).unwrap();
        assert!(table.push(()).is_ok());
    }
}
