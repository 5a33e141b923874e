//! Locks that outlive a panic. What they guard is written in one step each, so a thread that panicked (in a
//! backend) leaves nothing half done behind.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `deadline` at the latest; `None` when it came first.
pub(crate) fn lock_until<T>(
    mutex: &Mutex<T>,
    deadline: Option<Instant>,
) -> Option<MutexGuard<'_, T>> {
    let Some(deadline) = deadline else {
        return Some(lock(mutex));
    };
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
            // Loads are rare and take milliseconds; a thread that looks again keeps nobody from anything.
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
