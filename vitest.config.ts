// Three kinds of tests, by what they need: `unit` nothing but g++ (test/uapi), `exe` the built executable, `netns` a
// kernel that lets them make network namespaces. Each file has a process of its own.
import { defineConfig } from 'vitest/config';

const product = ['**/node_modules/**', 'dist/**', 'native/build/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    // More would wait for each other: each test of netns is several processes, and the kernel's locks are shared.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...product, 'test/exe/**', 'test/netns/**', 'test/engines/**', 'test/differential/**'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: { name: 'exe', include: ['test/exe/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'netns',
          include: ['test/{netns,engines,differential}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
