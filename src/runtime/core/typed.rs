//! Functions with types that Rust knows.

use std::marker::PhantomData;

use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::core::val::Func;
use crate::runtime::engine::ONLY;
use crate::runtime::error::{BoxError, Error};
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::state::Callee;
use crate::runtime::vm::store::StoreMut;

mod sealed {
    pub trait Sealed {}
}

/// A type of Rust that is one of core WebAssembly. Unsigned integers are the same as signed ones, a vector is `u128`.
pub trait WasmTy: Copy + Send + Sync + sealed::Sealed + 'static {
    /// The type.
    #[doc(hidden)]
    const TYPE: ValType;

    #[doc(hidden)]
    fn write_raw(self, raw: &mut RawValue);

    #[doc(hidden)]
    fn from_raw(raw: RawValue) -> Self;
}

macro_rules! wasm_types {
    ($($ty:ty, $name:ident, $set:ident, $to:ident, $value:ident => $into:expr, $bits:ident => $out:expr;)*) => {
        $(
            impl sealed::Sealed for $ty {}

            impl WasmTy for $ty {
                const TYPE: ValType = ValType::$name;

                #[inline]
                fn write_raw(self, raw: &mut RawValue) {
                    let $value = self;
                    raw.$set($into);
                }

                #[inline]
                fn from_raw(raw: RawValue) -> Self {
                    let $bits = raw.$to();
                    $out
                }
            }
        )*
    };
}

wasm_types! {
    i32, I32, set_u32, as_u32, it => it.cast_unsigned(), bits => bits.cast_signed();
    u32, I32, set_u32, as_u32, it => it, bits => bits;
    i64, I64, set_u64, as_u64, it => it.cast_unsigned(), bits => bits.cast_signed();
    u64, I64, set_u64, as_u64, it => it, bits => bits;
    f32, F32, set_u32, as_u32, it => it.to_bits(), bits => f32::from_bits(bits);
    f64, F64, set_u64, as_u64, it => it.to_bits(), bits => f64::from_bits(bits);
    u128, V128, set_u128, as_u128, it => it, bits => bits;
}

/// Parameters of a function: a type of WebAssembly, or a tuple of up to 16 of them.
pub trait WasmParams: sealed::Sealed + 'static {
    /// An array of as many values.
    #[doc(hidden)]
    type Values: AsMut<[RawValue]>;

    #[doc(hidden)]
    const ZEROS: Self::Values;

    #[doc(hidden)]
    fn types() -> Box<[ValType]>;

    #[doc(hidden)]
    fn write(self, values: &mut [RawValue]);
}

/// Results of a function: a type of WebAssembly, or a tuple of up to 16 of them.
pub trait WasmResults: sealed::Sealed + Sized + 'static {
    /// An array of as many values.
    #[doc(hidden)]
    type Values: AsMut<[RawValue]>;

    #[doc(hidden)]
    const ZEROS: Self::Values;

    #[doc(hidden)]
    fn types() -> Box<[ValType]>;

    #[doc(hidden)]
    fn read(values: &[RawValue]) -> Self;

    #[doc(hidden)]
    fn write_results(self, values: &mut [RawValue]);
}

impl<V: WasmTy> WasmParams for V {
    type Values = [RawValue; 1];

    const ZEROS: Self::Values = [RawValue::ZERO];

    fn types() -> Box<[ValType]> {
        Box::new([V::TYPE])
    }

    #[inline]
    fn write(self, values: &mut [RawValue]) {
        self.write_raw(&mut values[0]);
    }
}

impl<V: WasmTy> WasmResults for V {
    type Values = [RawValue; 1];

    const ZEROS: Self::Values = [RawValue::ZERO];

    fn types() -> Box<[ValType]> {
        Box::new([V::TYPE])
    }

    #[inline]
    fn read(values: &[RawValue]) -> V {
        V::from_raw(values[0])
    }

    #[inline]
    fn write_results(self, values: &mut [RawValue]) {
        self.write_raw(&mut values[0]);
    }
}

