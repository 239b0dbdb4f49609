// What the store keeps as text: attachments. It is written by tsnet alone, so what is damaged may be refused in any way;
// what is read has to come out of the store as it went in.
import { deserialize, merge, serialize } from '../../cnm/attachment.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { inputs, law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';

export const store: Target = {
  about: 'an attachment as the store keeps it',
  words: [
    '"interfaces":',
    '"addresses":',
    '"routes":',
    '"mac":',
    '"gateway":',
    '"interface":',
    'null',
    '[]',
    '{}',
    ',',
  ],
  seeds: () =>
    inputs(
      '{"interfaces":[{"name":"eth0","mac":"02:42:0a:01:00:02","mtu":1500,"sandbox":"/run/netns/c1"}],"addresses":[{"address":"10.1.0.2/24","gateway":"10.1.0.1","interface":0}],"routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1","mtu":1400}]}',
      '{"interfaces":[],"addresses":[{"address":"fd00::2/64"}],"routes":[{"dst":"::/0"}]}',
    ),
  run: (input) => {
    const read = reading(() => deserialize(textOf(input)), TsnetError, SyntaxError, TypeError)?.value;
    if (read === undefined) return;
    const kept = serialize(read);
    law(serialize(deserialize(kept)) === kept, 'an attachment comes out otherwise than it went in');
    const twice = merge([read, read]);
    law(twice.interfaces.length === 2 * read.interfaces.length, 'an interface is lost');
  },
};
