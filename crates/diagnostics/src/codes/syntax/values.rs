//! Syntax: what the parser finds about single values: texts, numbers, addresses, and the sockets made of them.

crate::codes::family! {
    part VALUES;

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
    /// Way out: the attributes are `bind`, `advertise`, `name`, `agname`, `workers`, `virtual` and `vrf`.
    "S0058" UNKNOWN_ATTRIBUTE;
}
