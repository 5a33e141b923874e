// Write object classes in AssemblyScript.
//
//   import { output, register, text, RD, WR } from ".../objclass";
//   export { methods, call, cabi_realloc } from ".../objclass";
//
//   register("say_hello", WR, "greets", (input) => output(text("Hello!")));
//
// A method takes the client's input and answers 0 or more, or a negative error number: then nothing it wrote is kept.
// AssemblyScript has no exceptions: what may fail answers an `Answer`, with `errno` 0 or a positive error number. A
// `throw` and a failed `assert` are logged, and end the call with EIO.
//
// Every call gets an instance of its own: globals are what they were when the class was built. Compile with
// `--runtime stub`: memory is never freed, and goes with the instance.

import * as world from "./world";

export const RD: u8 = 1;
export const WR: u8 = 2;

export const EPERM = 1, ENOENT = 2, EIO = 5, E2BIG = 7, EEXIST = 17, EINVAL = 22, EFBIG = 27, ERANGE = 34, ENODATA = 61,
  EBADMSG = 74, EOPNOTSUPP = 95, EDQUOT = 122;

export type Method = (input: ArrayBuffer) => i32;

/** What a function of the host answers. */
export class Answer<T> {
  constructor(
    /** 0, or the error number. */
    readonly errno: i32,
    /** Only when `errno` is 0. */
    readonly value: T,
  ) {}
}

export class Stat {
  constructor(readonly size: u64, /** Nanoseconds since 1970. */ readonly mtime: u64) {}
}

export class Pair {
  constructor(readonly key: ArrayBuffer, readonly value: ArrayBuffer) {}
}

/** A page of keys or entries, in byte order; `more` says whether the listing goes on. */
export class Page<T> {
  constructor(readonly entries: T[], readonly more: bool) {}
}

/** What another method answered. */
export class Reply {
  constructor(readonly ret: i32, readonly output: ArrayBuffer) {}
}

// ---- Methods ------------------------------------------------------------------------------------------------------

class Registered {
  constructor(readonly name: ArrayBuffer, readonly access: u8, readonly doc: ArrayBuffer, readonly run: Method) {}
}

const registered: Registered[] = [];
const written: ArrayBuffer[] = [];
let message = new ArrayBuffer(0);

/** Registers a method. Call it at the top level, in the same order every time. */
export function register(name: string, access: u8, doc: string, run: Method): void {
  registered.push(new Registered(text(name), access, text(doc), run));
}

/** Appends to what the client gets; discarded when the method fails. Answers 0. */
export function output(data: ArrayBuffer): i32 {
  written.push(data);
  return 0;
}

/** Leaves words for the client; answers `-errno`, so that a method can end with it. */
export function fail(errno: i32, words: string): i32 {
  message = text(words);
  return -errno;
}

// ---- Bytes --------------------------------------------------------------------------------------------------------

/** The bytes of a text, in UTF-8. */
export function text(value: string): ArrayBuffer {
  return String.UTF8.encode(value);
}

/** All `parts` as one. */
export function concat(parts: ArrayBuffer[]): ArrayBuffer {
  let size = 0;
  for (let i = 0; i < parts.length; i++) size += parts[i].byteLength;
  const whole = new ArrayBuffer(size);
  let at = changetype<usize>(whole);
  for (let i = 0; i < parts.length; i++) {
    memory.copy(at, changetype<usize>(parts[i]), parts[i].byteLength);
    at += parts[i].byteLength;
  }
  return whole;
}

// ---- The object: reading ------------------------------------------------------------------------------------------

/** Size and mtime; needs no flag. ENOENT. */
export function stat(): Answer<Stat> {
  world.stat(area);
  // 64-bit numbers inside: what follows the discriminant begins at 8.
  if (load<u8>(area)) return new Answer(load<i32>(area, 8), new Stat(0, 0));
  return new Answer(0, new Stat(load<u64>(area, 8), load<u64>(area, 16)));
}

/** Up to `length` bytes from `offset`; 0 means to the end. ENOENT. */
export function read(offset: u64, length: u64): Answer<ArrayBuffer> {
  world.read(offset, length, area);
  return bytes();
}

/** One xattr. ENODATA, ENOENT. */
export function getxattr(name: ArrayBuffer): Answer<ArrayBuffer> {
  world.getxattr(changetype<usize>(name), name.byteLength, area);
  return bytes();
}

/** All xattrs. ENOENT. */
export function getxattrs(): Answer<Page<Pair>> {
  world.getxattrs(area);
  return pairs(false);
}

