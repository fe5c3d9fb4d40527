//! Random calls: types, values and options, laid out in registers and memory, and made wrong.

pub(crate) mod noise;

pub(crate) mod site;

pub(crate) mod draft;

pub(crate) mod layout;

pub(crate) mod fault;
