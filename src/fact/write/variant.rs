//! Moving of variants with payloads (options and results are variants by another name).
//!
//! Spec: `lift_flat_variant`, `load_variant`, `lower_flat_variant`, `store_variant`.

use wasm_encoder::ValType;

use crate::fact::abi::FlatType;
use crate::fact::emit::Code;
use crate::fact::transfer::{At, Transfer, TransferId, Variant};
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load, store};
use crate::fact::write::choice::Choices;
use crate::fact::write::place::{Place, clear_slots, pop_slot, push_slot};
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Writes the move of a variant, which is what `transfer` moves.
    pub(in crate::fact::write) fn variant(
        &mut self,
        code: &mut Code,
        transfer: &Transfer,
        variant: &Variant,
        src: &Place,
        dst: &Place,
    ) {
        let access = Access::unsigned(variant.discriminant_size);
        match src {
            Place::Flat(slots) => push_slot(code, &slots[0], FlatType::I32),
            Place::Memory { pointer, offset } => {
                code.get(pointer);
                load(code, self.channel.src(), access, *offset);
            }
        }
        let discriminant = code.local("discriminant", ValType::I32);
        code.tee(&discriminant);
        let case_count = u32::try_from(variant.cases.len()).expect("fewer than 2^32 cases");
        code.ins().i32_const(case_count.cast_signed()).i32_ge_u();
        self.shared
            .traps
            .trap_if(code, TrapCode::InvalidDiscriminant);
        match dst {
            Place::Flat(slots) => {
                code.get(&discriminant);
                pop_slot(code, &slots[0], FlatType::I32);
                if let Place::Flat(from) = src
                    && let Some(choices) = self.choices(transfer, variant)
                {
                    choices.write(code, &discriminant, &from[1..], &slots[1..]);
                    return;
                }
                // A case sets the flat values that it uses; the others are zero.
                let used = transfer.dst_flat.as_deref();
                let used = used.map_or(slots.len(), <[FlatType]>::len);
                clear_slots(code, &slots[1..used]);
            }
            Place::Memory { pointer, offset } => {
                code.get(pointer);
                code.get(&discriminant);
                store(code, self.channel.dst(), access, *offset);
            }
        }
        let src = src.part(payload(src, variant.src_payload));
        let dst = dst.part(payload(dst, variant.dst_payload));
        let groups = Groups::of(&variant.cases);
        match (&groups.transfers[..], &groups.of_case[..]) {
            ([only], [None, Some(_)]) => {
                code.get(&discriminant);
                drop(discriminant);
                code.when(|code| self.write(code, *only, &src, &dst));
            }
            ([only], [Some(_), None]) => {
                code.get(&discriminant);
                drop(discriminant);
                code.ins().i32_eqz();
                code.when(|code| self.write(code, *only, &src, &dst));
            }
            (transfers, of_case) => {
                code.switch(discriminant, of_case, transfers.len(), |code, group| {
                    self.write(code, transfers[group], &src, &dst);
                });
            }
        }
    }

    /// Returns how the payloads of a variant that is flat on both sides move without a branch, if that is better.
    fn choices(&mut self, transfer: &Transfer, variant: &Variant) -> Option<Choices> {
        let types = transfer.dst_flat.as_deref()?;
        let is_alike = transfer.src_flat.as_deref() == Some(types);
        let transfers = self.shared.transfers(self.channel);
        is_alike.then(|| Choices::of(transfers, variant, types))?
    }
}

/// Returns where the payload of a variant is in its place.
fn payload(place: &Place, offset: u32) -> At {
    match place {
        Place::Flat(_) => At::Slot(1),
        Place::Memory { .. } => At::Offset(offset),
    }
}

/// Cases whose payloads move in the same way, written once.
struct Groups {
    /// What each group does.
    transfers: Vec<TransferId>,
    /// The group of each case; none for a case without payload.
    of_case: Vec<Option<usize>>,
}

impl Groups {
    fn of(cases: &[Option<TransferId>]) -> Groups {
        let mut transfers = indexmap::IndexSet::new();
        let of_case = cases
            .iter()
            .map(|case| case.map(|id| transfers.insert_full(id).0))
            .collect();
        Groups {
            transfers: transfers.into_iter().collect(),
            of_case,
        }
    }
}
