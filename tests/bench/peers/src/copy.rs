//! How fast adapters move data, beside a bare copy of as many bytes.

use anyhow::{Context, Result, ensure};
use interfuse::adapt::{StringEncoding, Types, ValType};
use interfuse::fact::{FactConfig, compile};
use serde::Serialize;
use wasmtime::Engine;

use crate::list::{Element, List};
use crate::sample::{Contender, Settings, medians};
use crate::spec::adapter;
use crate::text::{Encoded, Text, encode, size_of};
use crate::world::{BASE, Loop, World};

/// Sizes of what is sent, in bytes.
pub const SIZES: [usize; 4] = [16, 1 << 10, 1 << 16, 1 << 20];

/// All encodings of strings, and their names.
const ENCODINGS: [(StringEncoding, &str); 3] = [
    (StringEncoding::Utf8, "utf8"),
    (StringEncoding::Utf16, "utf16"),
    (StringEncoding::Latin1OrUtf16, "latin1"),
];

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A list.
    List(Element),
    /// A string, from an encoding to another.
    String(Text, StringEncoding, StringEncoding),
}

/// Something that is sent in some size.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is.
    pub payload: Payload,
    /// The name of its type, with what it holds.
    pub name: String,
    /// Its size in bytes, nearly.
    pub size: usize,
}

/// A case with everything that is timed.
pub struct Prepared {
    world: World,
    copy: Loop,
    with_simd: Loop,
    without_simd: Loop,
    /// The number of bytes that are sent.
    pub bytes: u32,
    length: u32,
}

/// What was measured of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The name of the type, with what is held.
    pub name: String,
    /// Nominal size in bytes.
    pub size: usize,
    /// The number of bytes that are sent.
    pub bytes: u32,
    /// Nanoseconds of a bare copy of as many bytes.
    pub copy_ns: f64,
    /// Nanoseconds of a call.
    pub simd_ns: f64,
    /// Nanoseconds of a call through an adapter without SIMD.
    pub scalar_ns: f64,
    /// What is to be reached.
    pub goal: Option<Goal>,
}

/// What is to be reached, with SIMD.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Goal {
    /// At most so many times the time of the bare copy.
    Ratio(f64),
    /// At least so many bytes per nanosecond, of the source.
    GigabytesPerSecond(f64),
}

impl Row {
    /// Returns how many times the time of the bare copy is taken.
    pub fn ratio(&self) -> f64 {
        self.simd_ns / self.copy_ns
    }

    /// Returns bytes of the source per nanosecond.
    pub fn gigabytes_per_second(&self) -> f64 {
        f64::from(self.bytes) / self.simd_ns
    }

    /// Returns whether the goal is met, if there is one.
    pub fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| match goal {
            Goal::Ratio(most) => self.ratio() <= most,
            Goal::GigabytesPerSecond(least) => self.gigabytes_per_second() >= least,
        })
    }
}

/// Returns all cases.
pub fn cases() -> Vec<Case> {
    let lists = Element::ALL.map(|element| {
        let name = format!("list<{}>", element.name());
        (Payload::List(element), name)
    });
    let mut payloads = lists.to_vec();
    for (from, from_name) in ENCODINGS {
        for (to, to_name) in ENCODINGS {
            payloads.extend(Text::ALL.map(|text| {
                let name = format!("string-{from_name}-{to_name}-{}", text.name());
                (Payload::String(text, from, to), name)
            }));
        }
    }
    let with_sizes = payloads.into_iter().flat_map(|(payload, name)| {
        SIZES.map(|size| Case {
            payload,
            name: name.clone(),
            size,
        })
    });
    with_sizes.collect()
}

/// What is sent, in memory.
enum Data {
    List(List),
    String(Encoded),
}

impl Case {
    /// Returns what is to be reached at the sizes that matter, if anything is.
    fn goal(&self) -> Option<Goal> {
        let is_large = self.size >= 1 << 16;
        let goal = match self.payload {
            Payload::List(element) => Goal::Ratio(match element {
                Element::U8 | Element::U32 | Element::F64 | Element::Pair => 1.15,
                Element::Padded => 1.2,
                Element::Bool | Element::Char | Element::Enum => 2.0,
                Element::Some | Element::Option | Element::Variant => 2.5,
                Element::String => return None,
            }),
            Payload::String(text, from, to) => string_goal(text, from, to)?,
        };
        let of_strings = matches!(self.payload, Payload::String(..));
        (is_large && (!of_strings || self.size == 1 << 20)).then_some(goal)
    }

    fn data(&self) -> Data {
        match self.payload {
            Payload::List(element) => Data::List(element.of_size(self.size)),
            Payload::String(text, from, _) => {
                Data::String(encode(&text.of_size(from, self.size), from))
            }
        }
    }

