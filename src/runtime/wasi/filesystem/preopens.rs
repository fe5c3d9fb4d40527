//! `wasi:filesystem/preopens`: the folders that a guest begins with.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::filesystem::descriptor::Descriptor;
use crate::runtime::wasi::interface::{Interface, Outcome};

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "filesystem/preopens")?;
    interface.func("get-directories", get_directories)
}

fn get_directories(view: WasiCtxView<'_>, (): ()) -> Outcome<Vec<(Resource<Descriptor>, String)>> {
    let mut folders = Vec::with_capacity(view.ctx.preopens.len());
    for (folder, path) in &view.ctx.preopens {
        let folder = view.table.push(Descriptor::Folder(folder.clone()))?;
        folders.push((folder, path.clone()));
    }
    Ok(folders)
}
