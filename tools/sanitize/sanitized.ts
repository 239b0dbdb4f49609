// The addon under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer: its build, and a process that uses it.
import { execFileSync, spawnSync } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { addonFile, compileAddon } from '../build-addon.ts';
import { node, root } from '../paths.ts';

/** The folder of this file. */
const here = import.meta.dirname;

/** Where g++ has the sanitizer's library; undefined when it has none. */
export function sanitizerLibrary(): string | undefined {
  const { stdout, status } = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  const path = status === 0 ? stdout.trim() : '';
  // g++ gives the name alone for what it does not have.
  return isAbsolute(path) ? path : undefined;
}

/** Compiles the addon with the sanitizers into `output`. */
export function buildSanitized(output: string): void {
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-omit-frame-pointer'];
  compileAddon(['-O0', '-g1', ...sanitizers], ['-lasan', '-lubsan', '-lgcc', '-lgcc_s'], output);
}

/** How a run ended, and what it said. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs Node with `args` in mount and network namespaces of its own, where the sanitized addon is in the place of the built one.
 * A defect ends the process; with `areLeaksTold` memory of the addon's that is not freed at the end fails it, too.
 */
export function runSanitized(addon: string, args: readonly string[], areLeaksTold: boolean): Outcome {
  const variables = {
    LD_PRELOAD: sanitizerLibrary() ?? '',
    // V8 has a handler of its own for what WebAssembly reads.
    ASAN_OPTIONS: `detect_leaks=${areLeaksTold ? 1 : 0}:halt_on_error=1:handle_segv=0:malloc_context_size=${areLeaksTold ? 2 : 30}`,
    LSAN_OPTIONS: `suppressions=${join(here, 'leaks.supp')}:print_suppressions=0`,
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const script = 'mount --bind "$1" "$2" && shift 2 && exec env "$@"';
  const command = ['sh', '-c', script, 'sh', addon, addonFile, ...assignments, node, ...args];
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--net', '--propagation', 'private', ...command],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  return { status, output: `${stdout}${stderr}` };
}

/** Calls the addon's functions, so many rounds, with leaks told. */
export function exercise(addon: string, rounds: number): Outcome {
  return runSanitized(addon, [join(here, 'exercise.ts'), String(rounds)], true);
}

/** The functions of the sanitizers that a library asks for: none means that it was built without them. */
export function sanitizerSymbols(library: string): number {
  const symbols = execFileSync('objdump', ['-T', library], { encoding: 'utf8' });
  return symbols.split('\n').filter((line) => /__(asan|ubsan)_/.test(line)).length;
}
