//! Syntax: what the preprocessor, the lexer and the parser find.

super::family! {
    /// A string has no closing quote.
    ///
    /// Everything up to the end of the file becomes part of the string, so the rest of the script is lost.
    ///
    /// ```cfg
    /// xlog("hello);
    /// ```
    ///
    /// Way out: close the string with the same kind of quote that opened it.
    "S0001" UNCLOSED_STRING;
}
