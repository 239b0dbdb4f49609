// Threads of our own. Glibc 2.34 gave the functions a new version with nothing new in it; the old one is on every host.
#pragma once

#include <pthread.h>

#if defined(__x86_64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.17");
#else
#error "which version of glibc was this machine's first?"
#endif