/** At most `max` omap keys after `after`. */
export function omapGetKeys(after: ArrayBuffer, max: u64): Answer<Page<ArrayBuffer>> {
  world.omapGetKeys(changetype<usize>(after), after.byteLength, max, area);
  const keys: ArrayBuffer[] = [];
  if (load<u8>(area)) return new Answer(load<i32>(area, 4), new Page(keys, false));
  const count = load<i32>(area, 8);
  for (let i = 0, at = load<usize>(area, 4); i < count; i++, at += 8) keys.push(range(at));
  return new Answer(0, new Page(keys, load<bool>(area, 12)));
}

/** At most `max` omap entries after `after` whose keys begin with `prefix`. */
export function omapGetVals(after: ArrayBuffer, prefix: ArrayBuffer, max: u64): Answer<Page<Pair>> {
  world.omapGetVals(changetype<usize>(after), after.byteLength, changetype<usize>(prefix), prefix.byteLength, max, area);
  return pairs(true);
}

/** One omap value. ENOENT. */
export function omapGetVal(key: ArrayBuffer): Answer<ArrayBuffer> {
  world.omapGetVal(changetype<usize>(key), key.byteLength, area);
  return bytes();
}

/** The entries of those `keys` that exist. */
export function omapGetValsByKeys(keys: ArrayBuffer[]): Answer<Page<Pair>> {
  const list = new ArrayBuffer(8 * keys.length);
  for (let i = 0; i < keys.length; i++) put(changetype<usize>(list) + 8 * i, keys[i]);
  world.omapGetValsByKeys(changetype<usize>(list), keys.length, area);
  return pairs(false);
}

/** The omap header, empty when there is none. */
export function omapReadHeader(): Answer<ArrayBuffer> {
  world.omapReadHeader(area);
  return bytes();
}

// ---- The object: writing. All answer 0 or an error number. --------------------------------------------------------

/** Creates the object. EEXIST when it exists and `exclusive` is set. */
export function create(exclusive: bool): i32 {
  world.create(exclusive, area);
  return done();
}

/** Removes the object. ENOENT. */
export function remove(): i32 {
  world.remove(area);
  return done();
}

/** Writes at `offset`. */
export function write(offset: u64, data: ArrayBuffer): i32 {
  world.write(offset, changetype<usize>(data), data.byteLength, area);
  return done();
}

/** Makes `data` the whole content. */
export function writeFull(data: ArrayBuffer): i32 {
  world.writeFull(changetype<usize>(data), data.byteLength, area);
  return done();
}

/** Makes `data` at `offset` the whole content. */
export function replace(offset: u64, data: ArrayBuffer): i32 {
  world.replace(offset, changetype<usize>(data), data.byteLength, area);
  return done();
}

/** Cuts or extends. */
export function truncate(size: u64): i32 {
  world.truncate(size, area);
  return done();
}

/** Makes a range read as zero bytes. */
export function zero(offset: u64, length: u64): i32 {
  world.zero(offset, length, area);
  return done();
}

/** Sets one xattr. */
export function setxattr(name: ArrayBuffer, value: ArrayBuffer): i32 {
  world.setxattr(changetype<usize>(name), name.byteLength, changetype<usize>(value), value.byteLength, area);
  return done();
}

/** Sets one omap entry. `EINVAL`: an empty key. */
export function omapSetVal(key: ArrayBuffer, value: ArrayBuffer): i32 {
  world.omapSetVal(changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength, area);
  return done();
}

/** Sets omap entries. */
export function omapSetVals(entries: Pair[]): i32 {
  const list = new ArrayBuffer(16 * entries.length);
  for (let i = 0; i < entries.length; i++) {
    const at = changetype<usize>(list) + 16 * i;
    put(at, entries[i].key);
    put(at + 8, entries[i].value);
  }
  world.omapSetVals(changetype<usize>(list), entries.length, area);
  return done();
}

/** Removes one omap key; one that is not there is no error. ENOENT when there is no object. */
export function omapRemoveKey(key: ArrayBuffer): i32 {
  world.omapRemoveKey(changetype<usize>(key), key.byteLength, area);
  return done();
}

/** Removes the omap keys in [begin, end). */
export function omapRemoveRange(begin: ArrayBuffer, end: ArrayBuffer): i32 {
  world.omapRemoveRange(changetype<usize>(begin), begin.byteLength, changetype<usize>(end), end.byteLength, area);
  return done();
}

/** Removes all omap keys and the header. */
export function omapClear(): i32 {
  world.omapClear(area);
  return done();
}

/** Sets the omap header. */
export function omapWriteHeader(header: ArrayBuffer): i32 {
  world.omapWriteHeader(changetype<usize>(header), header.byteLength, area);
  return done();
}

// ---- The rest -----------------------------------------------------------------------------------------------------

