// The system calls of the client. Each returns what the kernel does: a value, or -errno (asm-generic/errno.h).
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include "machine.h"

static inline long sys_read(int fd, void *bytes, size_t room) {
  return system_call(SYS_read, fd, (long)bytes, (long)room, 0, 0, 0);
}

static inline long sys_write(int fd, const void *bytes, size_t size) {
  return system_call(SYS_write, fd, (long)bytes, (long)size, 0, 0, 0);
}

static inline int sys_open(const char *path, int flags) {
  return (int)system_call(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0, 0);
}

static inline void sys_close(int fd) {
  system_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/** Waits without limit for `events`, or for the end of the other side. */
static inline void sys_wait_for(int fd, short events) {
  struct pollfd one = {.fd = fd, .events = events, .revents = 0};
  // ppoll: aarch64 has no poll.
  while (system_call(SYS_ppoll, (long)&one, 1, 0, 0, 0, 0) == -EINTR) {
  }
}

static inline int sys_duplicate_above(int fd, int lowest) {
  return (int)system_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest, 0, 0, 0);
}

static inline int sys_put_at(int fd, int wanted) {
  return (int)system_call(SYS_dup3, fd, wanted, 0, 0, 0, 0);
}

static inline long sys_rewind(int fd) {
  return system_call(SYS_lseek, fd, 0, 0, 0, 0, 0);
}

static inline int sys_memory_file(const char *name, unsigned flags) {
  return (int)system_call(SYS_memfd_create, (long)name, flags, 0, 0, 0, 0);
}

static inline long sys_read_link(const char *path, char *target, size_t room) {
  return system_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)target, (long)room, 0, 0);
}

static inline int sys_execute(const char *path, char **argv, char **envp) {
  return (int)system_call(SYS_execve, (long)path, (long)argv, (long)envp, 0, 0, 0);
}

static inline int sys_socket(int domain, int type) {
  return (int)system_call(SYS_socket, domain, type, 0, 0, 0, 0);
}

static inline int sys_connect(int fd, const struct sockaddr_un *address) {
  return (int)system_call(SYS_connect, fd, (long)address, sizeof *address, 0, 0, 0);
}

static inline int sys_set_time_limit(int fd, int option, const struct timeval *limit) {
  return (int)system_call(SYS_setsockopt, fd, SOL_SOCKET, option, (long)limit, sizeof *limit, 0);
}

static inline long sys_send_message(int fd, const struct msghdr *message, int flags) {
  return system_call(SYS_sendmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline long sys_receive(int fd, void *bytes, size_t room, int flags) {
  return system_call(SYS_recvfrom, fd, (long)bytes, (long)room, flags, 0, 0);
}

static inline void sys_stop_reading(int fd) {
  system_call(SYS_shutdown, fd, SHUT_RD, 0, 0, 0, 0);
}

/** New memory, zeroed and not there before it is touched. */
static inline long sys_map(size_t size) {
  return system_call(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static inline long sys_remap(void *memory, size_t size, size_t larger) {
  return system_call(SYS_mremap, (long)memory, (long)size, (long)larger, MREMAP_MAYMOVE, 0, 0);
}

static inline void sys_block_signal(int signal) {
  const unsigned long set = 1UL << (signal - 1);
  system_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, 0, sizeof set, 0, 0);
}

__attribute__((noreturn)) static inline void sys_exit(int code) {
  for (;;) system_call(SYS_exit_group, code, 0, 0, 0, 0, 0);
}
