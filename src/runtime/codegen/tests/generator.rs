//! A panic of the code generator ends a function, not more.

use crate::runtime::codegen::generator::Generator;
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::trampoline::Crossing;
use crate::runtime::types::{FuncType, ValType};

#[test]
fn panics_become_errors() {
    let target = Target::host().expect("tests run on a machine that code is for");
    let mut generator = Generator::new(&target);
    let ty = FuncType {
        params: [ValType::I32].into(),
        results: [ValType::F64].into(),
    };
    let before = Crossing::Exit
        .compile(&mut generator, &ty)
        .expect("it can be compiled");
    for text in ["index 7 is beyond 3", "no rule for this"] {
        let broken = |generator: &mut Generator<'_>| -> Result<(), String> {
            let (func, translator, _) = generator.parts();
            func.stack_limit = None;
            translator.context();
            panic!("{text}");
        };
        assert_eq!(
            generator.guarded(broken, |message| message),
            Err(text.to_owned())
        );
    }
    let after = Crossing::Exit
        .compile(&mut generator, &ty)
        .expect("it can be compiled");
    assert_eq!(before.code, after.code);
}
