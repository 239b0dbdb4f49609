// Looks for anything that tsnet should have taken away.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HERE } from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { NLM_F } from '../../netlink/message.ts';
import { nftRequest } from '../../netlink/netfilter/nfnetlink.ts';
import { tableAttributes } from '../../netlink/netfilter/table.ts';
import { listLinks } from '../../netlink/route/link.ts';
import { UPLINK } from './stage.ts';

function hasTable(): boolean {
  using netfilter = openConnection(HERE, NETLINK.NETFILTER);
  try {
    netfilter.get(
      nftRequest('GETTABLE', 'table inet tsnet', NLM_F.REQUEST, tableAttributes, { name: 'tsnet' }),
    );
    return true;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return false;
    throw error;
  }
}

function storeRows(run: string): string[] {
  const file = readdirSync(run).find((name) => name.endsWith('.db')) ?? '';
  const db = new DatabaseSync(join(run, file), { readOnly: true });
  const tables = ['endpoint', 'lease', 'port', 'sandbox'];
  const rows = tables.map((table) => ({
    table,
    count: db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] as number,
  }));
  db.close();
  return rows.filter(({ count }) => count > 0).map(({ table, count }) => `${count} rows of ${table}`);
}

function processes(): string[] {
  const own = String(process.pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== own)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(
          `TSNET_RUN_DIR=${process.env['TSNET_RUN_DIR'] ?? ''}`,
        );
      } catch {
        return false;
      }
    })
    .map((pid) => `process ${pid}`);
}

/** Everything of tsnet's that is still there, in words. */
export function leftovers(): string[] {
  const run = process.env['TSNET_RUN_DIR'] ?? '';
  using route = openConnection(HERE, NETLINK.ROUTE);
  const links = listLinks(route)
    .map(({ ifname }) => ifname)
    .filter((ifname) => ifname !== 'lo' && ifname !== UPLINK);
  const pins = existsSync(join(run, 'netns')) ? readdirSync(join(run, 'netns')) : [];
  return [
    ...links.map((ifname) => `link ${ifname}`),
    ...(hasTable() ? ['table inet tsnet'] : []),
    ...storeRows(run),
    ...pins.map((name) => `namespace ${name}`),
    ...processes(),
  ];
}
