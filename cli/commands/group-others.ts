// Commands on networks, on what is there, and on the installation. They are loaded together: each by itself would be in more pieces than it is worth.
import { addAudit } from './audit.ts';
import { addCni } from './cni.ts';
import { addCompletion } from './completion.ts';
import { addDaemon } from './daemon.ts';
import { addDoctor } from './doctor.ts';
import { addMan } from './man.ts';
import { addNetwork } from './network.ts';
import { addShow } from './show.ts';
import { addTop } from './top.ts';
import { addTrace } from './trace.ts';
import { addUnshare } from './unshare.ts';
import type { AddCommand } from './add-command.ts';

export const commands: Readonly<Record<string, AddCommand>> = {
  network: addNetwork,
  show: addShow,
  top: addTop,
  trace: addTrace,
  doctor: addDoctor,
  audit: addAudit,
  unshare: addUnshare,
  cni: addCni,
  daemon: addDaemon,
  completion: addCompletion,
  man: addMan,
};
