//! An image whose code is in memory, ready to run in any number of stores.

use std::borrow::Cow;
use std::io;
use std::iter;
use std::mem;
use std::ops::Range;
use std::slice;
use std::sync::{Arc, OnceLock};

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::runtime::bulk::span::Span;
use crate::runtime::image::{
    Bulk, CodeRange, ConstOp, ContextShape, Externals, FuncSite, Image, InlineSite, InstancePlan,
    MemorySite, Trampolines,
};
use crate::runtime::index::{
    ElementId, FuncRefId, InlineSiteId, InstanceId, OwnMemoryId, SignatureSlot,
};
use crate::runtime::trap::TrapKind;
use crate::runtime::types::MemoryType;
use crate::runtime::vm::address::{self, to_usize};
use crate::runtime::vm::contents::DataFile;
use crate::runtime::vm::context::Contexts;
use crate::runtime::vm::decoded::{Decoded, Reference};
use crate::runtime::vm::held::HeldByAll;
use crate::runtime::vm::layout::ContextLayout;
use crate::runtime::vm::mmap::{Mapping, PAGE_BYTES};
use crate::runtime::vm::registry::{self, Registration};
use crate::runtime::vm::signature::{SignatureId, Signatures};
use crate::runtime::vm::slots::Slots;

/// How many bytes of a memory that is left to the next instance stay in memory at most (ours: clearing them takes less than
/// getting them back from the system).
const KEPT_BYTES_MAX: usize = 16 * PAGE_BYTES;

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
    data_file: Option<DataFile>,
    slots: PrimaryMap<InstanceId, PrimaryMap<OwnMemoryId, Arc<Slots>>>,
    decoded: PrimaryMap<InstanceId, Decoded>,
    held: OnceLock<HeldByAll>,
    contexts: Contexts,
}

impl Code {
    /// Maps the code of an image, whose signatures get the numbers they have in `signatures`, and writes its data to a
    /// file if memories map them.
    pub(in crate::runtime) fn new(
        mut image: Image,
        signatures: &Arc<Signatures>,
    ) -> io::Result<Code> {
        let bytes = mem::take(&mut image.bulk.code);
        let mapping = Mapping::of_code(&bytes)?;
        let mut data_file = None;
        if image.instances.values().any(|it| !it.contents.is_empty()) {
            let (file, data) = DataFile::write(&image.bulk.data)?;
            image.bulk.data = data;
            data_file = Some(file);
        }
        Ok(Code::of_mapping(
            image,
            (mapping, bytes.len()),
            data_file,
            signatures,
        ))
    }

