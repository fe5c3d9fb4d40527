//! `wasi:filesystem/types`, the functions of descriptors that take no path.

use std::num::NonZeroU64;

use cap_fs_ext::DirExt;
use cap_std::fs::MetadataExt;
use rustix::buffer::spare_capacity;
use rustix::fs::{Advice as SystemAdvice, OFlags, fadvise, fcntl_getfl};
use rustix::io::{pread, pwrite};

use crate::runtime::component::Resource;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::file::{CHUNK_BYTES, FileInputStream, FileOutputStream, again, share};
use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::filesystem::descriptor::{Descriptor, Done, OpenFile};
use crate::runtime::wasi::filesystem::stream::{FileReader, FileWriter, Place};
use crate::runtime::wasi::filesystem::time::{of_path, on_file};
use crate::runtime::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, MetadataHash, NewTimestamp,
};
use crate::runtime::wasi::folder::{DirPerms, FilePerms};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::stream::{DynInput, DynOutput};

/// A descriptor.
type Handle = Resource<Descriptor>;

/// Defines the functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    interface: &mut Interface<'_, T>,
) -> Result<(), Error> {
    interface.fallible("[method]descriptor.read-via-stream", read_via_stream)?;
    interface.fallible("[method]descriptor.write-via-stream", write_via_stream)?;
    interface.fallible("[method]descriptor.append-via-stream", append_via_stream)?;
    interface.fallible("[method]descriptor.advise", advise)?;
    interface.fallible("[method]descriptor.sync-data", sync_data)?;
    interface.fallible("[method]descriptor.sync", sync)?;
    interface.fallible("[method]descriptor.get-flags", get_flags)?;
    interface.fallible("[method]descriptor.get-type", get_type)?;
    interface.fallible("[method]descriptor.set-size", set_size)?;
    interface.fallible("[method]descriptor.set-times", set_times)?;
    interface.fallible("[method]descriptor.read", read)?;
    interface.fallible("[method]descriptor.write", write)?;
    interface.fallible("[method]descriptor.stat", stat)?;
    interface.func("[method]descriptor.is-same-object", is_same_object)?;
    interface.fallible("[method]descriptor.metadata-hash", metadata_hash)
}

fn read_via_stream(
    view: WasiCtxView<'_>,
    (file, offset): (Handle, u64),
) -> Done<Resource<DynInput>> {
    let file = OpenFile::of(view.table, &file)?.readable()?.file;
    let stream: DynInput = if file.metadata()?.is_file() {
        Box::new(FileReader::new(file, offset))
    } else {
        Box::new(FileInputStream::new(share(&*file)?))
    };
    Ok(view.table.push(stream)?)
}

fn write_via_stream(
    view: WasiCtxView<'_>,
    (file, offset): (Handle, u64),
) -> Done<Resource<DynOutput>> {
    write_stream(view, &file, Place::At(offset))
}

fn append_via_stream(view: WasiCtxView<'_>, (file,): (Handle,)) -> Done<Resource<DynOutput>> {
    write_stream(view, &file, Place::End)
}

fn write_stream(view: WasiCtxView<'_>, file: &Handle, place: Place) -> Done<Resource<DynOutput>> {
    let file = OpenFile::to_write(view.table, file)?.file;
    let stream = if file.metadata()?.is_file() {
        DynOutput::new(Box::new(FileWriter::new(file, place)))
    } else {
        DynOutput::new(Box::new(FileOutputStream::new(share(&*file)?)))
    };
    Ok(view.table.push(stream)?)
}

fn advise(
    view: WasiCtxView<'_>,
    (file, offset, len, advice): (Handle, u64, u64, Advice),
) -> Done<()> {
    let file = OpenFile::of(view.table, &file)?.file;
    let advice = match advice {
        Advice::Normal => SystemAdvice::Normal,
        Advice::Sequential => SystemAdvice::Sequential,
        Advice::Random => SystemAdvice::Random,
        Advice::WillNeed => SystemAdvice::WillNeed,
        Advice::DontNeed => SystemAdvice::DontNeed,
        Advice::NoReuse => SystemAdvice::NoReuse,
    };
    Ok(fadvise(&*file, offset, NonZeroU64::new(len), advice)?)
}

