//! Components of two guests: the host calls the first, which calls the second through an adapter, which calls the host.
//! All three functions have one random type. Honest guests pass on what they get, hostile ones make up everything.

pub(crate) mod setting;

pub(crate) mod value;

pub(crate) mod text;

pub(crate) mod guest;

pub(crate) mod component;

pub(crate) mod echo;

pub(crate) mod hostile;
