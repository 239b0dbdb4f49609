// Enters a network namespace for the lifetime of a C++ scope.
#pragma once

namespace tsnet {

/**
 * The calling thread is inside the namespace `fd` from construction to destruction; fd -1 means "stay here".
 * JavaScript never runs in between. A way back that fails aborts the process: going on would do the host's work in a
 * container's namespace.
 */
class Inside {
 public:
  explicit Inside(int fd);
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  /** False, with errno set, when the namespace could not be entered. */
  bool entered() const { return entered_; }

 private:
  bool isAway_ = false;
  bool entered_ = false;
};

}  // namespace tsnet
