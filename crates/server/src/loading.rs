//! From a configuration's text to what runs: parameters, modules, program.

use crate::draft::Draft;
use crate::life;
use crate::query_watch::QueryWatch;
use crate::wanted::{self, Settings};
use diagnostics::codes::routes;
use diagnostics::{Diagnostic, Span};
use module_api::ast;
use module_api::{
    Binder, Catalog, Hooks, Host, Loader, Logger, ModuleExport, ModuleVariable, PlaceInfo, RouteId,
    RouteNames, Runtime, Sockets, Statistics, Template, Traffic, Unset, VariableSlots, Variables,
    module_variables,
};
use script_vm::{Program, PureCompiler};
use sip::Message;
use sip::identifiers::Identifiers;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A configuration, ready to run.
pub struct Loaded {
    /// Everything but the program.
    pub runtime: Arc<Runtime>,
    /// The route blocks' code.
    pub program: Program,
    /// The request that timer and event routes see.
    pub stand_in: Message,
    /// The event routes that the server itself raises for messages.
    pub events: CoreEvents,
    /// `onsend_route`, if responses go through it (`onsend_route_reply`).
    pub onsend_of_responses: Option<RouteId>,
}

/// The event routes that the server itself raises for messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreEvents {
    /// For everything received, before it is looked at (`received_route_mode`).
    pub received: Option<RouteId>,
    /// For octets that come and go, where a module lets it.
    pub network: Option<RouteId>,
    /// For what is no message.
    pub parse_error: Option<RouteId>,
    /// For each message before its route.
    pub pre_routing: Option<RouteId>,
}

impl CoreEvents {
    fn of(runtime: &Runtime) -> CoreEvents {
        let event = |name| runtime.routes.event.get(name).copied();
        CoreEvents {
            received: event("core:msg-received")
                .filter(|_| runtime.settings.received_route_mode != 0),
            network: event("network:msg").filter(|_| runtime.hooks.network.is_some()),
            parse_error: event("core:receive-parse-error"),
            pre_routing: event("core:pre-routing"),
        }
    }
}

/// What a configuration is loaded into.
pub struct Surroundings<'a> {
    /// Every module this binary has.
    pub modules: &'a [&'static ModuleExport],
    /// Our sockets and names.
    pub sockets: Arc<Sockets>,
    /// The server.
    pub host: Arc<dyn Host>,
    /// Where messages to the operator go.
    pub logger: Arc<Logger>,
    /// What tags and branches are made with.
    pub identifiers: Identifiers,
    /// Whether the configuration is only checked: no database is opened.
    pub only_checks: bool,
    /// What the configuration before this one had loaded, on a reload.
    pub previous: Option<&'a Loaded>,
}

/// Builds what runs. All mistakes end up in the draft's diagnostics; none is returned when one of them is an error.
pub fn load(draft: &mut Draft, surroundings: Surroundings<'_>) -> Option<Loaded> {
    let mut loaded = module_api::Loaded::new(Arc::new(Catalog::new(
        surroundings.modules.iter().map(|module| &module.entry),
    )));
    let sets = wanted::sets(draft, surroundings.modules, &mut loaded);
    let previous = surroundings.previous;
    let mut making = Making::begin(draft, &surroundings, loaded);
    let variables = making.bring_up_all(sets);
    let compiled = making.compile();
    let Making {
        loaded,
        routes,
        slots,
        mut hooks,
        statistics,
        found,
        ..
    } = making;
    let mut all = draft.diagnostics.iter().chain(&found);
    let has_cause = all.any(|one| one.is_error() && !one.follows);
    let told = |mistake: &Diagnostic| !(mistake.follows && has_cause);
    draft.diagnostics.extend(found.into_iter().filter(told));
    in_order(draft);
    if draft.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let (initial_variables, null_variables) = slots.values();
    let mut sockets = surroundings.sockets;
    if !hooks.families.is_empty() {
        Arc::make_mut(&mut sockets).families = std::mem::take(&mut hooks.families);
    }
    let traffic = Traffic::new(&statistics);
    let blocklist = previous.map_or_else(Arc::default, |loaded| loaded.runtime.blocklist.clone());
    let runtime = Runtime {
        settings: draft.settings.clone(),
        variables: Variables::new(&draft.settings, variables),
        custom: std::mem::take(&mut draft.custom),
        loaded,
        routes,
        initial_variables,
        null_variables,
        sockets,
        log_prefix: compiled.log_prefix,
        hooks,
        defines: draft.defines.clone(),
        places: compiled.places,
        host: surroundings.host,
        logger: surroundings.logger,
        identifiers: surroundings.identifiers,
        statistics,
        traffic,
        late_answers: Arc::default(),
        blocklist,
    };
    Some(Loaded {
        events: CoreEvents::of(&runtime),
        onsend_of_responses: runtime
            .routes
            .onsend
            .filter(|_| runtime.settings.onsend_route_reply),
        runtime: Arc::new(runtime),
        program: compiled.program,
        stand_in: life::stand_in(),
    })
}

fn warn_of_no_routes(draft: &mut Draft, names: &RouteNames) {
    if names.request.is_none() && draft.kemi.is_none() {
        let warning = Diagnostic::warning(
            routes::NO_REQUEST_ROUTE,
            Span::default(),
            "there is no request_route: every request will be dropped",
        );
        draft.diagnostics.push(warning);
    }
}

/// The hooks before any module has added its own.
fn first_hooks(draft: &Draft, surroundings: &Surroundings<'_>) -> Hooks {
    let mut hooks = Hooks::default();
    if surroundings.only_checks {
        hooks.databases.keep_closed();
    }
    let Surroundings { host, logger, .. } = surroundings;
    let watch = QueryWatch::new(&draft.settings.log, host, logger);
    hooks.databases.watch(watch);
    hooks
}

