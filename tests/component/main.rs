//! Components on the runtime, through what the library makes public.

mod call;

mod instances;

mod link;

mod resource;

mod script;

mod zoo;
