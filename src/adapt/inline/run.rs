//! The loop over the initializers of all instances.

use indexmap::IndexMap;

use crate::adapt::inline::canon::CanonDef;
use crate::adapt::inline::def::{BundleItem, Def, InstanceDef};
use crate::adapt::inline::error::Limits;
use crate::adapt::inline::frame::Frame;
use crate::adapt::inline::inliner::{Inliner, Result};
use crate::adapt::inline::live::retain_live;
use crate::adapt::inline::resolve::Env;
use crate::adapt::plan::{CoreModule, Plan};
use crate::adapt::translate::Translation;
use crate::adapt::translate::translation::Initializer;
use crate::adapt::types::Label;

/// Instantiates a component symbolically: the result says everything that happens at run time, with every name
/// resolved.
///
/// # Errors
///
/// Fails if the plan would be larger than the limits allow, and for no other reason.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{Config, Limits, inline, translate};
///
/// let translation = translate(&Config::default(), b"\0asm\x0d\0\x01\0")?;
/// let plan = inline(&translation, Limits::default())?;
/// assert_eq!(plan.component_instances.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inline(translation: &Translation, limits: Limits) -> Result<Plan> {
    let mut inliner = Inliner::new(translation, limits);
    let name = translation.components[translation.root]
        .name
        .as_deref()
        .unwrap_or("root");
    let instance = inliner.component_instance(translation.root, None, name)?;
    let root = Frame::new(translation.root, instance, IndexMap::new(), [].into());
    let exports = inliner.run(root)?;
    let exports = inliner.export_root(exports)?;
    let mut plan = inliner.plan;
    plan.exports = exports;
    plan.types = inliner.resolver.finish();
    retain_live(&mut plan);
    Ok(plan)
}

impl<'a> Inliner<'a> {
    /// Runs the frame of the root, and every other that comes into being; returns what the root exports.
    fn run(&mut self, root: Frame<'a>) -> Result<IndexMap<Label, BundleItem>> {
        let mut frame = root;
        let mut callers = Vec::new();
        self.envs.push(Env::default());
        loop {
            if let Some(callee) = self.run_until_instance(&mut frame)? {
                callers.push(std::mem::replace(&mut frame, callee));
                self.envs.push(Env::default());
                continue;
            }
            // The root's meanings of resources are those of its imports, which are looked at to the end.
            let Some(caller) = callers.pop() else {
                return Ok(frame.exports);
            };
            self.envs.pop();
            let exports = std::mem::replace(&mut frame, caller).exports;
            let instance = self.defs.instances.push(InstanceDef::Bundle(exports));
            frame.instances.push(instance);
            self.bind(frame.awaited, Def::Instance(instance))?;
        }
    }

    /// Runs a frame to its end, or to the next component it instantiates: returns the frame of that.
    // tidy: dispatch
    fn run_until_instance(&mut self, frame: &mut Frame<'a>) -> Result<Option<Frame<'a>>> {
        let translation = self.translation;
        let component = &translation.components[frame.component];
        while let Some(initializer) = component.initializers.get(frame.next) {
            frame.next += 1;
            self.budget.steps(1)?;
            match initializer {
                Initializer::Import {
                    name,
                    kind,
                    resources,
                } => {
                    self.import(frame, name, *kind, resources)?;
                }
                Initializer::Resource { resource, dtor } => {
                    self.define_resource(frame, *resource, *dtor);
                }
                Initializer::Module(id) => {
                    frame.modules.push(CoreModule::Static(*id));
                }
                Initializer::Component {
                    component,
                    captures,
                } => {
                    self.define_component(frame, *component, captures)?;
                }
                Initializer::Outer(item) => Self::alias_outer(frame, *item),
                Initializer::InstantiateModule { module, args } => {
                    self.instantiate_module(frame, *module, args)?;
                }
                Initializer::CoreBundle(items) => self.core_bundle(frame, items)?,
                Initializer::InstantiateComponent {
                    component,
                    args,
                    resources,
                } => {
                    frame.awaited = resources;
                    return self
                        .instantiate_component(frame, *component, args)
                        .map(Some);
                }
                Initializer::Bundle(items) => self.bundle(frame, items)?,
                Initializer::AliasCoreExport {
                    instance,
                    kind,
                    name,
                } => {
                    self.alias_core_export(frame, *instance, *kind, name);
                }
                Initializer::AliasExport { instance, name, .. } => {
                    self.alias_export(frame, *instance, name)?;
                }
                Initializer::Lift {
                    name,
                    callee,
                    signature,
                    ty,
                    options,
                } => {
                    let (signature, ty) = (*signature, *ty);
                    self.lift(
                        frame,
                        *callee,
                        &CanonDef {
                            name,
                            signature,
                            ty,
                            options,
                        },
                    )?;
                }
                Initializer::Lower {
                    name,
                    func,
                    signature,
                    ty,
                    options,
                } => {
                    let (signature, ty) = (*signature, *ty);
                    self.lower(
                        frame,
                        *func,
                        &CanonDef {
                            name,
                            signature,
                            ty,
                            options,
                        },
                    )?;
                }
                Initializer::ResourceBuiltin { op, resource } => {
                    self.resource_builtin(frame, *op, *resource);
                }
                Initializer::Export {
                    name,
                    item,
                    resources,
                } => {
                    self.add_export(frame, name, item, resources)?;
                }
            }
        }
        Ok(None)
    }
}
