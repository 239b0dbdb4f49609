// The system calls that tsnet makes: its daemon, its plugins and its command line. The service may make no others, and a
// test runs every plugin under a filter that lets through nothing else (test/netns/least-privilege.test.ts).
//
// Some were not seen in the tests: they are what other versions of libc, kernels and architectures take for those that were.
// A name that an architecture or a kernel does not have is left out there.

/** Names of system calls, by what they are for. */
export const systemCalls: Readonly<Record<string, string>> = {
  'Its own start: loader, memory, threads, signals':
    'arch_prctl brk clone clone3 execve exit exit_group futex get_robust_list getrandom gettid madvise mmap mprotect mremap munmap prctl prlimit64 restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity sched_getparam sched_getscheduler sched_setaffinity sched_yield set_robust_list set_tid_address sigaltstack tgkill',
  'Who and where it is':
    'getcpu getcwd getegid geteuid getgid getpid getppid getrusage getuid membarrier sysinfo times uname',
  Time: 'clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time timerfd_create timerfd_settime',
  'Files: the store, settings of the kernel, the addon':
    'access chdir close close_range dup dup2 dup3 faccessat faccessat2 fallocate fchmod fchown fcntl fdatasync flock fstat fstatfs fsync ftruncate getdents64 ioctl lseek lstat memfd_create mkdir mkdirat newfstatat open openat pread64 preadv pwrite64 pwritev read readlink readlinkat readv rename renameat renameat2 rmdir stat statfs statx umask unlink unlinkat write writev',
  'Sockets: netlink, and Unix ones for the daemon':
    'accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmsg sendmsg sendto setsockopt shutdown socket socketpair',
  Waiting: 'epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd2 pipe pipe2 poll ppoll',
  'Namespaces: make one, enter one for one call, keep one under a name. mount, sethostname and umount2 are for tsnet run, create and exec alone.':
    'mount sethostname setns umount2 unshare',
  'Child processes: the command of tsnet run and its guard, IPAM plugins of others, a tap with an SELinux context':
    'kill setsid vfork wait4 waitid',
};
