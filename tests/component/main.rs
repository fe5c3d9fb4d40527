//! Components on the runtime, through what the library makes public.

mod setting;

mod allocator;

mod call;

mod handles;

mod import;

mod instances;

mod leave;

mod link;

mod poison;

mod resource;

mod review;

mod script;

mod zoo;
