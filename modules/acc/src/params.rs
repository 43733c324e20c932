//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("acc", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether provisional responses of early media are accounted.
    #[param(default = 0, compat = accepted("provisional responses are not accounted"))]
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
    #[param(default = 0, compat = accepted("tags are accounted as they stand"))]
    pub detect_direction: i64,
    /// The flag of transactions that may yet be accounted.
    #[param(default = -1, compat = accepted("every transaction may"))]
    pub acc_prepare_flag: i64,
    /// Whether every transaction may yet be accounted.
    #[param(default = 0, compat = accepted("every transaction may"))]
    pub acc_prepare_always: i64,
    /// Whether the reason is taken from the header field Reason.
    #[param(default = 0, compat = accepted("it is that of the response"))]
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
    #[param(compat = accepted("they go where the others go"))]
    pub log_facility: Text,
    /// `name=$variable;…`: what is logged beside the usual.
    pub log_extra: Placed<Text>,
    /// Call detail records: `cdr_enable`.
    #[param(default = 0, compat = accepted("call detail records need the module dialog"))]
    pub cdr_enable: i64,
    /// Call detail records: `cdr_skip`.
    #[param(compat = accepted("call detail records need the module dialog"))]
    pub cdr_skip: Text,
    /// Call detail records: `cdr_log_enable`.
    #[param(default = 1, compat = accepted("call detail records need the module dialog"))]
    pub cdr_log_enable: i64,
    /// Call detail records: `cdr_start_on_confirmed`.
    #[param(default = 0, compat = accepted("call detail records need the module dialog"))]
    pub cdr_start_on_confirmed: i64,
    /// Call detail records: `cdr_facility`.
    #[param(compat = accepted("call detail records need the module dialog"))]
    pub cdr_facility: Text,
    /// Call detail records: `cdr_extra`.
    #[param(compat = accepted("call detail records need the module dialog"))]
    pub cdr_extra: Text,
    /// Call detail records: `cdr_extra_nullable`.
    #[param(default = 0, compat = accepted("call detail records need the module dialog"))]
    pub cdr_extra_nullable: i64,
    /// Call detail records: `cdr_start_id`.
    #[param(default = Text::from_static("start_time"), compat = accepted("call detail records need the module dialog"))]
    pub cdr_start_id: Text,
    /// Call detail records: `cdr_end_id`.
    #[param(default = Text::from_static("end_time"), compat = accepted("call detail records need the module dialog"))]
    pub cdr_end_id: Text,
    /// Call detail records: `cdr_duration_id`.
    #[param(default = Text::from_static("duration"), compat = accepted("call detail records need the module dialog"))]
    pub cdr_duration_id: Text,
    /// Call detail records: `cdr_duration_mode`.
    #[param(default = 1, compat = accepted("call detail records need the module dialog"))]
    pub cdr_duration_mode: i64,
    /// Call detail records: `cdr_expired_dlg_enable`.
    #[param(default = 0, compat = accepted("call detail records need the module dialog"))]
    pub cdr_expired_dlg_enable: i64,
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
    /// The table of accounted transactions.
    #[param(default = Text::from_static("acc"))]
    pub db_table_acc: Text,
    /// The table of missed calls.
    #[param(default = Text::from_static("missed_calls"))]
    pub db_table_missed_calls: Text,
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
    /// What rows tell of the time beside `time`: 0 nothing, 1 microseconds in `time_exten`, 2 seconds with fractions in `time_attr`.
    #[param(default = 0, compat = partial("3 and 4 add nothing"))]
    pub time_mode: i64,
    /// The column for seconds with fractions.
    #[param(default = Text::from_static("time_attr"))]
    pub time_attr: Text,
    /// The column for microseconds.
    #[param(default = Text::from_static("time_exten"))]
    pub time_exten: Text,
    /// Call detail records: `cdrs_table`.
    #[param(compat = accepted("call detail records need the module dialog"))]
    pub cdrs_table: Text,
    /// The format of times in `time_mode` 3 and 4.
    #[param(default = Text::from_static("%Y-%m-%d %H:%M:%S"), compat = accepted("these modes add nothing"))]
    pub time_format: Text,
    /// Whether a copy of the request is made for the accounting.
    #[param(default = 1, compat = accepted("none is needed"))]
    pub clone_msg: i64,
    /// Call detail records: `cdr_on_failed`.
    #[param(default = 1, compat = accepted("call detail records need the module dialog"))]
    pub cdr_on_failed: i64,
    /// How many extra values there may be.
    #[param(default = 64, compat = accepted("there may be any number"))]
    pub acc_extra_size: i64,
    /// Call detail records: `cdr_extra_size`.
    #[param(default = 64, compat = accepted("call detail records need the module dialog"))]
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
