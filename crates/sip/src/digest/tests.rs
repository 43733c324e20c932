use super::nonce::{MessageFacts, Nonce, NonceError, NonceIndex, NonceKeys};
use super::*;

const NONCE: &[u8] = b"dcd98b7102dd2f0e8b11d0f600bfb0c093";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn rfc_2617_section_3_5_example_is_computed() {
    let secret = ha1(
        Algorithm::Md5,
        b"Mufasa",
        b"testrealm@host.com",
        b"Circle Of Life",
    );
    assert_eq!(secret.as_str(), "939e7578ed9e3c518a452acee763bce9");
    let exchange = Exchange {
        method: b"GET",
        uri: b"/dir/index.html",
        nonce: NONCE,
        cnonce: b"0a4f113b",
        nonce_count: b"00000001",
        qop: b"auth",
        body: b"",
    };
    let proof = response(Algorithm::Md5, &secret, &exchange);
    assert_eq!(proof.as_str(), "6629fae49393a05397450978507c4ef1");
}

#[test]
fn rfc_7616_section_3_9_1_examples_are_computed() {
    for (algorithm, expected) in [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            Algorithm::Sha256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ] {
        let secret = ha1(
            algorithm,
            b"Mufasa",
            b"http-auth@example.org",
            b"Circle of Life",
        );
        let exchange = Exchange {
            method: b"GET",
            uri: b"/dir/index.html",
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            nonce_count: b"00000001",
            qop: b"auth",
            body: b"",
        };
        assert_eq!(response(algorithm, &secret, &exchange).as_str(), expected);
    }
}

