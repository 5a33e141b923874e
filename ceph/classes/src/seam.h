/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What crosses between the engine and the host library of Ceph's classes: C types, two tables of functions.
 *
 * Downwards, from the host library to the engine: the functions of our own native classes (`abi/objclass.h`), with the same
 * handle, checks and limits, and the few in radula_ceph_services that only Ceph's classes ask for. Upwards, from the engine:
 * radula_ceph_library, the one symbol of the host library that is not Ceph's.
 *
 * Both sides are built together, so nothing here has versions. No exception crosses. */
#ifndef RADULA_CEPH_SEAM_H
#define RADULA_CEPH_SEAM_H

#include "../../../abi/objclass.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a method is called. */
#define RADULA_CEPH_C 0u   /* cls_method_call_t: char buffers */
#define RADULA_CEPH_CXX 1u /* cls_method_cxx_call_t: bufferlists */

/* Who asked, as the members of Ceph's entity_inst_t. */
typedef struct radula_ceph_caller {
    uint8_t kind;     /* 8: a client */
    int64_t number;
    uint32_t address; /* type of the address: 0 none, 3 any */
    uint32_t nonce;
    uint8_t sockaddr[28];
} radula_ceph_caller;

typedef struct radula_ceph_registry radula_ceph_registry;

typedef struct radula_ceph_services {
    /* While a class is opened. Answer 0, or a negative error number after which the class stays closed. */
    int32_t (*register_class)(radula_ceph_registry *, objclass_bytes name);
    int32_t (*register_method)(radula_ceph_registry *, objclass_bytes name, int32_t flags, uint32_t kind, void *function);
    int32_t (*register_filter)(radula_ceph_registry *, objclass_bytes name);
    int32_t (*depend)(radula_ceph_registry *, objclass_bytes class_name);
    int32_t (*refuse)(radula_ceph_registry *, objclass_bytes message);
    /* In a call. */
    int32_t (*caller)(objclass_call *, radula_ceph_caller *);
    /* A number no other operation of this request has, rising. Never negative. */
    int32_t (*position)(objclass_call *);
} radula_ceph_services;

typedef struct radula_ceph_library {
    /* Sizes of the two structs above as this side has them: the other side compares. */
    size_t services_size;
    size_t caller_size;
    /* The release of libceph-common this process has, as `16.2.15`. Stays valid. */
    const char *(*release)(void);
    /* Runs `class_deps`, unless null, and `__cls_init` of a class. 0, or -EIO with the reason told through `refuse`. */
    int32_t (*open)(const radula_ceph_services *, radula_ceph_registry *, void *class_deps, void *cls_init);
    /* Runs a method. What it answers, its output handed to `output` of the call's host. */
    int32_t (*call)(const radula_ceph_services *, objclass_call *, uint32_t kind, void *function, objclass_bytes input);
} radula_ceph_library;

/* The symbol. */
extern OBJCLASS_EXPORT const radula_ceph_library radula_ceph_library_table;

#ifdef __cplusplus
}
#endif

#endif /* RADULA_CEPH_SEAM_H */
