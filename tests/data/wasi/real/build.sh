#!/bin/sh
# Builds `real.wasm` from the sources beside this file. It was made with these tools:
#
# - clang-21 and lld-21 1:21.1.8-14, libclang-rt-21-dev-wasm32 1:21.1.8-14, wasi-libc 0.0~git20260423.161b319-2: packages of
#   Debian (sid, November 2026). The library has what a program of WASI 0.2 needs, sockets too, in its `wasm32-wasip2`.
# - wasm-component-ld 0.5.31, what clang calls to link a component: `cargo install wasm-component-ld`.
#
# Debian has the builtins of the compiler where clang does not look for those of this target, so they are named here.
set -eu
cd "$(dirname "$0")"
clang-21 --target=wasm32-wasip2 -Oz -s -Wall -Wextra -nodefaultlibs \
    main.c process.c files.c folders.c sockets.c any.c direct.c direct_wasi.c \
    -lc /usr/lib/llvm-21/lib/clang/21/lib/wasi/libclang_rt.builtins-wasm32.a -o real.wasm
