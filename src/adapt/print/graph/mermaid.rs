//! A plan and its partition in Mermaid's language.

use std::fmt::{self, Write};

use crate::adapt::partition::Partition;
use crate::adapt::plan::Plan;
use crate::adapt::print::escape;
use crate::adapt::print::graph::build::build;
use crate::adapt::print::graph::model::{Edge, EdgeKind, Graph, Node, NodeId, NodeKind};
use crate::adapt::print::table::nested;
use crate::adapt::print::tree::{self, Visit};

/// Returns a plan and its partition as a flowchart for Mermaid, with the same content as
/// [`plan_dot`](crate::adapt::plan_dot).
///
/// Mermaid refuses charts of more than 500 edges unless it is told otherwise (`maxEdges`).
pub fn plan_mermaid(plan: &Plan, partition: &Partition) -> String {
    let mut text = String::new();
    write(&mut text, plan, partition).expect("a string takes all that is written to it");
    text
}

fn write(out: &mut String, plan: &Plan, partition: &Partition) -> fmt::Result {
    let graph = build(plan, partition);
    writeln!(out, "flowchart LR")?;
    writeln!(out, "  classDef import fill:#fff3d6")?;
    writeln!(out, "  classDef export fill:#ddf4dd")?;
    for (id, node) in graph.nodes(None) {
        write_node(out, 1, id, node)?;
    }
    subgraphs(out, plan, &graph)?;
    for (position, edge) in graph.edges(partition).enumerate() {
        write_edge(out, position, &edge)?;
    }
    Ok(())
}

fn subgraphs(out: &mut String, plan: &Plan, graph: &Graph) -> fmt::Result {
    let mut level = 1;
    for visit in tree::visits(plan) {
        let id = match visit {
            Visit::Enter(id) => id,
            Visit::Leave(_) => {
                level -= 1;
                writeln!(out, "{}", nested(level, "end"))?;
                continue;
            }
        };
        let name = escape::mermaid(&escape::name(&plan.component_instances[id].name));
        let open = format!("subgraph c{}[\"{name}\"]", id.as_u32());
        writeln!(out, "{}", nested(level, &open))?;
        level += 1;
        for (id, node) in graph.nodes(Some(id)) {
            write_node(out, level, id, node)?;
        }
    }
    Ok(())
}

fn write_node(out: &mut String, level: usize, id: NodeId, node: &Node) -> fmt::Result {
    let (open, close) = match node.kind {
        NodeKind::CoreInstance => ("[\"", "\"]"),
        NodeKind::Adapter => (">\"", "\"]"),
        NodeKind::Resource => ("[(\"", "\")]"),
        NodeKind::Import => ("([\"", "\"]):::import"),
        NodeKind::Export => ("([\"", "\"]):::export"),
    };
    let text = format!("{}{open}{}{close}", id.key(), label(&node.lines));
    writeln!(out, "{}", nested(level, &text))
}

fn write_edge(out: &mut String, position: usize, edge: &Edge) -> fmt::Result {
    let arrow = match edge.kind {
        EdgeKind::Adapters(_) => "==>",
        EdgeKind::Host | EdgeKind::Core => "-->",
        EdgeKind::Resource | EdgeKind::Export => "-.->",
    };
    let label = match label(&edge.lines) {
        label if label.is_empty() => label,
        label => format!("|\"{label}\"|"),
    };
    let (from, to) = (edge.from.key(), edge.to.key());
    writeln!(out, "  {from} {arrow}{label} {to}")?;
    let color = match edge.kind {
        EdgeKind::Core => Some("#999"),
        _ => edge.color,
    };
    match color {
        Some(color) => writeln!(out, "  linkStyle {position} stroke:{color}"),
        None => Ok(()),
    }
}

fn label(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| escape::mermaid(line)).collect();
    lines.join("<br/>")
}

#[cfg(test)]
mod tests {
    use super::plan_mermaid;
    use crate::adapt::partition::Partition;
    use crate::adapt::plan::Plan;
    use crate::adapt::print::example::{partition, plan};
    use crate::adapt::print::golden::check_golden;

    #[test]
    fn example() {
        check_golden("example.mmd", &plan_mermaid(&plan(), &partition()));
    }

    #[test]
    fn empty_plan_is_an_empty_chart() {
        let text = plan_mermaid(&Plan::default(), &Partition::default());
        assert!(text.starts_with("flowchart LR\n"));
        assert!(!text.contains("subgraph"));
    }
}
