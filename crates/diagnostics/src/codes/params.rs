//! Parameters: values of a wrong kind or out of bounds.

super::family! {
    /// An argument is not what the function takes at this place.
    ///
    /// ```cfg
    /// strip("three");
    /// ```
    ///
    /// Way out: give a value of the kind that the message names.
    "P0001" WRONG_ARGUMENT;
    /// A function is given too few or too many arguments.
    ///
    /// ```cfg
    /// sl_send_reply("200");
    /// ```
    ///
    /// Way out: give as many as the message says.
    "P0002" WRONG_ARITY;
    /// A regular expression cannot be compiled.
    ///
    /// ```cfg
    /// if ($rU =~ "^(00") exit;
    /// ```
    ///
    /// Way out: correct it; expressions are POSIX extended ones.
    "P0003" BAD_REGEX;
    /// The value of a parameter cannot be used.
    ///
    /// As a warning it says what is taken in its place, and the server starts: Kamailio does so, too.
    ///
    /// ```cfg
    /// modparam("htable", "timer_interval", "often")
    /// ```
    ///
    /// Way out: give a value of the form that the message describes.
    "P0004" BAD_PARAMETER;
    /// An address to listen on cannot be used.
    ///
    /// ```cfg
    /// listen=udp:no-such-interface:5060
    /// ```
    ///
    /// Way out: name an address or interface of this machine.
    "P0006" BAD_LISTEN;
    /// An operator cannot do with the type of a constant.
    ///
    /// Arithmetic, order and logic need numbers; what is added to or compared with a number has to be one. Kamailio does not
    /// start otherwise. Values of variables are converted when they are used.
    ///
    /// ```cfg
    /// if ($rm == "INVITE" || "ACK") exit;
    /// ```
    ///
    /// Way out: write the number without quotes, convert with `(int)`, or complete the comparison.
    "P0007" TYPE_MISMATCH;
    /// A parameter is given twice, or a module loaded twice.
    ///
    /// Only the last value counts, and a module is loaded once.
    ///
    /// ```cfg
    /// modparam("htable", "timer_interval", 20)
    /// modparam("htable", "timer_interval", 5)
    /// ```
    ///
    /// Way out: remove one of them.
    "P0008" GIVEN_TWICE;
}
