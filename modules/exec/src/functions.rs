//! Script functions.

use crate::Exec;
use crate::environment::{self, Environment};
use crate::program::{Finished, Program, ProgramError, lines, quoted};
use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Binder, BoundVariable, Call, Diagnostic, ScriptArg,
    Step, Target, TemplatePiece, Text, Value, Verdict, ast, script_function,
};
use std::sync::Arc;

/// What a function hands to a program, and takes from it.
struct Wanted {
    has_environment: bool,
    input: Text,
    keeps_output: bool,
}

/// Runs a program and goes on with what it has written. True when it ended with 0.
fn run(
    exec: &Exec,
    call: &mut Call,
    command: Text,
    wanted: Wanted,
    then: impl FnOnce(&mut Call, &[u8]) -> bool + Send + 'static,
) -> Step {
    if command.is_empty() {
        call.error(format_args!("the command is empty"));
        return Verdict::FALSE.into();
    }
    let slot = exec.slot();
    let program = Program {
        environment: match wanted.has_environment && exec.params.setvars != 0 {
            true => environment::of(call),
            false => Environment::new(),
        },
        input: wanted.input,
        keeps_output: wanted.keeps_output,
        limit: exec.params.limit(),
        command: command.clone(),
    };
    let operation = async move {
        let Some(_slot) = slot else {
            return Err(ProgramError::TooMany);
        };
        program.run().await
    };
    Step::wait("a program", operation, move |call, finished| {
        let Finished { output, status } = match finished {
            Ok(finished) => finished,
            Err(error) => {
                call.error(format_args!("{command}: {error}"));
                return Verdict::FALSE;
            }
        };
        if status.code().is_none() {
            call.error(format_args!("{command}: {status}"));
        }
        let is_taken = then(call, &output);
        Verdict::of(is_taken && status.success())
    })
}

/// Runs `command` in a shell, with the message to read. What it writes is not looked at. True when it ends with 0.
///
/// What is known of the request is in its environment: `SIP_HF_NAME` the header fields, `SIP_RURI`, `SIP_ORURI`,
/// `SIP_USER`, `SIP_OUSER`, `SIP_SRCIP`, `SIP_TID`, `SIP_DID`. A dollar that is for the shell is written `$$`.
///
/// ```cfg
/// exec_msg("logger \"call from $$SIP_HF_FROM\"");
/// ```
#[script_function(exec_msg, routes = REQUEST | FAILURE | LOCAL, waits)]
fn exec_msg(exec: &Exec, call: &mut Call, command: Text) -> Step {
    let wanted = Wanted {
        has_environment: true,
        input: Text::from(&call.message.buffer()[..]),
        keeps_output: false,
    };
    run(exec, call, command, wanted, |_, _| true)
}

/// Runs `command` with the Request-URI as its last argument and makes the lines it writes the new target set: the first is
/// the Request-URI, the others are branches. False when it writes none, or does not end with 0.
///
/// ```cfg
/// exec_dset("echo sip:bob@192.0.2.7; :");
/// ```
#[script_function(exec_dset, routes = REQUEST | FAILURE, waits)]
fn exec_dset(exec: &Exec, call: &mut Call, command: Text) -> Step {
    let uri = call.request_uri();
    let command = match exec.params.bash_safety {
        0 => Text::concat(&[&command, b" ", uri]),
        _ => Text::concat(&[&command, b" ", &quoted(uri)]),
    };
    let wanted = Wanted {
        has_environment: true,
        input: Text::default(),
        keeps_output: true,
    };
    run(exec, call, command, wanted, set_targets)
}

fn set_targets(call: &mut Call, output: &[u8]) -> bool {
    let mut uris = lines(output);
    let Some(first) = uris.next() else {
        call.error(format_args!("exec_dset: the program wrote no URI"));
        return false;
    };
    call.set_request_uri(Text::from(first));
    let most = usize::try_from(call.runtime.settings.max_branches - 1).unwrap_or(0);
    for uri in uris {
        if call.branches.list.len() >= most {
            call.warn(format_args!(
                "exec_dset: the program wrote more URIs than there may be branches"
            ));
            break;
        }
        call.branches.list.push(Box::new(Target {
            uri: Some(Text::from(uri)),
            ..Target::default()
        }));
    }
    true
}

/// The AVPs that lines go into.
pub struct AvpList(Arc<[BoundVariable]>);

impl ScriptArg for AvpList {
    type Bound = Arc<[BoundVariable]>;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let ast::ExprKind::String(literal) = &source.expr.kind else {
            return Err(source.error("a list of AVPs in quotes is needed here"));
        };
        let mut variables = Vec::new();
        for piece in binder.template(literal)?.pieces {
            match piece {
                TemplatePiece::Variable(variable) => variables.push(variable),
                TemplatePiece::Text(text) => {
                    if !text.iter().all(|byte| b",; \t\r\n".contains(byte)) {
                        return Err(source.error(format!("`{text}` is no AVP")));
                    }
                }
            }
        }
        match variables.is_empty() {
            true => Err(source.error("a list of AVPs is needed here")),
            false => Ok(variables.into()),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(AvpList(bound.clone()))
    }
}

/// Runs `command` and puts each line that it writes into an AVP of `avplist`, or, without the list, into the AVPs 1, 2, 3
/// and so on. True when it ends with 0.
///
/// Empty lines do not count, and lines that are more than there are AVPs are lost.
///
/// ```cfg
/// exec_avp("date +%H", "$avp(hour)");
/// ```
#[script_function(exec_avp, routes = REQUEST | FAILURE | LOCAL, waits)]
fn exec_avp(exec: &Exec, call: &mut Call, command: Text, avplist: Option<AvpList>) -> Step {
    let wanted = Wanted {
        has_environment: true,
        input: Text::default(),
        keeps_output: true,
    };
    run(
        exec,
        call,
        command,
        wanted,
        move |call, output| match &avplist {
            Some(list) => set_variables(call, &list.0, output),
            None => {
                for (number, line) in (1..).zip(lines(output)) {
                    let value = Value::from(line);
                    call.attributes.avps.push(AvpName::Number(number), value);
                }
                true
            }
        },
    )
}

fn set_variables(call: &mut Call, variables: &[BoundVariable], output: &[u8]) -> bool {
    for (variable, line) in variables.iter().zip(lines(output)) {
        if let Err(error) = variable.set(call, Value::from(line)) {
            call.error(format_args!("exec_avp: {}: {error}", variable.text));
            return false;
        }
    }
    true
}

/// Runs `command` in a shell with nothing to read and nothing in its environment, and does not look at what it writes.
/// True when it ends with 0.
///
/// ```cfg
/// exec_cmd("touch /tmp/$(rU).seen");
/// ```
#[script_function(exec_cmd, routes = ANY, waits)]
fn exec_cmd(exec: &Exec, call: &mut Call, command: Text) -> Step {
    let wanted = Wanted {
        has_environment: false,
        input: Text::default(),
        keeps_output: false,
    };
    run(exec, call, command, wanted, |_, _| true)
}
