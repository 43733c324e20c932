//! The process: its user, folders and limits, and hints on how many workers to have.

use module_macros::Params;
use stdx::Text;

/// The process: its user, folders and limits, and hints on how many workers to have.
#[derive(Params, Clone, Debug)]
pub struct ProcessSettings {
    /// Whether the server goes to the background.
    #[param(default = true)]
    pub fork: bool,
    /// Microseconds to wait before each process.
    #[param(default = 0, compat = accepted("there is one process"))]
    pub fork_delay: i64,
    /// Microseconds to wait between two modules' starts.
    #[param(default = 0, compat = accepted("modules share their connections to back ends, and start without a rush"))]
    pub modinit_delay: i64,
    /// The user to run as.
    #[param(alias = "uid")]
    pub user: Text,
    /// The group to run as.
    #[param(alias = "gid")]
    pub group: Text,
    /// The folder that becomes the root.
    pub chroot: Text,
    /// The folder to work in.
    #[param(name = "workdir", alias = "wdir")]
    pub work_folder: Text,
    /// The folder of control sockets.
    #[param(name = "rundir", alias = "run_dir", default = Text::from_static("/run/kamailio"))]
    pub run_folder: Text,
    /// Whether no core is dumped.
    #[param(default = false)]
    pub disable_core_dump: bool,
    /// The most open files, where the system would let it open fewer; none is the system's choice.
    #[param(range = 0..)]
    pub open_files_limit: Option<i64>,
    /// Seconds that stopping may take; 0 is without limit.
    #[param(alias = "ser_kill_timeout", default = 60, range = 0..)]
    pub exit_timeout: i64,
    /// How many workers read each UDP socket.
    #[param(default = 8, compat = accepted("there are as many threads as cores"))]
    pub children: i64,
    /// How many workers read the next socket.
    #[param(default = 0, compat = accepted("there are as many threads as cores"))]
    pub socket_workers: i64,
    /// How many workers read TCP connections.
    #[param(compat = accepted("there are as many threads as cores"))]
    pub tcp_children: Option<i64>,
    /// How many workers read SCTP.
    #[param(compat = accepted("SCTP is not spoken"))]
    pub sctp_children: Option<i64>,
    /// How many workers there are for tasks.
    #[param(default = 0, compat = accepted("tasks run beside messages; nothing waits for a free worker"))]
    pub async_workers: i64,
    /// Microseconds between two looks for a task.
    #[param(default = 0, compat = accepted("tasks run beside messages; nothing waits for a free worker"))]
    pub async_usleep: i64,
    /// Whether workers look for tasks without waiting.
    #[param(default = 0, compat = accepted("tasks run beside messages; nothing waits for a free worker"))]
    pub async_nonblock: i64,
    /// A group of workers: `name=N;workers=N;nonblock=0;usleep=N`; may be given several times.
    #[param(compat = accepted("all groups share the threads"))]
    pub async_workers_group: Vec<Text>,
    /// The group that runs TKV events.
    pub async_tkv_gname: Text,
    /// The event route of TKV events.
    pub async_tkv_evcb: Text,
    /// Whether workers wait until the first one is ready.
    #[param(default = 0, compat = accepted("messages are read when everything is ready"))]
    pub wait_worker1_mode: i64,
    /// The most microseconds they wait.
    #[param(default = 4000000, compat = accepted("messages are read when everything is ready"))]
    pub wait_worker1_time: i64,
    /// Microseconds between two looks whether it is ready.
    #[param(default = 100000, compat = accepted("messages are read when everything is ready"))]
    pub wait_worker1_usleep: i64,
    /// Which processes run with real-time priority.
    #[param(default = 0, compat = accepted("the service manager sets priorities"))]
    pub real_time: i64,
    /// Their priority.
    #[param(default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_prio: i64,
    /// Their policy.
    #[param(default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_policy: i64,
    /// The priority of the fast timer.
    #[param(alias = "rt_fast_timer_prio", alias = "rt_ftimer_prio", default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_timer1_prio: i64,
    /// The policy of the fast timer.
    #[param(alias = "rt_ftimer_policy", default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_timer1_policy: i64,
    /// The priority of the slow timer.
    #[param(alias = "rt_stimer_prio", default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_timer2_prio: i64,
    /// The policy of the slow timer.
    #[param(alias = "rt_stimer_policy", default = 0, compat = accepted("the service manager sets priorities"))]
    pub rt_timer2_policy: i64,
}

/// Memory: accepted, as there are no pools to size.
#[derive(Params, Clone, Debug)]
pub struct MemorySettings {
    /// The size of shared memory in MiB.
    #[param(alias = "shm_mem", alias = "shm_mem_size", default = 64, compat = accepted("memory is taken as it is needed; tables have their own limits"))]
    pub shm: i64,
    /// Whether shared memory is touched at the start.
    #[param(default = 0, compat = accepted("memory is taken as it is needed"))]
    pub shm_force_alloc: i64,
    /// Whether memory is locked.
    #[param(default = 0, compat = accepted("the service manager can lock memory"))]
    pub mlock_pages: i64,
    /// What is reported when the server stops.
    #[param(default = 12, compat = accepted("there are no pools to report on"))]
    pub mem_summary: i64,
    /// Whether freeing twice is only logged.
    #[param(default = 1, compat = accepted("memory cannot be freed twice"))]
    pub mem_safety: i64,
    /// Octets added to each allocation.
    #[param(default = 0, compat = accepted("there are no pools"))]
    pub mem_add_size: i64,
    /// Whether free fragments are joined.
    #[param(default = 1, compat = accepted("there are no pools"))]
    pub mem_join: i64,
    /// What a report lists.
    #[param(default = 0, compat = accepted("there are no pools to report on"))]
    pub mem_status_mode: i64,
    /// Octets of the buffers that texts with variables are expanded in.
    #[param(default = 8192, compat = accepted("texts grow as they need"))]
    pub pv_buffer_size: i64,
    /// How many such buffers there are.
    #[param(default = 10, compat = accepted("texts grow as they need"))]
    pub pv_buffer_slots: i64,
    /// How many variables are kept compiled.
    #[param(default = 2048, compat = accepted("variables are compiled once, at load"))]
    pub pv_cache_limit: i64,
    /// What happens at that limit.
    #[param(default = 0, compat = accepted("variables are compiled once, at load"))]
    pub pv_cache_action: i64,
    /// Octets of the buffer for a query.
    #[param(default = 65535, compat = accepted("queries grow as they need"))]
    pub sql_buffer_size: i64,
    /// Octets kept free in the copy of a message.
    #[param(default = 0, compat = accepted("messages are shared, not copied"))]
    pub msg_clone_extra_size: i64,
    /// The process whose memory is to be reported; it has no effect.
    #[param(skip)]
    pub dump_process: i64,
    /// Whether shared memory is to be reported; it has no effect.
    #[param(skip)]
    pub dump_shared: i64,
    /// Whether compiled variables are to be listed; it has no effect.
    #[param(skip)]
    pub dump_variables: i64,
}
