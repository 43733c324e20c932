//! The workspace as Cargo sees it: where it is, which packages it has, who depends on whom.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where Debian's package has the peer that we compare ourselves with.
pub const KAMAILIO: &str = "/usr/sbin/kamailio";

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyKind {
    /// To build the crate.
    Normal,
    /// To build its tests, examples and benchmarks.
    Development,
    /// To build its build script.
    Build,
}

/// One line of a `[dependencies]` table.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Package name, as the registry or the workspace knows it.
    pub name: String,
    /// When it is needed.
    pub kind: DependencyKind,
    /// Folder relative to the workspace root, for a package of ours.
    pub folder: Option<String>,
}

/// One package of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Package name.
    pub name: String,
    /// Folder relative to the workspace root, such as `crates/sip`.
    pub folder: String,
    /// Names of its features.
    pub features: Vec<String>,
    /// What it depends on, optional dependencies included.
    pub dependencies: Vec<Dependency>,
}

/// The folder that holds the workspace's Cargo.toml.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Asks Cargo for the packages of the workspace.
///
/// # Errors
/// When Cargo refuses a manifest.
pub fn packages() -> Result<Vec<Package>> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("running cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let root = root();
    let packages = metadata["packages"].as_array().map_or(&[][..], |list| list);
    Ok(packages
        .iter()
        .map(|package| read_package(package, &root))
        .collect())
}

fn read_package(package: &Value, root: &Path) -> Package {
    let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let dependencies = package["dependencies"]
        .as_array()
        .map_or(&[][..], |list| list);
    Package {
        name: text(&package["name"]),
        folder: relative(manifest.parent().unwrap_or(manifest), root),
        features: package["features"]
            .as_object()
            .map(|features| features.keys().cloned().collect())
            .unwrap_or_default(),
        dependencies: dependencies
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                kind: match dependency["kind"].as_str() {
                    Some("dev") => DependencyKind::Development,
                    Some("build") => DependencyKind::Build,
                    _ => DependencyKind::Normal,
                },
                folder: dependency["path"]
                    .as_str()
                    .map(|path| relative(Path::new(path), root)),
            })
            .collect(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}
