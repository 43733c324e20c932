//! Names: functions, variables, modules, parameters that nobody knows.

super::family! {
    /// No module of this name exists.
    ///
    /// The name is none of Kamailio's modules, or one that this server does not have; the message says which.
    ///
    /// ```cfg
    /// loadmodule "textopps.so"
    /// ```
    ///
    /// Way out: correct the name, or remove the line and what needs the module.
    "N0001" UNKNOWN_MODULE;
    /// No loaded module has a function of this name.
    ///
    /// ```cfg
    /// sl_send_replay("200", "OK");
    /// ```
    ///
    /// Way out: correct the name, or load the module that the help names.
    "N0002" UNKNOWN_FUNCTION;
    /// No loaded module has a variable of this name.
    ///
    /// ```cfg
    /// xlog("$foo(bar)\n");
    /// ```
    ///
    /// Way out: correct the name, or load the module that the help names.
    "N0003" UNKNOWN_VARIABLE;
    /// No loaded module has a transformation of this name.
    ///
    /// ```cfg
    /// $var(x) = $(ru{s.lenght});
    /// ```
    ///
    /// Way out: correct the name, or load the module that has it.
    "N0004" UNKNOWN_TRANSFORMATION;
    /// No flag of this name was declared.
    ///
    /// ```cfg
    /// setflag(FLT_ACC);
    /// ```
    ///
    /// Way out: declare it with `flags FLT_ACC:1` or a `#!define`, or use its number.
    "N0005" UNKNOWN_FLAG;
    /// A variable is needed here, and this is none.
    ///
    /// ```cfg
    /// modparam("siputils", "rpid_avp", "rpid")
    /// ```
    ///
    /// Way out: name one variable, such as `$var(x)`.
    "N0006" NOT_A_VARIABLE;
    /// The text in a variable's parentheses is not one it understands.
    ///
    /// ```cfg
    /// $var(x) = $TV(minutes);
    /// ```
    ///
    /// Way out: use one of the names that the variable's reference page lists.
    "N0007" BAD_VARIABLE_NAME;
    /// A variable that can only be read is assigned to.
    ///
    /// ```cfg
    /// $ci = "other";
    /// ```
    ///
    /// Way out: assign to a variable that can be written, such as `$var(x)`.
    "N0008" READ_ONLY_VARIABLE;
    /// Something needs a module that is not loaded.
    ///
    /// ```cfg
    /// loadmodule "registrar.so"
    /// ```
    ///
    /// Way out: load the module that the message names, before the one that needs it.
    "N0009" MODULE_NOT_LOADED;
    /// No parameter of this name exists.
    ///
    /// ```cfg
    /// modparam("tm", "fr_time", 5000)
    /// ```
    ///
    /// Way out: correct the name.
    "N0010" UNKNOWN_PARAMETER;
    /// A variable is read that nothing in the script sets.
    ///
    /// A `$var` begins each run as 0 and ends with it. Upstream it lived on in whichever process came next, which no sound
    /// script can rely on.
    ///
    /// ```cfg
    /// request_route { xlog("$var(last)\n"); }
    /// ```
    ///
    /// Way out: set it before reading it, or keep the value in `$shv` or an htable.
    "N0011" NEVER_SET_VARIABLE;
    /// No select of this path exists.
    ///
    /// As an expression it is an empty text, as in Kamailio, which starts with it; in `$sel(...)` it is an error.
    ///
    /// ```cfg
    /// $var(x) = @from.taag;
    /// ```
    ///
    /// Way out: correct the path.
    "N0012" UNKNOWN_SELECT;
    /// An expression stands where it has no value.
    ///
    /// Words such as `myself` mean something only when a part of the message is compared with them, and an argument cannot
    /// call a function.
    ///
    /// ```cfg
    /// xlog(is_method("INVITE"));
    /// ```
    ///
    /// Way out: compare with it, as in `uri == myself`, or call the function in a statement of its own before.
    "N0013" MISPLACED_EXPRESSION;
    /// A variable in a text is not replaced by its value.
    ///
    /// Only arguments of functions are texts with variables. What is assigned or compared is taken as it stands.
    ///
    /// ```cfg
    /// $var(uri) = "sip:$rU@example.org";
    /// ```
    ///
    /// Way out: write `$_s(sip:$rU@example.org)`, or join the parts: `"sip:" + $rU + "@example.org"`.
    "N0014" UNEXPANDED_TEXT;
}
