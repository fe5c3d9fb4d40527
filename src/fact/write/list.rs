//! Moving of lists.
//!
//! Spec: `load_list_from_range`, `store_list_into_range`, and the loops of `load_list_from_valid_range` and
//! `store_list_into_valid_range`.

use std::rc::Rc;

use wasm_encoder::{BlockType, ValType};

use crate::fact::abi::{FlatType, MAX_LIST_BYTES};
use crate::fact::emit::{Code, Local, Width};
use crate::fact::transfer::{List, Run, TransferId, TransferKind};
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load, store};
use crate::fact::write::check::{aligned, in_bounds};
use crate::fact::write::endpoint::Endpoint;
use crate::fact::write::place::{Place, Slot, pop_slot, push_pointer, push_slot};
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Writes the move of a list.
    pub(in crate::fact::write) fn list(
        &mut self,
        code: &mut Code,
        list: &List,
        src: &Place,
        dst: &Place,
    ) {
        let (from, to) = (self.channel.src(), self.channel.dst());
        let (pointer, len) = self.pop_pair(code, src);
        self.check_list(code, list, &pointer, &len);
        let new = self.allocate(code, to, list.dst_align, |code| {
            code.get(&len);
            from.width.convert_to(&mut code.ins(), to.width);
            scale(code, to.width, list.dst_size);
        });
        self.store_pair(code, dst, &new, |code| {
            code.get(&len);
            from.width.convert_to(&mut code.ins(), to.width);
        });
        match self.transfer(list.element).kind {
            TransferKind::Bytes(Run { size, .. })
                if (size, size) == (list.src_size, list.dst_size) =>
            {
                let copy = self.copy();
                code.get(&new);
                code.get(&pointer);
                code.get(&len);
                from.width.convert_to(&mut code.ins(), Width::W32);
                scale(code, Width::W32, size);
                code.call(copy);
            }
            TransferKind::Scalar(scalar) if let Some(func) = self.bulk(scalar) => {
                code.get(&pointer);
                code.get(&new);
                code.get(&len);
                from.width.convert_to(&mut code.ins(), Width::W32);
                scale(code, Width::W32, list.src_size);
                code.call(func);
            }
            _ if let Some(func) = self.masked(list) => {
                code.get(&pointer);
                code.get(&new);
                code.get(&len);
                from.width.convert_to(&mut code.ins(), Width::W32);
                scale(code, Width::W32, list.src_size);
                code.call(func);
            }
            _ => {
                code.get(&len);
                scale(code, from.width, list.src_size);
                code.get(&pointer);
                from.width.add(&mut code.ins());
                let end = code.pop("end", from.width.ty());
                code.get(&pointer);
                let next = code.pop("from", from.width.ty());
                let strides = (list.src_size, list.dst_size);
                self.elements(code, list.element, strides, (next, end), new);
            }
        }
    }

    /// Writes the move of a number of elements that is part of the type, from memory to memory.
    pub(in crate::fact::write) fn repeat(
        &mut self,
        code: &mut Code,
        count: u32,
        element: TransferId,
        strides: (u32, u32),
        src: &Place,
        dst: &Place,
    ) {
        let ((from, from_at), (to, to_at)) = (src.memory(), dst.memory());
        let (src, dst) = (self.channel.src().width, self.channel.dst().width);
        push_pointer(code, src, from, from_at);
        let pointer = code.local("from", src.ty());
        code.tee(&pointer);
        src.constant(&mut code.ins(), u64::from(count) * u64::from(strides.0));
        src.add(&mut code.ins());
        let end = code.pop("end", src.ty());
        push_pointer(code, dst, to, to_at);
        let new = code.pop("to", dst.ty());
        self.elements(code, element, strides, (pointer, end), new);
    }

    /// Writes a loop over elements: `src` are the pointer to the first and to the end, which may be the same.
    fn elements(
        &mut self,
        code: &mut Code,
        element: TransferId,
        strides: (u32, u32),
        src: (Local, Local),
        dst: Local,
    ) {
        let (from, to) = (self.channel.src().width, self.channel.dst().width);
        let (pointer, end) = (Rc::new(src.0), src.1);
        let new = Rc::new(dst);
        code.get(&pointer);
        code.get(&end);
        from.ne(&mut code.ins());
        code.when(|code| {
            code.repeat(BlockType::Empty, |code, again| {
                self.write(
                    code,
                    element,
                    &Place::behind(&pointer),
                    &Place::behind(&new),
                );
                push_pointer(code, to, &new, strides.1);
                code.set(&new);
                push_pointer(code, from, &pointer, strides.0);
                code.tee(&pointer);
                code.get(&end);
                from.ne(&mut code.ins());
                code.br_if(again);
            });
        });
    }

    /// Writes the checks of a list that is read: its length, then its alignment, then its end.
    fn check_list(&mut self, code: &mut Code, list: &List, pointer: &Local, len: &Local) {
        let from = self.channel.src();
        let traps = self.shared.traps;
        code.get(len);
        from.width
            .constant(&mut code.ins(), u64::from(MAX_LIST_BYTES / list.src_size));
        from.width.gt_u(&mut code.ins());
        traps.trap_if(code, TrapCode::ListTooLong);
        aligned(
            code,
            traps,
            from,
            pointer,
            list.src_align,
            TrapCode::UnalignedPointer,
        );
        let len_bytes = |code: &mut Code| {
            code.get(len);
            from.width.convert_to(&mut code.ins(), Width::W64);
            scale(code, Width::W64, list.src_size);
        };
        in_bounds(
            code,
            traps,
            from,
            pointer,
            len_bytes,
            TrapCode::ListOutOfBounds,
        );
    }

    /// Writes an allocation: `len_bytes` pushes its length in the width of the memory. Returns the pointer.
    pub(in crate::fact) fn allocate(
        &mut self,
        code: &mut Code,
        endpoint: Endpoint,
        align: u32,
        len_bytes: impl FnOnce(&mut Code),
    ) -> Local {
        let width = endpoint.width;
        width.constant(&mut code.ins(), 0);
        width.constant(&mut code.ins(), 0);
        width.constant(&mut code.ins(), u64::from(align));
        len_bytes(code);
        code.call(
            endpoint
                .realloc
                .expect("a side that is given lists or strings can allocate"),
        );
        code.pop("new", width.ty())
    }

    /// Writes the reading of a pointer and a length. Returns both, in locals that may be those of the source.
    pub(in crate::fact::write) fn pop_pair(
        &mut self,
        code: &mut Code,
        src: &Place,
    ) -> (Rc<Local>, Rc<Local>) {
        let from = self.channel.src();
        match src {
            Place::Flat(slots) => {
                let ty = FlatType::pointer(from.width);
                (
                    pop_number(code, &slots[0], ty),
                    pop_number(code, &slots[1], ty),
                )
            }
            Place::Memory { pointer, offset } => {
                let access = Access::pointer(from.width);
                code.get(pointer);
                load(code, from, access, *offset);
                let first = code.pop("elements", from.width.ty());
                code.get(pointer);
                load(code, from, access, offset + pointer_size(from.width));
                (Rc::new(first), Rc::new(code.pop("len", from.width.ty())))
            }
        }
    }

    /// Writes a pointer and a length to where they go; `len` pushes the length.
    pub(in crate::fact::write) fn store_pair(
        &mut self,
        code: &mut Code,
        dst: &Place,
        new: &Local,
        len: impl FnOnce(&mut Code),
    ) {
        let to = self.channel.dst();
        match dst {
            Place::Flat(slots) => {
                let ty = FlatType::pointer(to.width);
                code.get(new);
                pop_slot(code, &slots[0], ty);
                len(code);
                pop_slot(code, &slots[1], ty);
            }
            Place::Memory { pointer, offset } => {
                let access = Access::pointer(to.width);
                code.get(pointer);
                code.get(new);
                store(code, to, access, *offset);
                code.get(pointer);
                len(code);
                store(code, to, access, offset + pointer_size(to.width));
            }
        }
    }
}

/// Returns a local that holds a flat value of type `ty`.
fn pop_number(code: &mut Code, slot: &Slot, ty: FlatType) -> Rc<Local> {
    if slot.held == ty {
        return Rc::clone(&slot.local);
    }
    push_slot(code, slot, ty);
    Rc::new(code.pop("number", ty.val_type()))
}

fn pointer_size(width: Width) -> u32 {
    match width.ty() {
        ValType::I64 => 8,
        _ => 4,
    }
}

/// Multiplies the number on top of the stack by a constant.
fn scale(code: &mut Code, width: Width, by: u32) {
    if by != 1 {
        width.constant(&mut code.ins(), u64::from(by));
        width.mul(&mut code.ins());
    }
}
