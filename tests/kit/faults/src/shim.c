/* Preloaded into a process under test: fails chosen calls on files below one directory, and records what was done to
 * them. Linux, glibc.
 *
 *   RADULA_FAULTS_DIR    absolute path of the directory; files elsewhere are let alone
 *   RADULA_FAULTS_TRACE  file, elsewhere, that the record is appended to
 *   RADULA_FAULTS_MARKS  file, elsewhere: what is written to it goes into the record as marks
 *   RADULA_FAULTS_FAIL   CLASS:NUMBER:HOW:TIMES, for example write:17:5:1; CLASS is write, sync, read or meta; HOW is an
 *                        errno or "short" (half of it is written, and said so); TIMES is how many calls from the
 *                        NUMBERth on
 *   RADULA_FAULTS_ROOM   bytes that a file *.jnl that is new, or open for writing only, seems to be longer to whoever
 *                        asks for the position in it, so that an engine begins the next journal early
 *
 * One lock is held over each call and its record: the record has the order in which things happened. A rename made by
 * a raw system call (as rustix does) is not seen; the reader of the record infers it from the next opening.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, OPEN, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, READ, MARK, FAILED };
enum { NONE, FILE_BELOW, DIRECTORY_BELOW, MARKS };
enum class { CLASS_WRITE, CLASS_SYNC, CLASS_READ, CLASS_META };

#define DESCRIPTORS 65536
static unsigned char kinds[DESCRIPTORS];
static uint64_t inodes[DESCRIPTORS];
static unsigned char journals[DESCRIPTORS];

static char root[PATH_MAX];
static size_t root_length;
static char marks[PATH_MAX];
static int trace = -1;
static off_t room;
static enum class fail_class;
static long fail_number, fail_times, seen;
static int fail_errno, fail_short;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real_##name)
#define DECLARE(name) static void *real_##name
DECLARE(open64); DECLARE(openat64); DECLARE(close); DECLARE(write); DECLARE(pwrite64); DECLARE(writev);
DECLARE(read); DECLARE(pread64); DECLARE(fsync); DECLARE(fdatasync); DECLARE(ftruncate64); DECLARE(rename);
DECLARE(unlink); DECLARE(unlinkat); DECLARE(mkdir); DECLARE(lseek64);

static void die(const char *why) {
    dprintf(2, "faults: %s\n", why);
    _exit(99);
}

static void fail_from(const char *text) {
    char class[16], how[16];
    if (sscanf(text, "%15[a-z]:%ld:%15[a-z0-9]:%ld", class, &fail_number, how, &fail_times) != 4)
        die("RADULA_FAULTS_FAIL is CLASS:NUMBER:HOW:TIMES");
    if (!strcmp(class, "write")) fail_class = CLASS_WRITE;
    else if (!strcmp(class, "sync")) fail_class = CLASS_SYNC;
    else if (!strcmp(class, "read")) fail_class = CLASS_READ;
    else if (!strcmp(class, "meta")) fail_class = CLASS_META;
    else die("RADULA_FAULTS_FAIL names no class of calls");
    fail_short = !strcmp(how, "short");
    fail_errno = atoi(how);
}

__attribute__((constructor)) static void begin(void) {
#define FIND(name) real_##name = dlsym(RTLD_NEXT, #name)
    FIND(open64); FIND(openat64); FIND(close); FIND(write); FIND(pwrite64); FIND(writev); FIND(read); FIND(pread64);
    FIND(fsync); FIND(fdatasync); FIND(ftruncate64); FIND(rename); FIND(unlink); FIND(unlinkat); FIND(mkdir);
    FIND(lseek64);
    const char *dir = getenv("RADULA_FAULTS_DIR");
    if (!dir) return;
    snprintf(root, sizeof root, "%s", dir);
    root_length = strlen(root);
    const char *path = getenv("RADULA_FAULTS_MARKS");
    if (path) snprintf(marks, sizeof marks, "%s", path);
    path = getenv("RADULA_FAULTS_TRACE");
    if (path) {
        trace = REAL(open64)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (trace < 0) die("cannot open RADULA_FAULTS_TRACE");
    }
    const char *text = getenv("RADULA_FAULTS_FAIL");
    if (text) fail_from(text);
    text = getenv("RADULA_FAULTS_ROOM");
    if (text) room = atoll(text);
}

static int below(const char *path) {
    return root_length && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* One entry of the record: kind, inode or 0, offset or length, then the bytes, with their number before them. */