    /// Makes one of an image without its code, its code, of some length, and the file that memories map.
    pub(in crate::runtime::vm) fn of_mapping(
        image: Image,
        (mapping, len_bytes): (Mapping, usize),
        data_file: Option<DataFile>,
        signatures: &Arc<Signatures>,
    ) -> Code {
        let start = mapping.start().addr().get();
        let registration = (len_bytes > 0).then(|| registry::register(start..start + len_bytes));
        let ids = image.signatures.values();
        Code {
            slots: image.instances.iter().map(slots_of).collect(),
            decoded: image.instances.values().map(Decoded::new).collect(),
            held: OnceLock::new(),
            contexts: Contexts::default(),
            _registration: registration,
            mapping,
            len_bytes,
            layout: ContextLayout::new(&image.shape),
            signature_ids: ids.map(|it| signatures.intern(&it.ty)).collect(),
            signatures: Arc::clone(signatures),
            data_file,
            image,
        }
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
            bulk: trampolines.bulk,
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

    /// Returns the address of the entry for functions of a type, by the number of that, if there is one.
    pub(in crate::runtime) fn entry(&self, signature: u64) -> Option<usize> {
        let ids = self.signature_ids.iter();
        let mut slots = ids.filter(|(_, id)| id.number() == signature);
        let entry = slots.find_map(|(slot, _)| self.image.signatures[slot].entry)?;
        Some(self.address(entry))
    }

    /// Returns the number of a signature.
    pub(in crate::runtime) fn signature_id(&self, slot: SignatureSlot) -> SignatureId {
        self.signature_ids[slot]
    }

    /// Returns the file that memories map.
    pub(in crate::runtime) fn data_file(&self) -> Option<&DataFile> {
        self.data_file.as_ref()
    }

    /// Returns where a memory of an instance leaves its address space.
    pub(in crate::runtime) fn slots(&self, instance: InstanceId, id: OwnMemoryId) -> &Arc<Slots> {
        &self.slots[instance][id]
    }

    /// Returns the bytes of a data segment.
    pub(in crate::runtime) fn data(&self, bytes: Span<u8>) -> &[u8] {
        self.image.bulk.data.at(bytes).unwrap_or_default()
    }

    /// Returns the contexts that groups left.
    pub(in crate::runtime::vm) fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// Returns the references of an instance to functions from outside.
    pub(in crate::runtime::vm) fn external_references(
        &self,
        instance: InstanceId,
    ) -> &[(FuncRefId, Reference)] {
        let references = || self.references(instance);
        self.decoded[instance].external(references)
    }

    /// Returns the references of an instance, by their ids.
    pub(in crate::runtime::vm) fn references(&self, instance: InstanceId) -> &[Reference] {
        let of = |id, site| match site {
            FuncSite::External(external) => Reference::External(external),
            FuncSite::Code(offset, slot) => Reference::Own {
                code: address::to_u64(self.address(offset)),
                signature: self.signature_id(slot).number(),
                offset: self.layout.func_ref(instance, id),
            },
        };
        self.decoded[instance].references(&self.image, instance, of)
    }

    /// Returns the references in an element segment of an instance that consists of these functions.
    pub(in crate::runtime::vm) fn segment(
        &self,
        instance: InstanceId,
        id: ElementId,
        funcs: Span<FuncRefId>,
    ) -> &[Reference] {
        let references = || self.references(instance);
        self.decoded[instance].segment(&self.image, id, funcs, references)
    }

    /// Returns what tables hold at first.
    pub(in crate::runtime::vm) fn held(&self) -> &HeldByAll {
        let references = |instance| self.references(instance);
        self.held
            .get_or_init(|| HeldByAll::new(&self.image, references))
    }

    /// Returns what a reference of an instance points to.
    pub(in crate::runtime) fn func_site(&self, instance: InstanceId, id: FuncRefId) -> FuncSite {
        self.image.func_site(instance, id)
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
        let traps = &self.image.bulk.traps;
        let found = traps.get(traps.partition_point(|site| site.offset < offset))?;
        (found.offset == offset).then_some(found.kind)
    }

    /// Returns the functions that an instruction that traps or calls belongs to: those that were put into others come before
    /// these.
    pub(in crate::runtime) fn functions_at(&self, offset: u32) -> Vec<CodeRange> {
        let Some(outermost) = self.function_at(offset) else {
            return Vec::new();
        };
        let Bulk {
            functions,
            inline_sites,
            inline_stretches: stretches,
            ..
        } = &self.image.bulk;
        let after = stretches.partition_point(|stretch| stretch.start <= offset);
        let stretch = after.checked_sub(1).and_then(|it| stretches.get(it));
        let stretch = stretch.filter(|stretch| stretch.start >= outermost.start);
        let innermost = stretch.and_then(|stretch| stretch.site);
        let read = |site: InlineSiteId| Some((site, inline_sites.get(site.index())?));
        let sites = iter::successors(innermost.and_then(read), |(id, site)| {
            // Places come before those in their code: this ends, whatever is in the table.
            site.parent.filter(|parent| parent < id).and_then(read)
        });
        let position = |(_, site): (_, InlineSite)| to_usize(site.function.into());
        let inlined = sites.filter_map(|site| functions.get(position(site)));
        inlined.chain([outermost]).collect()
    }

    /// Returns the function that an offset lies in.
    fn function_at(&self, offset: u32) -> Option<CodeRange> {
        let functions = &self.image.bulk.functions;
        let after = functions.partition_point(|function| function.start <= offset);
        let function = functions.get(after.checked_sub(1)?)?;
        (offset.checked_sub(function.start)? < function.len).then_some(function)
    }

    /// Returns every function, in the order of offsets: its place, its name, and the name of its instance, if it has one.
    pub(in crate::runtime) fn functions(
        &self,
    ) -> impl Iterator<Item = (CodeRange, Cow<'_, str>, Option<&str>)> {
        self.image.bulk.functions.iter().map(|function| {
            let instance = function.origin.map(|(instance, _)| instance);
            let plan = instance.and_then(|instance| self.image.instances.get(instance));
            let name = self.image.bulk.name(function);
            (function, name, plan.map(|plan| &*plan.name))
        })
    }
}

fn slots_of((id, plan): (InstanceId, &InstancePlan)) -> PrimaryMap<OwnMemoryId, Arc<Slots>> {
    let slots = |(memory, ty): (OwnMemoryId, &MemoryType)| {
        let holds_contents = plan.contents.iter().any(|it| it.memory == memory);
        let kept = match holds_contents {
            true => None,
            false => written_pages(plan, MemorySite::Own(id, memory)),
        };
        // What is in no memory of the first size is not written either.
        let most = ty.limits.min.checked_shl(ty.page_size_log2.into());
        let kept = kept.filter(|kept| most.is_some_and(|most| address::to_u64(kept.end) <= most));
        Arc::new(Slots::new(holds_contents, kept.unwrap_or_default()))
    };
    plan.memories.iter().map(slots).collect()
}

/// Returns the pages that hold what an instance copies to a memory when it is made, if they are known and few.
fn written_pages(plan: &InstancePlan, memory: MemorySite) -> Option<Range<usize>> {
    let mut pages: Option<Range<usize>> = None;
    for segment in &plan.data {
        let Some((site, offset)) = &segment.active else {
            continue;
        };
        if *site != memory {
            continue;
        }
        let [ConstOp::I32(start)] = *offset.ops else {
            return None;
        };
        let start = usize::try_from(start.cast_unsigned()).ok()?;
        let end = start.checked_add(segment.bytes.len())?;
        let (start, end) = (
            start / PAGE_BYTES * PAGE_BYTES,
            end.next_multiple_of(PAGE_BYTES),
        );
        let known = pages.unwrap_or(start..end);
        pages = Some(known.start.min(start)..known.end.max(end));
    }
    pages.filter(|pages| pages.len() <= KEPT_BYTES_MAX)
}
