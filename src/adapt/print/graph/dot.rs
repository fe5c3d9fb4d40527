//! A plan and its partition in Graphviz's language.

use std::fmt::{self, Write};

use crate::adapt::partition::Partition;
use crate::adapt::plan::Plan;
use crate::adapt::print::escape;
use crate::adapt::print::graph::build::build;
use crate::adapt::print::graph::model::{Edge, EdgeKind, Graph, Node, NodeId, NodeKind};
use crate::adapt::print::table::nested;
use crate::adapt::print::tree::{self, Visit};

/// Returns a plan and its partition as a graph for Graphviz: component instances are clusters, core instances are
/// nodes, adapters are edges from caller to callee in the colour of their stage.
pub fn plan_dot(plan: &Plan, partition: &Partition) -> String {
    let mut text = String::new();
    write(&mut text, plan, partition).expect("a string takes all that is written to it");
    text
}

fn write(out: &mut String, plan: &Plan, partition: &Partition) -> fmt::Result {
    let graph = build(plan, partition);
    writeln!(out, "digraph plan {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  fontname=\"Helvetica\";")?;
    writeln!(out, "  node [shape=box, fontname=\"Helvetica\"];")?;
    writeln!(out, "  edge [fontname=\"Helvetica\", fontsize=10];")?;
    for (id, node) in graph.nodes(None) {
        write_node(out, 1, id, node)?;
    }
    clusters(out, plan, &graph)?;
    for edge in graph.edges(partition) {
        write_edge(out, &edge)?;
    }
    writeln!(out, "}}")
}

fn clusters(out: &mut String, plan: &Plan, graph: &Graph) -> fmt::Result {
    let mut level = 1;
    for visit in tree::visits(plan) {
        let id = match visit {
            Visit::Enter(id) => id,
            Visit::Leave(_) => {
                level -= 1;
                writeln!(out, "{}", nested(level, "}"))?;
                continue;
            }
        };
        let number = id.as_u32();
        let name = escape::dot(&escape::name(&plan.component_instances[id].name));
        let open = format!("subgraph cluster_{number} {{ label=\"{name}\"; style=rounded;");
        writeln!(out, "{}", nested(level, &open))?;
        level += 1;
        if graph.nodes(Some(id)).next().is_none() {
            // A cluster without nodes would not be drawn.
            let point = format!("e{number} [shape=point, style=invis];");
            writeln!(out, "{}", nested(level, &point))?;
        }
        for (id, node) in graph.nodes(Some(id)) {
            write_node(out, level, id, node)?;
        }
    }
    Ok(())
}

fn write_node(out: &mut String, level: usize, id: NodeId, node: &Node) -> fmt::Result {
    let style = match node.kind {
        NodeKind::CoreInstance => "",
        NodeKind::Adapter => ", shape=cds",
        NodeKind::Resource => ", shape=cylinder",
        NodeKind::Import => ", shape=ellipse, style=filled, fillcolor=\"#fff3d6\"",
        NodeKind::Export => ", shape=ellipse, style=filled, fillcolor=\"#ddf4dd\"",
    };
    let label = label(&node.lines);
    let text = format!("{} [label=\"{label}\"{style}];", id.key());
    writeln!(out, "{}", nested(level, &text))
}

fn write_edge(out: &mut String, edge: &Edge) -> fmt::Result {
    let style = match edge.kind {
        EdgeKind::Adapters(_) => ", penwidth=2",
        EdgeKind::Host => "",
        EdgeKind::Core => ", color=gray60, fontcolor=gray40",
        EdgeKind::Resource => ", style=dotted",
        EdgeKind::Export => ", style=dashed",
    };
    let color = edge.color.map_or(String::new(), |color| {
        format!(", color=\"{color}\", fontcolor=\"{color}\"")
    });
    let (from, to) = (edge.from.key(), edge.to.key());
    let label = label(&edge.lines);
    writeln!(out, "  {from} -> {to} [label=\"{label}\"{style}{color}];")
}

fn label(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| escape::dot(line)).collect();
    lines.join("\\n")
}

#[cfg(test)]
mod tests {
    use cranelift_entity::EntityRef;

    use super::plan_dot;
    use crate::adapt::adapter::CoreDef;
    use crate::adapt::index::{AdapterId, CoreInstanceId};
    use crate::adapt::partition::Partition;
    use crate::adapt::plan::Plan;
    use crate::adapt::print::example::{partition, plan};
    use crate::adapt::print::golden::check_golden;

    #[test]
    fn example() {
        check_golden("example.dot", &plan_dot(&plan(), &partition()));
    }

    #[test]
    fn adapter_that_calls_an_adapter_ends_at_a_node_of_its_own() {
        let (mut plan, mut partition) = (plan(), partition());
        let [greet, again] = [0, 2].map(AdapterId::new);
        partition.module_of[again] = partition.module_of[greet];
        plan.core_instances[CoreInstanceId::new(3)].args = vec![CoreDef::Adapter(again)];
        let text = plan_dot(&plan, &partition);
        let node = "n7 [label=\"adapter0\\na.greet → b.greet\", shape=cds];";
        assert!(text.contains(node), "{text}");
        let stage = "label=\"stage 0, adapter-module0";
        assert!(text.contains(&format!("n5 -> n7 [{stage}\\nagain\"")));
        assert!(text.contains(&format!("n7 -> n3 [{stage}\\ngreet\"")));
    }

    #[test]
    fn edge_of_many_names_is_cut() {
        let mut plan = plan();
        let main = &mut plan.core_instances[CoreInstanceId::new(1)];
        main.args = vec![main.args[0].clone(); 1000];
        let text = plan_dot(&plan, &partition());
        assert!(text.contains("\\nmemory\\nand 994 more\""), "{text}");
    }

    #[test]
    fn empty_plan_is_an_empty_graph() {
        let text = plan_dot(&Plan::default(), &Partition::default());
        assert!(text.starts_with("digraph plan {\n"));
        assert!(text.ends_with("}\n"));
    }
}
