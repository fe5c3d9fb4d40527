//! Files in, text out: golden plans, the zoo of real components, and the command as a user runs it.

mod golden;

mod load;

mod plan;

mod zoo;

mod command;

mod adapter;

mod machine;

mod run;

mod running;

mod explain;
