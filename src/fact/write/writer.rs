//! The writer of transfers: decides what is written in place and what as a function of its own.

use std::collections::HashMap;
use std::rc::Rc;

use cranelift_entity::PrimaryMap;
use wasm_encoder::ValType;

use crate::adapt::{ResourceId, ShapeId, Shapes};
use crate::fact::abi::FlatType;
use crate::fact::config::FactConfig;
use crate::fact::emit::{Code, FuncId, Local, Width};
use crate::fact::module::Traps;
use crate::fact::module::{GlobalId, ModuleBuilder};
use crate::fact::spec::{HandlesSpec, ImportName};
use crate::fact::table::{StateExport, StateSignature};
use crate::fact::transfer::{
    OUTLINE_COST, PlaceKind, Route, Scalar, Transfer, TransferId, TransferKind, Transfers,
};
use crate::fact::write::endpoint::{Channel, TableId};
use crate::fact::write::place::{Place, pop_slot, push_pointer, push_slot, take_slots};
use crate::fact::write::string::StringHelpers;

/// What all adapters of a module share while they are written.
pub(in crate::fact) struct Shared<'a> {
    /// The shapes of all types.
    pub(in crate::fact) shapes: &'a Shapes,
    /// The settings.
    pub(in crate::fact) config: &'a FactConfig,
    /// The module.
    pub(in crate::fact) module: ModuleBuilder,
    /// How to trap.
    pub(in crate::fact) traps: Traps,
    /// Transfers by the widths of pointers at source and destination.
    pub(in crate::fact) transfers: HashMap<(Width, Width), Transfers>,
    /// Handle tables.
    tables: PrimaryMap<TableId, HandlesSpec>,
    table_ids: HashMap<String, TableId>,
    /// Functions that were written for moves.
    outlined: HashMap<(Channel, ShapeId, Route), FuncId>,
    /// Functions that were written for strings.
    pub(in crate::fact::write) strings: StringHelpers,
    /// Functions that were written for copies.
    pub(in crate::fact::write) copies: HashMap<Channel, FuncId>,
    /// Functions that were written for lists of scalars.
    pub(in crate::fact::write) bulk: HashMap<(Channel, Scalar), FuncId>,
    /// Functions that were written for lists whose elements move in part.
    pub(in crate::fact::write) masked: HashMap<(Channel, TransferId), FuncId>,
}

impl<'a> Shared<'a> {
    /// Begins a module.
    pub(in crate::fact) fn new(
        shapes: &'a Shapes,
        config: &'a FactConfig,
        mut module: ModuleBuilder,
    ) -> Shared<'a> {
        let traps = Traps::import(&mut module);

        Shared {
            shapes,
            config,
            module,
            traps,
            transfers: HashMap::new(),
            tables: PrimaryMap::new(),
            table_ids: HashMap::new(),
            outlined: HashMap::new(),
            strings: StringHelpers::default(),
            copies: HashMap::new(),
            bulk: HashMap::new(),
            masked: HashMap::new(),
        }
    }

    /// Returns the handle table that a side names.
    pub(in crate::fact) fn table(&mut self, spec: &HandlesSpec) -> TableId {
        let tables = &mut self.tables;
        *self
            .table_ids
            .entry(spec.module.clone())
            .or_insert_with(|| tables.push(spec.clone()))
    }

    /// Returns whether the instance of a handle table implements a resource type.
    pub(in crate::fact) fn implements(&self, table: TableId, resource: ResourceId) -> bool {
        self.tables[table].implements.contains(&resource)
    }

    /// Returns the number by which a handle table knows a resource type.
    pub(in crate::fact) fn resource_number(&self, table: TableId, resource: ResourceId) -> u32 {
        let numbers = &self.tables[table].numbers;
        numbers.get(&resource).copied().unwrap_or(resource.as_u32())
    }

    /// Imports an operation of a handle table.
    pub(in crate::fact) fn table_func(&mut self, table: TableId, operation: StateExport) -> FuncId {
        let StateSignature::Func { params, results } = operation.signature() else {
            unreachable!("{operation:?} is no function")
        };
        let import = ImportName::new(&*self.tables[table].module, operation.name());
        let types = |names: &[&str]| vec![ValType::I32; names.len()];
        self.module
            .import_func(&import, &types(params), &types(results))
    }

    /// Imports the variable of a handle table that says which handle was lent last.
    pub(in crate::fact) fn lent(&mut self, table: TableId) -> GlobalId {
        let import = ImportName::new(&*self.tables[table].module, StateExport::Lent.name());
        self.module.import_flag(&import)
    }

    /// Returns the transfers of a channel.
    pub(in crate::fact) fn transfers(&mut self, channel: Channel) -> &mut Transfers {
        let widths = channel.widths();
        self.transfers
            .entry(widths)
            .or_insert_with(|| Transfers::new(widths.0, widths.1))
    }
}

