/* What the OSD loads as libcls_NAME.so: finds its own name and hands over to the one engine beside it.
 *
 * Copied once per class. A link would not do: the system knows a library by its inode and would take the second name
 * for the first, already loaded file. The engine is a library this one needs, found in the folder `radula` beside it:
 * when it is missing or broken the OSD's dlopen fails, the class answers EIO, and the OSD tries again at the next
 * call. See docs/design/ceph.md. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define PREFIX "libcls_"
#define SUFFIX ".so"
#define VISIBLE __attribute__((visibility("default")))

/* Exported by the OSD. */
extern int cls_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Exported by the engine. */
extern int radula_ceph_register(const char *class_name);
extern int radula_ceph_needs_lua(const char *class_name);
extern void radula_ceph_stop(void);

struct cls_deps_t {
  const char *name;
  const char *version;
};

/* By these bytes `radula ceph` knows a file as its own. */
VISIBLE const char radula_ceph_stub[] = "radula-ceph-stub/1";

/* The class this copy stands for, NULL when the file is not named like a class. */
static const char *own_name(void) {
  static char name[256];
  Dl_info self;
  if (name[0] != '\0')
    return name;
  if (dladdr((void *)&own_name, &self) == 0 || self.dli_fname == NULL) {
    cls_log(0, "radula: a stub cannot tell where it lies; it registers nothing");
    return NULL;
  }
  const char *slash = strrchr(self.dli_fname, '/');
  const char *file = slash == NULL ? self.dli_fname : slash + 1;
  size_t length = strlen(file);
  size_t around = strlen(PREFIX) + strlen(SUFFIX);
  if (length <= around || length - around >= sizeof name || strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
      strcmp(file + length - strlen(SUFFIX), SUFFIX) != 0) {
    cls_log(0, "radula: %s is not named libcls_NAME.so; it registers nothing", self.dli_fname);
    return NULL;
  }
  memcpy(name, file + strlen(PREFIX), length - around);
  return name;
}

/* Asked by the OSD before __cls_init: what must be open first. A Lua class needs class lua, as a file. */
VISIBLE struct cls_deps_t *class_deps(void) {
  static struct cls_deps_t none[] = {{NULL, NULL}};
  static struct cls_deps_t lua[] = {{"lua", "1.0"}, {NULL, NULL}};
  const char *name = own_name();
  return name != NULL && radula_ceph_needs_lua(name) == 1 ? lua : none;
}

VISIBLE void __cls_init(void) {
  const char *name = own_name();
  if (name != NULL)
    radula_ceph_register(name);
}

/* The OSD closes its classes when it ends: threads of the engine must not outlive its log. */
__attribute__((destructor)) static void leave(void) {
  radula_ceph_stop();
}
