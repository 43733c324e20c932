//! What a stranger, and a user who wants to be somebody else, get from the built-in configuration: nothing.

use crate::server::{PASSWORD, Server};
use crate::talk::{Mobile, Request, Someone, credentials, header, response, status};
use std::time::Duration;

/// A user at the server.
fn at(server: &Server, user: &str) -> String {
    format!("{user}@127.0.0.1:{}", server.port)
}

/// A registration of a contact at an address.
fn registers(server: &Server, phone: &Someone, user: &str, aor: &str) -> u16 {
    let (from, aor) = (at(server, user), at(server, aor));
    let to = format!("<sip:{aor}>");
    let contact = format!("Contact: <sip:{user}@{}>;expires=600\r\n", phone.address);
    let uri = format!("sip:127.0.0.1:{}", server.port);
    let request = Request {
        from: &from,
        to: &to,
        more: &contact,
        ..Request::new("REGISTER", &uri)
    };
    status(&phone.asks_as(server, user, &request))
}

#[test]
fn a_stranger_has_nothing_sent_to_anybody() {
    let server = Server::built_in();
    let (stranger, victim) = (Someone::at("127.0.0.2"), Someone::at("127.0.0.3"));
    let foreign = format!("sip:victim@{}", victim.address);
    let (ours, alice) = (format!("sip:{}", at(&server, "bob")), at(&server, "alice"));
    for (method, uri, from, expected) in [
        ("INVITE", &foreign, "stranger@elsewhere.example", 403),
        ("INVITE", &foreign, &*alice, 407),
        ("INVITE", &ours, &*alice, 407),
        ("INVITE", &ours, "stranger@elsewhere.example", 403),
        ("MESSAGE", &foreign, &*alice, 407),
        ("OPTIONS", &foreign, "stranger@elsewhere.example", 403),
        ("OPTIONS", &foreign, &*alice, 407),
        ("BYE", &foreign, &*alice, 407),
        ("REGISTER", &foreign, &*alice, 401),
        ("UNHEARDOF", &foreign, &*alice, 407),
    ] {
        let request = Request {
            from,
            ..Request::new(method, uri)
        };
        let answer = stranger.asks(&server, &request);
        assert_eq!(status(&answer), expected, "{method} {uri} {from}\n{answer}");
    }
    assert_eq!(victim.receives_soon(), None);
}

#[test]
fn a_response_to_nothing_is_sent_on_to_nobody() {
    let server = Server::built_in();
    let (stranger, victim) = (Someone::at("127.0.0.2"), Someone::at("127.0.0.3"));
    for method in ["INVITE", "MESSAGE"] {
        let request = Request::new(method, "sip:bob@127.0.0.1").text("UDP", victim.address);
        let ours = format!(
            "Via: SIP/2.0/UDP 127.0.0.1:{};branch=z9hG4bKx\r\nVia:",
            server.port
        );
        let answer = response(&request, 200).replacen("Via:", &ours, 1);
        stranger.sends(&server, &answer);
    }
    assert_eq!(victim.receives_soon(), None);
}

#[test]
fn nobody_registers_where_he_could_not_call_from() {
    let server = Server::built_in();
    let phone = Someone::at("127.0.0.2");
    let uri = format!("sip:127.0.0.1:{}", server.port);
    let register = Request {
        from: "alice@elsewhere.example",
        to: "<sip:alice@elsewhere.example>",
        ..Request::new("REGISTER", &uri)
    };
    assert_eq!(status(&phone.asks_as(&server, "alice", &register)), 403);
    let log = server.log();
    assert!(log.contains("--alias elsewhere.example"), "{log}");
}

