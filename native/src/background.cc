// Requests that the kernel answers late: sent from a thread of their own, the answer comes to the socket as always.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "result.h"
#include "thread.h"

namespace tsnet {
namespace {

/** One datagram on its way, in one piece of memory that the thread gives back. */
struct Datagram {
  int fd;
  size_t length;
  unsigned char bytes[];
};

void deliver(Datagram* datagram) {
  while (send(datagram->fd, datagram->bytes, datagram->length, 0) < 0 && errno == EINTR) {
  }
  close(datagram->fd);
  free(datagram);
}

/** A thread that sends, and what it waits for between one datagram and the next. */
struct Sender {
  Datagram* datagram;
  Sender* next;
  pthread_cond_t wake;
};

// A thread that waits is woken in a fraction of the time that the start of one takes. More than a few are never needed at once
// but by many containers that end together.
constexpr int kMostIdle = 2;
pthread_mutex_t idleLock = PTHREAD_MUTEX_INITIALIZER;
Sender* idle = nullptr;
int idleCount = 0;

/** Waits for the next datagram; false when enough others do. */
bool await(Sender* sender) {
  pthread_mutex_lock(&idleLock);
  const bool isNeeded = idleCount < kMostIdle;
  if (isNeeded) {
    sender->datagram = nullptr;
    sender->next = idle;
    idle = sender;
    idleCount++;
    while (sender->datagram == nullptr) pthread_cond_wait(&sender->wake, &idleLock);
  }
  pthread_mutex_unlock(&idleLock);
  return isNeeded;
}

/** Hands a datagram to a thread that waits for one; false when none does. */
bool handOver(Datagram* datagram) {
  pthread_mutex_lock(&idleLock);
  Sender* const sender = idle;
  if (sender != nullptr) {
    idle = sender->next;
    idleCount--;
    sender->datagram = datagram;
    pthread_cond_signal(&sender->wake);
  }
  pthread_mutex_unlock(&idleLock);
  return sender != nullptr;
}

void* sendOn(void* argument) {
  auto* const sender = static_cast<Sender*>(argument);
  do deliver(sender->datagram);
  while (await(sender));
  free(sender);
  return nullptr;
}

int startDetached(void* (*work)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // A signal is for the runtime's own threads.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int failure = pthread_create(&thread, &attributes, work, argument);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  errno = failure;
  return failure == 0 ? 0 : -1;
}

int startSender(Datagram* datagram) {
  auto* const sender = static_cast<Sender*>(malloc(sizeof(Sender)));
  errno = ENOMEM;
  if (sender == nullptr) return -1;
  *sender = {datagram, nullptr, PTHREAD_COND_INITIALIZER};
  const int outcome = startDetached(sendOn, sender);
  if (outcome < 0) free(sender);
  return outcome;
}

/** (fd, bytes) -> 0 or -errno, before the kernel has taken them. The socket stays open until it has, also when fd is closed. */
Napi::Value sendInBackground(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  auto* const datagram = static_cast<Datagram*>(malloc(sizeof(Datagram) + bytes.ByteLength()));
  errno = ENOMEM;
  if (datagram == nullptr) return result(info, -1);
  datagram->fd = fcntl(integer(info, 0), F_DUPFD_CLOEXEC, 0);
  if (datagram->fd < 0) {
    free(datagram);
    return result(info, -1);
  }
  datagram->length = bytes.ByteLength();
  memcpy(datagram->bytes, bytes.Data(), bytes.ByteLength());
  const int outcome = handOver(datagram) ? 0 : startSender(datagram);
  const int failure = errno;
  if (outcome < 0) {
    close(datagram->fd);
    free(datagram);
    errno = failure;
  }
  return result(info, outcome);
}

/** (fd, microseconds) -> 1 when something can be received by then, else 0, or -errno. */
Napi::Value waitReadable(const Napi::CallbackInfo& info) {
  pollfd asked{integer(info, 0), POLLIN, 0};
  const int microseconds = integer(info, 1);
  const timespec time{microseconds / 1000000, microseconds % 1000000 * 1000L};
  const int ready = ppoll(&asked, 1, &time, nullptr);
  return result(info, ready < 0 && errno == EINTR ? 0 : ready);
}

}  // namespace

void exportBackground(Napi::Env env, Napi::Object exports) {
  exports["sendInBackground"] = Napi::Function::New(env, sendInBackground);
  exports["waitReadable"] = Napi::Function::New(env, waitReadable);
}

}  // namespace tsnet
