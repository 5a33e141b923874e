//! Marks pools full whose quota is used up, and takes the mark away when there is room again. As in Ceph that is
//! noticed a moment later: the writes of that moment go beyond the quota.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::shared::Shared;

/// How often pools with a quota are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// Looking takes at most one part in so many of the time.
const SHARE: u32 = 20;

/// Looks until the server stops.
pub(crate) async fn watch(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    let mut pause = PAUSE;
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let looking = Arc::clone(&shared);
        let begun = Instant::now();
        if let Err(error) = tokio::task::spawn_blocking(move || look(&looking)).await {
            tracing::error!("quotas could not be looked at: {error}");
        }
        pause = PAUSE.max(begun.elapsed() * SHARE);
    }
}

fn look(shared: &Shared) {
    for pool in &shared.cluster.view().record.pools {
        let quota = pool.quota;
        let is_full = match quota.is_set() {
            false => false,
            true => match shared.objects.usage(pool.stored()) {
                Ok(usage) => quota.is_reached(usage.objects, usage.bytes),
                Err(errno) => {
                    tracing::error!("pool {} could not be counted: {errno}", pool.name);
                    continue;
                }
            },
        };
        if is_full == pool.is_full() {
            continue;
        }
        let changed = shared.cluster.change(|record| {
            let pool = record.pool_mut(&pool.name)?;
            // It may have another quota by now, or be another pool.
            if pool.quota == quota {
                pool.set_full(is_full);
            }
            Ok(())
        });
        match changed {
            Ok(_) if is_full => tracing::warn!("pool {} is full: its quota is used up", pool.name),
            Ok(_) => tracing::info!("pool {} has room again", pool.name),
            Err(errno) => tracing::error!("pool {} was not marked: {errno}", pool.name),
        }
    }
}
