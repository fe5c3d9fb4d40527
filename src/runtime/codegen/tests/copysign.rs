//! `fcopysign` is replaced.

use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, MemFlags, Opcode, Signature, Type, UserFuncName, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use crate::runtime::codegen::copysign;
use crate::runtime::codegen::tests::support::{code, compile, range};

/// Returns a function that gives what it reads the sign of its second parameter.
fn function(ty: Type) -> Function {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.push(AbiParam::new(types::I64));
    signature.params.push(AbiParam::new(ty));
    signature.returns.push(AbiParam::new(ty));
    let mut func = Function::with_name_signature(UserFuncName::default(), signature);
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut func, &mut context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    let [address, sign] = builder.block_params(block).try_into().expect("it fits");
    let magnitude = builder.ins().load(ty, MemFlags::new(), address, 0);
    let both = builder.ins().fcopysign(magnitude, sign);
    builder.ins().return_(&[both]);
    builder.finalize();
    func
}

fn opcodes(func: &Function) -> Vec<Opcode> {
    let block = func.layout.entry_block().expect("the test has it");
    let insts = func.layout.block_insts(block);
    insts.map(|inst| func.dfg.insts[inst].opcode()).collect()
}

#[test]
fn integers_take_its_place() {
    for ty in [types::F32, types::F64] {
        let mut func = function(ty);
        assert!(opcodes(&func).contains(&Opcode::Fcopysign));
        copysign::lower(&mut func);
        let expected = [
            Opcode::Load,
            Opcode::Bitcast,
            Opcode::Bitcast,
            Opcode::BandImm,
            Opcode::BandImm,
            Opcode::Bor,
            Opcode::Bitcast,
            Opcode::Return,
        ];
        assert_eq!(opcodes(&func), expected);
    }
}

/// What was wrong: the last 8 bytes of a memory were read as the first 8 of 16, which traps.
#[test]
fn no_operation_on_vectors_reads_memory() {
    let image = compile(
        r#"(module (memory 1)
            (func $f64 (param i32 f64) (result f64)
              (f64.copysign (f64.load (local.get 0)) (local.get 1)))
            (func $f32 (param i32 f32) (result f32)
              (f32.copysign (f32.load (local.get 0)) (local.get 1))))"#,
    );
    for name in ["f64", "f32"] {
        let code = code(&image, range(&image, name));
        // `and`, `andn`, `or` and `xor` of vectors have the opcodes 54 to 57, after 0F or a prefix of two bytes.
        let reads_memory = code.windows(5).enumerate().any(|(at, bytes)| {
            let old = bytes[0] == 0x0f && (0x54..=0x57).contains(&bytes[1]) && bytes[2] < 0xc0;
            let new = bytes[0] == 0xc5 && (0x54..=0x57).contains(&bytes[2]) && bytes[3] < 0xc0;
            let long = bytes[0] == 0xc4 && (0x54..=0x57).contains(&bytes[3]);
            old || new || long && code[at + 4] < 0xc0
        });
        assert!(!reads_memory, "{name}: {code:02x?}");
    }
}