#[test]
fn a_stranger_who_makes_up_a_route_has_nothing_sent_along_it() {
    let server = Server::built_in();
    let victim = Someone::at("127.0.0.3");
    let (us, them) = (format!("127.0.0.1:{}", server.port), victim.address);
    let foreign = format!("sip:victim@{them}");
    let ours = format!("sip:{us};lr");
    let mark = "mark=e3b0c44298fc1c149afbf4c8996fb924";
    let made_up = [
        (&foreign, format!("<sip:{us};lr>")),
        (&foreign, format!("<sip:{us};lr>, <sip:{us};lr>")),
        (&foreign, format!("<sip:{us};lr>, <sip:{them};lr>")),
        (&foreign, format!("<sip:{us};lr;mark=>")),
        (&foreign, format!("<sip:{us};lr;{mark}>")),
        (
            &foreign,
            format!("<sip:{us};r2=on;lr>, <sip:{us};r2=on;lr;{mark}>"),
        ),
        (&foreign, format!("<sip:{us}>")),
        (&foreign, format!("<sip:{them};lr>")),
        (&ours, format!("<sip:{us};lr>, <sip:{them}>")),
        (&ours, format!("<sip:{them};lr>")),
        (&ours, format!("<sip:{them}>")),
    ];
    for (number, (uri, routes)) in made_up.into_iter().enumerate() {
        // Each from another address, none of which is silenced for what the others send.
        let stranger = Someone::at(&format!("127.0.1.{number}"));
        let route = format!("Route: {routes}\r\n");
        for (method, to) in [
            ("INVITE", "<sip:bob@127.0.0.1>;tag=b"),
            ("BYE", "<sip:bob@127.0.0.1>;tag=b"),
            ("ACK", "<sip:bob@127.0.0.1>;tag=b"),
            ("ACK", "<sip:bob@127.0.0.1>"),
            ("CANCEL", "<sip:bob@127.0.0.1>"),
        ] {
            let request = Request {
                to,
                more: &route,
                ..Request::new(method, uri)
            };
            if matches!(method, "ACK" | "CANCEL") {
                stranger.sends(&server, &request.text("UDP", stranger.address));
            } else {
                let answer = stranger.asks(&server, &request);
                assert!(
                    matches!(status(&answer), 403 | 404),
                    "{uri} {route}{answer}"
                );
            }
        }
    }
    assert_eq!(victim.receives_soon(), None);
}

#[test]
fn a_user_is_nobody_else() {
    let server = Server::built_in();
    let (phone, bobs, victim) = (
        Someone::at("127.0.0.2"),
        Someone::at("127.0.0.3"),
        Someone::at("127.0.0.4"),
    );
    let (alice, bob) = (at(&server, "alice"), at(&server, "bob"));
    assert_eq!(registers(&server, &phone, "alice", "bob"), 403);
    let (ours, foreign) = (format!("sip:{bob}"), format!("sip:x@{}", victim.address));
    let message = |from, uri| Request {
        from,
        more: "P-Asserted-Identity: <sip:boss@127.0.0.1>\r\nRemote-Party-ID: <sip:boss@127.0.0.1>\r\n\
               Route: <sip:127.0.0.4;lr>\r\n",
        ..Request::new("MESSAGE", uri)
    };
    for (from, uri, expected) in [
        (&*alice, &*ours, 480),
        (&*bob, &*ours, 403),
        (&*alice, &*foreign, 403),
        ("alice@elsewhere.example", &*ours, 403),
    ] {
        let answer = phone.asks_as(&server, "alice", &message(from, uri));
        assert_eq!(status(&answer), expected, "{from} {uri}\n{answer}");
    }
    assert_eq!(registers(&server, &bobs, "bob", "bob"), 200);
    // What somebody says about himself is not passed on, nor are his credentials.
    let request = message(&alice, &ours);
    let challenged = phone.asks(&server, &request);
    let answer = credentials(&challenged, "alice", PASSWORD, &request);
    let more = format!("{}{answer}", request.more);
    let request = Request {
        more: &more,
        ..request
    };
    phone.sends(&server, &request.text("UDP", phone.address));
    let passed_on = bobs.receives();
    // Whoever has seen the answer cannot use it.
    let thief = Someone::at("127.0.0.2");
    assert_eq!(status(&thief.asks(&server, &request)), 407);
    for name in [
        "P-Asserted-Identity",
        "Remote-Party-ID",
        "Proxy-Authorization",
        "Route",
    ] {
        assert_eq!(header(&passed_on, name), None, "{passed_on}");
    }
    assert_eq!(victim.receives_soon(), None);
}

