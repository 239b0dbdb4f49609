// Runs a person's command inside a namespace, and keeps a guard that cleans up when the caller is killed.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "result.h"
#include "surroundings.h"

namespace tsnet {
namespace {

constexpr int kForwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};
constexpr int kForwardedCount = sizeof kForwarded / sizeof *kForwarded;
std::atomic<pid_t> forwardTo = 0;
// A bit for each signal that came and is not passed on yet.
std::atomic<uint64_t> pending = 0;

void passOn(pid_t command) {
  const uint64_t signals = pending.exchange(0);
  for (int signal : kForwarded)
    if (signals & uint64_t{1} << signal) kill(command, signal);
}

// A signal from the terminal reaches the whole process group, the command included: only what another process sent
// to us alone is passed on. It may come, to any thread, before the command is there.
void forward(int signal, siginfo_t* from, void*) {
  if (from->si_code > 0) return;
  pending |= uint64_t{1} << signal;
  if (const pid_t command = forwardTo; command > 0) passOn(command);
}

// The runtime ignores SIGPIPE and blocks or handles others; a command expects what a shell would give it.
void resetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/** What a child that became nothing tells; it is in our memory, and we go on when it is gone. */
struct Failure {
  volatile int error = 0;
  volatile int step = kExec;
};

// Returns what to end with when it could not.
int becomeCommand(const Surroundings& around, const char* file, char* const* argv, char* const* envp,
                  Failure& failure) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  resetSignals();
  if (around.input >= 0) dup2(around.input, 0);
  for (int fd = 1; fd < 3 && around.output >= 0; fd++) dup2(around.output, fd);
  // Nothing of ours but the three standard streams, which Node marks close-on-exec.
  for (int fd = 0; fd < 3; fd++) fcntl(fd, F_SETFD, 0);
  syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  errno = 0;
  const Step failed = surround(around);
  if (failed == kExec) execvpe(file, argv, envp);
  failure.step = failed;
  failure.error = errno;
  return 127;
}

int waitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A shell that a script without an interpreter line is given to gets its arguments from there.
constexpr size_t kStack = 16 * 1024 * 1024;

template <typename Become>
int runChild(void* become) {
  return (*static_cast<Become*>(become))();
}

// As vfork(2): copying the tables of a runtime's memory, and then each page that either touches, takes longer than all the
// rest. The child has a stack of its own, and we wait until it has become another program or is gone.
template <typename Become>
pid_t begin(Become become) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE;
  void* const stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (stack == MAP_FAILED) return -1;
  const pid_t child =
      clone(runChild<Become>, static_cast<char*>(stack) + kStack, CLONE_VM | CLONE_VFORK | SIGCHLD, &become);
  const int failure = errno;
  munmap(stack, kStack);
  errno = failure;
  return child;
}

struct sigaction before[kForwardedCount];

void forwardSignals() {
  struct sigaction forwarding {};
  forwarding.sa_sigaction = forward;
  forwarding.sa_flags = SA_SIGINFO;
  for (int i = 0; i < kForwardedCount; i++) sigaction(kForwarded[i], &forwarding, &before[i]);
}

int endCommand(pid_t child) {
  const int code = waitFor(child);
  forwardTo = 0;
  for (int i = 0; i < kForwardedCount; i++) sigaction(kForwarded[i], &before[i], nullptr);
  return code;
}

/**
 * (surroundings, file, argv, environment) -> the command's process, which runs by then, or -(errno + 65536 * step). There
 * is one at a time, until `waitCommand`.
 */
Napi::Value startCommand(const Napi::CallbackInfo& info) {
  const Surroundings around(info[0].As<Napi::Object>());
  const std::string file = text(info, 1);
  const StringVector argv(info[2].As<Napi::Array>());
  const StringVector envp(info[3].As<Napi::Array>());
  forwardSignals();
  // Until the command has given up our handlers, its signals wait for it.
  sigset_t mask, maskBefore;
  sigfillset(&mask);
  sigprocmask(SIG_BLOCK, &mask, &maskBefore);
  Failure failure;
  const pid_t child = begin([&] { return becomeCommand(around, file.c_str(), argv.data(), envp.data(), failure); });
  if (child < 0) failure.error = errno;
  forwardTo = child;
  if (child > 0) passOn(child);
  sigprocmask(SIG_SETMASK, &maskBefore, nullptr);
  if (failure.error == 0) return result(info, child);
  if (child > 0) endCommand(child);
  return Napi::Number::New(info.Env(), -(failure.error + 65536 * failure.step));
}

/** (the command's process) -> its exit code, or 128 + signal. */
Napi::Value waitCommand(const Napi::CallbackInfo& info) {
  return result(info, endCommand(integer(info, 0)));
}

[[noreturn]] void becomeGuard(int alive, char* const* argv) {
  setsid();
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (int signal : kForwarded) sigaction(signal, &ignore, nullptr);
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  dup2(alive, 3);
  syscall(SYS_close_range, 4, ~0U, 0);
  char done;
  long got;
  do {
    got = read(3, &done, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) _exit(0);
  resetSignals();
  execve("/proc/self/exe", argv, environ);
  _exit(127);
}

pid_t guardPid = 0;

/** (argv) -> the guard's pipe. When this process dies without releasing the guard, the guard becomes argv. */
Napi::Value startGuard(const Napi::CallbackInfo& info) {
  const StringVector argv(info[0].As<Napi::Array>());
  int alive[2];
  if (pipe2(alive, O_CLOEXEC) != 0) return result(info, -1);
  guardPid = fork();
  if (guardPid == 0) becomeGuard(alive[0], argv.data());
  close(alive[0]);
  if (guardPid < 0) close(alive[1]);
  return result(info, guardPid < 0 ? -1 : alive[1]);
}

/** (the guard's pipe): it ends, by and by. */
Napi::Value dismissGuard(const Napi::CallbackInfo& info) {
  return result(info, write(integer(info, 0), "", 1));
}

/** The same, and waits for its end; it may have been dismissed before. */
Napi::Value releaseGuard(const Napi::CallbackInfo& info) {
  const int alive = integer(info, 0);
  (void)!write(alive, "", 1);
  close(alive);
  waitFor(guardPid);
  return result(info, 0);
}

}  // namespace

void exportCommand(Napi::Env env, Napi::Object exports) {
  exports["startCommand"] = Napi::Function::New(env, startCommand);
  exports["waitCommand"] = Napi::Function::New(env, waitCommand);
  exports["startGuard"] = Napi::Function::New(env, startGuard);
  exports["dismissGuard"] = Napi::Function::New(env, dismissGuard);
  exports["releaseGuard"] = Napi::Function::New(env, releaseGuard);
}

}  // namespace tsnet
