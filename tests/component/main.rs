//! Components on the runtime, through what the library makes public.

mod call;

<<<<<<< ours
mod handles;
=======
mod import;
>>>>>>> theirs

mod instances;

mod leave;

mod link;

mod resource;

mod review;

mod script;

mod zoo;
