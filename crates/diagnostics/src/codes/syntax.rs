//! Syntax: what the preprocessor, the lexer and the parser find.

super::family! {
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

    /// A parameter or attribute has no usable value.
    ///
    /// ```cfg
    /// modparam("tm", "fr_timer", FIVE)
    /// ```
    ///
    /// A bare word is not a text: it would have to be a define.
    ///
    /// Way out: give a number or a quoted text.
    "S0034" EXPECTED_VALUE;

    /// A quoted text is missing.
    ///
    /// ```cfg
    /// loadmodule tm.so
    /// ```
    ///
    /// Way out: put the text in quotes.
    "S0035" EXPECTED_STRING;

    /// A name is missing.
    ///
    /// ```cfg
    /// route[] { exit; }
    /// ```
    ///
    /// Way out: give one, or leave the brackets out where there need not be a name.
    "S0036" EXPECTED_NAME;

    /// The value of a parameter is followed by something that does not belong there.
    ///
    /// ```cfg
    /// children=4+4
    /// chroot=/var/lib/kamailio
    /// ```
    ///
    /// A value is one number, one word, one address or one quoted text, never an expression.
    ///
    /// Way out: put texts in quotes; use `#!defexp` to calculate.
    "S0037" TEXT_AFTER_VALUE;

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

    /// A bare word stands where a value is expected.
    ///
    /// ```cfg
    /// if (is_method(INVITE)) { exit; }
    /// ```
    ///
    /// Bare words are values only for a few functions of the core (`route`, `setflag` …) and after `method ==`,
    /// `proto ==` and `af ==`. Often such a word was meant to be the name of a define.
    ///
    /// Way out: quote a text, put `$` before a variable, `()` behind a function, or define the name.
    "S0040" BARE_WORD;

    /// An address stands where a value is expected.
    ///
    /// ```cfg
    /// if ($si == 10.0.0.1) { exit; }
    /// ```
    ///
    /// Bare addresses can only follow `src_ip ==` and its kin.
    ///
    /// Way out: put it in quotes to compare texts, or compare `src_ip`.
    "S0041" BARE_ADDRESS;

    /// A number is written in a way that is none.
    ///
    /// ```cfg
    /// $var(x) = 08;
    /// ```
    ///
    /// Numbers are decimal, hexadecimal with `0x`, octal with a leading `0`, or binary with a `b` at the end.
    ///
    /// Way out: remove leading zeros, put texts in quotes.
    "S0042" BAD_NUMBER;

    /// A number does not fit 32 bits.
    ///
    /// Calculations have 64 bits, but literals are cut to 32 and change their value, as in Kamailio.
    ///
    /// ```cfg
    /// $var(x) = 4294967296;
    /// ```
    ///
    /// Way out: calculate large numbers from smaller ones, or keep them as texts.
    "S0043" LARGE_NUMBER;

    /// An address, a mask or a host is written in a way that is none.
    ///
    /// ```cfg
    /// listen=udp:300.1.1.1:5060
    /// ```
    ///
    /// Way out: an address is `1.2.3.4` or `[2001:db8::1]`, a mask a number of bits or an address such as
    /// `255.255.0.0`.
    "S0044" BAD_ADDRESS;

    /// A port is missing or out of bounds.
    ///
    /// Of a number that is too large the lower 16 bits are taken, as Kamailio does.
    ///
    /// ```cfg
    /// listen=udp:10.0.0.1:sip
    /// ```
    ///
    /// Way out: give a number from 1 to 65535.
    "S0045" BAD_PORT;

    /// A keyword stands for a value, but can only be compared.
    ///
    /// ```cfg
    /// $var(x) = uri;
    /// ```
    ///
    /// `uri`, `method`, `src_ip` and their kin are one half of a comparison.
    ///
    /// Way out: use the variable of the same meaning, such as `$ru`, `$rm`, `$si`.
    "S0046" NEEDS_COMPARISON;

    /// A word of the language was removed.
    ///
    /// ```cfg
    /// if (msg:len >= max_len) { exit; }
    /// ```
    ///
    /// Way out: write the number.
    "S0047" REMOVED_WORD;

    /// A select is written in a way that is none.
    ///
    /// ```cfg
    /// $var(x) = @via[first].host;
    /// ```
    ///
    /// Way out: names with dots between, a number or a quoted text in brackets: `@via[1].host`.
    "S0048" BAD_SELECT;

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

    /// A comma stands between the addresses of a list.
    ///
    /// ```cfg
    /// listen=udp:10.0.0.1:5060, tcp:10.0.0.1:5060
    /// ```
    ///
    /// Way out: separate them by blanks, or repeat the parameter.
    "S0056" STRAY_COMMA;

    /// A `socket` block has no address.
    ///
    /// ```cfg
    /// socket = { name = "internal"; }
    /// ```
    ///
    /// Way out: add `bind = udp:10.0.0.1:5060;`.
    "S0057" SOCKET_WITHOUT_BIND;

    /// A `socket` block has an attribute that nobody knows.
    ///
    /// ```cfg
    /// socket = { bind = udp:10.0.0.1:5060; advertize = 1.2.3.4:5060; }
    /// ```
    ///
    /// Way out: the attributes are `bind`, `advertise`, `name`, `agname`, `virtual` and `vrf`.
    "S0058" UNKNOWN_ATTRIBUTE;

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
