//! The tree below a register's layout, flattened to leaf fields.
//!
//! A field with a `subnode` is that node at the field's place. Of a union the members exist under a condition: a
//! selector field of the parent has their value, or an expression holds that is kept as it stands.
//!
//! Must not do: evaluate expressions, or unfold more than a register can have.

use std::collections::BTreeMap;

use mlx5_schemas::catalog::{Condition, Field};
use roxmltree::Node;

use super::fields::{access, address, bit_count, numbers, value_names};
use crate::catalog::notes::plain;

/// Deepest nesting.
const MAX_DEPTH: u32 = 12;
/// Most fields and elements that are looked at in one file; 4.36's takes some 20,000.
pub(super) const MAX_STEPS: u32 = 1_000_000;
/// What the tables say of a field that names no other node.
const NO_SUBNODE: &str = "enum_entry";
/// How expressions and selectors name the node around them.
const PARENT: &str = "$(parent).";

type Nodes<'a, 'x> = BTreeMap<&'a str, Node<'a, 'x>>;
type Outcome<T> = Result<T, String>;

/// One walk over one register.
pub(super) struct Walk<'w, 'a, 'x> {
    nodes: &'w Nodes<'a, 'x>,
    fields: Vec<Field>,
    /// How many more steps the file may cost.
    steps: &'w mut u32,
}

/// Where in the register the walk is.
#[derive(Clone)]
struct Place {
    /// First bit of the node.
    base: u32,
    /// Path of the node, empty at the top.
    path: String,
    conditions: Vec<Condition>,
    /// Elements, bits from one to the next, number of the first.
    array: Option<(u32, u32, u32)>,
    depth: u32,
}

impl Place {
    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

impl<'w, 'a, 'x> Walk<'w, 'a, 'x> {
    pub(super) fn over(nodes: &'w Nodes<'a, 'x>, steps: &'w mut u32) -> Self {
        Self { nodes, fields: Vec::new(), steps }
    }

    fn step(&mut self, count: u32) -> Outcome<()> {
        match self.steps.checked_sub(count) {
            Some(left) => {
                *self.steps = left;
                Ok(())
            }
            None => Err("the file unfolds without end".to_owned()),
        }
    }

    /// The leaf fields, ordered by place and path.
    ///
    /// # Errors
    /// In words, where the layout is one that a catalog cannot hold.
    pub(super) fn fields(mut self, layout: Node<'a, 'x>) -> Outcome<Vec<Field>> {
        let top = Place { base: 0, path: String::new(), conditions: Vec::new(), array: None, depth: 0 };
        if is_union(layout) {
            self.union(layout, &top, None)?;
        } else {
            self.node(layout, &top)?;
        }
        self.fields
            .sort_by(|left, right| (left.bit_offset, &left.path).cmp(&(right.bit_offset, &right.path)));
        Ok(self.fields)
    }

    fn node(&mut self, node: Node<'a, 'x>, place: &Place) -> Outcome<()> {
        for field in node.children().filter(|child| child.has_tag_name("field")) {
            self.field(node, field, place)?;
        }
        Ok(())
    }

    /// Members of a union. `selector` is the field of the parent that chooses, with its path and named values.
    fn union(
        &mut self,
        union: Node<'a, 'x>,
        place: &Place,
        selector: Option<(&str, &BTreeMap<&str, u64>)>,
    ) -> Outcome<()> {
        let parent = place.path.rsplit_once('.').map(|(above, _)| format!("{above}.")).unwrap_or_default();
        for member in union.children().filter(|child| child.has_tag_name("field")) {
            let chosen_by = member.attribute("selected_by");
            let value = chosen_by.and_then(|name| selector?.1.get(name).copied());
            let condition = match (selector, chosen_by, value, member.attribute("condition")) {
                (Some((path, _)), Some(_), Some(value), _) => {
                    Condition::Equals { selector: path.to_owned(), value }
                }
                (Some((path, _)), Some(name), None, _) => {
                    return Err(format!("{path} has no value {name:?}"));
                }
                (None, _, _, Some(text)) | (Some(_), None, _, Some(text)) => {
                    Condition::Unevaluated { expression: text.replace(PARENT, &parent) }
                }
                (_, _, _, None) => Condition::Unevaluated { expression: String::new() },
            };
            let mut inside = place.clone();
            inside.conditions.push(condition);
            self.field(union, member, &inside)?;
        }
        Ok(())
    }

