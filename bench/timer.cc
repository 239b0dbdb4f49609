// Runs chains of CNI plugins as a runtime does, all chains at the same time, and measures them from outside: small
// enough that its own start and memory do not show in the figures.
//
// stdin:  a line per call, "file <tab> NAME=VALUE <tab> ... <tab> configuration"; an empty line ends a chain. Arguments
//         stand behind the file, each after a unit separator (0x1f).
//         A configuration that ends in ':' is completed with the result of the call before it and a '}'.
// stdout: a line per chain, "start <tab> end <tab> kB <tab> us <tab> status <tab> output": CLOCK_MONOTONIC in ns, the
//         maximum resident set of its largest process and the processor time of all (getrusage(2)), the first status that
//         is not 0, the last output.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

using Fields = std::vector<std::string>;
using Chain = std::vector<Fields>;

struct Outcome {
  long kilobytes = 0;
  long microseconds = 0;
  int status = 0;
  std::string output;
};

void require(bool isFine, const char* call) {
  if (isFine) return;
  perror(call);
  exit(1);
}

long long now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

std::string readAll(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, count);
  close(fd);
  return text;
}

void writeAll(int fd, const std::string& text) {
  // A plugin need not read its stdin to the end.
  for (size_t at = 0; at < text.size();) {
    const ssize_t count = write(fd, text.data() + at, text.size() - at);
    if (count <= 0) break;
    at += count;
  }
  close(fd);
}

Fields split(const std::string& line, const char separator) {
  Fields fields(1);
  for (const char letter : line) {
    if (letter == separator) fields.emplace_back();
    else fields.back() += letter;
  }
  return fields;
}

std::vector<char*> pointersTo(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/** Starts the program of a call as a runtime does that is written in Go: without a copy of this process (vfork(2)). */
pid_t start(const Fields& call, int input, int output) {
  Fields words = split(call[0], '\x1f'), variables(call.begin() + 1, call.end() - 1);
  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, input, 0);
  posix_spawn_file_actions_adddup2(&streams, output, 1);
  pid_t pid;
  errno = posix_spawn(&pid, words[0].c_str(), &streams, nullptr, pointersTo(words).data(), pointersTo(variables).data());
  require(errno == 0, words[0].c_str());
  posix_spawn_file_actions_destroy(&streams);
  return pid;
}

void runCall(const Fields& call, Outcome& outcome) {
  int input[2], output[2];
  require(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0, "pipe2");
  const pid_t pid = start(call, input[0], output[1]);
  close(input[0]);
  close(output[1]);
  std::string config = call.back();
  if (config.back() == ':') config += outcome.output + '}';
  writeAll(input[1], config);
  outcome.output = readAll(output[0]);
  while (!outcome.output.empty() && outcome.output.back() == '\n') outcome.output.pop_back();
  int status;
  rusage usage;
  require(wait4(pid, &status, 0, &usage) == pid, "wait4");
  if (outcome.kilobytes < usage.ru_maxrss) outcome.kilobytes = usage.ru_maxrss;
  for (const timeval& time : {usage.ru_utime, usage.ru_stime})
    outcome.microseconds += time.tv_sec * 1000000 + time.tv_usec;
  if (outcome.status == 0) outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string runChain(const Chain& chain) {
  Outcome outcome;
  const long long start = now();
  for (const Fields& call : chain) {
    runCall(call, outcome);
    if (outcome.status != 0) break;
  }
  const long long end = now();
  for (char& letter : outcome.output) {
    if (letter == '\n' || letter == '\t') letter = ' ';
  }
  return std::to_string(start) + '\t' + std::to_string(end) + '\t' + std::to_string(outcome.kilobytes) + '\t' +
         std::to_string(outcome.microseconds) + '\t' + std::to_string(outcome.status) + '\t' + outcome.output + '\n';
}

std::vector<Chain> readChains() {
  std::vector<Chain> chains(1);
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) chains.emplace_back();
    else chains.back().push_back(split(line, '\t'));
  }
  if (chains.back().empty()) chains.pop_back();
  return chains;
}

// All runners wait for the end of `gate`, so that no chain has a lead while the others are forked.
int startRunner(const Chain& chain, const int gate[2]) {
  int report[2];
  require(pipe2(report, O_CLOEXEC) == 0, "pipe2");
  const pid_t pid = fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    close(gate[1]);
    char nothing;
    require(read(gate[0], &nothing, 1) == 0, "read");
    writeAll(report[1], runChain(chain));
    _exit(0);
  }
  close(report[1]);
  return report[0];
}

}  // namespace

int main() {
  signal(SIGPIPE, SIG_IGN);
  const std::vector<Chain> chains = readChains();
  int gate[2];
  require(pipe2(gate, O_CLOEXEC) == 0, "pipe2");
  std::vector<int> reports;
  for (const Chain& chain : chains) reports.push_back(startRunner(chain, gate));
  close(gate[1]);
  for (const int report : reports) std::cout << readAll(report);
}
