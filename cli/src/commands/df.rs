//! `df`: how much is in the pools, and what the store takes on disk.

use std::io::Write as _;

use serde_json::json;

use crate::{failure::Failure, session::Session};

pub(super) fn df(session: &mut Session) -> Result<(), Failure> {
    let engine = session.engine()?;
    let mut pools = Vec::new();
    for pool in engine.pools()? {
        let usage = engine.usage(&pool)?;
        pools.push((pool, usage));
    }
    let files = engine.file_bytes()?;
    let json = || {
        let pools: Vec<_> = pools
            .iter()
            .map(|(pool, usage)| {
                json!({
                    "pool": pool,
                    "objects": usage.objects,
                    "bytes": usage.bytes,
                    "omap_bytes": usage.omap_bytes,
                })
            })
            .collect();
        let files =
            files.map(|files| json!({ "tables": files.tables, "journals": files.journals }));
        json!({ "ok": true, "pools": pools, "files": files })
    };
    session.answer(json, |output| {
        writeln!(
            output,
            "{:>10}  {:>14}  {:>14}  pool",
            "objects", "bytes", "omap bytes"
        )?;
        for (pool, usage) in &pools {
            let (objects, bytes, omap) = (usage.objects, usage.bytes, usage.omap_bytes);
            output.name(format!("{objects:>10}  {bytes:>14}  {omap:>14}  {pool}").as_bytes())?;
        }
        if let Some(files) = files {
            writeln!(
                output,
                "files: {} bytes in tables, {} in journals",
                files.tables, files.journals
            )?;
        }
        Ok(())
    })
}