    fn field(&mut self, node: Node<'a, 'x>, field: Node<'a, 'x>, place: &Place) -> Outcome<()> {
        self.step(1)?;
        if place.depth > MAX_DEPTH {
            return Err("its layout is nested too deeply".to_owned());
        }
        let name =
            field.attribute("name").and_then(plain).filter(|name| !name.contains(['[', ']', '=', ';']));
        let name = name.ok_or("a field has no name that a path can have")?;
        let out_of_range = || format!("{name} has no place");
        let size = bit_count(field.attribute("size")).filter(|size| *size > 0).ok_or_else(out_of_range)?;
        let start = bit_count(field.attribute("offset")).ok_or_else(out_of_range)?;
        let node_bits = bit_count(node.attribute("size")).ok_or_else(out_of_range)?;
        let run = run(field, size).ok_or_else(out_of_range)?;
        let width = run.map_or(size, |run| run.width);
        let offset = address(start, width, 0, node_bits).ok_or_else(out_of_range)?;
        let is_array = run.is_some_and(|run| run.count != 1);
        let mut inside = place.clone();
        inside.depth = place.depth.saturating_add(1);
        inside.base = place.base.checked_add(offset).ok_or_else(out_of_range)?;
        inside.path = place.below(&name);
        if let Some(run) = run.filter(|_| is_array) {
            if place.array.is_some() {
                return Err(format!("{name} is an array within an array"));
            }
            // Element by element the rule may jump; a catalog holds only even steps.
            self.step(run.count)?;
            for index in 0..run.count {
                let even = width.checked_mul(index).and_then(|skip| offset.checked_add(skip));
                if address(start, width, index, node_bits) != even {
                    return Err(format!("the elements of {name} do not follow one another"));
                }
            }
            inside.path.push_str("[]");
            inside.array = Some((run.count, width, run.first));
        }
        match field.attribute("subnode").filter(|subnode| *subnode != NO_SUBNODE) {
            Some(subnode) => self.subnode(node, field, subnode, place, &inside),
            None => self.leaf(field, inside, width),
        }
    }

    fn subnode(
        &mut self,
        node: Node<'a, 'x>,
        field: Node<'a, 'x>,
        subnode: &str,
        around: &Place,
        inside: &Place,
    ) -> Outcome<()> {
        let child =
            self.nodes.get(subnode).copied().ok_or_else(|| format!("there is no node {subnode:?}"))?;
        if !is_union(child) {
            return self.node(child, inside);
        }
        let Some(selector) = field.attribute("union_selector") else {
            return self.union(child, inside, None);
        };
        let selector = selector.replace(PARENT, "");
        let chooser = node.children().find(|other| other.attribute("name") == Some(&selector));
        let values = chooser.and_then(|field| field.attribute("enum")).unwrap_or_default();
        self.union(child, inside, Some((&around.below(&selector), &numbers(values).collect())))
    }

    fn leaf(&mut self, field: Node<'a, 'x>, place: Place, width: u32) -> Outcome<()> {
        let access = access(field.attribute("access"))
            .ok_or_else(|| format!("{} is set by nobody that is known", place.path))?;
        let names = value_names(field.attribute("enum").unwrap_or_default(), width, place.array.is_some());
        self.fields.push(Field {
            path: place.path,
            bit_offset: place.base,
            bit_width: width,
            access,
            array: place.array.map(|(count, step, _)| (count, step)),
            first_element: place.array.map_or(0, |(_, _, first)| first),
            enumeration: names,
            conditions: place.conditions,
        });
        Ok(())
    }
}

fn is_union(node: Node<'_, '_>) -> bool {
    node.attribute("attr_is_union") == Some("1")
}

/// Elements of a field that has bounds.
#[derive(Clone, Copy)]
struct Run {
    /// 0: known only at run time.
    count: u32,
    /// Bits of an element.
    width: u32,
    first: u32,
}

/// The elements of a field; `None` inside where it has no bounds, outside where they make no sense.
fn run(field: Node<'_, '_>, size: u32) -> Option<Option<Run>> {
    let Some(high) = field.attribute("high_bound") else { return Some(None) };
    let first: u32 = field.attribute("low_bound").map_or(Some(0), |low| low.parse().ok())?;
    if high == "VARIABLE" {
        return Some(Some(Run { count: 0, width: size, first }));
    }
    let count = high.parse::<u32>().ok()?.checked_sub(first)?.checked_add(1)?;
    let width = size.checked_div(count).filter(|width| *width > 0)?;
    Some(Some(Run { count, width, first }))
}
