//! The library as its users call it.

mod component;

mod adapter;

mod inline;

mod supply;

mod reentrance;

mod size;

mod spec;

mod resource;

mod interpret;

mod explain;
