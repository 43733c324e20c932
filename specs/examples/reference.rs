//! Writes `docs/reference` anew.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, page) in specs::reference::pages(&repository) {
        let path = repository.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, page)?;
    }
    Ok(())
}
