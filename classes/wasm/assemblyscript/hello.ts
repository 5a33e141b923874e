// Class `hellowasm_as`: class `hellowasm` in AssemblyScript.
//
//   radula exec greeting hellowasm_as say_hello Ceph       prints: Hello, Ceph! (from WASM)
//
// A method answers 0 or more, or a negative error number; then nothing it wrote is kept.

import {
  concat, create, fail, origin, output, read, register, setxattr, text, writeFull, EINVAL, RD, WR,
} from "../../../sdk/wasm/assemblyscript/objclass";
export { methods, call, cabi_realloc } from "../../../sdk/wasm/assemblyscript/objclass";

/** Longest name we greet, in bytes. */
const MAX_NAME = 100;
const TOO_LONG = "a name has at most 100 bytes";

function greeting(name: ArrayBuffer): ArrayBuffer {
  return concat([text("Hello, "), name.byteLength ? name : text("world"), text("! (from WASM)")]);
}

// It touches nothing, yet has WR: a method without it answers ENOENT when the object does not exist, and a greeting
// should not depend on that.
register("say_hello", WR, "greets the name in the input, or the world", (name) => {
  if (name.byteLength > MAX_NAME) return fail(EINVAL, TOO_LONG);
  return output(greeting(name));
});

register("record_hello", WR, "creates the object with a greeting in it; EEXIST when it exists", (name) => {
  if (name.byteLength > MAX_NAME) return fail(EINVAL, TOO_LONG);
  // Fails with EEXIST when the object is there.
  let errno = create(true);
  if (errno) return -errno;
  // Both writes are applied together, or neither.
  errno = writeFull(greeting(name));
  if (errno) return -errno;
  return -setxattr(text("said_by"), origin());
});

register("replay", RD, "prints the recorded greeting", (input) => {
  const recorded = read(0, 0);
  return recorded.errno ? -recorded.errno : output(recorded.value);
});

register("turn_it_to_11", RD | WR, "turns the recorded greeting into upper case", (input) => {
  if (input.byteLength) return fail(EINVAL, "the method takes no input");
  const recorded = read(0, 0);
  if (recorded.errno) return -recorded.errno;
  const louder = Uint8Array.wrap(recorded.value);
  for (let i = 0; i < louder.length; i++) {
    // a to z
    if (louder[i] >= 0x61 && louder[i] <= 0x7a) louder[i] -= 0x20;
  }
  const errno = writeFull(recorded.value);
  if (errno) return -errno;
  return -setxattr(text("amplified_by"), origin());
});
