// Commands on sandboxes. They are loaded together: each by itself would be in more pieces than it is worth.
import { addCreate } from './create.ts';
import { addExec } from './exec.ts';
import { addInspect } from './inspect.ts';
import { addLogs } from './logs.ts';
import { addPort } from './port.ts';
import { addPs } from './ps.ts';
import { addRename } from './rename.ts';
import { addRm } from './rm.ts';
import { addRun } from './run.ts';
import { addWait } from './wait.ts';
import type { AddCommand } from './add-command.ts';

export const commands: Readonly<Record<string, AddCommand>> = {
  run: addRun,
  create: addCreate,
  exec: addExec,
  ps: addPs,
  inspect: addInspect,
  port: addPort,
  logs: addLogs,
  wait: addWait,
  rename: addRename,
  rm: addRm,
};
