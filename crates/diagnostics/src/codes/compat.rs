//! Compatibility: what differs from Kamailio, or what it dropped.

super::family! {
    /// A block has no action.
    ///
    /// There is nothing wrong with it here, but Kamailio does not start with such a script.
    ///
    /// ```cfg
    /// if (is_method("ACK")) { }
    /// ```
    ///
    /// Way out: remove the statement, or put a lone `;` into the block if the script has to run on both.
    "C0001" EMPTY_BLOCK;

    /// A block stands where an action is expected.
    ///
    /// Its actions run as if the braces were not there. Kamailio does not start with such a script.
    ///
    /// ```cfg
    /// request_route {
    ///     { xlog("hello\n"); }
    /// }
    /// ```
    ///
    /// Way out: remove the braces, or write the statement they were meant for before them.
    "C0002" BARE_BLOCK;
}