    /// Makes everything that is timed, and checks what the adapters do.
    ///
    /// # Errors
    ///
    /// Fails if an adapter does something wrong.
    pub fn prepare(&self, engine: &Engine) -> Result<Prepared> {
        let mut world = World::new(engine)?;
        let data = self.data();
        let (bytes, length) = match &data {
            Data::List(list) => (&list.bytes, list.length),
            Data::String(string) => (&string.bytes, string.length),
        };
        world.write(bytes)?;
        let mut drivers = Vec::new();
        for simd in [true, false] {
            let driver = world.driver(&self.compile(simd)?)?;
            world.wipe()?;
            driver.call(&mut world.store, (2, BASE, length))?;
            self.check(&mut world, &data)
                .with_context(|| format!("`{}` of {} bytes, SIMD {simd}", self.name, self.size))?;
            drivers.push(driver);
        }
        let [with_simd, without_simd] = drivers.try_into().ok().context("there are two")?;
        Ok(Prepared {
            copy: world.copier()?,
            bytes: u32::try_from(bytes.len())?,
            world,
            with_simd,
            without_simd,
            length,
        })
    }

    fn compile(&self, simd: bool) -> Result<Vec<u8>> {
        let mut types = Types::default();
        let utf8 = StringEncoding::Utf8;
        let (ty, from, to) = match self.payload {
            Payload::List(element) => (element.define(&mut types)?, utf8, utf8),
            Payload::String(_, from, to) => (ValType::String, from, to),
        };
        let spec = adapter(&mut types, &[ty], from, to);
        Ok(compile(
            &types,
            &[spec],
            &FactConfig {
                simd,
                ..FactConfig::default()
            },
        )?
        .wasm)
    }

    fn check(&self, world: &mut World, data: &Data) -> Result<()> {
        let [pointer, length] = world.taken()?;
        let memory = world.received()?;
        match (self.payload, data) {
            (Payload::List(element), Data::List(list)) => {
                ensure!(length == list.length, "the length is {length}");
                ensure!(element.is_same(list, memory, pointer), "the list differs");
            }
            (Payload::String(text, from, to), _) => {
                let expected = encode(&text.of_size(from, self.size), to);
                ensure!(length == expected.length, "the length is {length}");
                let start = pointer as usize;
                let bytes = &memory[start..start + size_of(length, to)];
                ensure!(bytes == expected.bytes, "the string differs");
            }
            (Payload::List(_), Data::String(_)) => unreachable!("a list is sent as a list"),
        }
        Ok(())
    }

    /// Measures the case.
    ///
    /// # Errors
    ///
    /// As [`Case::prepare`].
    pub fn measure(&self, engine: &Engine, settings: Settings) -> Result<Row> {
        let mut prepared = self.prepare(engine)?;
        let contenders: [Contender<'_, Prepared>; 3] = [
            &Prepared::copy,
            &Prepared::with_simd,
            &Prepared::without_simd,
        ];
        let times = medians(settings, &mut prepared, &contenders)?;
        Ok(Row {
            name: self.name.clone(),
            size: self.size,
            bytes: prepared.bytes,
            copy_ns: times[0],
            simd_ns: times[1],
            scalar_ns: times[2],
            goal: self.goal(),
        })
    }
}

fn string_goal(text: Text, from: StringEncoding, to: StringEncoding) -> Option<Goal> {
    let ascii_or_cjk = |ascii, cjk| match text {
        Text::Ascii => Some(Goal::GigabytesPerSecond(ascii)),
        Text::Cjk => Some(Goal::GigabytesPerSecond(cjk)),
        _ => None,
    };
    match (from, to) {
        // 48 µs where the copy takes 43.
        (StringEncoding::Utf8, StringEncoding::Utf8) if text == Text::Ascii => {
            Some(Goal::Ratio(48.0 / 43.0))
        }
        (StringEncoding::Utf8, StringEncoding::Utf8) => ascii_or_cjk(0.0, 5.0),
        (StringEncoding::Utf8, StringEncoding::Utf16)
        | (StringEncoding::Utf16, StringEncoding::Utf8) => ascii_or_cjk(10.0, 1.5),
        (StringEncoding::Utf16, StringEncoding::Utf16) => Some(Goal::GigabytesPerSecond(12.0)),
        (StringEncoding::Latin1OrUtf16, StringEncoding::Utf8) if text == Text::Latin1 => {
            Some(Goal::GigabytesPerSecond(2.0))
        }
        (StringEncoding::Utf8, StringEncoding::Latin1OrUtf16) if text == Text::Latin1 => {
            Some(Goal::GigabytesPerSecond(1.5))
        }
        _ => None,
    }
}

impl Prepared {
    /// Copies as many bytes as are sent.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn copy(&mut self, count: u32) -> Result<()> {
        Ok(self
            .copy
            .call(&mut self.world.store, (count, BASE, self.bytes))?)
    }

    /// Calls the adapter with SIMD.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn with_simd(&mut self, count: u32) -> Result<()> {
        Ok(self
            .with_simd
            .call(&mut self.world.store, (count, BASE, self.length))?)
    }

    /// Calls the adapter without SIMD.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn without_simd(&mut self, count: u32) -> Result<()> {
        Ok(self
            .without_simd
            .call(&mut self.world.store, (count, BASE, self.length))?)
    }
}
