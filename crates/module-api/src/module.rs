//! A module: what it exports, and how it comes to life.

use crate::binder::Binder;
use crate::function::FunctionExport;
use crate::hooks::Hooks;
use crate::params::{AnyParamSet, ParamSet, ParamValue};
use crate::pvar::PvarExport;
use crate::rpc::RpcExport;
use crate::select::{SelectExport, SelectPath, SelectReader, UnknownStep};
use crate::settings::CoreSettings;
use crate::transformation::TransformationExport;
use catalog::{Catalog, ModuleEntry};
use diagnostics::Diagnostic;
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A loadable module. Its instance belongs to one runtime; a reload makes another.
pub trait Module: Send + Sync + Sized + 'static {
    /// What `modparam` sets.
    type Params: ParamSet + 'static;

    /// Makes the instance. All parameters are set, modules that the script loads earlier are loaded, no route is bound yet.
    ///
    /// Whatever is found about the parameters goes into `loader.binder.diagnostics`: what Kamailio starts with as a
    /// warning, what it refuses as an error, which stops the server.
    ///
    /// # Errors
    /// What there cannot be an instance with.
    fn load(params: Self::Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>>;

    /// Runs after all modules are loaded and before the first message: bind parameters that name
    /// variables of other modules, register hooks and timers here.
    ///
    /// # Errors
    /// As for `load`.
    fn start(self: &Arc<Self>, _loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        Ok(())
    }

    /// Runs when the server stops, or when a reload has replaced the runtime and its last call is gone.
    fn stop(&self) {}
}

/// What a module can use while it comes to life.
pub struct Loader<'a> {
    /// Resolves variables and the like.
    pub binder: Binder<'a>,
    /// The core parameters.
    pub settings: &'a CoreSettings,
    /// Where a module registers its hooks: what it wants to be called for.
    pub hooks: &'a mut Hooks,
    /// Where a module registers its statistics.
    pub statistics: &'a telemetry::Statistics,
    /// What was kept from the runtime before, on a reload.
    pub previous: Option<&'a Loaded>,
}

/// Everything that a module brings; made by [`crate::exports!`].
pub struct ModuleExport {
    /// Its entry in the catalog.
    pub entry: ModuleEntry,
    /// Script functions.
    pub functions: &'static [&'static FunctionExport],
    /// Variable classes.
    pub pvars: &'static [&'static PvarExport],
    /// Transformations.
    pub transformations: &'static [&'static TransformationExport],
    /// RPC commands.
    pub rpcs: &'static [&'static RpcExport],
    /// Selects.
    pub selects: &'static [SelectExport],
    /// Its parameters at their defaults.
    pub params: fn() -> Box<dyn AnyParamSet>,
    /// Makes an instance.
    pub load: LoadFn,
    /// The type of its instance.
    pub instance: fn() -> TypeId,
}

