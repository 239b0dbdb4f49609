// `tsnet top`: how much passes each endpoint, as long as somebody looks.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { readTraffic } from '../../cnm/traffic.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';
import { isTerminal } from '../output/terminal.ts';
import { addListingOptions, listingText } from '../output/listing.ts';
import type { Listing, ListingOptions } from '../output/listing.ts';
import { ratesBetween, ratesText } from '../rates.ts';
import type { Rate } from '../rates.ts';

const CLEAR = '\u001B[H\u001B[J';

interface Options extends ListingOptions {
  readonly once: boolean;
  readonly interval: string;
}

const listing: Listing<Rate> = {
  headings: {},
  standard: ['sandbox', 'network', 'ifname', 'rxBitsPerSecond', 'txBitsPerSecond'],
  plain: ratesText,
  json: (rates) => `${JSON.stringify(rates)}\n`,
  brief: ({ sandbox, ifname }) => `${sandbox} ${ifname}`,
  filters: {
    sandbox: ({ sandbox }, wanted) => sandbox.includes(wanted),
    network: ({ network }, wanted) => network === wanted,
  },
};

export function addTop(tsnet: Command, context: Context): void {
  const top = tsnet
    .command('top')
    .description('show how much each endpoint receives and sends, the busiest first, until interrupted')
    .option('--once', 'look once', false)
    .option('--interval <seconds>', 'how long to count', '1');
  addListingOptions(top, listing).action(async (options: Options) => {
    await watch(context, options);
  });
}

function readInterval(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.1 || seconds > 3600)
    throw new TsnetError(
      'TSNET_CONFIG',
      `--interval "${text}": must be a number of seconds from 0.1 to 3600`,
    );
  return seconds;
}

async function watch(context: Context, options: Options): Promise<void> {
  const { once: isOnce, interval, format, quiet } = options;
  const isPicture = format === undefined && !quiet && !isOnce && isTerminal();
  const seconds = readInterval(interval);
  const look = () => ({ at: performance.now(), traffic: Host.with(context.env, readTraffic) });
  let before = look();
  do {
    await sleep(seconds * 1000);
    const now = look();
    const rates = ratesBetween(before.traffic, now.traffic, (now.at - before.at) / 1000);
    before = now;
    const text = listingText(rates, { ...options, format: format === 'table' ? undefined : format }, listing);
    context.out(isPicture ? `${CLEAR}${text}` : text);
  } while (!isOnce);
}
