//! Syntax: what the parser finds about items, route blocks, actions and expressions.

crate::codes::family! {
    part STATEMENTS;

    /// Something is missing that has to stand at this place.
    ///
    /// ```cfg
    /// request_route
    ///     exit;
    /// ```
    ///
    /// What is missing is named by the message; the parser goes on behind it as well as it can.
    ///
    /// Way out: add it.
    "S0030" EXPECTED_SIGN;

    /// A bracket or brace is not closed.
    ///
    /// ```cfg
    /// route[A] {
    ///     if (is_method("INVITE")) {
    ///         exit;
    /// }
    /// route[B] { exit; }
    /// ```
    ///
    /// The message points at where the end was noticed and at where the bracket was opened. The mistake lies
    /// somewhere between.
    ///
    /// Way out: close it. Regular indentation shows where.
    "S0031" UNCLOSED_BRACKET;

    /// An action has no semicolon.
    ///
    /// ```cfg
    /// request_route {
    ///     t_relay()
    /// }
    /// ```
    ///
    /// Every action but blocks ends with one, also the last before a `}`.
    ///
    /// Way out: add it.
    "S0032" MISSING_SEMICOLON;

    /// Something begins no top-level item.
    ///
    /// Outside of route blocks there are parameters (`name = value`), `loadmodule`, `modparam` and their kin, and
    /// route blocks.
    ///
    /// ```cfg
    /// xlog("hello\n");
    /// ```
    ///
    /// Way out: actions belong into a route block. When this is inside of one, a `}` too many closed it before.
    "S0033" UNEXPECTED_AT_TOP;

    /// A name is missing.
    ///
    /// ```cfg
    /// route[] { exit; }
    /// ```
    ///
    /// Way out: give one, or leave the brackets out where there need not be a name.
    "S0036" EXPECTED_NAME;

    /// An expression is missing.
    ///
    /// ```cfg
    /// if ($rU == ) { exit; }
    /// ```
    ///
    /// Way out: write a variable, a number, a quoted text, a call or a parenthesis there.
    "S0038" EXPECTED_EXPRESSION;

    /// An action is missing.
    ///
    /// ```cfg
    /// request_route {
    ///     if (is_method("ACK"))
    /// }
    /// ```
    ///
    /// Way out: write what is to be done, or a lone `;`.
    "S0039" EXPECTED_STATEMENT;

    /// A function is called within the arguments of another.
    ///
    /// ```cfg
    /// xlog("$var(x)" + is_method("INVITE"));
    /// ```
    ///
    /// Arguments are values known before the call; only `route` takes the result of a function.
    ///
    /// Way out: keep the result in a variable first.
    "S0049" CALL_IN_ARGUMENTS;

    /// An argument is missing between or after commas.
    ///
    /// ```cfg
    /// sl_send_reply("404", );
    /// ```
    ///
    /// Only the first argument may be left empty.
    ///
    /// Way out: remove the comma, or pass `""`.
    "S0050" EMPTY_ARGUMENT;

    /// Something is no action.
    ///
    /// ```cfg
    /// request_route {
    ///     $var(x);
    ///     exit_now;
    /// }
    /// ```
    ///
    /// Actions are assignments, calls and statements; the value of an expression alone does nothing.
    ///
    /// Way out: assign the value, call the function with `()`, or decide with `if`.
    "S0051" NO_STATEMENT;

    /// `+=` is used to assign.
    ///
    /// ```cfg
    /// $var(x) += 1;
    /// ```
    ///
    /// The language knows no such operator.
    ///
    /// Way out: `$var(x) = $var(x) + 1;`
    "S0052" ADD_ASSIGN;

    /// `else`, `case` or `default` does not belong to anything.
    ///
    /// ```cfg
    /// if (is_method("ACK")) { exit; };
    /// else { drop; }
    /// ```
    ///
    /// A `;` after the `}` of an `if` ends it.
    ///
    /// Way out: remove the `;`, or move the label into its `switch`.
    "S0053" STRAY_WORD;

    /// A slash ends the pattern of a `case`.
    ///
    /// ```cfg
    /// switch ($rU) {
    ///     case /"^49"/: exit;
    /// }
    /// ```
    ///
    /// Only one slash stands before the pattern.
    ///
    /// Way out: remove the second.
    "S0054" SLASH_AFTER_PATTERN;

    /// The name of a route block cannot be like this.
    ///
    /// ```cfg
    /// route[to-gateway] { exit; }
    /// event_route[startup] { exit; }
    /// ```
    ///
    /// A bare name has letters, digits and `_`; the name of an event route has a group and an event with `:`
    /// between; `request_route` and `reply_route` have none.
    ///
    /// Way out: quote other names, and quote them in calls too.
    "S0055" BAD_ROUTE_NAME;
}