/// Makes a module's instance from its parameters.
pub type LoadFn =
    fn(Box<dyn AnyParamSet>, &mut Loader<'_>) -> Result<Arc<dyn Instance>, Vec<Diagnostic>>;

/// A module instance while its type is not known.
pub trait Instance: Send + Sync {
    /// See [`Module::start`].
    fn start(self: Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>>;
    /// See [`Module::stop`].
    fn stop(&self);
    /// The instance, to be downcast to its type.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<M: Module> Instance for M {
    fn start(self: Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        Module::start(&self, loader)
    }

    fn stop(&self) {
        Module::stop(self);
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Loads module `M`; the value of [`ModuleExport::load`].
#[doc(hidden)]
pub fn load_module<M: Module>(
    params: Box<dyn AnyParamSet>,
    loader: &mut Loader<'_>,
) -> Result<Arc<dyn Instance>, Vec<Diagnostic>> {
    match params.into_any().downcast::<M::Params>() {
        Ok(params) => Ok(Arc::new(M::load(*params, loader)?)),
        Err(_) => {
            stdx::never!("a module was given the parameters of another");
            Err(Vec::new())
        }
    }
}

/// The default parameters of module `M`; the value of [`ModuleExport::params`].
#[doc(hidden)]
pub fn default_params<M: Module>() -> Box<dyn AnyParamSet> {
    Box::new(M::Params::default())
}

/// One module of a [`Loaded`].
struct LoadedModule {
    export: &'static ModuleExport,
    instance: Option<Arc<dyn Instance>>,
}

/// The modules of a runtime: names resolved to exports, and instances.
pub struct Loaded {
    /// Everything this binary could load.
    pub catalog: Arc<Catalog>,
    modules: Vec<LoadedModule>,
    functions: BTreeMap<&'static str, Vec<&'static FunctionExport>>,
    pvars: BTreeMap<&'static str, &'static PvarExport>,
    transformations: BTreeMap<(&'static str, &'static str), &'static TransformationExport>,
    instances: BTreeMap<TypeIdKey, Arc<dyn Any + Send + Sync>>,
    /// The types of the instances that could not be made.
    failed: BTreeSet<TypeIdKey>,
    /// Modules that the script loads and that are not here.
    missing: Vec<String>,
    /// Parameters that were given, by module; if one was given several times, its last value.
    params: BTreeMap<&'static str, BTreeMap<String, ParamValue>>,
}

/// An order on type ids, as the standard library offers it.
type TypeIdKey = TypeId;

impl Loaded {
    /// Nothing loaded yet.
    pub fn new(catalog: Arc<Catalog>) -> Loaded {
        Loaded {
            catalog,
            modules: Vec::new(),
            functions: BTreeMap::new(),
            pvars: BTreeMap::new(),
            transformations: BTreeMap::new(),
            instances: BTreeMap::new(),
            failed: BTreeSet::new(),
            missing: Vec::new(),
            params: BTreeMap::new(),
        }
    }

    /// Remembers that a module's instance could not be made, which was told of.
    pub fn note_failed(&mut self, module: &ModuleExport) {
        self.failed.insert((module.instance)());
    }

    /// Whether there is no instance of type `M` because it could not be made: what lacks it only follows from that.
    pub fn has_failed<M: 'static>(&self) -> bool {
        self.failed.contains(&TypeId::of::<M>())
    }

    /// Remembers that the script loads a module which is not here, which was told of: so was whatever it would have exported.
    pub fn note_missing(&mut self, module: impl Into<String>) {
        self.missing.push(module.into());
    }

    /// The modules that the script loads and that are not here.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Remembers a parameter that a module was given.
    pub fn note_param(&mut self, module: &'static str, name: String, value: ParamValue) {
        self.params.entry(module).or_default().insert(name, value);
    }

    /// The parameters that a module was given, by name.
    pub fn params(&self, module: &str) -> impl Iterator<Item = (&str, &ParamValue)> {
        let params = self.params.get(module).into_iter().flatten();
        params.map(|(name, value)| (name.as_str(), value))
    }

    /// Adds a module's names. Of two modules that export the same name the first loaded wins.
    pub fn add_exports(&mut self, export: &'static ModuleExport) {
        if self.is_loaded(export.entry.name) {
            return;
        }
        for function in export.functions {
            for name in std::iter::once(&function.entry.name).chain(function.entry.aliases) {
                self.functions.entry(name).or_default().push(function);
            }
        }
        for pvar in export.pvars {
            for name in std::iter::once(&pvar.entry.name).chain(pvar.entry.aliases) {
                self.pvars.entry(name).or_insert(pvar);
            }
        }
        for transformation in export.transformations {
            let name = (transformation.entry.class, transformation.entry.name);
            self.transformations.entry(name).or_insert(transformation);
        }
        self.modules.push(LoadedModule {
            export,
            instance: None,
        });
    }

    /// Adds the instance of a module whose exports were added.
    pub fn add_instance(&mut self, name: &str, instance: Arc<dyn Instance>) {
        let any = instance.clone().into_any();
        self.instances.insert((*any).type_id(), any);
        if let Some(module) = self
            .modules
            .iter_mut()
            .find(|m| m.export.entry.name == name)
        {
            module.instance = Some(instance);
        }
    }

    /// The instance of type `M`.
    pub fn instance<M: Send + Sync + 'static>(&self) -> Option<Arc<M>> {
        self.instances
            .get(&TypeId::of::<M>())?
            .clone()
            .downcast::<M>()
            .ok()
    }

    /// Whether a module of that name is loaded.
    pub fn is_loaded(&self, name: &str) -> bool {
        self.modules
            .iter()
            .any(|module| module.export.entry.name == name)
    }

    /// The loaded modules in the order in which they were loaded.
    pub fn modules(&self) -> impl Iterator<Item = &'static ModuleExport> + '_ {
        self.modules.iter().map(|module| module.export)
    }

    /// The instances in the order in which they were loaded.
    pub fn instances(&self) -> impl DoubleEndedIterator<Item = &Arc<dyn Instance>> {
        self.modules
            .iter()
            .filter_map(|module| module.instance.as_ref())
    }

    /// The calling forms of a function.
    pub fn functions(&self, name: &str) -> &[&'static FunctionExport] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// A variable class.
    pub fn pvar(&self, class: &str) -> Option<&'static PvarExport> {
        self.pvars.get(class).copied()
    }

    /// The names of all variable classes.
    pub fn pvar_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.pvars.keys().copied()
    }

    /// A transformation.
    pub fn transformation(&self, class: &str, name: &str) -> Option<&'static TransformationExport> {
        // A key of borrowed parts of another lifetime cannot be looked up directly.
        let mut same = self
            .transformations
            .iter()
            .filter(|((c, n), _)| *c == class && *n == name);
        same.next().map(|(_, export)| *export)
    }

    /// What a select's path reads.
    ///
    /// # Errors
    /// Says from which step on it has no meaning in any loaded module.
    pub fn select(&self, path: &SelectPath) -> Result<SelectReader, String> {
        let mut furthest = UnknownStep(0);
        for find in self.modules().flat_map(|export| export.selects) {
            match find(&path.steps) {
                Ok(reader) => return Ok(reader),
                Err(unknown) => furthest = furthest.max(unknown),
            }
        }
        Err(match path.steps.get(furthest.0) {
            Some(step) if furthest.0 > 0 => format!("`@{path}` has no part `{}`", step.name),
            _ => format!("there is no select `@{path}`"),
        })
    }

    /// The full names of all transformations.
    pub fn transformation_names(&self) -> Vec<String> {
        self.transformations
            .keys()
            .map(|(class, name)| format!("{class}.{name}"))
            .collect()
    }
}

