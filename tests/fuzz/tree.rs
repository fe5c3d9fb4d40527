//! A component or core module taken apart into sections and items, and put together again with the right lengths.

use anyhow::{Context, Result};
use wasmparser::{FromReader, Parser, Payload, SectionLimited};

/// Id of a component's section that holds core instances.
pub(crate) const CORE_INSTANCE_SECTION: u8 = 2;

/// Id of a component's section that holds a component.
pub(crate) const COMPONENT_SECTION: u8 = 4;

/// Id of a component's section that holds instances.
pub(crate) const INSTANCE_SECTION: u8 = 5;

/// What a component begins with.
pub(crate) const COMPONENT_HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// A component or core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    pub(crate) header: [u8; 8],
    pub(crate) sections: Vec<Section>,
}

/// A section of a component or core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) id: u8,
    pub(crate) body: Body,
}

/// What a section holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Bytes that are not looked into.
    Bytes(Vec<u8>),
    /// Items, which their number precedes.
    Items(Vec<Vec<u8>>),
    /// A nested component or core module.
    Binary(Binary),
}

impl Binary {
    /// Takes a component or core module apart.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Binary> {
        let mut open: Vec<Binary> = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.context("failed to parse")? {
                Payload::Version { range, .. } => open.push(Binary {
                    header: slice(bytes, &range).try_into()?,
                    sections: Vec::new(),
                }),
                Payload::End(_) => {
                    let done = open.pop().context("an end without a beginning")?;
                    let Some(parent) = open.last_mut() else {
                        return Ok(done);
                    };
                    let section = parent.sections.last_mut().context("no section is open")?;
                    section.body = Body::Binary(done);
                }
                payload => {
                    if let Some((id, range)) = payload.as_section() {
                        let body = body(&payload, bytes)?;
                        let body =
                            body.unwrap_or_else(|| Body::Bytes(slice(bytes, &range).to_vec()));
                        let binary = open.last_mut().context("a section without a binary")?;
                        binary.sections.push(Section { id, body });
                    }
                }
            }
        }
        anyhow::bail!("the input ends too early")
    }

    /// Puts it together again.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.header.to_vec();
        for section in &self.sections {
            let body = section.body.encode();
            bytes.push(section.id);
            leb(&mut bytes, body.len());
            bytes.extend(body);
        }
        bytes
    }

    /// Returns whether this is a component.
    pub(crate) fn is_component(&self) -> bool {
        self.header == COMPONENT_HEADER
    }

    /// Returns how many components and modules there are, this one included.
    pub(crate) fn count(&self) -> usize {
        let nested = self.sections.iter().map(|section| match &section.body {
            Body::Binary(binary) => binary.count(),
            Body::Bytes(_) | Body::Items(_) => 0,
        });
        1 + nested.sum::<usize>()
    }

    /// Returns the `n`-th component or module, counted from this one inward.
    pub(crate) fn nth_mut(&mut self, mut n: usize) -> Option<&mut Binary> {
        if n == 0 {
            return Some(self);
        }
        n -= 1;
        for section in &mut self.sections {
            if let Body::Binary(binary) = &mut section.body {
                let count = binary.count();
                if n < count {
                    return binary.nth_mut(n);
                }
                n -= count;
            }
        }
        None
    }
}

impl Body {
    fn encode(&self) -> Vec<u8> {
        match self {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Items(items) => {
                let mut bytes = Vec::new();
                leb(&mut bytes, items.len());
                bytes.extend(items.iter().flatten());
                bytes
            }
            Body::Binary(binary) => binary.encode(),
        }
    }
}

/// Adds a number in LEB128.
pub(crate) fn leb(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits fit") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits fit"));
}

/// Returns part of an input.
pub(crate) fn slice<'a>(bytes: &'a [u8], range: &std::ops::Range<u64>) -> &'a [u8] {
    let at = |offset| usize::try_from(offset).expect("the input is in memory");
    &bytes[at(range.start)..at(range.end)]
}

/// Returns the items of a section, if it is made of items.
fn body(payload: &Payload<'_>, bytes: &[u8]) -> Result<Option<Body>> {
    Ok(Some(match payload {
        Payload::TypeSection(section) => items(section, bytes)?,
        Payload::ImportSection(section) => items(section, bytes)?,
        Payload::FunctionSection(section) => items(section, bytes)?,
        Payload::TableSection(section) => items(section, bytes)?,
        Payload::MemorySection(section) => items(section, bytes)?,
        Payload::TagSection(section) => items(section, bytes)?,
        Payload::GlobalSection(section) => items(section, bytes)?,
        Payload::ExportSection(section) => items(section, bytes)?,
        Payload::ElementSection(section) => items(section, bytes)?,
        Payload::DataSection(section) => items(section, bytes)?,
        Payload::InstanceSection(section) => items(section, bytes)?,
        Payload::CoreTypeSection(section) => items(section, bytes)?,
        Payload::ComponentInstanceSection(section) => items(section, bytes)?,
        Payload::ComponentAliasSection(section) => items(section, bytes)?,
        Payload::ComponentTypeSection(section) => items(section, bytes)?,
        Payload::ComponentCanonicalSection(section) => items(section, bytes)?,
        Payload::ComponentImportSection(section) => items(section, bytes)?,
        Payload::ComponentExportSection(section) => items(section, bytes)?,
        _ => return Ok(None),
    }))
}

fn items<'a, T: FromReader<'a>>(section: &SectionLimited<'a, T>, bytes: &[u8]) -> Result<Body> {
    let mut starts = Vec::new();
    for item in section.clone().into_iter_with_offsets() {
        starts.push(item.context("failed to read an item")?.0);
    }
    let ends = starts.iter().skip(1).copied().chain([section.range().end]);
    let items = starts.iter().zip(ends);
    let items = items.map(|(start, end)| slice(bytes, &(*start..end)).to_vec());
    Ok(Body::Items(items.collect()))
}
