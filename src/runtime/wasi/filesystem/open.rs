//! Opening files and folders.

use std::sync::Arc;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, OpenOptions};

use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::filesystem::descriptor::{Descriptor, Done, OpenFile};
use crate::runtime::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use crate::runtime::wasi::folder::{DirPerms, FilePerms, Folder};

/// Opens what a path in a folder leads to.
pub(in crate::runtime::wasi) fn open(
    folder: &Folder,
    path_flags: PathFlags,
    path: &str,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> Done<Descriptor> {
    check_perms(folder, open_flags, flags)?;
    let creates = open_flags.contains(OpenFlags::CREATE);
    let truncates = open_flags.contains(OpenFlags::TRUNCATE);
    let is_exclusive = open_flags.contains(OpenFlags::EXCLUSIVE);
    let wants_folder = open_flags.contains(OpenFlags::DIRECTORY);
    if wants_folder && (creates || is_exclusive || truncates) {
        return Err(ErrorCode::Invalid.into());
    }
    let (reads, writes) = (
        flags.contains(DescriptorFlags::READ),
        flags.contains(DescriptorFlags::WRITE),
    );
    let opens_to_write = writes || creates || truncates;
    let follow = path_flags.contains(PathFlags::SYMLINK_FOLLOW);
    let mut options = OpenOptions::new();
    options
        // Whoever does not write reads, also what is made or emptied by that.
        .read(reads || !writes)
        .write(opens_to_write)
        .truncate(truncates)
        .follow(if follow {
            FollowSymlinks::Yes
        } else {
            FollowSymlinks::No
        })
        .sync(flags.contains(DescriptorFlags::FILE_INTEGRITY_SYNC))
        .dsync(flags.contains(DescriptorFlags::DATA_INTEGRITY_SYNC))
        // Nobody shall wait until somebody opens the other end of a pipe.
        .nonblock(true);
    if creates && is_exclusive {
        options.create_new(true);
    } else {
        options.create(creates);
    }
    let file = match folder
        .dir
        .open_with(path, &options)
        .map_err(ErrorCode::from)
    {
        // A link that is not followed is no folder, which matters more than that it is a link.
        Err(ErrorCode::Loop) if wants_folder && !follow && is_link(folder, path) => {
            return Err(ErrorCode::NotDirectory.into());
        }
        result => result?,
    };
    if file.metadata()?.is_dir() {
        return Ok(Descriptor::Folder(Folder {
            dir: Arc::new(Dir::from_std_file(file.into_std())),
            dir_perms: folder.dir_perms,
            file_perms: folder.file_perms,
        }));
    }
    if wants_folder {
        return Err(ErrorCode::NotDirectory.into());
    }
    let mut perms = FilePerms::empty();
    if reads || !writes {
        perms.insert(FilePerms::READ);
    }
    if writes {
        perms.insert(FilePerms::WRITE);
    }
    Ok(Descriptor::File(OpenFile {
        file: Arc::new(file),
        perms: perms & folder.file_perms,
        folder_perms: folder.file_perms,
    }))
}

/// Makes sure that a guest may open something in a folder in some way.
fn check_perms(folder: &Folder, open_flags: OpenFlags, flags: DescriptorFlags) -> Done<()> {
    let changes_folder =
        open_flags.contains(OpenFlags::CREATE) || flags.contains(DescriptorFlags::MUTATE_DIRECTORY);
    if changes_folder && !folder.dir_perms.contains(DirPerms::MUTATE) {
        return Err(ErrorCode::ReadOnly.into());
    }
    let writes = open_flags.contains(OpenFlags::TRUNCATE) || flags.contains(DescriptorFlags::WRITE);
    if writes && !folder.file_perms.contains(FilePerms::WRITE) {
        return Err(ErrorCode::ReadOnly.into());
    }
    let reads = flags.contains(DescriptorFlags::READ);
    let wants_folder = open_flags.contains(OpenFlags::DIRECTORY);
    if reads && !wants_folder && !folder.file_perms.contains(FilePerms::READ) {
        return Err(ErrorCode::NotPermitted.into());
    }
    Ok(())
}

fn is_link(folder: &Folder, path: &str) -> bool {
    let metadata = folder.dir.symlink_metadata(path);
    metadata.is_ok_and(|it| it.is_symlink())
}
