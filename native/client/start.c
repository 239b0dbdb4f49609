// Where the kernel starts the client: what a C library would do before main().
#include <elf.h>

#include "client.h"
#include "system.h"

__asm__(".text\n" ENTRY);

/** What -fstack-protector keeps behind every array on the stack. */
unsigned long __stack_chk_guard;

__attribute__((noreturn)) void __stack_chk_fail(void);
__attribute__((noreturn, used)) void begin(long *stack);

void __stack_chk_fail(void) {
  __builtin_trap();
}

/** `stack` is as execve(2) leaves it: argc, argv, NULL, the environment, NULL, the auxiliary vector. */
void begin(long *stack) {
  char **argv = (char **)(stack + 1);
  char **environment = argv + *stack + 1;
  char **end = environment;
  while (*end != NULL) end++;
  for (const Elf64_auxv_t *one = (const Elf64_auxv_t *)(end + 1); one->a_type != AT_NULL; one++) {
    if (one->a_type == AT_RANDOM) __stack_chk_guard = *(const unsigned long *)one->a_un.a_val;
  }
  sys_exit(run_client(argv, environment));
}
