//! RPC commands.

use crate::Pv;
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Text, Value, rpc};

fn described(name: Text, value: Value) -> RpcStruct {
    let mut variable = RpcStruct::new();
    variable.add("name", name);
    match value {
        Value::Int(number) => variable.add("type", "int").add("value", number),
        value => variable
            .add("type", "string")
            .add("value", value.into_text()),
    };
    variable
}

/// The shared variable `name`, or all of them.
#[rpc("pv.shvGet")]
fn shared_get(pv: &Pv, call: &mut RpcCall) -> Result<(), Fault> {
    if let Some(name) = call.optional_text()? {
        let variable = pv.shared.find(&name).ok_or_else(not_found)?;
        call.add(described(name, variable.get()));
        return Ok(());
    }
    let mut items = RpcStruct::new();
    for (name, value) in pv.shared.list() {
        items.add("shv", described(name, value));
    }
    let mut reply = RpcStruct::new();
    reply.add("items", items);
    call.add(reply);
    Ok(())
}

/// Gives the shared variable `name` a value of type `int` or `str`.
#[rpc("pv.shvSet")]
fn shared_set(pv: &Pv, call: &mut RpcCall) -> Result<(), Fault> {
    let missing = |what: &str| {
        Fault::new(
            500,
            format!("Missing {what} (Parameters: varname type value)"),
        )
    };
    let name = call
        .optional_text()?
        .ok_or_else(|| missing("parameter varname"))?;
    let kind = call
        .optional_text()?
        .ok_or_else(|| missing("parameter type"))?;
    let value = match kind.as_bytes() {
        b"int" => match call.optional_int() {
            Ok(Some(number)) => Value::Int(number),
            _ => return Err(missing("integer parameter value")),
        },
        b"str" => Value::Str(
            call.optional_text()?
                .ok_or_else(|| missing("parameter value"))?,
        ),
        _ => {
            return Err(Fault::new(
                500,
                "Unknown parameter type (Types: int or str)",
            ));
        }
    };
    pv.shared.find(&name).ok_or_else(not_found)?.set(value);
    call.add(RpcValue::from("Ok. Variable set to new value."));
    Ok(())
}

fn not_found() -> Fault {
    Fault::new(404, "Variable not found")
}
