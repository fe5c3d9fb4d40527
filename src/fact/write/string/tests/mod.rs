//! Helpers run on an interpreter and are compared with a naive reading of the spec.

mod oracle;

mod machine;

mod case;

mod pairs;

mod malformed;

mod hostile;

mod random;

mod size;