fn sync_data(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<()> {
    match Descriptor::of(view.table, &descriptor)? {
        Descriptor::File(it) => Ok(it.file.sync_data()?),
        Descriptor::Folder(it) => Ok(it.file()?.sync_data()?),
    }
}

fn sync(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<()> {
    match Descriptor::of(view.table, &descriptor)? {
        Descriptor::File(it) => Ok(it.file.sync_all()?),
        Descriptor::Folder(it) => Ok(it.file()?.sync_all()?),
    }
}

fn get_flags(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<DescriptorFlags> {
    let mut flags = DescriptorFlags::empty();
    match Descriptor::of(view.table, &descriptor)? {
        Descriptor::File(it) => {
            let system = fcntl_getfl(&*it.file)?;
            for (is_set, flag) in [
                (it.perms.contains(FilePerms::READ), DescriptorFlags::READ),
                (it.perms.contains(FilePerms::WRITE), DescriptorFlags::WRITE),
                // The flag for data is part of that for everything.
                (
                    system.contains(OFlags::SYNC),
                    DescriptorFlags::FILE_INTEGRITY_SYNC,
                ),
                (
                    system.contains(OFlags::DSYNC),
                    DescriptorFlags::DATA_INTEGRITY_SYNC,
                ),
            ] {
                if is_set {
                    flags.insert(flag);
                }
            }
        }
        Descriptor::Folder(it) => {
            if it.dir_perms.contains(DirPerms::READ) {
                flags.insert(DescriptorFlags::READ);
            }
            if it.dir_perms.contains(DirPerms::MUTATE) {
                flags.insert(DescriptorFlags::MUTATE_DIRECTORY);
            }
        }
    }
    Ok(flags)
}

fn get_type(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<DescriptorType> {
    match Descriptor::of(view.table, &descriptor)? {
        Descriptor::File(it) => Ok(it.file.metadata()?.file_type().into()),
        Descriptor::Folder(_) => Ok(DescriptorType::Directory),
    }
}

fn set_size(view: WasiCtxView<'_>, (file, size): (Handle, u64)) -> Done<()> {
    match Descriptor::of(view.table, &file)? {
        Descriptor::File(it) if it.perms.contains(FilePerms::WRITE) => Ok(it.file.set_len(size)?),
        // The system says this of both, and not that there is no such file.
        Descriptor::File(_) | Descriptor::Folder(_) => Err(ErrorCode::Invalid.into()),
    }
}

fn set_times(
    view: WasiCtxView<'_>,
    (descriptor, accessed, modified): (Handle, NewTimestamp, NewTimestamp),
) -> Done<()> {
    match Descriptor::of(view.table, &descriptor)? {
        // It need not be open to write for that.
        Descriptor::File(it) if it.folder_perms.contains(FilePerms::WRITE) => {
            on_file(&it.file, accessed, modified)
        }
        Descriptor::File(_) => Err(ErrorCode::ReadOnly.into()),
        Descriptor::Folder(it) => {
            let (accessed, modified) = (of_path(accessed)?, of_path(modified)?);
            Ok(it.mutable()?.dir.set_times(".", accessed, modified)?)
        }
    }
}

fn read(view: WasiCtxView<'_>, (file, len, offset): (Handle, u64, u64)) -> Done<(Vec<u8>, bool)> {
    let file = OpenFile::of(view.table, &file)?.readable()?.file;
    let len = usize::try_from(len).expect("a usize has 64 bits");
    let mut bytes = Vec::with_capacity(len.min(CHUNK_BYTES));
    if len == 0 {
        return Ok((bytes, false));
    }
    let count = again(|| pread(&*file, spare_capacity(&mut bytes), offset))?;
    Ok((bytes, count == 0))
}

fn write(view: WasiCtxView<'_>, (file, bytes, offset): (Handle, Vec<u8>, u64)) -> Done<u64> {
    let file = OpenFile::to_write(view.table, &file)?.file;
    let count = again(|| pwrite(&*file, &bytes, offset))?;
    Ok(u64::try_from(count).expect("a usize has 64 bits"))
}

fn stat(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<DescriptorStat> {
    let metadata = Descriptor::of(view.table, &descriptor)?.metadata()?;
    Ok(DescriptorStat::from(&metadata))
}

fn is_same_object(view: WasiCtxView<'_>, handles: (Handle, Handle)) -> Outcome<bool> {
    let [one, other] = [&handles.0, &handles.1].map(|it| view.table.get(it));
    let (Ok(one), Ok(other)) = (one?.metadata(), other?.metadata()) else {
        return Ok(false);
    };
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

fn metadata_hash(view: WasiCtxView<'_>, (descriptor,): (Handle,)) -> Done<MetadataHash> {
    let metadata = Descriptor::of(view.table, &descriptor)?.metadata()?;
    Ok(MetadataHash::from(&metadata))
}
