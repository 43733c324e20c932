//! Tables of what scripts read and write. What they expect was observed on 5.6.3 unless a row says otherwise.

mod attributes;
mod bench;
mod branches;
mod messages;
mod parties;
mod selects;
mod transformations;
mod uris;

/// A request with nearly everything in it.
pub const RICH: &str = "\
OPTIONS sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:45678;branch=z9hG4bKtable1;rport
Via: SIP/2.0/TCP 10.9.8.7:5555;branch=z9hG4bKsecond;rport=12;received=1.2.3.4, SIP/2.0/TLS third.example.org
From: \"Alice Display\" <sip:alice;p=1@example.org:5070;user=phone>;tag=ft-1
To: <sip:bob@example.net>
Call-ID: table-call@example.org
CSeq: 7 OPTIONS
User-Agent: Test Agent/1.0
Contact: \"Al\" <sip:alice@127.0.0.1:6000;transport=udp>;expires=77;q=0.5, <sip:second@c.example.org>;expires=99
X-Multi: one
X-Multi: two
X-Multi: three
X-List: a, b, c
Subject: The subject
P-Asserted-Identity: \"Ass\" <sip:ass@pai.example.org>, <tel:+123>
P-Preferred-Identity: \"Pref\" <sip:pref@ppi.example.org>
Remote-Party-ID: \"Rem\" <sip:rem@rpi.example.org>;party=calling;privacy=off
Refer-To: <sip:ref@to.example.org>
Diversion: <sip:div@div.example.org>;reason=user-busy;counter=2;privacy=full
Authorization: Digest username=\"au@adom\", realm=\"areal\", nonce=\"n\", uri=\"sip:adu@x\", response=\"00\", algorithm=MD5, cnonce=\"cn\", opaque=\"op\", qop=auth, nc=00000001
Supported: path, gruu
Allow: INVITE, ACK
Expires: 99
Date: Thu, 21 Feb 2002 13:02:03 GMT
Session-Expires: 1800;refresher=uac
Min-SE: 90
Event: presence
Max-Forwards: 70
X-Empty:
Route: <sip:r1.example.org;lr>, <sip:r2.example.org;lr>
Content-Type: text/plain
Content-Length: 22

Hello body
line two
";

/// A request with as little as there may be in it.
pub const BARE: &str = "\
INVITE sip:test.example.net SIP/2.0
Via: SIP/2.0/UDP host.invalid;branch=z9hG4bKmin
From: sip:alice@example.org;tag=x
To: bob <sip:bob@example.net:5061;transport=tcp>;tag=tt
Call-ID: min
CSeq: 1 INVITE
Content-Length: 0

";

/// A response on its way back.
pub const RESPONSE: &str = "\
SIP/2.0 183 Session Progress
Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKrep
Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKup;rport=5998;received=127.0.0.2
From: <sip:alice@example.org>;tag=x
To: <sip:bob@example.net>;tag=tt
Call-ID: rep
CSeq: 1 INVITE
Contact: <sip:c@1.2.3.4>
Content-Length: 0

";
