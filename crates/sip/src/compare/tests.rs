use super::*;

fn check(compare: fn(&Uri<'_>, &Uri<'_>) -> bool, table: &[(&str, &str, bool)]) {
    for (one, other, expected) in table {
        let (left, right) = (
            Uri::parse(one.as_bytes()).unwrap(),
            Uri::parse(other.as_bytes()).unwrap(),
        );
        assert_eq!(compare(&left, &right), *expected, "{one}  {other}");
        assert_eq!(compare(&right, &left), *expected, "{other}  {one}");
    }
}

#[test]
fn rfc_3261_section_19_1_4_equivalent_examples_are_equivalent() {
    check(
        equivalent,
        &[
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtlanTa.CoM;Transport=tcp",
                true,
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com;newparam=5",
                true,
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com;security=on",
                true,
            ),
            (
                "sip:carol@chicago.com;newparam=5",
                "sip:carol@chicago.com;security=on",
                true,
            ),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
                true,
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
                true,
            ),
        ],
    );
}

#[test]
fn rfc_3261_section_19_1_4_different_examples_are_different() {
    check(
        equivalent,
        &[
            (
                "SIP:ALICE@AtLanTa.CoM;Transport=udp",
                "sip:alice@AtLanTa.CoM;Transport=UDP",
                false,
            ),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com;transport=udp",
                false,
            ),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com:6000;transport=tcp",
                false,
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com?Subject=next%20meeting",
                false,
            ),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;security=off",
                false,
            ),
        ],
    );
}

#[test]
fn rfc_3261_section_19_1_4_rules_hold() {
    check(
        equivalent,
        &[
            ("sip:a@b.com", "sips:a@b.com", false),
            ("sips:a@b.com", "SIPS:a@B.com", true),
            ("sip:a@b.com;user=ip", "sip:a@b.com", false),
            ("sip:a@b.com;ttl=1", "sip:a@b.com", false),
            ("sip:a@b.com;method=INVITE", "sip:a@b.com", false),
            ("sip:a@b.com;maddr=192.0.2.1", "sip:a@b.com", false),
            ("sip:a@b.com;lr", "sip:a@b.com", true),
            ("sip:a@b.com;lr", "sip:a@b.com;LR=", true),
            ("sip:a@b.com;user=phone", "sip:a@b.com;User=PHONE", true),
            ("sip:a:pw@b.com", "sip:a@b.com", false),
            ("sip:a:@b.com", "sip:a@b.com", false),
            ("sip:a:pw@b.com", "sip:a:PW@b.com", false),
            ("sip:b.com", "sip:a@b.com", false),
            ("sip:a@b.com;x=%41", "sip:a@b.com;x=a", true),
            ("sip:a@b.com;%78=1", "sip:a@b.com;x=2", false),
            ("sip:a%40c@b.com", "sip:a%40C@b.com", false),
            ("sip:a%2Bc@b.com", "sip:a+c@b.com", false),
            ("sip:a%2dc@b.com", "sip:a-c@b.com", true),
            ("sip:a%2@b.com", "sip:a%2@b.com", true),
            ("sip:a@b.com?h=1", "sip:a@b.com?H=1", true),
            ("sip:a@b.com?h=1&h=2", "sip:a@b.com?h=1&h=1", false),
            ("sip:a@b.com?h=1&h=2", "sip:a@b.com?h=2&h=1", true),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8::1]", true),
            ("urn:service:sos", "URN:service:sos", true),
            ("urn:service:sos", "urn:service:sos.fire", false),
            ("mailto:a@b", "sip:a@b", false),
            ("sip:a@b.com;x=1;x=2", "sip:a@b.com;x=1;x=2", true),
        ],
    );
}

#[test]
fn rfc_3966_section_4_rules_hold() {
    check(
        equivalent,
        &[
            ("tel:+1-201-555-0123", "tel:+1(201)555.0123", true),
            ("tel:+12015550123", "tel:12015550123", false),
            (
                "tel:7042;phone-context=example.com",
                "tel:70-42;PHONE-CONTEXT=Example.COM",
                true,
            ),
            (
                "tel:863-1234;phone-context=+1-914-555",
                "tel:8631234;phone-context=+1914555",
                true,
            ),
            (
                "tel:863-1234;phone-context=+1-914-555",
                "tel:8631234;phone-context=+1914556",
                false,
            ),
            ("tel:+1;ext=1-2", "tel:+1;ext=12", true),
            ("tel:+1;ext=12", "tel:+1", false),
            ("tel:+1;a=b;c=d", "tel:+1;C=D;A=B", true),
            ("tel:+1;isub=1-2", "tel:+1;isub=12", false),
            ("tel:0A", "tel:0a", true),
            ("tel:+1201", "sip:+1201@b.com;user=phone", false),
        ],
    );
}

