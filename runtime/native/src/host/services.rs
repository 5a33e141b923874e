//! Host functions beside the object. Safety: as in `object`.

use std::{
    ffi::c_void,
    mem::{offset_of, size_of},
    ptr, slice as slices,
};

use bytes::{BufMut, BytesMut};
use class_abi as abi;
use objclass::{
    CallRefused, Errno, GuestLocation, LimitKind, MethodFlags, Trap, escaped, text::MAX_MESSAGE,
};

use super::object::host_functions;
use crate::{
    boundary::{deliver, serve, slice},
    call::{CurrentCall, Function},
};

host_functions! {
    info as "objclass_get_info" any(out: *mut abi::Info) |running| {
        if out.is_null() {
            return Err(Errno::EFAULT.into());
        }
        // Every version of the struct begins with its size, set by the class.
        let room = (&raw const (*out).size).read();
        if room < size_of::<usize>() {
            return Err(Errno::EINVAL.into());
        }
        let info = describe(running);
        // A class built against another header has room for less or more than we know: fill what both have, and
        // leave the size as the class set it.
        let first = offset_of!(abi::Info, pool);
        let known = room.min(size_of::<abi::Info>()).max(first);
        ptr::copy_nonoverlapping(
            (&raw const info).cast::<u8>().add(first),
            out.cast::<u8>().add(first),
            known - first,
        );
        Ok(0)
    };

    call as "objclass_call_method" any(
        class: abi::Bytes, method: abi::Bytes, input: abi::Bytes, out: *mut abi::Bytes
    ) |running| {
        let name = |bytes| str::from_utf8(slice(bytes)?).map_err(|_| Errno::EOPNOTSUPP);
        let reply = running.context.call(name(class)?, name(method)?, slice(input)?)?;
        if !out.is_null() {
            deliver(out, running.hold(reply.output))?;
        }
        Ok(reply.ret)
    };

    output as "objclass_output" any(data: abi::Bytes) |running| {
        let data = slice(data)?;
        // The host charges the reply as a whole; here only nothing is gathered that it would refuse.
        let whole = running.output.len() as u64 + data.len() as u64;
        let budget = running.context.budget();
        if whole > budget.left(LimitKind::Output) {
            budget.hit(LimitKind::Output);
        }
        if budget.ended() {
            return Err(CallRefused::Ended);
        }
        running.output.extend_from_slice(data);
        Ok(0)
    };

    log as "objclass_log" any(level: i32, text: abi::Bytes) |running| {
        running.context.log(level, slice(text)?).map(|()| 0)
    };

    random as "objclass_random" any(buffer: *mut c_void, size: usize) |running| {
        if size == 0 {
            return Ok(0);
        }
        if buffer.is_null() || size > isize::MAX as usize {
            return Err(Errno::EFAULT.into());
        }
        // Zeroed first: a slice of bytes nobody has written yet would be undefined behaviour.
        buffer.cast::<u8>().write_bytes(0, size);
        running.context.random(slices::from_raw_parts_mut(buffer.cast(), size));
        Ok(0)
    };

    fail as "objclass_fail" any(message: abi::Bytes) |running| {
        running.message = Some(escaped(slice(message)?, MAX_MESSAGE));
        Ok(0)
    };

    panic as "objclass_panic" any(message: abi::Bytes, file: abi::Bytes, line: u32) |running| {
        let file = escaped(slice(file)?, MAX_MESSAGE);
        let location = (!file.is_empty()).then_some(GuestLocation { file, line });
        let trap = Trap::panicked_with(slice(message)?, location);
        // An operator wants to see this even when the client does not report it.
        running.context.log(0, trap.to_string().as_bytes())?;
        running.panic.get_or_insert(trap);
        Ok(0)
    };

    release as "objclass_release" any(received: *const c_void) |running| {
        running.release(received.cast()).map(|()| 0)
    };

    interrupted as "objclass_interrupted" any() |running| {
        if running.context.budget().check_deadline() { Ok(0) } else { Err(CallRefused::Ended) }
    };
}

/// The description of the call, its texts kept in one piece for the class.
fn describe(running: &mut CurrentCall<'_, '_>) -> abi::Info {
    let access = u32::from(running.context.access().bits());
    let info = running.context.info();
    let (version, subop) = (info.version, info.subop);
    let texts = [
        &info.object.pool,
        &info.object.namespace,
        &info.object.oid,
        &info.origin,
    ];
    let mut joined = BytesMut::with_capacity(texts.iter().map(|text| text.len()).sum());
    let sizes = texts.map(|text| {
        joined.put_slice(text.as_bytes());
        text.len()
    });
    let whole = running.hold(joined.freeze());
    let mut offset = 0;
    let [pool, name_space, oid, origin] = sizes.map(|size| {
        // `wrapping_add` stays within `whole`: the sizes add up to its size.
        let text = abi::Bytes {
            data: whole.data.wrapping_add(offset),
            size,
        };
        offset += size;
        text
    });
    abi::Info {
        size: size_of::<abi::Info>(),
        pool,
        name_space,
        oid,
        origin,
        version,
        subop,
        access,
    }
}
