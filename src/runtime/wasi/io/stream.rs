//! What streams are to guests: resources, and why they fail.

use crate::runtime::component::typed::declare::variant;
use crate::runtime::component::{Resource, ResourceTable};
use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::interface::Outcome;
use crate::runtime::wasi::io::error::IoError;
use crate::runtime::wasi::io::poll::Subscribe;
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// The resource `input-stream`.
pub(in crate::runtime::wasi) type DynInput = Box<dyn InputStream>;

/// The resource `output-stream`.
pub(in crate::runtime::wasi) struct DynOutput {
    /// The stream.
    pub(in crate::runtime::wasi) stream: Box<dyn OutputStream>,
    /// How many bytes the guest was allowed to write.
    pub(in crate::runtime::wasi) permit: usize,
}

variant! {
    /// The variant `stream-error`.
    pub(in crate::runtime::wasi) enum Fault {
        LastOperationFailed(Resource<IoError>),
        Closed,
    }
}

/// What a function of a stream returns.
pub(in crate::runtime::wasi) type Answer<T> = Outcome<Result<T, Fault>>;

/// Returns what a guest is told of what a stream said.
pub(in crate::runtime::wasi) fn answer<T>(
    table: &mut ResourceTable,
    result: Result<T, StreamError>,
) -> Answer<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(StreamError::Closed) => Ok(Err(Fault::Closed)),
        Err(StreamError::Failed(error)) => {
            let error = table.push(IoError(error))?;
            Ok(Err(Fault::LastOperationFailed(error)))
        }
        Err(StreamError::Trap(error)) => Err(error),
    }
}

impl DynOutput {
    /// Makes the resource of a stream.
    pub(in crate::runtime::wasi) fn new(stream: Box<dyn OutputStream>) -> DynOutput {
        DynOutput { stream, permit: 0 }
    }

    /// Returns how much can be written, and lets the guest write that.
    pub(in crate::runtime::wasi) fn check_write(&mut self) -> Result<usize, StreamError> {
        self.permit = 0;
        self.permit = self.stream.check_write()?;
        Ok(self.permit)
    }

    /// Writes what the guest was allowed to.
    pub(in crate::runtime::wasi) fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let Some(rest) = self.permit.checked_sub(bytes.len()) else {
            let message = format!(
                "write of {} bytes to a stream that permitted {}",
                bytes.len(),
                self.permit
            );
            return Err(StreamError::Trap(message.into()));
        };
        self.permit = rest;
        self.stream.write(bytes)
    }
}

impl Subscribe for DynInput {
    fn wait(&mut self) -> Wait {
        (**self).wait()
    }
}

impl Subscribe for DynOutput {
    fn wait(&mut self) -> Wait {
        self.stream.wait()
    }
}
