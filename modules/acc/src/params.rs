//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("acc", …)` sets. Flags are numbers of message flags.
#[derive(Params)]
pub struct Params {
    /// Whether provisional responses of early media are accounted.
    #[param(default = 0)]
    pub early_media: i64,
    /// The flag of transactions that are accounted even if they fail; -1 is none.
    #[param(default = -1)]
    pub failed_transaction_flag: i64,
    /// Statuses, with commas between them, of failed transactions that are not accounted.
    pub failed_filter: Placed<Text>,
    /// Whether the ACK of an accounted call is accounted.
    #[param(default = 0)]
    pub report_ack: i64,
    /// Whether CANCELs are accounted.
    #[param(default = 0)]
    pub report_cancels: i64,
    /// `name=$avp(name);…`: what is accounted of each leg of a call.
    pub multi_leg_info: Placed<Text>,
    /// Whether tags change places in requests of the callee.
    #[param(default = 0)]
    pub detect_direction: i64,
    /// The message flag of requests that may yet be accounted: flags that are set when the transaction has begun, as in a
    /// failure route, count only when it began with this flag or with one that accounts.
    #[param(default = -1)]
    pub acc_prepare_flag: i64,
    /// Whether all requests may yet be accounted.
    #[param(default = 0)]
    pub acc_prepare_always: i64,
    /// Whether the reason is taken from the header field Reason.
    #[param(default = 0)]
    pub reason_from_hf: i64,
    /// Whether an extra value that is null is null in the database too; else it is empty.
    #[param(default = 0)]
    pub acc_extra_nullable: i64,
    /// The flag of transactions that are accounted in the log; -1 is none.
    #[param(default = -1)]
    pub log_flag: i64,
    /// The flag of INVITEs that are logged when they fail; -1 is none.
    #[param(default = -1)]
    pub log_missed_flag: i64,
    /// The level of the lines.
    #[param(default = 1)]
    pub log_level: i64,
    /// The syslog facility of the lines.
    pub log_facility: Text,
    /// `name=$variable;…`: what is logged beside the usual.
    pub log_extra: Placed<Text>,
    /// The flag of transactions that are accounted in the database; -1 is none.
    #[param(default = -1)]
    pub db_flag: i64,
    /// The flag of INVITEs that get a row in `db_table_missed_calls` when they fail; -1 is none.
    #[param(default = -1)]
    pub db_missed_flag: i64,
    /// `column=$variable;…`: what rows have beside the usual.
    pub db_extra: Placed<Text>,
    /// The database; without one nothing is written to any.
    pub db_url: Placed<Text>,
    /// The table of accounted transactions; variables in it are expanded.
    #[param(default = Placed { value: Text::from_static("acc"), span: module_api::Span::default() }, shown = "acc")]
    pub db_table_acc: Placed<Text>,
    /// The table of missed calls; variables in it are expanded.
    #[param(default = Placed { value: Text::from_static("missed_calls"), span: module_api::Span::default() }, shown = "missed_calls")]
    pub db_table_missed_calls: Placed<Text>,
    /// Whether the tables' versions are checked.
    #[param(default = 1, compat = accepted("a row that does not fit is reported when it is added"))]
    pub db_version_check: i64,
    /// The column of the method.
    #[param(default = Text::from_static("method"))]
    pub acc_method_column: Text,
    /// The column of the tag in From.
    #[param(default = Text::from_static("from_tag"))]
    pub acc_from_tag_column: Text,
    /// The column of the tag in To.
    #[param(default = Text::from_static("to_tag"))]
    pub acc_to_tag_column: Text,
    /// The column of the Call-ID.
    #[param(default = Text::from_static("callid"))]
    pub acc_callid_column: Text,
    /// The column of the status.
    #[param(default = Text::from_static("sip_code"))]
    pub acc_sip_code_column: Text,
    /// The column of the reason phrase.
    #[param(default = Text::from_static("sip_reason"))]
    pub acc_sip_reason_column: Text,
    /// The column of the time.
    #[param(default = Text::from_static("time"))]
    pub acc_time_column: Text,
    /// How rows are added: 0 at once, 1 later, 2 by other processes.
    #[param(default = 0, compat = accepted("nobody ever waits for a row"))]
    pub db_insert_mode: i64,
    /// What is told of the time beside the second: 0 nothing, 1 seconds in `time_attr` and microseconds in `time_exten`, 2 seconds
    /// with milliseconds in `time_attr`, 3 the local time there as `time_format` says, 4 the same in UTC.
    #[param(default = 0, range = 0..=4)]
    pub time_mode: i64,
    /// The attribute or column for that.
    #[param(default = Text::from_static("time_attr"))]
    pub time_attr: Text,
    /// The attribute or column for microseconds.
    #[param(default = Text::from_static("time_exten"))]
    pub time_exten: Text,
    /// The format of times in `time_mode` 3 and 4.
    #[param(default = Text::from_static("%Y-%m-%d %H:%M:%S"))]
    pub time_format: Text,
    /// Whether a copy of the request is made for the accounting.
    #[param(default = 1, compat = accepted("none is needed"))]
    pub clone_msg: i64,
    /// How many extra values there may be.
    #[param(default = 64, compat = accepted("there may be any number"))]
    pub acc_extra_size: i64,
    /// Call detail records.
    #[param(group)]
    pub cdr: CdrParams,
}