/// With the values of erratum 4897, which corrects hash and response of the example.
#[test]
fn rfc_7616_section_3_9_2_example_hashes_name_and_response() {
    let (name, realm) = (
        "J\u{e4}s\u{f8}n Doe".as_bytes(),
        b"api@example.org".as_slice(),
    );
    let algorithm = Algorithm::Sha512_256;
    assert_eq!(
        hash_username(algorithm, name, realm).as_str(),
        "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    );
    let challenge = Challenge {
        realm,
        nonce: b"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        qop: Some(b"auth"),
        algorithm: Some(b"SHA-512-256"),
        userhash: true,
        ..Challenge::default()
    };
    let answer = Answer {
        username: name,
        secret: Secret::Password(b"Secret, or not?"),
        method: b"GET",
        uri: b"/doe.json",
        body: b"",
        cnonce: b"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        nonce_count: 1,
    };
    let mut value = Vec::new();
    answer.write(&challenge, &mut value).unwrap();
    let credentials = Credentials::parse(&value).unwrap();
    assert!(credentials.userhash);
    assert_eq!(
        text(credentials.response.unwrap()),
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    );
}

/// Expected values from an independent implementation.
#[test]
fn every_algorithm_and_protection_gives_its_own_response() {
    let table = [
        (Algorithm::Md5, "", "bf57e4e0d0bffc0fbaedce64d59add5e"),
        (
            Algorithm::Md5,
            "auth-int",
            "b1c81b2ae89822a39dca670743286f7d",
        ),
        (
            Algorithm::Md5Session,
            "auth",
            "e4e4ea61d186d07a92c9e1f6919902e9",
        ),
        (
            Algorithm::Md5Session,
            "",
            "fff17611bcbbf00c9116a2c922dea8e1",
        ),
        (
            Algorithm::Sha256,
            "",
            "38aad98c50c33abe72c5f88dd17246ffcfa6b1f68852c855719ff0659386c0ca",
        ),
        (
            Algorithm::Sha256,
            "auth-int",
            "ea394ecd6c5b3112d1637154051cdb33619b9186ff0d15379d2ae2ff984d237e",
        ),
        (
            Algorithm::Sha256Session,
            "auth",
            "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792",
        ),
        (
            Algorithm::Sha512,
            "",
            "ad138f7171a0dc23d89feb74db727a08c5c73b234de28c995e85eba1fc347d7a\
             700681b7915b8bb78085242d1ad255f768ca2b2f46f14d14803d2cf3a6965083",
        ),
        (
            Algorithm::Sha512,
            "auth-int",
            "08b27054a2c80d6363a674143064c706b4c074b3c4a05b79d8f413f19840fa66\
             b85c3eb26c823069e2ea7ef25e413424dc1c98c00342538f0919667ec3b808fc",
        ),
        (
            Algorithm::Sha512Session,
            "auth",
            "84cc3c15de3107251a549f288e933c1c443dbcd91becfcf200d1a2f944747e16\
             459d50c08a45ef92008cc556c45c9b0c8740fc1932ebbb1d0aa5df9f78df3938",
        ),
        (
            Algorithm::Sha512_256,
            "",
            "9e960b3a01beb63f1ea5d45d43bd8a2178879d3c9ddbbdb0624187ca823c6eca",
        ),
        (
            Algorithm::Sha512_256,
            "auth-int",
            "6eb34a3beb9b09ab9e527dff8b9bf0258c4a7bea409fa7c93aad0a98ec9fed82",
        ),
        (
            Algorithm::Sha512_256Session,
            "auth",
            "077d9677be83f41f162d1a4453dc163389919f81e5927391d972f477da767633",
        ),
        (
            Algorithm::Sha512_256Session,
            "",
            "10f52db7e2818a98871fd94294a2593a22eeaf07e23dad0b2bb52694442db5dd",
        ),
    ];
    for (algorithm, qop, expected) in table {
        let secret = ha1(algorithm, b"bob", b"biloxi.com", b"zanzibar");
        let exchange = Exchange {
            method: b"INVITE",
            uri: b"sip:bob@biloxi.com",
            nonce: NONCE,
            cnonce: b"0a4f113b",
            nonce_count: b"00000001",
            qop: qop.as_bytes(),
            body: b"v=0",
        };
        assert_eq!(
            response(algorithm, &secret, &exchange).as_str(),
            expected,
            "{algorithm:?} {qop}"
        );
    }
}

#[test]
fn server_proof_is_computed_without_a_method() {
    let secret = ha1(Algorithm::Md5, b"u", b"r", b"pass");
    let exchange = Exchange {
        method: b"OPTIONS",
        uri: b"sip:x@y",
        nonce: b"awDomWsA523JyE9U1ewmC3tB5LEZd2TT",
        cnonce: b"c",
        nonce_count: b"00000001",
        qop: b"auth",
        body: b"",
    };
    // Observed on 5.6.3 with add_authinfo_hdr.
    let proof = response_auth(Algorithm::Md5, &secret, &exchange);
    assert_eq!(proof.as_str(), "89f2f93ca2015702722e47f4531d56f6");
}

/// Checks `rest` of credentials against the response for user `u`, realm `r`, password `pass`.
fn verify(form: &str) -> Verification {
    let algorithm = Algorithm::Md5;
    let secret = ha1(algorithm, b"u", b"r", b"pass");
    let plain = Exchange {
        method: b"OPTIONS",
        uri: b"sip:x@y",
        nonce: b"N",
        ..Exchange::default()
    };
    let counted = Exchange {
        qop: b"auth",
        cnonce: b"c",
        nonce_count: b"00000001",
        ..plain
    };
    let value = form
        .replace("PLAIN", response(algorithm, &secret, &plain).as_str())
        .replace("COUNTED", response(algorithm, &secret, &counted).as_str());
    match Credentials::parse(value.as_bytes()) {
        Ok(credentials) => credentials.verify(algorithm, &secret, b"OPTIONS", b""),
        Err(_) => Verification::Incomplete,
    }
}

#[test]
fn credentials_of_every_spelling_that_5_6_3_takes_are_taken() {
    for form in [
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN""#,
        r#"Digest username="u",realm="r",nonce="N",uri="sip:x@y",response="PLAIN""#,
        r#"Digest username=u, realm=r, nonce=N, uri=sip:x@y, response=PLAIN"#,
        r#"Digest response="PLAIN",uri="sip:x@y",nonce="N",realm="r",username="u""#,
        r#"Digest username = "u" , realm = "r" , nonce = "N" , uri = "sip:x@y" , response = "PLAIN""#,
        r#"DIGEST USERNAME="u", REALM="r", NONCE="N", URI="sip:x@y", RESPONSE="PLAIN""#,
        r#"   Digest   username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN"  "#,
        "Digest username=\"u\",\r\n realm=\"r\", nonce=\"N\",\r\n\turi=\"sip:x@y\", response=\"PLAIN\"",
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN", foo=1, baz="a, b=c", opaque="""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN"; foo=1, @x=1"#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN", algorithm=MD5, qop="""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED", qop=auth, nc=00000001, cnonce="c""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED", qop="auth", nc="00000001", cnonce=c"#,
        // Empty elements and missing commas: more than 5.6.3 takes; RFC 9110 §5.6.1 asks it of a recipient.
        r#"Digest username="u",, realm="r", ,nonce="N" uri="sip:x@y", response="PLAIN","#,
    ] {
        assert_eq!(verify(form), Verification::Matches, "{form}");
    }
}

#[test]
fn wrong_secrets_and_altered_responses_differ() {
    for form in [
        r#"Digest username="u", realm="r", nonce="N", uri="sip:z", response="PLAIN""#,
        r#"Digest username="u", realm="r", nonce="M", uri="sip:x@y", response="PLAIN""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED", qop=auth, nc=1, cnonce="c""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="00000000000000000000000000000000""#,
    ] {
        assert_eq!(verify(form), Verification::Differs, "{form}");
    }
}

#[test]
fn credentials_without_what_the_hash_needs_are_incomplete() {
    for form in [
        r#"Digest realm="r", nonce="N", uri="sip:x@y", response="PLAIN""#,
        r#"Digest username="u", realm="r", nonce="N", response="PLAIN""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="0PLAIN""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED", qop=auth, cnonce="c""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="COUNTED", qop=auth, nc=00000001"#,
        r#"Digest username="u"; realm="r"; nonce="N"; uri="sip:x@y"; response="PLAIN""#,
        r#"Digest username="u", realm="r", nonce="N", uri="sip:x@y", response="PLAIN"#,
    ] {
        assert_eq!(verify(form), Verification::Incomplete, "{form}");
    }
}

#[test]
fn values_that_are_no_digest_credentials_are_refused() {
    use CredentialsError::{Empty, NotDigest};
    for (value, error) in [
        (&b"Basic dTpw"[..], NotDigest),
        (b"", NotDigest),
        (b"   ", NotDigest),
        (b"Digestusername=\"u\"", NotDigest),
        (b"Digest", Empty),
        (b"Digest ,", Empty),
        (b"Digest username=\"u", Empty),
    ] {
        assert_eq!(Credentials::parse(value), Err(error), "{}", text(value));
    }
}

#[test]
fn quoted_values_keep_commas_and_escapes() {
    let value = br#"Digest username="a,b=\"c\"", realm="x\\", nonce="n""#;
    let credentials = Credentials::parse(value).unwrap();
    assert_eq!(text(credentials.username.unwrap()), r#"a,b=\"c\""#);
    assert_eq!(text(credentials.realm.unwrap()), r"x\\");
}

#[test]
fn last_of_repeated_parameters_counts() {
    let credentials =
        Credentials::parse(br#"Digest realm="r", username="u", realm="zzz""#).unwrap();
    assert_eq!(credentials.realm, Some(&b"zzz"[..]));
}

#[test]
fn user_and_domain_are_found_in_the_name() {
    for (name, user, domain) in [
        ("u", "u", ""),
        ("u@d.com", "u", "d.com"),
        ("sip:u@d.com", "u", "d.com"),
        ("SIP:u", "u", ""),
        ("@d", "", "d"),
        ("", "", ""),
    ] {
        let value = format!("Digest username=\"{name}\"");
        let credentials = Credentials::parse(value.as_bytes()).unwrap();
        assert_eq!(
            (text(credentials.user()), text(credentials.domain())),
            (user, domain),
            "{name}"
        );
    }
}

#[test]
fn counts_are_hex() {
    for (count, expected) in [
        ("00000001", Some(1)),
        ("ff", Some(255)),
        ("zz", None),
        ("+1", None),
        ("100000000", None),
    ] {
        let value = format!("Digest nc={count}");
        assert_eq!(
            Credentials::parse(value.as_bytes()).unwrap().count(),
            expected,
            "{count}"
        );
    }
}

#[test]
fn challenges_are_written_as_observed_on_5_6_3() {
    let plain = Challenge {
        realm: b"r",
        nonce: b"n",
        ..Challenge::default()
    };
    for (challenge, expected) in [
        (plain, r#"Digest realm="r", nonce="n""#),
        (
            Challenge {
                qop: Some(b"auth"),
                ..plain
            },
            r#"Digest realm="r", nonce="n", qop="auth""#,
        ),
        (
            Challenge {
                qop: Some(b"auth"),
                stale: true,
                algorithm: Some(b"SHA-256"),
                ..plain
            },
            r#"Digest realm="r", nonce="n", qop="auth", stale=true, algorithm=SHA-256"#,
        ),
        (
            Challenge {
                realm: b"a\"b\r\nX: y\\",
                ..plain
            },
            r#"Digest realm="a\"b  X: y\\", nonce="n""#,
        ),
    ] {
        let mut out = Vec::new();
        challenge.write(&mut out);
        assert_eq!(text(&out), expected);
    }
}

#[test]
fn challenges_read_back_what_was_written() {
    let challenge = Challenge {
        realm: b"biloxi.com",
        nonce: b"abc",
        qop: Some(b"auth,auth-int"),
        stale: true,
        algorithm: Some(b"MD5-sess"),
        opaque: Some(b"5ccc"),
        domain: Some(b"sip:a sip:b"),
        userhash: true,
    };
    let mut out = Vec::new();
    challenge.write(&mut out);
    assert_eq!(Challenge::parse(&out), Ok(challenge));
    assert!(challenge.offers("AUTH-INT") && !challenge.offers("int"));
    assert_eq!(challenge.algorithm(), Some(Algorithm::Md5Session));
}

#[test]
fn broken_challenges_are_refused() {
    use ChallengeError::{Malformed, NotDigest};
    assert_eq!(Challenge::parse(b"Basic realm=\"x\""), Err(NotDigest));
    assert_eq!(Challenge::parse(b"Digest realm=\"x\""), Err(Malformed));
    assert_eq!(Challenge::parse(b"Digest nonce=\"x\""), Err(Malformed));
    assert_eq!(
        Challenge::parse(b"Digest realm=\"x\", nonce=\"y"),
        Err(Malformed)
    );
}

#[test]
fn first_of_several_challenges_in_one_value_is_read() {
    let value = br#"Digest realm="a", nonce="1", algorithm=SHA-256, Digest realm="b", nonce="2", algorithm=MD5"#;
    let challenge = Challenge::parse(value).unwrap();
    assert_eq!(
        (challenge.realm, challenge.algorithm()),
        (&b"a"[..], Some(Algorithm::Sha256))
    );
}

#[test]
fn answers_verify_at_the_server() {
    for algorithm in Algorithm::ALL {
        for qop in [
            None,
            Some(&b"auth"[..]),
            Some(b"auth-int"),
            Some(b"auth-int , auth"),
        ] {
            let challenge = Challenge {
                realm: b"r\\\"x",
                nonce: b"N",
                qop,
                algorithm: Some(algorithm.name().as_bytes()),
                opaque: Some(b"o"),
                ..Challenge::default()
            };
            let secret = ha1(algorithm, b"u", challenge.realm, b"pass");
            let answer = Answer {
                username: b"u",
                secret: Secret::Password(b"pass"),
                method: b"INVITE",
                uri: b"sip:x@y",
                body: b"v=0\r\n",
                cnonce: b"c",
                nonce_count: 0x1a,
            };
            let mut value = Vec::new();
            answer.write(&challenge, &mut value).unwrap();
            let credentials = Credentials::parse(&value).unwrap();
            let verdict = credentials.verify(algorithm, &secret, b"INVITE", b"v=0\r\n");
            assert_eq!(verdict, Verification::Matches, "{}", text(&value));
            assert_eq!(credentials.opaque, Some(&b"o"[..]));
            if qop.is_some() {
                assert_eq!(credentials.count(), Some(0x1a));
            }
        }
    }
}

#[test]
fn answers_to_unknown_algorithms_or_protections_are_not_written() {
    let answer = Answer {
        username: b"u",
        secret: Secret::Password(b"p"),
        method: b"BYE",
        uri: b"sip:x",
        body: b"",
        cnonce: b"c",
        nonce_count: 1,
    };
    let known = Challenge {
        realm: b"r",
        nonce: b"n",
        ..Challenge::default()
    };
    for challenge in [
        Challenge {
            algorithm: Some(b"AKAv1-MD5"),
            ..known
        },
        Challenge {
            qop: Some(b"auth-conf"),
            ..known
        },
    ] {
        let mut out = Vec::new();
        assert_eq!(
            answer.write(&challenge, &mut out),
            Err(ChallengeError::Malformed)
        );
        assert!(out.is_empty());
    }
}

#[test]
fn stored_hashes_are_read_in_either_case() {
    let stored = HexDigest::from_hex(b"939E7578ED9E3C518A452ACEE763BCE9").unwrap();
    assert!(stored.matches(b"939e7578ed9e3c518a452acee763bce9"));
    assert_eq!(HexDigest::from_hex(b"939e"), None);
    assert_eq!(HexDigest::from_hex(&[b'g'; 32]), None);
    assert_eq!(format!("{stored:?}"), "HexDigest(32 digits)");
}

const FACTS: MessageFacts<'_> = MessageFacts {
    request_uri: b"sip:u@h",
    call_id: b"cid@x",
    from_tag: b"ftag",
    source: &[127, 0, 9, 2],
};

/// Nonces that a 5.6.3 with this secret gave to a request with [`FACTS`].
#[test]
fn nonces_of_a_node_that_shares_the_secret_open() {
    let secret = b"abcdefghijklmnop";
    let (whole, halves) = (NonceKeys::whole(secret), NonceKeys::halves(secret));
    let uri_only = MessageFacts {
        request_uri: FACTS.request_uri,
        ..MessageFacts::default()
    };
    let table = [
        ("awDoMmsA5wb5MkYML/BSpRgBZlYw/MPH", whole, None, None),
        (
            "awDoNWsA5wmUB+5WurEdv++C64yxrrB3CJWfyBzwW+FDZy5Ytm7RKg==",
            halves,
            Some(FACTS),
            None,
        ),
        (
            "awDoSWsA5x1XGy0kTA6DBwOubF1xUJJTzndZUTuG7pF6ENSek8lZ9A==",
            halves,
            Some(uri_only),
            None,
        ),
        (
            "awDoNmsA5wqaVjNZlF4U9MQ1cdLCyUb5TawXVoA=",
            whole,
            None,
            Some((0x4dac_1756, 0x80)),
        ),
        (
            "awDoN2sA5wv0s6rOn960u0tzM6j3JE4yHnENwEA=",
            whole,
            None,
            Some((0x1e71_0dc0, 0x40)),
        ),
        (
            "awDoN2sA5wvzc5dtFg8oxtxC4b2ftYDsCJWfyBzwW+FDZy5Ytm7RKnYCngfB",
            halves,
            Some(FACTS),
            Some((0x7602_9e07, 0xc1)),
        ),
    ];
    for (text, keys, facts, index) in table {
        let nonce = Nonce::open(text.as_bytes(), &keys).unwrap();
        assert_eq!(nonce.expires_at - nonce.created_at, 300, "{text}");
        assert_eq!(
            nonce.index,
            index.map(|(id, flags)| NonceIndex { id, flags }),
            "{text}"
        );
        assert_eq!(nonce.facts, facts.map(|facts| facts.seal(&keys)), "{text}");
        let mut out = Vec::new();
        nonce.write(&keys, &mut out);
        assert_eq!(super::tests::text(&out), text);
    }
}

#[test]
fn secrets_of_odd_length_are_halved_as_5_6_3_does() {
    let keys = NonceKeys::halves(b"abcdefghijklmno");
    let nonce = Nonce::open(
        b"awDoTmsA5yLuPqTlzfa+itPtpuZN53q25xvyDmJriSShTpMawZuWiQ==",
        &keys,
    )
    .unwrap();
    assert!(nonce.is_for(&FACTS.seal(&keys)));
    assert!(
        !nonce.is_for(
            &MessageFacts {
                from_tag: b"other",
                ..FACTS
            }
            .seal(&keys)
        )
    );
}

#[test]
fn foreign_and_broken_nonces_do_not_open() {
    let keys = NonceKeys::whole(b"abcdefghijklmnop");
    let good = b"awDoMmsA5wb5MkYML/BSpRgBZlYw/MPH";
    assert_eq!(
        Nonce::open(good, &NonceKeys::whole(b"other")),
        Err(NonceError::Forged)
    );
    for place in 0..good.len() {
        let mut altered = *good;
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            Nonce::open(&altered, &keys),
            Err(NonceError::Forged),
            "{place}"
        );
        assert_eq!(
            Nonce::open(&good[..place], &keys).err(),
            Some(NonceError::Malformed),
            "{place}"
        );
    }
    for broken in [
        "",
        "=",
        "====",
        "AAAA",
        "!!!!",
        &"A".repeat(400),
        "awDoMmsA5wb5MkYML/BSpRgBZlYw/MP=",
    ] {
        assert_eq!(
            Nonce::open(broken.as_bytes(), &keys),
            Err(NonceError::Malformed),
            "{broken}"
        );
    }
}

#[test]
fn nonces_are_stale_after_their_end_and_long_before_their_beginning() {
    let nonce = Nonce {
        expires_at: 1300,
        created_at: 1000,
        facts: None,
        index: None,
    };
    for (now, expected) in [
        (996, true),
        (997, false),
        (1000, false),
        (1300, false),
        (1301, true),
    ] {
        assert_eq!(nonce.is_stale(now, 3), expected, "{now}");
    }
    assert!(!nonce.is_for(&[0; 16]));
}

#[test]
fn credentials_are_found_again_at_their_places() {
    for value in [
        &br#"Digest username="alice", realm="r", nonce="", uri="sip:a", response="0", nc=00000001, userhash=true"#[..],
        br#"Digest qop=auth,cnonce="c",opaque="o",algorithm=MD5,auts="x""#,
    ] {
        let credentials = Credentials::parse(value).unwrap();
        let places = credentials.places(value);
        assert_eq!(places.in_value(value), credentials);
        assert_eq!(places.in_value(b"").username, None, "of another value");
    }
}
