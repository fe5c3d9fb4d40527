//! Tests of what passes between the host and a guest that is made up.

mod fake;

mod convert;

mod round_trip;

mod typed;

mod table;

mod hostile;

mod list;

mod text;
