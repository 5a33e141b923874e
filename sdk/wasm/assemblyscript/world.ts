// The functions of the world under their canonical names. Ranges are pointer and length; results are written to where
// `to` points, as the canonical ABI lays them out.

// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "stat")
export declare function stat(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "read")
export declare function read(offset: u64, length: u64, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "getxattr")
export declare function getxattr(name: usize, nameLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "getxattrs")
export declare function getxattrs(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "omap-get-keys")
export declare function omapGetKeys(after: usize, afterLength: i32, max: u64, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "omap-get-vals")
export declare function omapGetVals(after: usize, afterLength: i32, prefix: usize, prefixLength: i32, max: u64, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "omap-get-val")
export declare function omapGetVal(key: usize, keyLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "omap-get-vals-by-keys")
export declare function omapGetValsByKeys(keys: usize, count: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-read@1.0.0", "omap-read-header")
export declare function omapReadHeader(to: usize): void;

// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "create")
export declare function create(exclusive: bool, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "remove")
export declare function remove(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "write")
export declare function write(offset: u64, data: usize, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "write-full")
export declare function writeFull(data: usize, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "replace")
export declare function replace(offset: u64, data: usize, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "truncate")
export declare function truncate(size: u64, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "zero")
export declare function zero(offset: u64, length: u64, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "setxattr")
export declare function setxattr(name: usize, nameLength: i32, value: usize, valueLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-set-val")
export declare function omapSetVal(key: usize, keyLength: i32, value: usize, valueLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-set-vals")
export declare function omapSetVals(entries: usize, count: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-remove-key")
export declare function omapRemoveKey(key: usize, keyLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-remove-range")
export declare function omapRemoveRange(begin: usize, beginLength: i32, end: usize, endLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-clear")
export declare function omapClear(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/object-write@1.0.0", "omap-write-header")
export declare function omapWriteHeader(header: usize, length: i32, to: usize): void;

// @ts-ignore: decorator
@external("radula:objclass/calls@1.0.0", "call")
export declare function call(cls: usize, clsLength: i32, method: usize, methodLength: i32, input: usize, inputLength: i32, to: usize): void;

// @ts-ignore: decorator
@external("radula:objclass/log@1.0.0", "log")
export declare function log(level: i32, text: usize, length: i32): void;

// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "object-id")
export declare function objectId(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "version")
export declare function version(): u64;
// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "subop")
export declare function subop(): u32;
// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "origin")
export declare function origin(to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "random")
export declare function random(length: i32, to: usize): void;
// @ts-ignore: decorator
@external("radula:objclass/env@1.0.0", "limits-left")
export declare function limitsLeft(to: usize): void;