#[test]
fn the_routes_of_a_call_are_followed_for_that_call_alone_and_after_a_restart() {
    let mut server = Server::built_in();
    let (caller, callee) = (Someone::at("127.0.0.2"), Someone::at("127.0.0.3"));
    assert_eq!(registers(&server, &callee, "bob", "bob"), 200);
    let (alice, uri) = (at(&server, "alice"), format!("sip:{}", at(&server, "bob")));
    let contact = format!("Contact: <sip:alice@{}>\r\n", caller.address);
    let invite = Request {
        from: &alice,
        more: &contact,
        ..Request::new("INVITE", &uri)
    };
    let challenged = caller.asks(&server, &invite);
    let more = contact.clone() + &credentials(&challenged, "alice", PASSWORD, &invite);
    let invite = Request {
        more: &more,
        ..invite
    };
    caller.sends(&server, &invite.text("UDP", caller.address));
    let rung = callee.receives();
    callee.sends(&server, &response(&rung, 200));
    let recorded = header(&rung, "Record-Route").unwrap();
    let (call, from) = (
        header(&rung, "Call-ID").unwrap(),
        header(&rung, "From").unwrap(),
    );
    // The callee ends the call, over the route that it was shown.
    let route = format!("Route: {recorded}\r\n");
    let uri = format!("sip:alice@{}", caller.address);
    let bye = Request {
        to: from,
        more: &route,
        ..Request::new("BYE", &uri)
    };
    let other = bye.text("UDP", callee.address);
    let own = header(&other, "Call-ID").unwrap().to_owned();
    callee.sends(&server, &other);
    assert_eq!(status(&callee.receives()), 403);
    server.dies_and_comes_back();
    let own = format!("Call-ID: {own}\r\n");
    let again = bye.text("UDP", callee.address);
    let line = format!("Call-ID: {}\r\n", header(&again, "Call-ID").unwrap());
    assert_ne!(own, line);
    let bye = again.replace(&line, &format!("Call-ID: {call}\r\n"));
    // Who has heard of the call has to know who began it, too.
    let (_, tag) = from.split_once("tag=").unwrap();
    callee.sends(&server, &bye.replace(tag, "other"));
    assert_eq!(status(&callee.receives()), 403);
    callee.sends(&server, &bye);
    loop {
        let received = caller.receives();
        if received.starts_with("BYE ") {
            break;
        }
    }
}

#[test]
fn wrong_passwords_and_floods_silence_their_source_and_nobody_else() {
    let server = Server::built_in();
    let (guessing, flooding, calm) = (
        Someone::at("127.0.0.2"),
        Someone::at("127.0.0.3"),
        Someone::at("127.0.0.4"),
    );
    let uri = format!("sip:127.0.0.1:{}", server.port);
    let options = Request::new("OPTIONS", &uri);
    for _ in 0..1000 {
        flooding.sends(&server, &options.text("UDP", flooding.address));
    }
    let alice = format!("<sip:{}>", at(&server, "alice"));
    let register = Request {
        to: &alice,
        ..Request::new("REGISTER", &uri)
    };
    let mut challenged = guessing.asks(&server, &register);
    for _ in 0..29 {
        challenged = guessing.guesses(&server, "alice", &register, &challenged);
        std::thread::park_timeout(Duration::from_millis(100));
    }
    let answer = credentials(&challenged, "alice", "guessed", &register);
    let register = Request {
        more: &answer,
        ..register
    };
    for _ in 0..2 {
        guessing.sends(&server, &register.text("UDP", guessing.address));
        assert_eq!(guessing.receives_soon(), None, "{}", server.log());
    }
    let answers = std::iter::from_fn(|| flooding.receives_soon()).count();
    assert!((1..600).contains(&answers), "{answers}");
    assert_eq!(status(&calm.asks(&server, &options)), 200);
    let log = server.log();
    assert!(
        log.contains("too many wrong passwords from 127.0.0.2"),
        "{log}"
    );
    assert!(log.contains("too many requests from 127.0.0.3"), "{log}");
}

