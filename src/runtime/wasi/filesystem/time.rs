//! Times of files.

use cap_fs_ext::SystemTimeSpec;
use cap_std::fs::File;
use cap_std::time::SystemTime;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

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
