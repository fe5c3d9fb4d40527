//! Components on the runtime, through what the library makes public.

mod call;

mod handles;

mod instances;

mod leave;

mod link;

mod resource;

mod script;

mod zoo;