/// Declares what a module exports, as the `static MODULE`.
///
/// ```text
/// exports! {
///     name: "htable",
///     module: Htable,
///     functions: [functions::remove, functions::reset],
///     pvars: [pvars::item],
///     transformations: [],
///     rpcs: [rpc::dump],
///     event_routes: { "htable:mod-init": "once, after all modules are loaded" },
///     statistics: {},
/// }
/// ```
#[macro_export]
macro_rules! exports {
    (
        name: $name:literal,
        module: $module:ty,
        functions: [$($function:path),* $(,)?],
        pvars: [$($pvar:path),* $(,)?],
        transformations: [$($transformation:path),* $(,)?],
        rpcs: [$($rpc:path),* $(,)?],
        event_routes: { $($event:literal : $event_doc:literal),* $(,)? },
        statistics: { $($stat:literal : $stat_doc:literal),* $(,)? } $(,)?
        $(selects: [$($select:expr),* $(,)?] $(,)?)?
    ) => {
        /// What this module exports.
        pub static MODULE: $crate::ModuleExport = {
            use $crate::__private as p;
            p::ModuleExport {
                entry: p::ModuleEntry {
                    name: $name,
                    doc: env!("CARGO_PKG_DESCRIPTION"),
                    functions: &[$({ use $function as item; &item::EXPORT.entry }),*],
                    pvars: &[$({ use $pvar as item; &item::EXPORT.entry }),*],
                    transformations: &[$({ use $transformation as item; &item::EXPORT.entry }),*],
                    settings: <<$module as $crate::Module>::Params as $crate::ParamSet>::SETTINGS,
                    rpcs: &[$({ use $rpc as item; &item::EXPORT.entry }),*],
                    event_routes: &[$(p::EventRouteEntry { name: $event, doc: $event_doc }),*],
                    statistics: &[$(p::StatisticEntry { group: $name, name: $stat, doc: $stat_doc }),*],
                },
                functions: &[$({ use $function as item; &item::EXPORT }),*],
                pvars: &[$({ use $pvar as item; &item::EXPORT }),*],
                transformations: &[$({ use $transformation as item; &item::EXPORT }),*],
                rpcs: &[$({ use $rpc as item; &item::EXPORT }),*],
                selects: &[$($($select),*)?],
                params: p::default_params::<$module>,
                load: p::load_module::<$module>,
                instance: ::std::any::TypeId::of::<$module>,
            }
        };
    };
}
