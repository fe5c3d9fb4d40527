//! An image whose code is in memory, ready to run in any number of stores.

use std::io;
use std::iter;
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::runtime::image::{CodeRange, ContextShape, Externals, Image, Inlined, Trampolines};
use crate::runtime::index::{InstanceId, OwnMemoryId, SignatureSlot};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::address;
use crate::runtime::vm::contents::Contents;
use crate::runtime::vm::layout::ContextLayout;
use crate::runtime::vm::mmap::Mapping;
use crate::runtime::vm::registry::{self, Registration};
use crate::runtime::vm::signature::{SignatureId, Signatures};

/// An image whose code is in memory.
///
/// The image is trusted: what it says of its code holds. That is where the safe part of the crate and this part meet: only
/// the code generator makes images.
pub(in crate::runtime) struct Code {
    // Before the mapping, so that a handler never sees a range that something else may be mapped to.
    _registration: Option<Registration>,
    mapping: Mapping,
    len_bytes: usize,
    image: Image,
    layout: ContextLayout,
    signature_ids: PrimaryMap<SignatureSlot, SignatureId>,
    signatures: Arc<Signatures>,
    contents: PrimaryMap<InstanceId, PrimaryMap<OwnMemoryId, Option<Contents>>>,
}

impl Code {
    /// Maps the code of an image, whose signatures get the numbers they have in `signatures`.
    pub(in crate::runtime) fn new(
        mut image: Image,
        signatures: &Arc<Signatures>,
    ) -> io::Result<Code> {
        let bytes = std::mem::take(&mut image.code);
        let mapping = Mapping::of_code(&bytes)?;
        Code::of_mapping(image, mapping, bytes.len(), signatures)
    }

    /// Makes one of an image without its code, and its code, of some length.
    pub(in crate::runtime::vm) fn of_mapping(
        image: Image,
        mapping: Mapping,
        len_bytes: usize,
        signatures: &Arc<Signatures>,
    ) -> io::Result<Code> {
        let start = mapping.start().addr().get();
        let registration = (len_bytes > 0).then(|| registry::register(start..start + len_bytes));
        let ids = image.signatures.values();
        let mut contents = PrimaryMap::with_capacity(image.instances.len());
        for (id, plan) in &image.instances {
            contents.push(Contents::of_instance(id, plan)?);
        }
        Ok(Code {
            _registration: registration,
            mapping,
            len_bytes,
            layout: ContextLayout::new(&image.shape),
            signature_ids: ids.map(|it| signatures.intern(&it.ty)).collect(),
            signatures: Arc::clone(signatures),
            contents,
            image,
        })
    }

    /// Maps an entry and an exit. Their signature is the first one.
    pub(in crate::runtime) fn of_trampolines(
        trampolines: Trampolines,
        signatures: &Arc<Signatures>,
    ) -> io::Result<Code> {
        let shape = ContextShape {
            signatures: 1,
            ..ContextShape::default()
        };
        let image = Image {
            code: trampolines.code,
            functions: trampolines.functions,
            traps: trampolines.traps,
            inlined: Inlined::default(),
            shape,
            signatures: [trampolines.signature].into_iter().collect(),
            externals: Externals::default(),
            instances: PrimaryMap::new(),
        };
        Code::new(image, signatures)
    }

    /// Returns the machine code.
    pub(in crate::runtime) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping is readable and at least as long; nobody writes to it as long as it is there.
        unsafe { slice::from_raw_parts(self.mapping.start().as_ptr(), self.len_bytes) }
    }

    /// Returns the image, without its code.
    pub(in crate::runtime) fn image(&self) -> &Image {
        &self.image
    }

    /// Returns where everything lies in a context.
    pub(in crate::runtime) fn layout(&self) -> &ContextLayout {
        &self.layout
    }

    /// Returns the signatures that the numbers in [`signature_id`](Code::signature_id) are from.
    pub(in crate::runtime) fn signatures(&self) -> &Arc<Signatures> {
        &self.signatures
    }

    /// Returns the number of a signature.
    pub(in crate::runtime) fn signature_id(&self, slot: SignatureSlot) -> SignatureId {
        self.signature_ids[slot]
    }

    /// Returns what active data segments write to memories that an instance defines before anything can fail.
    pub(in crate::runtime) fn contents(
        &self,
        instance: InstanceId,
    ) -> &PrimaryMap<OwnMemoryId, Option<Contents>> {
        &self.contents[instance]
    }

    /// Returns the addresses of the code.
    pub(in crate::runtime) fn range(&self) -> Range<usize> {
        let start = self.mapping.start().addr().get();
        start..start + self.len_bytes
    }

    /// Returns the address of the instruction at an offset.
    pub(in crate::runtime) fn address(&self, offset: u32) -> usize {
        let offset = usize::try_from(offset).expect("a usize has 32 bits or more");
        assert!(offset < self.len_bytes, "{offset} of {}", self.len_bytes);
        self.mapping.start().addr().get() + offset
    }

    /// Returns the offset of an address in the code.
    pub(in crate::runtime) fn offset(&self, address: usize) -> u32 {
        let offset = address - self.mapping.start().addr().get();
        u32::try_from(offset).expect("offsets in an image have 32 bits")
    }

    /// Returns why the instruction at an offset traps, if it is one that does. Neither locks nor allocates.
    pub(in crate::runtime) fn trap_at(&self, offset: u32) -> Option<TrapKind> {
        let traps = &self.image.traps;
        let found = traps.binary_search_by_key(&offset, |site| site.offset);
        found.ok().map(|position| traps[position].kind)
    }

    /// Returns the functions that an instruction that traps or calls belongs to, by their positions in the image: those that
    /// were put into others come before these.
    pub(in crate::runtime) fn functions_at(&self, offset: u32) -> Vec<usize> {
        let Image {
            functions, inlined, ..
        } = &self.image;
        let after = functions.partition_point(|function| function.start <= offset);
        let Some(outermost) = after.checked_sub(1) else {
            return Vec::new();
        };
        let CodeRange { start, len, .. } = functions[outermost];
        if offset - start >= len {
            return Vec::new();
        }
        let stretches = &inlined.stretches;
        let after = stretches.partition_point(|stretch| stretch.start <= offset);
        let stretch = after.checked_sub(1).map(|before| stretches[before]);
        let stretch = stretch.filter(|stretch| stretch.start >= start);
        let innermost = stretch.and_then(|stretch| stretch.site.expand());
        let sites = iter::successors(innermost, |site| inlined.sites[*site].parent.expand());
        let functions = sites.map(|site| inlined.sites[site].function);
        let functions = functions.map(|function| address::to_usize(function.into()));
        functions.chain([outermost]).collect()
    }
}