/// What is set of call detail records.
#[derive(Clone, Params)]
pub struct CdrParams {
    /// Whether there are any; they need the module dialog.
    #[param(default = 0)]
    pub cdr_enable: i64,
    /// The variable of a dialog that makes it go without a record.
    pub cdr_skip: Text,
    /// Whether records are logged.
    #[param(default = 1)]
    pub cdr_log_enable: i64,
    /// Whether a call begins with its ACK; else with its INVITE.
    #[param(default = 0)]
    pub cdr_start_on_confirmed: i64,
    /// The syslog facility of the lines.
    pub cdr_facility: Text,
    /// `name=$variable;…`: what is recorded beside the usual. Of a call that has ended only `$dlg_var` is known.
    pub cdr_extra: Placed<Text>,
    /// Whether an extra value that is null is null in the database too; else it is empty.
    #[param(default = 0)]
    pub cdr_extra_nullable: i64,
    /// The name of the start.
    #[param(default = Text::from_static("start_time"))]
    pub cdr_start_id: Text,
    /// The name of the end.
    #[param(default = Text::from_static("end_time"))]
    pub cdr_end_id: Text,
    /// The name of the duration.
    #[param(default = Text::from_static("duration"))]
    pub cdr_duration_id: Text,
    /// How exact the duration is: 0 whole seconds, 1 milliseconds, 2 microseconds behind the point.
    #[param(default = 1)]
    pub cdr_duration_mode: i64,
    /// Whether dialogs whose lifetime is over are recorded.
    #[param(default = 0)]
    pub cdr_expired_dlg_enable: i64,
    /// The table of records; without one they are not in the database.
    pub cdrs_table: Text,
    /// Whether calls that were not answered are recorded.
    #[param(default = 1)]
    pub cdr_on_failed: i64,
    /// How many extra values there may be.
    #[param(default = 64, compat = accepted("there may be any number"))]
    pub cdr_extra_size: i64,
}

impl Params {
    /// The columns of what every row has.
    pub fn columns(&self) -> Vec<Text> {
        vec![
            self.acc_method_column.clone(),
            self.acc_from_tag_column.clone(),
            self.acc_to_tag_column.clone(),
            self.acc_callid_column.clone(),
            self.acc_sip_code_column.clone(),
            self.acc_sip_reason_column.clone(),
            self.acc_time_column.clone(),
        ]
    }
}
