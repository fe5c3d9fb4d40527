//! Times of files.

use std::io;

use cap_fs_ext::{DirExt, OpenOptionsSyncExt, SystemTimeSpec};
use cap_std::fs::{Dir, File, OpenOptions};
use cap_std::time::SystemTime;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};
use rustix::io::Errno;

use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::filesystem::descriptor::Done;
use crate::runtime::wasi::filesystem::types::NewTimestamp;

/// Returns what a time of a file shall be: nothing if it shall stay.
pub(in crate::runtime::wasi) fn of_path(time: NewTimestamp) -> Done<Option<SystemTimeSpec>> {
    match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(SystemTimeSpec::SymbolicNow)),
        NewTimestamp::Timestamp(time) => {
            let duration = time.since_1970();
            let epoch = SystemTime::from_std(std::time::UNIX_EPOCH);
            let time = duration.and_then(|it| epoch.checked_add(it));
            Ok(Some(SystemTimeSpec::Absolute(
                time.ok_or(ErrorCode::Overflow)?,
            )))
        }
    }
}

/// Sets the times of an open file.
pub(in crate::runtime::wasi) fn on_file(
    file: &File,
    accessed: NewTimestamp,
    modified: NewTimestamp,
) -> Done<()> {
    let times = Timestamps {
        last_access: timespec(accessed)?,
        last_modification: timespec(modified)?,
    };
    Ok(futimens(file, &times)?)
}

/// Sets the times of what a path leads to.
pub(in crate::runtime::wasi) fn on_followed(
    dir: &Dir,
    path: &str,
    accessed: NewTimestamp,
    modified: NewTimestamp,
) -> Done<()> {
    // The sandbox opens it, too, but would wait until somebody opens the other end of a pipe.
    let mut options = OpenOptions::new();
    let mut opened = dir.open_with(path, options.read(true).nonblock(true));
    if is_refused(&opened) {
        opened = dir.open_with(path, options.read(false).write(true));
    }
    if is_refused(&opened) {
        return Ok(dir.set_times(path, of_path(accessed)?, of_path(modified)?)?);
    }
    on_file(&opened?, accessed, modified)
}

fn is_refused(opened: &io::Result<File>) -> bool {
    let error = opened.as_ref().err().and_then(Errno::from_io_error);
    error == Some(Errno::ACCESS)
}

fn timespec(time: NewTimestamp) -> Done<Timespec> {
    let special = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    match time {
        NewTimestamp::NoChange => Ok(special(UTIME_OMIT)),
        NewTimestamp::Now => Ok(special(UTIME_NOW)),
        NewTimestamp::Timestamp(time) => {
            let time = time.since_1970().ok_or(ErrorCode::Overflow)?;
            let seconds = time.as_secs().try_into();
            Ok(Timespec {
                tv_sec: seconds.map_err(|_| ErrorCode::Overflow)?,
                tv_nsec: time.subsec_nanos().into(),
            })
        }
    }
}
