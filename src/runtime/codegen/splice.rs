//! One call gives way to the body of what it calls.

use cranelift_codegen::entity::{EntityRef, PrimaryMap, SecondaryMap};
use cranelift_codegen::ir::{
    Block, BlockCall, ExtFuncData, ExternalName, FuncRef, Function, GlobalValue, GlobalValueData,
    Inst, InstructionData, JumpTable, JumpTableData, Opcode, SigRef, SourceLoc, StackSlot, Value,
    ValueList,
};
use cranelift_codegen::packed_option::PackedOption;

/// Returns whether a function can be put in the place of a call: it makes no tail calls, which would leave the caller.
pub(super) fn is_spliceable(callee: &Function) -> bool {
    let insts = callee
        .layout
        .blocks()
        .flat_map(|block| callee.layout.block_insts(block));
    insts.into_iter().all(|inst| {
        !matches!(
            callee.dfg.insts[inst],
            InstructionData::Call {
                opcode: Opcode::ReturnCall,
                ..
            } | InstructionData::CallIndirect {
                opcode: Opcode::ReturnCallIndirect,
                ..
            } | InstructionData::DynamicStackLoad { .. }
                | InstructionData::DynamicStackStore { .. }
        )
    })
}

/// Replaces a call by the body of the function that it calls, whose instructions all get the name `loc`. Both functions
/// have the same context. Returns the blocks of the body and the one after it, in the order of the layout.
pub(super) fn splice(
    caller: &mut Function,
    call: Inst,
    callee: &Function,
    loc: SourceLoc,
) -> (Vec<Block>, Block) {
    let block = caller.layout.inst_block(call);
    let block = block.expect("the call is part of the caller");
    let is_cold = caller.layout.is_cold(block);
    let args = caller.dfg.inst_args(call).to_vec();
    let after = split_at(caller, call);
    if is_cold {
        caller.layout.set_cold(after);
    }
    let mut splicer = Splicer {
        caller,
        callee,
        loc,
        after,
        blocks: SecondaryMap::new(),
        values: SecondaryMap::new(),
        slots: SecondaryMap::new(),
    };
    let blocks = splicer.add_blocks(block, is_cold, &args);
    let entry = blocks[0];
    splicer.fill_blocks();
    let destination = caller.dfg.block_call(entry, &[]);
    let jump = caller.dfg.make_inst(InstructionData::Jump {
        opcode: Opcode::Jump,
        destination,
    });
    let loc = caller.srcloc(call);
    caller.set_srcloc(jump, loc);
    caller.layout.append_inst(jump, block);
    (blocks, after)
}

/// Takes a call away, and what follows it into a new block whose parameters are the results of the call.
fn split_at(caller: &mut Function, call: Inst) -> Block {
    let after = caller.dfg.make_block();
    let next = caller.layout.next_inst(call);
    caller
        .layout
        .split_block(after, next.expect("no block ends with a call"));
    let results = caller.dfg.inst_results(call).to_vec();
    caller.dfg.clear_results(call);
    for result in results {
        let ty = caller.dfg.value_type(result);
        let param = caller.dfg.append_block_param(after, ty);
        caller.dfg.change_to_alias(result, param);
    }
    caller.layout.remove_inst(call);
    after
}

struct Splicer<'a> {
    caller: &'a mut Function,
    callee: &'a Function,
    /// What instructions come of that are added.
    loc: SourceLoc,
    /// Where the callee returns to.
    after: Block,
    /// What has become of blocks of the callee.
    blocks: SecondaryMap<Block, PackedOption<Block>>,
    /// What has become of values of the callee.
    values: SecondaryMap<Value, PackedOption<Value>>,
    /// What has become of places on the stack of the callee.
    slots: SecondaryMap<StackSlot, PackedOption<StackSlot>>,
}

