/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Linux's error numbers, which objects speak on every machine. The <errno.h> of wasi-libc has others: compile classes
 * with `-I sdk/wasm/c`, and this file comes first. There is no variable `errno`: nothing a class can call sets it.
 */
#ifndef OBJCLASS_ERRNO_H
#define OBJCLASS_ERRNO_H

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define ENOEXEC 8
#define EBADF 9
#define ECHILD 10
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EXDEV 18
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define ENOTTY 25
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EMLINK 31
#define EPIPE 32
#define EDOM 33
#define ERANGE 34
#define ENAMETOOLONG 36
#define ELOOP 40
#define ENOMSG 42
#define ENODATA 61
#define ENOLINK 67
#define EBADMSG 74
#define EOVERFLOW 75
#define EOPNOTSUPP 95
#define ETIMEDOUT 110
#define ESTALE 116
#define EDQUOT 122
#define ECANCELED 125
#define EKEYREJECTED 129

#endif