macro_rules! tuples {
    ($($name:ident $value:ident)+) => {
        impl<$($name: WasmTy),+> sealed::Sealed for ($($name,)+) {}

        impl<$($name: WasmTy),+> WasmParams for ($($name,)+) {
            type Values = [RawValue; [$(stringify!($name)),+].len()];

            const ZEROS: Self::Values = [RawValue::ZERO; [$(stringify!($name)),+].len()];

            fn types() -> Box<[ValType]> {
                Box::new([$($name::TYPE),+])
            }

            #[inline]
            fn write(self, values: &mut [RawValue]) {
                let ($($value,)+) = self;
                let mut values = values.iter_mut();
                $( $value.write_raw(values.next().expect("there is room")); )+
            }
        }

        impl<$($name: WasmTy),+> WasmResults for ($($name,)+) {
            type Values = [RawValue; [$(stringify!($name)),+].len()];

            const ZEROS: Self::Values = [RawValue::ZERO; [$(stringify!($name)),+].len()];

            fn types() -> Box<[ValType]> {
                Box::new([$($name::TYPE),+])
            }

            #[inline]
            fn read(values: &[RawValue]) -> Self {
                let mut values = values.iter();
                ($( $name::from_raw(*values.next().expect("there is a value")), )+)
            }

            #[inline]
            fn write_results(self, values: &mut [RawValue]) {
                WasmParams::write(self, values);
            }
        }
    };
}

impl sealed::Sealed for () {}

impl WasmParams for () {
    type Values = [RawValue; 0];

    const ZEROS: Self::Values = [];

    fn types() -> Box<[ValType]> {
        Box::new([])
    }

    #[inline]
    fn write(self, _: &mut [RawValue]) {}
}

impl WasmResults for () {
    type Values = [RawValue; 0];

    const ZEROS: Self::Values = [];

    fn types() -> Box<[ValType]> {
        Box::new([])
    }

    #[inline]
    fn read(_: &[RawValue]) {}

    #[inline]
    fn write_results(self, _: &mut [RawValue]) {}
}

macro_rules! closures {
    ($($name:ident $value:ident)*) => {
        impl<T, Ret, Fun, $($name: WasmTy),*> IntoFunc<T, ($($name,)*), Ret> for Fun
        where
            T: 'static,
            Ret: HostResults,
            Fun: Fn(StoreContextMut<'_, T>, $($name),*) -> Ret + Send + Sync + 'static,
        {
            fn ty() -> FuncType {
                FuncType {
                    params: <($($name,)*) as WasmParams>::types(),
                    results: <Ret::Results as WasmResults>::types(),
                }
            }

            #[inline]
            fn run(
                &self,
                store: StoreContextMut<'_, T>,
                values: &mut [RawValue],
            ) -> Result<(), Error> {
                let ($($value,)*) = <($($name,)*) as WasmResults>::read(values);
                self(store, $($value),*).into_results()?.write_results(values);
                Ok(())
            }
        }
    };
}

/// What a function of the host may return: results, or a `Result` of them.
pub trait HostResults: 'static {
    #[doc(hidden)]
    type Results: WasmResults;

    #[doc(hidden)]
    fn into_results(self) -> Result<Self::Results, Error>;
}

impl<R: WasmResults> HostResults for R {
    type Results = R;

    #[inline]
    fn into_results(self) -> Result<R, Error> {
        Ok(self)
    }
}

impl<R: WasmResults, E: Into<BoxError> + 'static> HostResults for Result<R, E> {
    type Results = R;

    #[inline]
    fn into_results(self) -> Result<R, Error> {
        self.map_err(|error| Error::host(error.into()))
    }
}

/// A closure that can be a function of the host: it takes a [`StoreContextMut`] and up to 16 values.
pub trait IntoFunc<T: 'static, P, R>: Send + Sync + 'static {
    #[doc(hidden)]
    fn ty() -> FuncType;