#[test]
fn where_a_user_of_ours_is_neither_floods_nor_wrong_passwords_of_others_silence_anybody_else() {
    let server = Server::built_in();
    // Two phones behind one router.
    let (phone, other) = (Someone::at("127.0.0.2"), Someone::at("127.0.0.2"));
    let uri = format!("sip:127.0.0.1:{}", server.port);
    let users = ["alice", "bob"].map(|name| format!("<sip:{}>", at(&server, name)));
    let [alice, bob] = users.each_ref().map(|to| Request {
        to,
        ..Request::new("REGISTER", &uri)
    });
    let registers = || {
        let challenged = phone.asks(&server, &alice);
        let more = credentials(&challenged, "alice", PASSWORD, &alice);
        let answer = phone.asks(
            &server,
            &Request {
                more: &more,
                ..alice
            },
        );
        assert_eq!(status(&answer), 200, "{answer}");
    };
    registers();
    let options = Request::new("OPTIONS", &uri).text("UDP", other.address);
    for _ in 0..1000 {
        other.sends(&server, &options);
    }
    while other.receives_soon().is_some() {}
    registers();
    let mut challenged = other.asks(&server, &bob);
    for (user, times) in [("nobody", 40), ("bob", 29)] {
        for _ in 0..times {
            challenged = other.guesses(&server, user, &bob, &challenged);
        }
    }
    for password in ["guessed", PASSWORD] {
        let more = credentials(&challenged, "bob", password, &bob);
        other.sends(
            &server,
            &Request { more: &more, ..bob }.text("UDP", other.address),
        );
        assert_eq!(other.receives_soon(), None, "{}", server.log());
    }
    registers();
}

#[test]
fn a_phone_over_tcp_is_registered_as_long_as_it_is_connected() {
    let server = Server::built_in();
    let caller = Someone::at("127.0.0.2");
    let mut phone = Mobile::connects(&server);
    let (bob, own) = (at(&server, "bob"), phone.address);
    let (to, uri) = (
        format!("<sip:{bob}>"),
        format!("sip:127.0.0.1:{}", server.port),
    );
    let contact = format!("Contact: <sip:bob@{own};transport=tcp>;expires=600\r\n");
    let register = Request {
        from: &bob,
        to: &to,
        more: &contact,
        ..Request::new("REGISTER", &uri)
    };
    phone.sends(&register.text("TCP", own));
    let challenged = phone.receives();
    let more = contact.clone() + &credentials(&challenged, "bob", PASSWORD, &register);
    let register = Request {
        more: &more,
        ..register
    };
    phone.sends(&register.text("TCP", own));
    assert_eq!(status(&phone.receives()), 200);
    let (alice, uri) = (at(&server, "alice"), format!("sip:{bob}"));
    let message = Request {
        from: &alice,
        ..Request::new("MESSAGE", &uri)
    };
    let challenged = caller.asks(&server, &message);
    let more = credentials(&challenged, "alice", PASSWORD, &message);
    let message = Request {
        more: &more,
        ..message
    };
    caller.sends(&server, &message.text("UDP", caller.address));
    let passed_on = phone.receives();
    assert!(passed_on.starts_with("MESSAGE "), "{passed_on}");
    phone.sends(&response(&passed_on, 200));
    assert_eq!(status(&caller.receives()), 200);
    phone.vanishes();
    let message = Request {
        more: "",
        ..message
    };
    caller.asks_until(&server, "alice", &message, 480);
}

#[test]
fn figures_are_shown_on_this_machine_only() {
    let server = Server::built_in();
    let get = |from: &str| {
        let mut asking = Mobile::connects_from(from, &server);
        asking.sends("GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        asking.receives()
    };
    let shown = get("127.0.0.1");
    assert!(shown.starts_with("HTTP/1.1 200 "), "{shown}");
    let refused = get("127.0.0.2");
    assert!(refused.starts_with("HTTP/1.1 404 "), "{refused}");
}