static void record(unsigned char kind, uint64_t inode, uint64_t at, const void *bytes, size_t length) {
    if (trace < 0) return;
    unsigned char head[1 + 8 + 8 + 4];
    uint32_t size = (uint32_t)length;
    head[0] = kind;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &at, 8);
    memcpy(head + 17, &size, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    if (REAL(writev)(trace, parts, 2) != (ssize_t)(sizeof head + length)) die("the record cannot be written");
}

static void record_path(unsigned char kind, uint64_t inode, const char *path) {
    record(kind, inode, 0, path, strlen(path));
}

/* Whether this call is to fail. Under the lock. */
static int fails(enum class class) {
    if (!fail_times || class != fail_class) return 0;
    seen++;
    if (seen < fail_number || seen >= fail_number + fail_times) return 0;
    record(FAILED, 0, (uint64_t)seen, "", 0);
    return 1;
}

static int kind_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? kinds[fd] : NONE; }

static int refuse(void) {
    pthread_mutex_unlock(&lock);
    errno = fail_errno;
    return -1;
}

static int opened(int fd, const char *path, int flags, int fresh) {
    if (fd < 0 || fd >= DESCRIPTORS) return fd;
    int saved = errno;
    struct stat found;
    if (fstat(fd, &found)) die("fstat failed");
    inodes[fd] = found.st_ino;
    journals[fd] = 0;
    if (!strcmp(path, marks)) {
        kinds[fd] = MARKS;
    } else if (S_ISDIR(found.st_mode)) {
        kinds[fd] = DIRECTORY_BELOW;
        record_path(OPEN, found.st_ino, path);
    } else {
        size_t length = strlen(path);
        /* Of those that are new or only written: whoever reads an old one wants to know where it ends. */
        int written = fresh || (flags & O_ACCMODE) == O_WRONLY;
        journals[fd] = written && length > 4 && !strcmp(path + length - 4, ".jnl");
        kinds[fd] = FILE_BELOW;
        record_path(fresh ? CREATE : OPEN, found.st_ino, path);
        if ((flags & O_TRUNC) && !fresh) record(TRUNCATE, found.st_ino, 0, "", 0);
    }
    errno = saved;
    return fd;
}

static int open_any(int at, const char *path, int flags, mode_t mode) {
    if (!below(path) && strcmp(path, marks)) return REAL(openat64)(at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat found;
    int fresh = (flags & O_CREAT) && lstat(path, &found) != 0;
    if (fresh && below(path) && fails(CLASS_META)) return refuse();
    int fd = opened(REAL(openat64)(at, path, flags, mode), path, flags, fresh);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE(flags, last) mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, last); mode = va_arg(list, mode_t); va_end(list); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) return open_any(AT_FDCWD, path, flags, mode); }
int open(const char *path, int flags, ...) { MODE(flags, flags) return open_any(AT_FDCWD, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags) return open_any(at, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, flags) return open_any(at, path, flags, mode); }

int close(int fd) {
    if (kind_of(fd)) kinds[fd] = NONE;
    return REAL(close)(fd);
}

/* Where a write of this descriptor goes. */
static off_t position(int fd) {
    if (fcntl(fd, F_GETFL) & O_APPEND) {
        struct stat found;
        if (fstat(fd, &found)) die("fstat failed");
        return found.st_size;
    }
    return REAL(lseek64)(fd, 0, SEEK_CUR);
}