/// The writer of moves through one channel.
pub(in crate::fact) struct Writer<'s, 'a> {
    pub(in crate::fact) shared: &'s mut Shared<'a>,
    pub(in crate::fact) channel: Channel,
}

impl Writer<'_, '_> {
    /// Returns a transfer of the channel.
    pub(in crate::fact) fn transfer(&mut self, id: TransferId) -> Transfer {
        self.shared.transfers(self.channel).get(id).clone()
    }

    /// Writes the move of a value: in place, or as a call if it is large.
    pub(in crate::fact) fn write(
        &mut self,
        code: &mut Code,
        id: TransferId,
        src: &Place,
        dst: &Place,
    ) {
        let transfer = self.transfer(id);
        let is_large = transfer.cost > OUTLINE_COST;
        match transfer.kind {
            TransferKind::Bytes(_) | TransferKind::Scalar(_) | TransferKind::String => {
                self.write_here(code, &transfer, src, dst);
            }
            _ if is_large => self.call(code, &transfer, src, dst),
            _ => self.write_here(code, &transfer, src, dst),
        }
    }

    /// Writes the move of a value and pushes it as flat values.
    pub(in crate::fact) fn push(
        &mut self,
        code: &mut Code,
        id: TransferId,
        role: &str,
        src: &Place,
    ) {
        let transfer = self.transfer(id);
        match transfer.kind {
            TransferKind::Scalar(scalar) => self.push_scalar(code, scalar, src),
            TransferKind::String => self.push_string(code, src),
            TransferKind::Sequence(_) | TransferKind::Variant(_) | TransferKind::List(_)
                if transfer.cost > OUTLINE_COST =>
            {
                self.push_call(code, &transfer, src, None);
            }
            _ => {
                let slots = Place::slots(code, role, flat(&transfer.dst_flat));
                self.write(code, id, src, &Place::Flat(slots.clone()));
                slots.iter().for_each(|slot| code.get(&slot.local));
            }
        }
    }

    /// Writes the move of a value in place.
    fn write_here(&mut self, code: &mut Code, transfer: &Transfer, src: &Place, dst: &Place) {
        match &transfer.kind {
            TransferKind::Scalar(scalar) => self.scalar(code, *scalar, src, dst),
            TransferKind::Bytes(run) => self.bytes(code, *run, src, dst),
            TransferKind::Sequence(parts) => {
                for part in parts {
                    self.write(
                        code,
                        part.transfer,
                        &src.part(part.src),
                        &dst.part(part.dst),
                    );
                }
            }
            TransferKind::Repeat {
                count,
                element,
                src_stride,
                dst_stride,
            } => {
                self.repeat(code, *count, *element, (*src_stride, *dst_stride), src, dst);
            }
            TransferKind::Variant(variant) => self.variant(code, transfer, variant, src, dst),
            TransferKind::List(list) => self.list(code, list, src, dst),
            TransferKind::String => self.string(code, src, dst),
        }
    }

