//! Script functions.

pub mod contacts;
mod plain_text;
pub mod relaying;
pub mod replies;
pub mod requests;
pub mod routes;
pub mod settings;
pub mod uac;
