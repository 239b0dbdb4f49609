// `tsnet show`: draws the host's networks.
import { Option } from 'commander';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import type { Sketch } from '../../cnm/sketch/model.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';

const formats = ['text', 'json', 'dot', 'svg'] as const;

async function draw(
  sketch: Sketch,
  format: (typeof formats)[number],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  switch (format) {
    case 'json':
      return json(sketch);
    case 'dot':
      return (await import('../show/dot.ts')).sketchDot(sketch);
    case 'svg':
      return (await import('../show/svg.ts')).sketchSvg(sketch);
    case 'text': {
      const { styleFor } = await import('../output/terminal.ts');
      return (await import('../show/text.ts')).sketchText(sketch, styleFor(env));
    }
  }
}

export function addShow(tsnet: Command, context: Context): void {
  const format = new Option('--format <format>', 'characters, the facts, a graph for Graphviz, or a picture');
  tsnet
    .command('show')
    .description('draw the networks of this host: who is on them, what is published, and what leads outside')
    .addOption(format.choices(formats).default('text'))
    .action(async (options: { format: (typeof formats)[number] }) => {
      const { readSketch } = await import('../../cnm/sketch/read.ts');
      const sketch = Host.with(context.env, readSketch);
      context.out(await draw(sketch, options.format, context.env));
    });
}
