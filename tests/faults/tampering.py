"""What the kernel tells one service, changed while it runs: its wall clock, and the room on its disk.

A library put before the C library in the services of a desk under test. The machine's clock and disk stay
untouched. Each service maps a file of its own, so that a fault begins and ends at once, without a call.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from tests.desk import SERVICES

FOLDER_VARIABLE = "QUARTERDECK_FAULTS"
# In the file, each a little-endian i64: microseconds the wall clock is ahead; whether the disk is full.
CLOCK_AT, FULL_AT = 0, 8

# Writes to a journal, which SQLite does by pwrite64, fail as the kernel fails them on a full disk.
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *fault;

__attribute__((constructor)) static void map(void) {
    const char *folder = getenv("QUARTERDECK_FAULTS");
    char path[4096];
    if (!folder) return;
    snprintf(path, sizeof path, "%s/%s", folder, program_invocation_short_name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) fault = page;
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int outcome = (int)syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME && fault && fault[0]) {
        int64_t whole = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + fault[0] * 1000;
        now->tv_sec = whole / 1000000000;
        now->tv_nsec = whole % 1000000000;
    }
    return outcome;
}

static int full(int file) {
    char link[64], path[4096];
    if (!fault || !fault[1]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".sqlite") != NULL;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (full(file)) { errno = ENOSPC; return -1; }
    return syscall(SYS_pwrite64, file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}
"""


class Tampering:
    """The library in a folder of its own, and the faults of each service."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise FileNotFoundError("There is no C compiler (cc) to build the faults of clock and disk with.")
        folder.mkdir(exist_ok=True)
        source, library = folder / "tampering.c", folder / "tampering.so"
        source.write_text(SOURCE)
        command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True, timeout=60)
        self.environment = {"LD_PRELOAD": str(library), FOLDER_VARIABLE: str(folder)}
        self._pages = {service: _page(folder / service) for service in SERVICES}

    def clock(self, service: str, ahead_us: int) -> None:
        """Put the wall clock of `service` ahead by so many microseconds; 0 puts it right."""
        struct.pack_into("<q", self._pages[service], CLOCK_AT, ahead_us)

    def disk_full(self, service: str, full: bool) -> None:
        """Let every write of `service` to its journal fail with ENOSPC, or no longer."""
        struct.pack_into("<q", self._pages[service], FULL_AT, int(full))

    def stop(self) -> None:
        """Clocks and disks are right again."""
        for service in self._pages:
            self.clock(service, 0)
            self.disk_full(service, False)


def _page(file: Path) -> mmap.mmap:
    file.write_bytes(bytes(4096))
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), 4096)
