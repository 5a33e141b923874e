/* Sends operations to a pool, so many at a time: load CONF POOL.
 *
 * Each line on standard input is one burst, fields separated by one blank:
 *
 *     read COUNT DEPTH                        reads 64 bytes
 *     exec COUNT DEPTH CLASS METHOD FILE      runs a method with the content of FILE as input
 *
 * When all operations are answered it prints the seconds that took. A failed operation ends the program. */
#include <errno.h>
#include <rados/librados.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_DEPTH = 256, MAX_REPLY = 4096, MAX_INPUT = 1 << 20 };

static void fail(const char *what, int error)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(error < 0 ? -error : error));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static char replies[MAX_DEPTH][MAX_REPLY], input[MAX_INPUT];
    rados_completion_t under_way[MAX_DEPTH];
    char line[4096], kind[8], class[128], method[128], file[2048];
    rados_t cluster;
    rados_ioctx_t pool;
    int ret;

    if (argc != 3)
        fail("give a configuration file and a pool", EINVAL);
    if ((ret = rados_create2(&cluster, "ceph", "client.admin", 0)) < 0 || (ret = rados_conf_read_file(cluster, argv[1])) < 0 ||
        (ret = rados_connect(cluster)) < 0 || (ret = rados_ioctx_create(cluster, argv[2], &pool)) < 0)
        fail("connecting", ret);

    while (fgets(line, sizeof line, stdin)) {
        int count, depth, fields;
        size_t length = 0;
        class[0] = 0;
        fields = sscanf(line, "%7s %d %d %127s %127s %2047s", kind, &count, &depth, class, method, file);
        int exec = strcmp(kind, "exec") == 0;
        if (fields != (exec ? 6 : 3) || depth < 1 || depth > MAX_DEPTH)
            fail(line, EINVAL);
        if (exec) {
            FILE *from = fopen(file, "rb");
            if (!from)
                fail(file, errno);
            length = fread(input, 1, sizeof input, from);
            fclose(from);
        }
        double started = now();
        for (int n = 0; n < count + depth; n++) {
            int slot = n % depth;
            if (n >= depth) {
                rados_aio_wait_for_complete(under_way[slot]);
                ret = rados_aio_get_return_value(under_way[slot]);
                rados_aio_release(under_way[slot]);
                if (ret < 0)
                    fail(line, ret);
            }
            if (n >= count)
                continue;
            /* An object for each slot: operations on one object take turns. */
            char oid[32];
            snprintf(oid, sizeof oid, "load.%d", slot);
            rados_aio_create_completion2(NULL, NULL, &under_way[slot]);
            ret = exec ? rados_aio_exec(pool, oid, under_way[slot], class, method, input, length, replies[slot], MAX_REPLY)
                       : rados_aio_read(pool, oid, under_way[slot], replies[slot], 64, 0);
            if (ret < 0)
                fail(line, ret);
        }
        printf("%.6f\n", now() - started);
        fflush(stdout);
    }
    rados_ioctx_destroy(pool);
    rados_shutdown(cluster);
    return 0;
}
