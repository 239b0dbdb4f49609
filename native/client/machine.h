// The two machines that the client runs on: how a process begins, and how it calls the kernel, without a C library.
#pragma once

#if defined(__x86_64__)

#define ENTRY                    \
  ".globl _start\n"              \
  "_start:\n"                    \
  "  xor %ebp, %ebp\n"           \
  "  mov %rsp, %rdi\n"           \
  "  and $-16, %rsp\n"           \
  "  call begin\n"

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

#define ENTRY                    \
  ".globl _start\n"              \
  "_start:\n"                    \
  "  mov x29, #0\n"              \
  "  mov x30, #0\n"              \
  "  mov x0, sp\n"               \
  "  bl begin\n"

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long which __asm__("x8") = number;
  register long first __asm__("x0") = a;
  register long second __asm__("x1") = b;
  register long third __asm__("x2") = c;
  register long fourth __asm__("x3") = d;
  register long fifth __asm__("x4") = e;
  register long sixth __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(first)
                   : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "memory");
  return first;
}

#else
#error "the client knows x86-64 and aarch64 only"
#endif
