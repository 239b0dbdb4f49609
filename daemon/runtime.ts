// The runtime as it suits a process that stays: a small heap, and code that is compiled early.
import { replaceProgram } from '../native/index.ts';

/**
 * Options of JavaScriptCore, which reads them once, at the start. The heap is not to grow with the machine's memory. A call
 * is of a few thousand functions that run once each, so what is compiled after hundreds of calls helps nobody for hours;
 * the last tier, which takes most memory and time to compile, gives nothing here.
 */
const OPTIONS = {
  BUN_JSC_forceRAMSize: String(48 << 20),
  BUN_JSC_jitPolicyScale: '0.05',
  BUN_JSC_useFTLJIT: '0',
} as const;

/** Starts this program anew in its process with the options above; those that it was started with stay as they are. */
export function settleRuntime(env: NodeJS.ProcessEnv): void {
  if (Object.keys(OPTIONS).every((name) => env[name] !== undefined)) return;
  try {
    const { execPath, argv } = process;
    replaceProgram(execPath, ['tsnet', ...argv.slice(2)], { ...OPTIONS, ...(env as Record<string, string>) });
  } catch {
    // It serves as well without them.
  }
}