#[test]
fn scripts_compare_uris_as_observed_on_5_6_3() {
    check(
        same_uri,
        &[
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtlanTa.CoM;Transport=tcp",
                false,
            ),
            (
                "sip:carol@chicago.com;newparam=5",
                "sip:carol@chicago.com;security=on",
                true,
            ),
            (
                "sip:carol@chicago.com;newparam=5",
                "sip:carol@chicago.com;newparam=6",
                false,
            ),
            (
                "sip:alice@a.com?subject=x&priority=u",
                "sip:alice@a.com?priority=u&subject=x",
                true,
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com?Subject=next%20meeting",
                true,
            ),
            ("SIP:a@B.com", "sip:a@b.com", true),
            ("sip:A@b.com", "sip:a@b.com", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
            ("sip:a@b.com:05060", "sip:a@b.com:5060", false),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com;transport=udp",
                true,
            ),
            (
                "sip:a@b.com;transport=tcp",
                "sip:a@b.com;transport=udp",
                false,
            ),
            (
                "sip:a@b.com;transport=TCP",
                "sip:a@b.com;transport=tcp",
                true,
            ),
            ("sip:a@b.com", "sips:a@b.com", false),
            ("sip:a@b.com;user=phone", "sip:a@b.com", false),
            ("sip:a@b.com;user=", "sip:a@b.com", true),
            (
                "sip:a@b.com;method=INVITE",
                "sip:a@b.com;method=invite",
                true,
            ),
            ("sip:a@b.com;ttl=1", "sip:a@b.com", false),
            ("sip:a@b.com;maddr=1.2.3.4", "sip:a@b.com", false),
            ("sip:a:pw@b.com", "sip:a@b.com", false),
            ("sip:a:@b.com", "sip:a@b.com", true),
            ("sip:a@b.com;lr", "sip:a@b.com", true),
            ("sip:a@b.com;lr", "sip:a@b.com;lr=on", false),
            ("sip:a@b.com;x", "sip:a@b.com;x=", true),
            ("sip:a@b.com;x=A", "sip:a@b.com;X=a", true),
            ("sip:a@b.com;x=1;x=2", "sip:a@b.com;x=1;x=2", false),
            ("sip:a@b.com;x=1;x=1", "sip:a@b.com;x=1", true),
            ("sip:a@b.com;%78=1", "sip:a@b.com;x=1", true),
            ("sip:a;x=1@b.com", "sip:a@b.com", false),
            ("tel:+1-201-555-0123", "tel:+12015550123", false),
            ("tel:+1;ext=1", "tel:+1", true),
            (
                "tel:555;phone-context=a.com",
                "tel:555;phone-context=b.com",
                false,
            ),
            ("urn:service:sos", "urn:service:SOS", true),
            ("urn:service:sos", "urn:SERVICE:sos", false),
        ],
    );
}

#[test]
fn scripts_compare_addresses_of_record_as_observed_on_5_6_3() {
    check(
        same_aor,
        &[
            ("sip:bob@biloxi.com", "sip:bob@Biloxi.com:5060", true),
            ("sip:a@b.com:05060", "sip:a@b.com", true),
            ("sip:a@b.com:0", "sip:a@b.com", false),
            ("sip:a@b.com:5061", "sip:a@b.com", false),
            ("sips:a@b.com:5061", "sips:a@b.com", false),
            ("sip:a@b.com", "sips:a@b.com", true),
            ("sip:a:pw@b.com;user=phone;x=1", "sip:a@b.com;x=2?h=1", true),
            ("sip:A@b.com", "sip:a@b.com", false),
            ("sip:b.com", "sip:a@b.com", false),
            ("sip:a;x=1@b.com", "sip:a@b.com", false),
            ("tel:+1-201", "tel:+1201", false),
            ("tel:+1", "sip:+1@b.com", false),
            ("sip:%61@b.com", "sip:a@b.com", false),
        ],
    );
}

#[test]
fn uris_with_too_many_parameters_match_only_when_they_are_the_same() {
    let many: String = (0..=COMPARED_PARAMS_MAX)
        .map(|number| format!(";p{number}"))
        .collect();
    let (plain, odd) = (format!("sip:a@b.com{many}"), format!("sip:a@b.com{many}x"));
    check(
        equivalent,
        &[
            (&plain, &plain, true),
            (&plain, &odd, false),
            (&plain, "sip:a@b.com", false),
        ],
    );
    check(same_uri, &[(&plain, &plain, true), (&plain, &odd, false)]);
    let headers: String = (0..=COMPARED_PARAMS_MAX)
        .map(|number| format!("&h{number}=1"))
        .collect();
    let (plain, odd) = (
        format!("sip:b.com?x=1{headers}"),
        format!("sip:b.com?{}&x=1", &headers[1..]),
    );
    check(equivalent, &[(&plain, &plain, true), (&plain, &odd, false)]);
}
