//! Routes: blocks that are missing, doubled or used where they cannot run.

super::family! {
    /// A route block is named that does not exist.
    ///
    /// ```cfg
    /// route(RELYA);
    /// ```
    ///
    /// Way out: correct the name, or write the block.
    "R0001" UNKNOWN_ROUTE;
    /// A function is called in a kind of route where it cannot work.
    ///
    /// ```cfg
    /// failure_route[F] { mf_process_maxfwd_header("10"); }
    /// ```
    ///
    /// Way out: call it from one of the routes that the help names.
    "R0002" WRONG_ROUTE_KIND;
    /// Two route blocks have the same name.
    ///
    /// Of `request_route`, `reply_route` and `onsend_route` that is a warning: the second goes on where the first ends.
    ///
    /// ```cfg
    /// route[A] { exit; } route[A] { exit; }
    /// ```
    ///
    /// Way out: rename or remove one of them.
    "R0003" DUPLICATE_ROUTE;
    /// `break` stands outside of any loop or switch.
    ///
    /// It ends the run of the block, as `return` does.
    ///
    /// ```cfg
    /// request_route { break; }
    /// ```
    ///
    /// Way out: use `return` or `exit`.
    "R0004" MISPLACED_BREAK;
    /// A statement can never be reached.
    ///
    /// ```cfg
    /// exit; xlog("never\n");
    /// ```
    ///
    /// Way out: remove it, or what ends the run before it.
    "R0005" UNREACHABLE;
    /// A condition assigns instead of comparing.
    ///
    /// ```cfg
    /// if ($var(x) = 5) exit;
    /// ```
    ///
    /// Way out: compare with `==`.
    "R0006" ASSIGNMENT_IN_CONDITION;
    /// The run goes on after a final response.
    ///
    /// ```cfg
    /// sl_send_reply("404", "Not Found"); t_relay();
    /// ```
    ///
    /// Way out: end the run with `exit` after the response.
    "R0007" GOES_ON_AFTER_FINAL;
    /// There is no route for requests.
    ///
    /// Every request would be dropped without an answer.
    ///
    /// ```cfg
    /// reply_route { exit; }
    /// ```
    ///
    /// Way out: write a `request_route { … }`.
    "R0008" NO_REQUEST_ROUTE;
    /// Nothing runs a route block.
    ///
    /// No call names it, and no text in the script holds its name.
    ///
    /// ```cfg
    /// request_route { exit; } route[OLD] { xlog("who calls?\n"); }
    /// ```
    ///
    /// Way out: call it, or remove it.
    "R0009" UNUSED_ROUTE;
    /// A condition is always the same.
    ///
    /// Only a positive number is true by itself, be it in a text.
    ///
    /// ```cfg
    /// if ("INVITE") exit;
    /// ```
    ///
    /// Way out: compare with something, or remove the condition. A constant that a `#!define` stands for is not reported.
    "R0010" CONSTANT_CONDITION;
    /// A label of a `switch` cannot be used.
    ///
    /// Labels are constants, all numbers or all texts, and there is one `default`. Kamailio does not start otherwise.
    ///
    /// ```cfg
    /// switch ($rU) { case 100: exit; case "voicemail": exit; }
    /// ```
    ///
    /// Way out: quote the numbers, or compare with `if`.
    "R0011" BAD_CASE;
    /// Two cases of a `switch` have the same label.
    ///
    /// The first of them is chosen.
    ///
    /// ```cfg
    /// switch ($rs) { case 404: exit; case 404: drop; }
    /// ```
    ///
    /// Way out: remove one of them.
    "R0012" DUPLICATE_CASE;
    /// An event route is named after an event that there is not.
    ///
    /// Kamailio starts with it and never runs it.
    ///
    /// ```cfg
    /// event_route[htable:mod_init] { xlog("ready\n"); }
    /// ```
    ///
    /// Way out: correct the name; the page of each module lists its events.
    "R0013" UNKNOWN_EVENT;
    /// The script says nothing at all.
    ///
    /// A file that was cut off, or is not written yet, looks like this; a server that was given it on a reload would know
    /// none of its routes and modules any more.
    ///
    /// ```cfg
    /// # written by the deployment
    /// ```
    ///
    /// Way out: see whether this is the file that was meant.
    "R0014" EMPTY_SCRIPT;
}
