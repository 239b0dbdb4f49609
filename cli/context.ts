import type { Plugin } from '../cni/index.ts';

/** What a command has of the outside: its environment and where it writes. Only results go to `out`. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The command line, without the program's name. */
  readonly args: readonly string[];
  /** The file of this program, and the names of the plugins in it. */
  readonly executable: string;
  readonly plugins: readonly string[];
  /** Loads each of them. */
  readonly loaders: Readonly<Record<string, () => Promise<Plugin>>>;
}
