//! Questions about IP addresses and about host names.
//!
//! Whether a text is an address, which kind it is, which networks it is in (`address`), and which addresses a host name
//! stands for; the answers about names stay with the message, for `$dns(…)`. The module sends no queries of its own: names
//! are resolved by the server, as for the next hop of a request.

mod address;
mod answers;
mod functions;
mod own_name;
mod pvars;

use functions::{addresses, names};
use module_api::{Diagnostic, Loader, Module, NoParams, exports};
use own_name::OwnName;

/// The module's instance.
pub struct Ipops {
    own_name: OwnName,
}

impl Module for Ipops {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Ipops {
            own_name: OwnName::default(),
        })
    }
}

exports! {
    name: "ipops",
    module: Ipops,
    functions: [
        addresses::is_ip,
        addresses::is_pure_ip,
        addresses::is_ipv4,
        addresses::is_ipv6,
        addresses::is_ipv6_reference,
        addresses::ip_type,
        addresses::detailed_ip_type,
        addresses::detailed_ipv4_type,
        addresses::detailed_ipv6_type,
        addresses::compare_ips,
        addresses::compare_pure_ips,
        addresses::is_ip_rfc1918,
        addresses::is_in_subnet,
        names::dns_sys_match_ip,
        names::dns_int_match_ip,
        names::dns_query,
        names::srv_query,
        names::naptr_query,
        names::ptr_query,
        names::dns_set_local_ttl,
    ],
    pvars: [
        pvars::host_addresses,
        pvars::services,
        pvars::authority_pointers,
        pvars::pointers,
        pvars::own_host,
    ],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
