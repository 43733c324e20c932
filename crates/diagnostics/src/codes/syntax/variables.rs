//! Syntax: how a variable is written, in the script and in texts.

crate::codes::family! {
    part VARIABLES;

    /// The parenthesis of a variable is not closed.
    ///
    /// A variable ends with its line at the latest.
    ///
    /// ```cfg
    /// $var(x = 1;
    /// ```
    ///
    /// Way out: add the `)`. Parentheses within the name or a transformation count too.
    "S0003" UNCLOSED_VARIABLE;

    /// A `$` begins no variable.
    ///
    /// Kamailio does not start with such a script or format text.
    ///
    /// ```cfg
    /// xlog("that is 5 $\n");
    /// ```
    ///
    /// Way out: in a text that may hold variables double it, `$$`, to get a `$`.
    "S0004" LONE_DOLLAR;

    /// A variable is written in a way that is none.
    ///
    /// ```cfg
    /// xlog("$(hdr(Via){s.len}[0])\n");
    /// ```
    ///
    /// The parts have an order: name, inner name in parentheses, index in brackets, transformations in braces. An
    /// index and transformations need the parentheses around the whole.
    ///
    /// Way out: `$(hdr(Via)[0]{s.len})`.
    "S0059" BAD_VARIABLE;

    /// A transformation is written in a way that is none.
    ///
    /// ```cfg
    /// xlog("$(ru{len})\n");
    /// ```
    ///
    /// Way out: a transformation has a class and a name with a dot between: `{s.len}`.
    "S0060" BAD_TRANSFORMATION;

    /// A dot is taken for a part of a variable's name.
    ///
    /// ```cfg
    /// xlog("call to $rU.\n");
    /// ```
    ///
    /// In a text with variables a name reaches over dots. Kamailio then finds no such variable and does not start.
    ///
    /// Way out: put the name in parentheses: `$(rU).`.
    "S0061" DOT_IN_VARIABLE;
}
