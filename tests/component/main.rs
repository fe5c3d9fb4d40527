//! Components on the runtime, through what the library makes public.

mod call;

mod import;

mod instances;

mod link;

mod resource;

mod review;

mod zoo;
