//! The types of values of `wasi:filesystem/types`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use cap_fs_ext::FileTypeExt;
use cap_std::fs::{FileType, Metadata, MetadataExt};

use crate::runtime::component::typed::declare::{enumeration, flags, record, variant};
use crate::runtime::wasi::clocks::wall_clock::Datetime;

enumeration! {
    /// The enum `descriptor-type`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum DescriptorType {
        Unknown,
        BlockDevice,
        CharacterDevice,
        Directory,
        Fifo,
        SymbolicLink,
        RegularFile,
        Socket,
    }
}

flags! {
    /// The flags `descriptor-flags`.
    pub(in crate::runtime::wasi) struct DescriptorFlags {
        READ,
        WRITE,
        FILE_INTEGRITY_SYNC,
        DATA_INTEGRITY_SYNC,
        REQUESTED_WRITE_SYNC,
        MUTATE_DIRECTORY,
    }
}

record! {
    /// The record `descriptor-stat`.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::runtime::wasi) struct DescriptorStat {
        "type" => kind: DescriptorType,
        link_count: u64,
        size: u64,
        data_access_timestamp: Option<Datetime>,
        data_modification_timestamp: Option<Datetime>,
        status_change_timestamp: Option<Datetime>,
    }
}

flags! {
    /// The flags `path-flags`.
    pub(in crate::runtime::wasi) struct PathFlags {
        SYMLINK_FOLLOW,
    }
}

flags! {
    /// The flags `open-flags`.
    pub(in crate::runtime::wasi) struct OpenFlags {
        CREATE,
        DIRECTORY,
        EXCLUSIVE,
        TRUNCATE,
    }
}

variant! {
    /// The variant `new-timestamp`.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::runtime::wasi) enum NewTimestamp {
        NoChange,
        Now,
        Timestamp(Datetime),
    }
}

record! {
    /// The record `directory-entry`.
    #[derive(Clone, Debug)]
    pub(in crate::runtime::wasi) struct DirectoryEntry {
        "type" => pub(in crate::runtime::wasi) kind: DescriptorType,
        pub(in crate::runtime::wasi) name: String,
    }
}

enumeration! {
    /// The enum `advice`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum Advice {
        Normal,
        Sequential,
        Random,
        WillNeed,
        DontNeed,
        NoReuse,
    }
}

record! {
    /// The record `metadata-hash-value`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) struct MetadataHash {
        lower: u64,
        upper: u64,
    }
}

impl From<FileType> for DescriptorType {
    fn from(ty: FileType) -> DescriptorType {
        if ty.is_file() {
            DescriptorType::RegularFile
        } else if ty.is_dir() {
            DescriptorType::Directory
        } else if ty.is_symlink() {
            DescriptorType::SymbolicLink
        } else if ty.is_block_device() {
            DescriptorType::BlockDevice
        } else if ty.is_char_device() {
            DescriptorType::CharacterDevice
        } else if ty.is_fifo() {
            DescriptorType::Fifo
        } else if ty.is_socket() {
            DescriptorType::Socket
        } else {
            DescriptorType::Unknown
        }
    }
}

impl From<&Metadata> for DescriptorStat {
    fn from(metadata: &Metadata) -> DescriptorStat {
        let (accessed, modified, changed) = (
            datetime(metadata.atime(), metadata.atime_nsec()),
            datetime(metadata.mtime(), metadata.mtime_nsec()),
            datetime(metadata.ctime(), metadata.ctime_nsec()),
        );
        DescriptorStat {
            kind: metadata.file_type().into(),
            link_count: metadata.nlink(),
            size: metadata.len(),
            data_access_timestamp: accessed,
            data_modification_timestamp: modified,
            status_change_timestamp: changed,
        }
    }
}

/// Returns a time, if it is not before 1970: WASI knows no such.
fn datetime(seconds: i64, nanoseconds: i64) -> Option<Datetime> {
    Some(Datetime {
        seconds: seconds.try_into().ok()?,
        nanoseconds: nanoseconds.try_into().ok()?,
    })
}

impl Datetime {
    /// Returns the time since 1970, if there is so much.
    pub(in crate::runtime::wasi) fn since_1970(self) -> Option<Duration> {
        let nanos = Duration::from_nanos(self.nanoseconds.into());
        Duration::from_secs(self.seconds).checked_add(nanos)
    }
}

impl From<&Metadata> for MetadataHash {
    /// Returns the hash of what a file is, not of what is in it: programs take it for the number of the file.
    fn from(metadata: &Metadata) -> MetadataHash {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, metadata.dev(), metadata.ino()).hash(&mut hasher);
            hasher.finish()
        };
        MetadataHash {
            lower: half(0),
            upper: half(1),
        }
    }
}