/** Calls another method on the same object, in this transaction. When it fails its writes are undone. */
export function callMethod(className: string, method: string, input: ArrayBuffer): Answer<Reply> {
  const cls = text(className), name = text(method);
  world.call(changetype<usize>(cls), cls.byteLength, changetype<usize>(name), name.byteLength, changetype<usize>(input),
    input.byteLength, area);
  if (load<u8>(area)) return new Answer(load<i32>(area, 4), new Reply(0, new ArrayBuffer(0)));
  return new Answer(0, new Reply(load<i32>(area, 4), range(area + 8)));
}

/** Logs one line, at Ceph's level: 0 error, 20 chatter. */
export function log(level: i32, line: string): void {
  const words = text(line);
  world.log(level, changetype<usize>(words), words.byteLength);
}

/** Pool of the object. */
export function pool(): ArrayBuffer {
  world.objectId(area);
  return range(area);
}

/** Its namespace; empty is the default one. */
export function namespace(): ArrayBuffer {
  world.objectId(area);
  return range(area + 8);
}

/** Its name. */
export function oid(): ArrayBuffer {
  world.objectId(area);
  return range(area + 16);
}

/** Version of the object before this call; 0 when it did not exist. */
export function version(): u64 {
  return world.version();
}

/** Position of this call in its compound operation. */
export function subop(): u32 {
  return world.subop();
}

/** Who asked. */
export function origin(): ArrayBuffer {
  world.origin(area);
  return range(area);
}

/** Unpredictable bytes, at most 4096. */
export function random(length: i32): ArrayBuffer {
  world.random(length, area);
  return range(area);
}

/** Milliseconds to the deadline of the call. */
export function millisecondsLeft(): u64 {
  world.limitsLeft(area);
  return load<u64>(area, 8);
}

// ---- The exports of the world; a class re-exports them. -----------------------------------------------------------

export function methods(): usize {
  // Name, access, doc.
  const list = new ArrayBuffer(20 * registered.length);
  for (let i = 0; i < registered.length; i++) {
    const at = changetype<usize>(list) + 20 * i;
    put(at, registered[i].name);
    store<u8>(at, registered[i].access, 8);
    put(at + 12, registered[i].doc);
  }
  store<usize>(area, changetype<usize>(list));
  store<i32>(area, registered.length, 4);
  return area;
}

export function call(index: u32, input: usize, length: i32): usize {
  const ret = index < <u32>registered.length ? registered[index].run(received(input, length)) : -EOPNOTSUPP;
  store<u8>(area, <u8>(ret < 0));
  store<i32>(area, ret < 0 ? -ret : ret, 4);
  put(area + 8, ret < 0 ? message : written.length == 1 ? written[0] : concat(written));
  return area;
}

/** Where the host gets memory. Each piece is an ArrayBuffer, so that what arrives in it need not be copied. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const piece = __new(size, idof<ArrayBuffer>());
  memory.copy(piece, old, min(oldSize, size));
  return piece;
}

/** What AssemblyScript calls for `throw` and `assert`; see the `--use` of the recipe. */
export function abort(words: string | null, file: string | null, line: u32, _column: u32): void {
  log(0, (file ? file : "") + ":" + line.toString() + ": " + (words ? words : "aborted"));
  unreachable();
}

// ---- Results, as the canonical ABI lays them out ------------------------------------------------------------------

/** Where results are written: the largest takes 40 bytes. */
// @ts-ignore: memory.data makes a static
const area: usize = memory.data(48, 8);

function put(at: usize, data: ArrayBuffer): void {
  store<usize>(at, changetype<usize>(data));
  store<i32>(at, data.byteLength, 4);
}

/** Memory from `cabi_realloc`. Empty ranges did not ask for any. */
function received(pointer: usize, length: i32): ArrayBuffer {
  return length ? changetype<ArrayBuffer>(pointer) : new ArrayBuffer(0);
}

function range(at: usize): ArrayBuffer {
  return received(load<usize>(at), load<i32>(at, 4));
}

function done(): i32 {
  return load<u8>(area) ? load<i32>(area, 4) : 0;
}

function bytes(): Answer<ArrayBuffer> {
  return load<u8>(area)
    ? new Answer(load<i32>(area, 4), new ArrayBuffer(0))
    : new Answer(0, range(area + 4));
}

function pairs(paged: bool): Answer<Page<Pair>> {
  const entries: Pair[] = [];
  if (load<u8>(area)) return new Answer(load<i32>(area, 4), new Page(entries, false));
  const count = load<i32>(area, 8);
  for (let i = 0, at = load<usize>(area, 4); i < count; i++, at += 16) entries.push(new Pair(range(at), range(at + 8)));
  return new Answer(0, new Page(entries, paged && load<bool>(area, 12)));
}
