//! Syntax: what the preprocessor finds in the lines that begin with `#!`, and in the files they include.

crate::codes::family! {
    part DIRECTIVES;

    /// A directive lacks the name it is about.
    ///
    /// Without a name `#!define` does nothing and a condition cannot hold.
    ///
    /// ```cfg
    /// #!ifdef
    /// children=4
    /// #!endif
    /// ```
    ///
    /// Way out: name what is defined or asked for: a letter or `_`, then letters, digits and `_`.
    "S0010" MISSING_NAME;

    /// The name of a define has a character that cannot be in one.
    ///
    /// ```cfg
    /// #!define WITH-NAT
    /// ```
    ///
    /// Kamailio stops reading the script at this place.
    ///
    /// Way out: use letters, digits and `_` only.
    "S0011" BAD_DEFINE_NAME;

    /// A name is defined twice.
    ///
    /// `#!define` is for new names only, also when the value is the same or the first one came from the command
    /// line.
    ///
    /// ```cfg
    /// #!define WITH_NAT
    /// #!define WITH_NAT
    /// ```
    ///
    /// Way out: `#!redefine` replaces the value, `#!trydefine` keeps the first one.
    "S0012" REDEFINED;

    /// A name to be removed is not defined.
    ///
    /// ```cfg
    /// #!undefine WITH_NAT
    /// ```
    ///
    /// Most likely the name is misspelt, or defined only under a condition.
    ///
    /// Way out: correct it, or use `#!tryundef`, which does not mind.
    "S0013" UNDEFINED;

    /// A word of the language is defined.
    ///
    /// Defines are put in the place of names, never of words that the language itself knows: the define only
    /// serves `#!ifdef`.
    ///
    /// ```cfg
    /// #!define exit return
    /// ```
    ///
    /// Way out: choose another name.
    "S0014" DEFINE_OF_KEYWORD;

    /// The value of a define leads back to the define.
    ///
    /// Replacing it would never end; Kamailio hangs at start.
    ///
    /// ```cfg
    /// #!define A B
    /// #!define B A
    /// children=A
    /// ```
    ///
    /// Way out: remove the name from its own value.
    "S0015" DEFINE_LOOP;

    /// A comment is part of the value of a define and hides what follows its use.
    ///
    /// The value of a define reaches to the end of its line, comments included. Kamailio puts it where the name
    /// stood, and the comment then reaches to the end of that line.
    ///
    /// ```cfg
    /// #!define FLAG 5 # accounting
    /// request_route {
    ///     setflag(FLAG);
    /// }
    /// ```
    ///
    /// Way out: put the comment on a line of its own.
    "S0016" COMMENT_IN_DEFINE;

    /// `#!endif` or `#!else` is followed by text in its line and does not count.
    ///
    /// Such a line is a comment to Kamailio: the condition goes on.
    ///
    /// ```cfg
    /// #!ifdef WITH_NAT
    /// children=4
    /// #!endif # WITH_NAT
    /// ```
    ///
    /// Way out: put the text on a line of its own.
    "S0017" TEXT_AFTER_DIRECTIVE;

    /// A condition looks at one name; the rest of its line is ignored.
    ///
    /// ```cfg
    /// #!ifdef WITH_NAT && WITH_TLS
    /// children=4
    /// #!endif
    /// ```
    ///
    /// The block is read whenever the first name is defined.
    ///
    /// Way out: `#!ifexp` takes an expression of several names.
    "S0018" IGNORED_TEXT;

    /// `#!else` stands outside of any condition.
    ///
    /// It is ignored.
    ///
    /// ```cfg
    /// #!else
    /// ```
    ///
    /// Way out: remove it, or look for the `#!ifdef` that is missing.
    "S0019" STRAY_ELSE;

    /// A condition has two `#!else`.
    ///
    /// The second turns the condition once more: what follows it is read when what follows the `#!ifdef` is.
    ///
    /// ```cfg
    /// #!ifdef WITH_NAT
    /// #!else
    /// #!else
    /// #!endif
    /// ```
    ///
    /// Way out: keep one of them.
    "S0020" SECOND_ELSE;

    /// `#!endif` stands outside of any condition.
    ///
    /// ```cfg
    /// #!endif
    /// ```
    ///
    /// Kamailio counts conditions and their ends, and does not start when the counts differ.
    ///
    /// Way out: remove it, or look for the `#!ifdef` that is missing.
    "S0021" STRAY_ENDIF;

    /// A condition has no end.
    ///
    /// ```cfg
    /// #!ifdef WITH_NAT
    /// children=4
    /// ```
    ///
    /// Everything to the end of the script belongs to the condition. Kamailio does not start with it.
    ///
    /// Way out: add `#!endif` on a line of its own.
    "S0022" UNCLOSED_CONDITION;

    /// The expression of `#!ifexp` or `#!defexp` cannot be evaluated.
    ///
    /// Operands are numbers, texts in quotes and names of defines; operators are those of C and `**`.
    ///
    /// ```cfg
    /// #!ifexp WITH_NAT and WITH_TLS
    /// #!endif
    /// ```
    ///
    /// Way out: write `&&`, `||` and `!`; close parentheses and quotes.
    "S0023" BAD_EXPRESSION;

    /// An environment variable is not set.
    ///
    /// `#!defenv` cannot define a name without a value.
    ///
    /// ```cfg
    /// #!defenv SIP_DOMAIN
    /// ```
    ///
    /// Way out: set the variable where the server is started, or use `#!trydefenv` and a default by `#!trydef`.
    "S0024" ENVIRONMENT_NOT_SET;

    /// A substitution cannot be read.
    ///
    /// It is a quoted text: a separator, a pattern, the separator, the replacement, the separator, and flags out of
    /// `g` (all places), `i` (any letter case) and `s` (a dot also matches a line's end).
    ///
    /// ```cfg
    /// #!subst "/DBPASS/secret"
    /// ```
    ///
    /// Way out: add what is missing; choose another separator when the pattern holds it.
    "S0025" BAD_SUBSTITUTION;

    /// The replacement of a substitution has a variable that has no value while the script is read.
    ///
    /// Only `$env(NAME)` and `$def(NAME)` are replaced then, others stay as they are written.
    ///
    /// ```cfg
    /// #!subst "/GREETING/hello $rU/"
    /// ```
    ///
    /// Way out: write `$$` for a `$`.
    "S0026" VARIABLE_IN_SUBSTITUTION;

    /// A file cannot be included.
    ///
    /// A path is looked up from the working directory, then from the folder of the file that includes it.
    ///
    /// ```cfg
    /// include_file "kamailio-locl.cfg"
    /// ```
    ///
    /// Way out: correct the path, or use `import_file` for a file that may be missing.
    "S0027" CANNOT_INCLUDE;

    /// The path of an included file has no double quotes.
    ///
    /// ```cfg
    /// include_file 'local.cfg'
    /// ```
    ///
    /// Defines are not put in its place either.
    ///
    /// Way out: put the path in double quotes.
    "S0028" UNQUOTED_PATH;

    /// Too many files include each other.
    ///
    /// Ten may do so in a row.
    ///
    /// ```cfg
    /// include_file "kamailio.cfg"   # in kamailio.cfg itself
    /// ```
    ///
    /// Way out: look for a file that includes itself, perhaps through others.
    "S0029" TOO_MANY_INCLUDES;

    /// A directive has no newline at its end.
    ///
    /// It is the last line of a file. Kamailio does not see it: a condition stays open, a define is lost.
    ///
    /// ```cfg
    /// #!endif
    /// ```
    ///
    /// Way out: end the file with a newline.
    "S0062" MISSING_NEWLINE;

    /// The word after `#!` is no directive, but looks like one.
    ///
    /// ```cfg
    /// #!ifdfe WITH_NAT
    /// ```
    ///
    /// Kamailio takes such a line for a comment: what was meant to be left out is read, or a define is lost.
    ///
    /// Way out: correct the word, or write `# ` for a comment.
    "S0063" UNKNOWN_DIRECTIVE;
}
