//! Script flags and branch flags.

use super::BranchFlag;
use module_api::{Call, Verdict, script_function};

/// Sets a script flag; it lives as long as the run.
///
/// ```cfg
/// setsflag("1");
/// if (issflagset("1")) xinfo("set\n");   # log: set
/// ```
#[script_function(setsflag, routes = ANY)]
fn setsflag(call: &mut Call, flag: i64) -> Verdict {
    change(call, flag, |flags, bit| *flags |= bit)
}

/// Clears a script flag.
///
/// ```cfg
/// setsflag("1");
/// resetsflag("1");
/// if (!issflagset("1")) xinfo("clear\n");   # log: clear
/// ```
#[script_function(resetsflag, routes = ANY)]
fn resetsflag(call: &mut Call, flag: i64) -> Verdict {
    change(call, flag, |flags, bit| *flags &= !bit)
}

/// Whether a script flag is set.
///
/// ```cfg
/// if (!issflagset("2")) xinfo("clear\n");   # log: clear
/// ```
#[script_function(issflagset, routes = ANY)]
fn issflagset(call: &mut Call, flag: i64) -> Verdict {
    Verdict::of(bit(flag).is_some_and(|bit| call.flags.script & bit != 0))
}

fn bit(flag: i64) -> Option<u32> {
    u32::try_from(flag)
        .ok()
        .and_then(|flag| 1u32.checked_shl(flag))
}

fn change(call: &mut Call, flag: i64, apply: impl Fn(&mut u32, u32)) -> Verdict {
    match bit(flag) {
        Some(bit) => {
            apply(&mut call.flags.script, bit);
            Verdict::TRUE
        }
        None => {
            call.error(format_args!("a flag is a number from 0 to 31, not {flag}"));
            Verdict::FALSE
        }
    }
}

/// The flags of a branch: 0 is the request's own, others were appended.
fn branch_flags(call: &mut Call, branch: Option<i64>) -> Option<&mut u32> {
    match branch.unwrap_or(0) {
        0 => Some(&mut call.target.flags),
        index => {
            let index = usize::try_from(index).ok()?.checked_sub(1)?;
            call.branches
                .list
                .get_mut(index)
                .map(|target| &mut target.flags)
        }
    }
}

fn change_branch(
    call: &mut Call,
    flag: u8,
    branch: Option<i64>,
    apply: impl Fn(&mut u32, u32),
) -> Verdict {
    match branch_flags(call, branch) {
        Some(flags) => {
            apply(flags, 1 << flag);
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// Sets a flag of a branch: of the request's own unless `branch` names another.
///
/// ```cfg
/// setbflag(4);
/// if (isbflagset(4)) xinfo("set\n");   # log: set
/// ```
#[script_function(setbflag, routes = ANY)]
fn setbflag(call: &mut Call, flag: BranchFlag, branch: Option<i64>) -> Verdict {
    match flag.get() {
        Some(flag) => change_branch(call, flag, branch, |flags, bit| *flags |= bit),
        None => Verdict::FALSE,
    }
}

/// Clears a flag of a branch.
///
/// ```cfg
/// setbflag(4);
/// resetbflag(4);
/// if (!isbflagset(4)) xinfo("clear\n");   # log: clear
/// ```
#[script_function(resetbflag, routes = ANY)]
fn resetbflag(call: &mut Call, flag: BranchFlag, branch: Option<i64>) -> Verdict {
    match flag.get() {
        Some(flag) => change_branch(call, flag, branch, |flags, bit| *flags &= !bit),
        None => Verdict::FALSE,
    }
}

/// Whether a flag of a branch is set.
///
/// ```cfg
/// if (!isbflagset(5)) xinfo("clear\n");   # log: clear
/// ```
#[script_function(isbflagset, routes = ANY)]
fn isbflagset(call: &mut Call, flag: BranchFlag, branch: Option<i64>) -> Verdict {
    let Some(flag) = flag.get() else {
        return Verdict::FALSE;
    };
    Verdict::of(branch_flags(call, branch).is_some_and(|flags| *flags & (1 << flag) != 0))
}