impl Splicer<'_> {
    /// Adds a block for each block of the callee, behind `previous`.
    fn add_blocks(&mut self, mut previous: Block, is_cold: bool, args: &[Value]) -> Vec<Block> {
        let callee = self.callee;
        let entry = callee.layout.entry_block();
        let mut added = Vec::new();
        for block in callee.layout.blocks() {
            let new = self.caller.dfg.make_block();
            self.caller.layout.insert_block_after(new, previous);
            previous = new;
            if is_cold || callee.layout.is_cold(block) {
                self.caller.layout.set_cold(new);
            }
            self.blocks[block] = Some(new).into();
            let params = callee.dfg.block_params(block);
            for (position, param) in params.iter().enumerate() {
                // Nothing jumps to the first block: its parameters are the arguments.
                self.values[*param] = if entry == Some(block) {
                    Some(args[position]).into()
                } else {
                    let ty = callee.dfg.value_type(*param);
                    Some(self.caller.dfg.append_block_param(new, ty)).into()
                };
            }
            added.push(new);
        }
        added
    }

    /// Adds the instructions of the callee.
    fn fill_blocks(&mut self) {
        let callee = self.callee;
        let mut added = Vec::new();
        for block in callee.layout.blocks() {
            let new_block = self.block(block);
            for inst in callee.layout.block_insts(block) {
                let data = self.data(inst);
                let new = self.caller.dfg.make_inst(data);
                self.caller.set_srcloc(new, self.loc);
                self.caller.layout.append_inst(new, new_block);
                let ctrl_typevar = callee.dfg.ctrl_typevar(inst);
                if callee.dfg.has_results(inst) {
                    self.caller.dfg.make_inst_results(new, ctrl_typevar);
                }
                let results = self.caller.dfg.inst_results(new);
                for (old, new) in callee.dfg.inst_results(inst).iter().zip(results) {
                    self.values[*old] = Some(*new).into();
                }
                added.push(new);
            }
        }
        // Only now has every value become another one: blocks are in no order that operands keep to.
        for inst in added {
            let values = &self.values;
            self.caller.dfg.map_inst_values(inst, |value| {
                let value = callee.dfg.resolve_aliases(value);
                values[value].expand().expect("every value was added")
            });
        }
    }

    fn block(&self, block: Block) -> Block {
        self.blocks[block].expand().expect("every block was added")
    }

    /// Returns an instruction of the callee as one of the caller, but for its values, which are still those of the callee.
    fn data(&mut self, inst: Inst) -> InstructionData {
        let data = self.callee.dfg.insts[inst];
        match data {
            InstructionData::MultiAry {
                opcode: Opcode::Return,
                args,
            } => {
                let args = args.as_slice(&self.callee.dfg.value_lists);
                let pool = &mut self.caller.dfg.value_lists;
                InstructionData::Jump {
                    opcode: Opcode::Jump,
                    destination: BlockCall::new(self.after, args, pool),
                }
            }
            InstructionData::MultiAry { opcode, args } => {
                let args = self.list(args);
                InstructionData::MultiAry { opcode, args }
            }
            InstructionData::Call {
                opcode,
                args,
                func_ref,
            } => InstructionData::Call {
                opcode,
                args: self.list(args),
                func_ref: self.func_ref(func_ref),
            },
            InstructionData::CallIndirect {
                opcode,
                args,
                sig_ref,
            } => InstructionData::CallIndirect {
                opcode,
                args: self.list(args),
                sig_ref: self.signature(sig_ref),
            },
            InstructionData::FuncAddr { opcode, func_ref } => InstructionData::FuncAddr {
                opcode,
                func_ref: self.func_ref(func_ref),
            },
            InstructionData::Jump {
                opcode,
                destination,
            } => InstructionData::Jump {
                opcode,
                destination: self.block_call(destination),
            },
            InstructionData::Brif {
                opcode,
                arg,
                blocks,
            } => InstructionData::Brif {
                opcode,
                arg,
                blocks: blocks.map(|block| self.block_call(block)),
            },
            InstructionData::BranchTable { opcode, arg, table } => InstructionData::BranchTable {
                opcode,
                arg,
                table: self.jump_table(table),
            },
            other => self.plain_data(other),
        }
    }

    /// Returns an instruction that neither branches nor calls nor has a list of values.
    fn plain_data(&mut self, data: InstructionData) -> InstructionData {
        match data {
            InstructionData::StackLoad {
                opcode,
                stack_slot,
                offset,
            } => InstructionData::StackLoad {
                opcode,
                stack_slot: self.stack_slot(stack_slot),
                offset,
            },
            InstructionData::StackStore {
                opcode,
                arg,
                stack_slot,
                offset,
            } => InstructionData::StackStore {
                opcode,
                arg,
                stack_slot: self.stack_slot(stack_slot),
                offset,
            },
            InstructionData::Shuffle { opcode, args, imm } => {
                let bytes = self.callee.dfg.immediates[imm].clone();
                let imm = self.caller.dfg.immediates.push(bytes);
                InstructionData::Shuffle { opcode, args, imm }
            }
            InstructionData::UnaryConst {
                opcode,
                constant_handle,
            } => {
                let bytes = self.callee.dfg.constants.get(constant_handle).clone();
                let constant_handle = self.caller.dfg.constants.insert(bytes);
                InstructionData::UnaryConst {
                    opcode,
                    constant_handle,
                }
            }
            InstructionData::UnaryGlobalValue {
                opcode,
                global_value,
            } => InstructionData::UnaryGlobalValue {
                opcode,
                global_value: self.global_value(global_value),
            },
            other => other,
        }
    }

    fn list(&mut self, list: ValueList) -> ValueList {
        let values = list.as_slice(&self.callee.dfg.value_lists);
        ValueList::from_slice(values, &mut self.caller.dfg.value_lists)
    }

    fn block_call(&mut self, call: BlockCall) -> BlockCall {
        let pool = &self.callee.dfg.value_lists;
        let block = self.block(call.block(pool));
        BlockCall::new(
            block,
            call.args_slice(pool),
            &mut self.caller.dfg.value_lists,
        )
    }

    fn jump_table(&mut self, table: JumpTable) -> JumpTable {
        let data = &self.callee.dfg.jump_tables[table];
        let default = self.block_call(data.default_block());
        let entries: Vec<_> = data
            .as_slice()
            .iter()
            .map(|call| self.block_call(*call))
            .collect();
        let data = JumpTableData::new(default, &entries);
        self.caller.dfg.jump_tables.push(data)
    }

    fn stack_slot(&mut self, slot: StackSlot) -> StackSlot {
        if let Some(known) = self.slots[slot].expand() {
            return known;
        }
        let data = self.callee.sized_stack_slots[slot].clone();
        let new = self.caller.create_sized_stack_slot(data);
        self.slots[slot] = Some(new).into();
        new
    }

    fn signature(&mut self, signature: SigRef) -> SigRef {
        let data = &self.callee.dfg.signatures[signature];
        find(&self.caller.dfg.signatures, data)
            .unwrap_or_else(|| self.caller.import_signature(data.clone()))
    }

    fn func_ref(&mut self, func: FuncRef) -> FuncRef {
        let data = &self.callee.dfg.ext_funcs[func];
        let name = match &data.name {
            ExternalName::User(name) => {
                let name = self.callee.params.user_named_funcs()[*name].clone();
                ExternalName::user(self.caller.declare_imported_user_function(name))
            }
            other => other.clone(),
        };
        let data = ExtFuncData {
            name,
            signature: self.signature(data.signature),
            colocated: data.colocated,
        };
        let known = self
            .caller
            .dfg
            .ext_funcs
            .iter()
            .find(|(_, known)| (&known.name, known.signature) == (&data.name, data.signature));
        match known {
            Some((known, _)) => known,
            None => self.caller.import_function(data),
        }
    }

    fn global_value(&mut self, value: GlobalValue) -> GlobalValue {
        let data = match self.callee.global_values[value].clone() {
            GlobalValueData::Load {
                base,
                offset,
                global_type,
                flags,
            } => GlobalValueData::Load {
                base: self.global_value(base),
                offset,
                global_type,
                flags,
            },
            GlobalValueData::IAddImm {
                base,
                offset,
                global_type,
            } => GlobalValueData::IAddImm {
                base: self.global_value(base),
                offset,
                global_type,
            },
            other => other,
        };
        find(&self.caller.global_values, &data)
            .unwrap_or_else(|| self.caller.create_global_value(data))
    }
}

/// Returns the key of something.
fn find<K: EntityRef, V: PartialEq>(map: &PrimaryMap<K, V>, wanted: &V) -> Option<K> {
    map.iter()
        .find(|(_, known)| *known == wanted)
        .map(|(key, _)| key)
}