/// What is being made of a draft.
struct Making<'a> {
    draft: &'a Draft,
    previous: Option<&'a Loaded>,
    loaded: module_api::Loaded,
    routes: RouteNames,
    slots: VariableSlots,
    hooks: Hooks,
    statistics: Arc<Statistics>,
    found: Vec<Diagnostic>,
}

/// The variables of `cfg_rpc` that modules have, by group and name.
type ModuleVariables = BTreeMap<(&'static str, &'static str), ModuleVariable>;

/// What the compiler has made.
struct Compiled {
    program: Program,
    places: Box<[PlaceInfo]>,
    log_prefix: Option<Template>,
}

impl<'a> Making<'a> {
    /// Nothing is up yet; what outlives a reload comes from the configuration before.
    fn begin(
        draft: &'a mut Draft,
        surroundings: &Surroundings<'a>,
        loaded: module_api::Loaded,
    ) -> Making<'a> {
        let routes = script_vm::route_names(&draft.script);
        warn_of_no_routes(draft, &routes);
        let previous = surroundings.previous;
        Making {
            hooks: first_hooks(draft, surroundings),
            draft,
            previous,
            loaded,
            routes,
            slots: VariableSlots::default(),
            statistics: match previous {
                Some(previous) => previous.runtime.statistics.clone(),
                None => Arc::new(Statistics::default()),
            },
            found: Vec::new(),
        }
    }

    /// Makes the instances of all modules, then lets all start; answers their variables.
    fn bring_up_all(&mut self, sets: Vec<Settings>) -> ModuleVariables {
        let mut variables = BTreeMap::new();
        let mut made = Vec::new();
        for Settings {
            module, set, span, ..
        } in sets
        {
            variables.extend(module_variables(module, &*set));
            match self.bring_up(span, |loader| (module.load)(set, loader)) {
                Some(instance) => {
                    self.loaded
                        .add_instance(module.entry.name, instance.clone());
                    made.push((instance, span));
                }
                None => self.loaded.note_failed(module),
            }
        }
        for (instance, span) in made {
            self.bring_up(span, |loader| instance.start(loader));
        }
        variables
    }

    /// Does a `step` of bringing a module up; none where that fails. What a module says of no place, as of a parameter that was
    /// not given, it says of where it is loaded.
    fn bring_up<T>(
        &mut self,
        place: Span,
        step: impl FnOnce(&mut Loader<'_>) -> Result<T, Vec<Diagnostic>>,
    ) -> Option<T> {
        let known = self.found.len();
        let mut loader = Loader {
            binder: Binder {
                loaded: &self.loaded,
                routes: &self.routes,
                slots: &mut self.slots,
                flags: &self.draft.flags,
                sources: &self.draft.sources,
                diagnostics: &mut self.found,
                compiler: &PureCompiler,
                asks: Vec::new(),
            },
            settings: &self.draft.settings,
            hooks: &mut self.hooks,
            statistics: &self.statistics,
            previous: self.previous.map(|previous| &previous.runtime.loaded),
        };
        let done = step(&mut loader);
        let done = done.map_err(|mistakes| self.found.extend(mistakes)).ok();
        for mistake in self.found.iter_mut().skip(known) {
            if mistake.primary.span == Span::default() {
                mistake.primary.span = place;
            }
        }
        done
    }

    /// Checks and compiles the script.
    fn compile(&mut self) -> Compiled {
        let draft = self.draft;
        self.found.extend(script_check::check(
            &draft.script,
            &known_names(draft, &self.loaded, &self.slots),
        ));
        let mut binder = Binder {
            loaded: &self.loaded,
            routes: &self.routes,
            slots: &mut self.slots,
            flags: &draft.flags,
            sources: &draft.sources,
            diagnostics: &mut self.found,
            compiler: &PureCompiler,
            asks: Vec::new(),
        };
        let log_prefix = draft.settings.log.prefix.as_ref().and_then(|prefix| {
            let place = ast::TextPlace::Whole(Span::default());
            match binder.template_at(&prefix.to_str_lossy(), place) {
                Ok(template) => Some(template),
                Err(mistake) => {
                    // Kamailio logs without the prefix then (observed on 5.6.3).
                    let message = format!("`log_prefix` is not used: {}", mistake.message);
                    let warning = Diagnostic::warning(mistake.code, mistake.primary.span, message);
                    binder.diagnostics.push(warning);
                    None
                }
            }
        });
        let options = script_vm::Options {
            exact_codes: draft.settings.return_mode != 0,
            announces: self.hooks.action.is_some(),
        };
        let (program, places) = script_vm::compile(&draft.script, &mut binder, options);
        Compiled {
            program,
            places,
            log_prefix,
        }
    }
}

/// What the checker may take for known.
fn known_names<'a>(
    draft: &'a Draft,
    loaded: &'a module_api::Loaded,
    slots: &VariableSlots,
) -> script_check::Names<'a> {
    script_check::Names {
        loaded: loaded.modules().map(|module| &module.entry).collect(),
        missing: loaded.missing(),
        catalog: &loaded.catalog,
        preset_variables: slots
            .named(Unset::Zero)
            .map(|(name, _)| name.to_owned())
            .collect(),
        sources: &draft.sources,
        has_gaps: !draft.is_whole,
        misses_files: draft.misses_files,
        has_other_routes: draft.kemi.is_some(),
    }
}

/// Puts the diagnostics into the order of the source; what has no place comes first.
fn in_order(draft: &mut Draft) {
    let sources = &draft.sources;
    draft.diagnostics.sort_by_key(|diagnostic| {
        let place = sources.in_file(diagnostic.primary.span);
        (place.file, place.start)
    });
}