    /// Writes a call of the function that moves values of this kind.
    fn call(&mut self, code: &mut Code, transfer: &Transfer, src: &Place, dst: &Place) {
        match dst {
            Place::Memory { pointer, offset } => {
                self.push_call(code, transfer, src, Some((pointer, *offset)));
            }
            Place::Flat(slots) => {
                self.push_call(code, transfer, src, None);
                let types = flat(&transfer.dst_flat);
                for (slot, ty) in slots.iter().zip(types).take(types.len()).rev() {
                    pop_slot(code, slot, *ty);
                }
            }
        }
    }

    /// Writes a call of the function that moves values of this kind, and leaves what it returns on the stack: flat
    /// values if it is given no place in memory.
    fn push_call(
        &mut self,
        code: &mut Code,
        transfer: &Transfer,
        src: &Place,
        dst: Option<(&Local, u32)>,
    ) {
        let func = self.outlined(transfer);
        match src {
            Place::Flat(slots) => {
                for (slot, ty) in slots.iter().zip(flat(&transfer.src_flat)) {
                    push_slot(code, slot, *ty);
                }
            }
            Place::Memory { pointer, offset } => {
                push_pointer(code, self.channel.src().width, pointer, *offset);
            }
        }
        if let Some((pointer, offset)) = dst {
            push_pointer(code, self.channel.dst().width, pointer, offset);
        }
        code.call(func);
    }

    /// Returns the function that moves values of this kind, and writes it if it is new. It takes the flat values or a
    /// pointer to them, then a pointer to the destination or returns the flat values.
    fn outlined(&mut self, transfer: &Transfer) -> FuncId {
        let key = (self.channel, transfer.shape, transfer.route);
        if let Some(known) = self.shared.outlined.get(&key) {
            return *known;
        }
        let mut params: Vec<(&str, ValType)> = Vec::new();
        let from;
        match transfer.route.src {
            PlaceKind::Flat => {
                let types = flat(&transfer.src_flat);
                from = transfer.kind.flat_names("from", types.len());
                let typed = from.iter().zip(types);
                params.extend(typed.map(|(name, ty)| (&**name, ty.val_type())));
            }
            PlaceKind::Memory => params.push(("from", self.channel.src().width.ty())),
        }
        let mut results = Vec::new();
        match transfer.route.dst {
            PlaceKind::Flat => {
                results.extend(flat(&transfer.dst_flat).iter().map(|ty| ty.val_type()));
            }
            PlaceKind::Memory => params.push(("to", self.channel.dst().width.ty())),
        }
        let types: Vec<ValType> = params.iter().map(|(_, ty)| *ty).collect();
        let name = format!("move {}", transfer.kind.name());
        let func = self.shared.module.declare(&name, &types, &results);
        // Known before it is written: nothing calls itself, types are not recursive.
        self.shared.outlined.insert(key, func);
        let (mut code, locals) = Code::new(&params);
        let mut locals = locals.into_iter().map(Rc::new);
        let src = match transfer.route.src {
            PlaceKind::Flat => take_slots(&mut locals, flat(&transfer.src_flat)),
            PlaceKind::Memory => Place::behind(&next(&mut locals)),
        };
        match transfer.route.dst {
            PlaceKind::Memory => {
                let dst = Place::behind(&next(&mut locals));
                self.write_here(&mut code, transfer, &src, &dst);
            }
            PlaceKind::Flat => {
                let types = flat(&transfer.dst_flat);
                let names = transfer.kind.flat_names("to", types.len());
                let slots = Place::named_slots(&mut code, &names, types);
                self.write_here(&mut code, transfer, &src, &Place::Flat(slots.clone()));
                for slot in &slots {
                    push_slot(&mut code, slot, slot.held);
                }
            }
        }
        self.shared.module.define(func, code);
        func
    }
}

fn next(locals: &mut impl Iterator<Item = Rc<Local>>) -> Rc<Local> {
    locals.next().expect("there is a parameter for it")
}

fn flat(types: &Option<Rc<[FlatType]>>) -> &[FlatType] {
    types
        .as_deref()
        .expect("a value that is held flat has few flat values")
}