static ssize_t write_any(int fd, const void *bytes, size_t length, off_t at, int positioned) {
    pthread_mutex_lock(&lock);
    if (fails(CLASS_WRITE)) {
        if (!fail_short || length < 2) {
            if (fail_short) fail_errno = EIO;
            return refuse();
        }
        length /= 2;
    }
    if (!positioned) at = position(fd);
    ssize_t done = positioned ? REAL(pwrite64)(fd, bytes, length, at) : REAL(write)(fd, bytes, length);
    int saved = errno;
    if (done > 0) record(WRITE, inodes[fd], (uint64_t)at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    switch (kind_of(fd)) {
    case FILE_BELOW: return write_any(fd, bytes, length, 0, 0);
    case MARKS:
        pthread_mutex_lock(&lock);
        record(MARK, 0, 0, bytes, length);
        pthread_mutex_unlock(&lock);
        return REAL(write)(fd, bytes, length);
    default: return REAL(write)(fd, bytes, length);
    }
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    return kind_of(fd) == FILE_BELOW ? write_any(fd, bytes, length, at, 1) : REAL(pwrite64)(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (kind_of(fd) != FILE_BELOW) return REAL(writev)(fd, parts, count);
    /* A short write is allowed: the first part that has bytes. */
    for (int part = 0; part < count; part++)
        if (parts[part].iov_len) return write_any(fd, parts[part].iov_base, parts[part].iov_len, 0, 0);
    return 0;
}

static int may_read(int fd) {
    if (kind_of(fd) != FILE_BELOW) return 1;
    pthread_mutex_lock(&lock);
    if (fails(CLASS_READ)) return refuse(), 0;
    record(READ, inodes[fd], 0, "", 0);
    pthread_mutex_unlock(&lock);
    return 1;
}

ssize_t read(int fd, void *bytes, size_t length) { return may_read(fd) ? REAL(read)(fd, bytes, length) : -1; }
ssize_t pread64(int fd, void *bytes, size_t length, off_t at) {
    return may_read(fd) ? REAL(pread64)(fd, bytes, length, at) : -1;
}

static int sync_any(int fd, int (*real)(int)) {
    if (kind_of(fd) != FILE_BELOW && kind_of(fd) != DIRECTORY_BELOW) return real(fd);
    pthread_mutex_lock(&lock);
    if (fails(CLASS_SYNC)) return refuse();
    int done = real(fd), saved = errno;
    if (!done) record(SYNC, inodes[fd], 0, "", 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

int fsync(int fd) { return sync_any(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_any(fd, REAL(fdatasync)); }

int ftruncate64(int fd, off_t length) {
    if (kind_of(fd) != FILE_BELOW) return REAL(ftruncate64)(fd, length);
    pthread_mutex_lock(&lock);
    if (fails(CLASS_META)) return refuse();
    int done = REAL(ftruncate64)(fd, length), saved = errno;
    if (!done) record(TRUNCATE, inodes[fd], (uint64_t)length, "", 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

int rename(const char *from, const char *to) {
    if (!below(from)) return REAL(rename)(from, to);
    pthread_mutex_lock(&lock);
    if (fails(CLASS_META)) return refuse();
    int done = REAL(rename)(from, to), saved = errno;
    if (!done) {
        char both[2 * PATH_MAX];
        size_t first = strlen(from), second = strlen(to);
        memcpy(both, from, first + 1);
        memcpy(both + first + 1, to, second);
        record(RENAME, 0, 0, both, first + 1 + second);
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

static int remove_any(int at, const char *path, int flags) {
    pthread_mutex_lock(&lock);
    if (fails(CLASS_META)) return refuse();
    int done = REAL(unlinkat)(at, path, flags), saved = errno;
    if (!done) record_path(UNLINK, 0, path);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

int unlink(const char *path) { return below(path) ? remove_any(AT_FDCWD, path, 0) : REAL(unlink)(path); }
int unlinkat(int at, const char *path, int flags) {
    return below(path) ? remove_any(at, path, flags) : REAL(unlinkat)(at, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    if (!below(path)) return REAL(mkdir)(path, mode);
    pthread_mutex_lock(&lock);
    if (fails(CLASS_META)) return refuse();
    int done = REAL(mkdir)(path, mode), saved = errno;
    if (!done) record_path(MKDIR, 0, path);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

off_t lseek64(int fd, off_t offset, int whence) {
    off_t found = REAL(lseek64)(fd, offset, whence);
    /* Only the question where a journal ends now is answered with more. */
    int asks = found >= 0 && whence == SEEK_CUR && offset == 0 && kind_of(fd) == FILE_BELOW && journals[fd];
    return asks ? found + room : found;
}