    #[doc(hidden)]
    fn run(&self, store: StoreContextMut<'_, T>, values: &mut [RawValue]) -> Result<(), Error>;
}

closures! {}
tuples! { A a }
closures! { A a }
tuples! { A a B b }
closures! { A a B b }
tuples! { A a B b C c }
closures! { A a B b C c }
tuples! { A a B b C c D d }
closures! { A a B b C c D d }
tuples! { A a B b C c D d E e }
closures! { A a B b C c D d E e }
tuples! { A a B b C c D d E e F f }
closures! { A a B b C c D d E e F f }
tuples! { A a B b C c D d E e F f G g }
closures! { A a B b C c D d E e F f G g }
tuples! { A a B b C c D d E e F f G g H h }
closures! { A a B b C c D d E e F f G g H h }
tuples! { A a B b C c D d E e F f G g H h I i }
closures! { A a B b C c D d E e F f G g H h I i }
tuples! { A a B b C c D d E e F f G g H h I i J j }
closures! { A a B b C c D d E e F f G g H h I i J j }
tuples! { A a B b C c D d E e F f G g H h I i J j K k }
closures! { A a B b C c D d E e F f G g H h I i J j K k }
tuples! { A a B b C c D d E e F f G g H h I i J j K k L l }
closures! { A a B b C c D d E e F f G g H h I i J j K k L l }
tuples! { A a B b C c D d E e F f G g H h I i J j K k L l M m }
closures! { A a B b C c D d E e F f G g H h I i J j K k L l M m }
tuples! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n }
closures! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n }
tuples! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n O o }
closures! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n O o }
tuples! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n O o Q q }
closures! { A a B b C c D d E e F f G g H h I i J j K k L l M m N n O o Q q }

/// A function with types that Rust knows, which makes calling it fast.
pub struct TypedFunc<P, R> {
    func: Func,
    callee: Callee,
    types: PhantomData<fn(P) -> R>,
}

impl Func {
    /// Makes a function of the host of a closure that takes a [`StoreContextMut`] and up to 16 values, and returns values
    /// or a `Result` of them. An error goes through the guests that called it to the host that called them.
    ///
    /// # Errors
    ///
    /// Fails if the code that guests call it by cannot be made.
    pub fn wrap<C: AsContextMut, P, R, F: IntoFunc<C::Data, P, R>>(
        mut store: C,
        func: F,
    ) -> Result<Func, Error> {
        let mut store = store.as_context_mut();
        let engine = store.engine().clone();
        let code = engine.trampolines(&F::ty())?;
        let run = move |raw: StoreMut<'_, C::Data>, values: &mut [RawValue]| {
            let store = StoreContextMut::new(&engine, raw);
            func.run(store, values).map_err(Error::into_failure)
        };
        Ok(Func(store.raw().new_func(&code, ONLY, run)))
    }

    /// Returns the function with types that Rust knows.
    ///
    /// # Errors
    ///
    /// Fails if it has other types.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store.
    pub fn typed<P: WasmParams, R: WasmResults>(
        self,
        mut store: impl AsContextMut,
    ) -> Result<TypedFunc<P, R>, Error> {
        let mut store = store.as_context_mut();
        let found = store.objects().func_type(self.0);
        let expected = FuncType {
            params: P::types(),
            results: R::types(),
        };
        if *found != expected {
            return Err(Error::call(format!(
                "the function has type {found}, not {expected}"
            )));
        }
        let id = self.with_entry(&mut store, &found)?;
        let callee = store.objects().callee(id);
        Ok(TypedFunc {
            func: self,
            callee: callee.expect("there is an entry for its type"),
            types: PhantomData,
        })
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Returns the function without its types.
    pub fn func(&self) -> Func {
        self.func
    }

    /// Calls it.
    ///
    /// # Errors
    ///
    /// Fails if it traps, or if a function of the host that it calls fails.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store, or with what a function of the host panics with.
    // What a guest may change is saved by who calls this, once for all calls of a loop.
    #[inline(always)]
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R, Error> {
        let mut store = store.as_context_mut();
        // Which array is longer is known when this is compiled.
        if size_of::<P::Values>() >= size_of::<R::Values>() {
            let mut values = P::ZEROS;
            self.call_with(&mut store, params, values.as_mut())
        } else {
            let mut values = R::ZEROS;
            self.call_with(&mut store, params, values.as_mut())
        }
    }

    /// Calls it with room for parameters and results.
    #[inline(always)]
    fn call_with<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        params: P,
        values: &mut [RawValue],
    ) -> Result<R, Error> {
        params.write(values);
        store.raw().call(&self.callee, values)?;
        Ok(R::read(values))
    }
}
