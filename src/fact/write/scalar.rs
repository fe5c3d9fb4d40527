//! Moving of single core values, with their checks and changes.
//!
//! Spec: `convert_int_to_bool`, `lift_flat_unsigned`, `lift_flat_signed`, `convert_i32_to_char`,
//! `unpack_flags_from_int`, and the discriminants of `lift_flat_variant` and `load_variant`.

use wasm_encoder::ValType;

use crate::adapt::ResourceId;
use crate::fact::abi::{FlatType, discriminant_size, flags_size};
use crate::fact::emit::Code;
use crate::fact::table::StateExport;
use crate::fact::transfer::{Number, Scalar};
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load, store};
use crate::fact::write::endpoint::{Handles, Lends, TableId};
use crate::fact::write::place::{Place, pop_slot, push_slot};
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Calls an operation of a handle table with the type of a resource and what is on top of the stack.
    fn table_call(
        &mut self,
        code: &mut Code,
        table: TableId,
        operation: StateExport,
        resource: ResourceId,
    ) {
        let func = self.shared.table_func(table, operation);
        let value = code.pop("handle", ValType::I32);
        let number = self.shared.resource_number(table, resource);
        code.ins().i32_const(number.cast_signed());
        code.get(&value);
        code.call(func);
    }

    /// Writes the move of a value that is one core value.
    pub(in crate::fact::write) fn scalar(
        &mut self,
        code: &mut Code,
        scalar: Scalar,
        src: &Place,
        dst: &Place,
    ) {
        let (access, ty) = access(scalar);
        match dst {
            Place::Flat(slots) => {
                self.push_scalar(code, scalar, src);
                pop_slot(code, &slots[0], ty);
            }
            Place::Memory { pointer, offset } => {
                // The address goes first: a store takes it below the value on the stack.
                code.get(pointer);
                self.push_raw(code, scalar, src);
                self.check(code, scalar);
                store(code, self.channel.dst(), access, *offset);
            }
        }
    }

    /// Pushes a value that is one core value, as a flat value.
    pub(in crate::fact) fn push_scalar(&mut self, code: &mut Code, scalar: Scalar, src: &Place) {
        self.push_raw(code, scalar, src);
        if let Place::Flat(_) = src {
            self.narrow(code, scalar);
        }
        self.check(code, scalar);
    }

    /// Pushes a value as it is found.
    fn push_raw(&mut self, code: &mut Code, scalar: Scalar, src: &Place) {
        let (access, ty) = access(scalar);
        match src {
            Place::Flat(slots) => push_slot(code, &slots[0], ty),
            Place::Memory { pointer, offset } => {
                code.get(pointer);
                load(code, self.channel.src(), access, *offset);
            }
        }
    }

    /// Drops the bits of a flat number that are not its own. In memory they have no place.
    fn narrow(&mut self, code: &mut Code, scalar: Scalar) {
        let ins = &mut code.ins();
        match scalar {
            Scalar::Number(Number::S8) => {
                ins.i32_extend8_s();
            }
            Scalar::Number(Number::U8) => {
                ins.i32_const(0xff).i32_and();
            }
            Scalar::Number(Number::S16) => {
                ins.i32_extend16_s();
            }
            Scalar::Number(Number::U16) => {
                ins.i32_const(0xffff).i32_and();
            }
            Scalar::Number(Number::Int32 | Number::Int64 | Number::F32 | Number::F64)
            | Scalar::Bool
            | Scalar::Char
            | Scalar::Flags(_)
            | Scalar::Enum(_)
            | Scalar::Own(_)
            | Scalar::Borrow(_) => {}
        }
    }

    /// Checks or changes the value on top of the stack.
    fn check(&mut self, code: &mut Code, scalar: Scalar) {
        match scalar {
            Scalar::Number(_) => {}
            Scalar::Bool => {
                code.ins().i32_const(0).i32_ne();
            }
            Scalar::Flags(32) => {}
            Scalar::Flags(count) => {
                code.ins().i32_const(i32::MAX >> (31 - count)).i32_and();
            }
            Scalar::Enum(count) => {
                let value = code.local("discriminant", ValType::I32);
                code.tee(&value);
                code.ins().i32_const(count.cast_signed()).i32_ge_u();
                self.shared
                    .traps
                    .trap_if(code, TrapCode::InvalidDiscriminant);
                code.get(&value);
            }
            Scalar::Char => {
                let value = code.local("char", ValType::I32);
                code.tee(&value);
                char_is_invalid(code);
                self.shared.traps.trap_if(code, TrapCode::InvalidChar);
                code.get(&value);
            }
            Scalar::Own(resource) => {
                if let Handles::Table(table) = self.channel.src_handles {
                    self.table_call(code, table, StateExport::TakeOwn, resource);
                }
                if let Handles::Table(table) = self.channel.dst_handles {
                    self.table_call(code, table, StateExport::PutOwn, resource);
                }
            }
            Scalar::Borrow(resource) => {
                let lend = match self.channel.lends {
                    Lends::Counted => StateExport::Lend,
                    Lends::Unwatched => StateExport::ResourceRep,
                };
                if let Handles::Table(table) = self.channel.src_handles {
                    self.table_call(code, table, lend, resource);
                }
                if let Handles::Table(table) = self.channel.dst_handles
                    && !self.shared.implements(table, resource)
                {
                    self.table_call(code, table, StateExport::PutBorrow, resource);
                }
            }
        }
    }
}

/// Pops a number and pushes whether it is no Unicode scalar value.
///
/// Flipping 0xd800 brings the surrogates to the beginning and what is too large stays large: both are outside of
/// 0x800 to 0x10ffff. That flip changes only bits below 0x110000's.
pub(in crate::fact) fn char_is_invalid(code: &mut Code) {
    code.ins()
        .i32_const(0xd800)
        .i32_xor()
        .i32_const(0x800)
        .i32_sub()
        .i32_const(0x11_0000 - 0x800)
        .i32_ge_u();
}

/// Returns how a scalar is accessed in memory, and its flat type.
fn access(scalar: Scalar) -> (Access, FlatType) {
    match scalar {
        Scalar::Number(number) => match number {
            Number::S8 => (Access::S8, FlatType::I32),
            Number::U8 => (Access::U8, FlatType::I32),
            Number::S16 => (Access::S16, FlatType::I32),
            Number::U16 => (Access::U16, FlatType::I32),
            Number::Int32 => (Access::I32, FlatType::I32),
            Number::Int64 => (Access::I64, FlatType::I64),
            Number::F32 => (Access::F32, FlatType::F32),
            Number::F64 => (Access::F64, FlatType::F64),
        },
        Scalar::Bool => (Access::U8, FlatType::I32),
        Scalar::Char | Scalar::Own(_) | Scalar::Borrow(_) => (Access::I32, FlatType::I32),
        Scalar::Flags(count) => (Access::unsigned(flags_size(count)), FlatType::I32),
        Scalar::Enum(count) => (
            Access::unsigned(discriminant_size(count as usize)),
            FlatType::I32,
        ),
    }
}
