//! The enum `error-code` of `wasi:filesystem/types`: what the system says, in the words of WASI.

use std::io;

use rustix::io::Errno;

use crate::runtime::component::typed::declare::enumeration;
use crate::runtime::wasi::interface::Raised;

enumeration! {
    /// The enum `error-code`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum ErrorCode {
        Access,
        WouldBlock,
        Already,
        BadDescriptor,
        Busy,
        Deadlock,
        Quota,
        Exist,
        FileTooLarge,
        IllegalByteSequence,
        InProgress,
        Interrupted,
        Invalid,
        Io,
        IsDirectory,
        Loop,
        TooManyLinks,
        MessageSize,
        NameTooLong,
        NoDevice,
        NoEntry,
        NoLock,
        InsufficientMemory,
        InsufficientSpace,
        NotDirectory,
        NotEmpty,
        NotRecoverable,
        Unsupported,
        NoTty,
        NoSuchDevice,
        Overflow,
        NotPermitted,
        Pipe,
        ReadOnly,
        InvalidSeek,
        TextFileBusy,
        CrossDevice,
    }
}

impl From<&io::Error> for ErrorCode {
    fn from(error: &io::Error) -> ErrorCode {
        match Errno::from_io_error(error) {
            Some(errno) => ErrorCode::from_errno(errno),
            None => ErrorCode::from_kind(error.kind()),
        }
    }
}

impl From<io::Error> for ErrorCode {
    fn from(error: io::Error) -> ErrorCode {
        ErrorCode::from(&error)
    }
}

impl From<ErrorCode> for Raised<ErrorCode> {
    fn from(code: ErrorCode) -> Raised<ErrorCode> {
        Raised::Code(code)
    }
}

impl ErrorCode {
    fn from_errno(errno: Errno) -> ErrorCode {
        match errno {
            Errno::ACCESS => ErrorCode::Access,
            Errno::AGAIN => ErrorCode::WouldBlock,
            Errno::ALREADY => ErrorCode::Already,
            Errno::BADF => ErrorCode::BadDescriptor,
            Errno::BUSY => ErrorCode::Busy,
            Errno::DEADLK => ErrorCode::Deadlock,
            Errno::DQUOT => ErrorCode::Quota,
            Errno::EXIST => ErrorCode::Exist,
            Errno::FBIG => ErrorCode::FileTooLarge,
            Errno::ILSEQ => ErrorCode::IllegalByteSequence,
            Errno::INPROGRESS => ErrorCode::InProgress,
            Errno::INTR => ErrorCode::Interrupted,
            Errno::INVAL => ErrorCode::Invalid,
            Errno::ISDIR => ErrorCode::IsDirectory,
            Errno::LOOP => ErrorCode::Loop,
            Errno::MLINK => ErrorCode::TooManyLinks,
            Errno::MSGSIZE => ErrorCode::MessageSize,
            Errno::NAMETOOLONG => ErrorCode::NameTooLong,
            Errno::NODEV => ErrorCode::NoDevice,
            Errno::NOENT => ErrorCode::NoEntry,
            Errno::NOLCK => ErrorCode::NoLock,
            Errno::NOMEM => ErrorCode::InsufficientMemory,
            Errno::NOSPC => ErrorCode::InsufficientSpace,
            Errno::NOTDIR => ErrorCode::NotDirectory,
            Errno::NOTEMPTY => ErrorCode::NotEmpty,
            Errno::NOTRECOVERABLE => ErrorCode::NotRecoverable,
            Errno::NOTSUP | Errno::NOSYS => ErrorCode::Unsupported,
            Errno::NOTTY => ErrorCode::NoTty,
            Errno::NXIO => ErrorCode::NoSuchDevice,
            Errno::OVERFLOW => ErrorCode::Overflow,
            Errno::PERM => ErrorCode::NotPermitted,
            Errno::PIPE => ErrorCode::Pipe,
            Errno::ROFS => ErrorCode::ReadOnly,
            Errno::SPIPE => ErrorCode::InvalidSeek,
            Errno::TXTBSY => ErrorCode::TextFileBusy,
            Errno::XDEV => ErrorCode::CrossDevice,
            _ => ErrorCode::Io,
        }
    }

    /// Returns the code for an error that is not of the system, but of the sandbox around it.
    fn from_kind(kind: io::ErrorKind) -> ErrorCode {
        match kind {
            // A path leads out of the folder.
            io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
            io::ErrorKind::NotFound => ErrorCode::NoEntry,
            io::ErrorKind::AlreadyExists => ErrorCode::Exist,
            io::ErrorKind::InvalidInput => ErrorCode::Invalid,
            io::ErrorKind::InvalidData => ErrorCode::IllegalByteSequence,
            io::ErrorKind::Unsupported => ErrorCode::Unsupported,
            _ => ErrorCode::Io,
        }
    }
}
