//! The library as its users call it.

mod component;

mod inline;

mod supply;
