//! Defects that a review found.

use interfuse::component::Component;
use interfuse::runtime::{Config, Engine, ErrorKind};

fn engine() -> Engine {
    Engine::new(&Config::new()).unwrap()
}

fn component(engine: &Engine, text: &str) -> Component {
    Component::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

#[test]
fn instances_that_are_nested_too_deep_are_refused() {
    let mut text = String::from("(component (instance $i0)");
    for i in 1..30_000 {
        let inner = i - 1;
        text += &format!(r#"(instance $i{i} (export "a" (instance $i{inner})))"#);
    }
    text += ")";
    let bytes = wat::parse_str(&text).unwrap();
    let error = Component::new(&engine(), &bytes).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Compile);
}
