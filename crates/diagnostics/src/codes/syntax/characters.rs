//! Syntax: what the lexer finds: strings, comments, single characters, and scripts beyond all bounds.

crate::codes::family! {
    part CHARACTERS;

    /// A string has no closing quote.
    ///
    /// Where it was meant to end cannot be known, so it is taken to end with its line. A string may go on over
    /// several lines, but not to the end of the script.
    ///
    /// ```cfg
    /// xlog("hello);
    /// ```
    ///
    /// Way out: close the string with the same kind of quote that opened it. A `"` within it is written `\"`.
    "S0001" UNCLOSED_STRING;

    /// A block comment has no end.
    ///
    /// Comments nest: each `/*` within one needs a `*/` of its own. The rest of the file is part of the comment.
    ///
    /// ```cfg
    /// /* see /* the other file */
    /// children=4
    /// ```
    ///
    /// Way out: add the missing `*/`, or use `#` at the start of each line.
    "S0002" UNCLOSED_COMMENT;

    /// A character means nothing where it stands.
    ///
    /// It is passed over, as Kamailio does without a word. Typographic quotes, too, are such characters: what they enclose
    /// stands there without quotes, which is an error where a text has to be quoted.
    ///
    /// ```cfg
    /// children=4 \
    /// ```
    ///
    /// Way out: remove it. Often it came with text copied from a web page.
    "S0005" IGNORED_CHARACTER;

    /// A file is not in UTF-8.
    ///
    /// SIP is UTF-8 on the wire. The file is read as ISO 8859-1, so its letters stay what they are, but what the
    /// script sends are their UTF-8 bytes.
    ///
    /// ```cfg
    /// # a file that an old editor saved
    /// ```
    ///
    /// Way out: convert the file, for instance with `iconv -f ISO-8859-1 -t UTF-8`.
    "S0006" NOT_UTF8;

    /// An escape names a byte above 127.
    ///
    /// Texts are UTF-8, in which such a byte alone is no character: the character of that number is taken.
    ///
    /// ```cfg
    /// xlog("caf\xe9\n");
    /// ```
    ///
    /// Way out: write the character itself.
    "S0007" HIGH_BYTE;

    /// The script is too large.
    ///
    /// After all includes are read and all defines replaced it has millions of tokens, which no script needs:
    /// most likely defines multiply each other.
    ///
    /// ```cfg
    /// #!define A B B
    /// #!define B C C
    /// ```
    ///
    /// Way out: use routes for what is repeated.
    "S0008" TOO_LARGE;

    /// The script is nested too deeply.
    ///
    /// Blocks, parentheses and chains of comparisons or `else if` have a limit, so that no script can exhaust the
    /// stack. What calculates, such as `+`, may go on without end.
    ///
    /// ```cfg
    /// $var(x) = ((((((((1))))))));   # a hundred more of these
    /// ```
    ///
    /// Way out: move inner parts to routes, keep intermediate values in variables, use `switch` for long chains.
    "S0009" TOO_DEEP;
}
