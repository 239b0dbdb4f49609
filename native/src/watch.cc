// Tells JavaScript when descriptors are ready: one thread that waits in epoll(7). The runtimes have no common way to.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "result.h"
#include "thread.h"

namespace tsnet {
namespace {

struct Watch {
  int epoll = -1;
  int stop = -1;
  pthread_t thread{};
  napi_threadsafe_function tell = nullptr;
};
Watch watch;

// The descriptor travels as the pointer itself: there is nothing to allocate or to free.
void tellJavaScript(napi_env env, napi_value callback, void*, void* ready) {
  if (env == nullptr) return;
  napi_value self, descriptor;
  napi_get_undefined(env, &self);
  napi_create_int64(env, reinterpret_cast<intptr_t>(ready), &descriptor);
  napi_call_function(env, self, callback, 1, &descriptor, nullptr);
}

void* waitForReady(void*) {
  for (;;) {
    epoll_event events[64];
    const int count = epoll_wait(watch.epoll, events, 64, -1);
    for (int i = 0; i < count; i++) {
      const int fd = events[i].data.fd;
      if (fd == watch.stop) return nullptr;
      void* const ready = reinterpret_cast<void*>(static_cast<intptr_t>(fd));
      if (napi_call_threadsafe_function(watch.tell, ready, napi_tsfn_nonblocking) != napi_ok) return nullptr;
    }
    if (count < 0 && errno != EINTR) return nullptr;
  }
}

int startThread() {
  // A signal is for the runtime's own threads.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const int failure = pthread_create(&watch.thread, nullptr, waitForReady, nullptr);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = failure;
  return failure == 0 ? 0 : -1;
}

int openDescriptors() {
  watch.epoll = epoll_create1(EPOLL_CLOEXEC);
  watch.stop = eventfd(0, EFD_CLOEXEC);
  if (watch.epoll < 0 || watch.stop < 0) return -1;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = watch.stop;
  return epoll_ctl(watch.epoll, EPOLL_CTL_ADD, watch.stop, &event);
}

void closeAll() {
  const int failure = errno;
  if (watch.tell != nullptr) napi_release_threadsafe_function(watch.tell, napi_tsfn_abort);
  if (watch.epoll >= 0) close(watch.epoll);
  if (watch.stop >= 0) close(watch.stop);
  watch = Watch{};
  errno = failure;
}

/** (callback of a descriptor) -> 0 or -errno. The event loop lives until stopWatch. */
Napi::Value startWatch(const Napi::CallbackInfo& info) {
  errno = EBUSY;
  if (watch.epoll >= 0) return result(info, -1);
  const Napi::Value name = Napi::String::New(info.Env(), "tsnet watch");
  errno = ENOMEM;
  const bool isStarted =
      napi_create_threadsafe_function(info.Env(), info[0], nullptr, name, 0, 1, nullptr, nullptr, nullptr, tellJavaScript,
                                      &watch.tell) == napi_ok &&
      openDescriptors() == 0 && startThread() == 0;
  if (!isStarted) closeAll();
  return result(info, isStarted ? 0 : -1);
}

/** (fd, 0 for reading or 1 for writing) -> 0 or -errno. Tells once; a descriptor that is closed is forgotten. */
Napi::Value watchOnce(const Napi::CallbackInfo& info) {
  epoll_event event{};
  event.events = (integer(info, 1) == 0 ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) | EPOLLONESHOT;
  event.data.fd = integer(info, 0);
  int outcome = epoll_ctl(watch.epoll, EPOLL_CTL_MOD, event.data.fd, &event);
  if (outcome < 0 && errno == ENOENT) outcome = epoll_ctl(watch.epoll, EPOLL_CTL_ADD, event.data.fd, &event);
  return result(info, outcome);
}

Napi::Value stopWatch(const Napi::CallbackInfo& info) {
  if (watch.epoll < 0) return result(info, 0);
  const uint64_t one = 1;
  const long told = write(watch.stop, &one, sizeof one);
  if (told < 0) return result(info, told);
  pthread_join(watch.thread, nullptr);
  closeAll();
  return result(info, 0);
}

}  // namespace

void exportWatch(Napi::Env env, Napi::Object exports) {
  exports["startWatch"] = Napi::Function::New(env, startWatch);
  exports["watchOnce"] = Napi::Function::New(env, watchOnce);
  exports["stopWatch"] = Napi::Function::New(env, stopWatch);
}

}  // namespace tsnet
