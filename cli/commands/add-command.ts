// What every command is defined by.
import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** Adds the definition of a command to the program. */
export type AddCommand = (tsnet: Command, context: Context) => void;
