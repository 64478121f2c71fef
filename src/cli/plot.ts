import type { Drawn } from '../draw/drawn.ts';
import { MOST_HEADS } from '../draw/theme.ts';
import { VIEWS, type View } from '../draw/views.ts';
import { defineCommand } from './command.ts';
import { drawnHeads } from './drawn-heads.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { writeJson } from './io.ts';
import { numbersOf } from './numbers.ts';
import { JSON_OPTION } from './options.ts';
import { refuseToOverwrite } from './outputs.ts';
import { printDrawing } from './print-drawing.ts';
import { bytes, dim, table } from './text.ts';
import { type PictureKind, pictureKind, writePicture } from './write-picture.ts';

export const plot = defineCommand({
  name: 'plot',
  describe: 'draws heads: the target logit over the angle, its gradient, the boundary between two classes',
  positionals: { head: { help: `heads or their aliases, ${MOST_HEADS} at most`, many: true } },
  options: {
    out: {
      kind: 'text',
      letter: 'o',
      placeholder: 'FILE',
      help: 'an .svg or .png file to draw to; in the terminal unless given',
    },
    show: {
      kind: 'list',
      choices: VIEWS,
      placeholder: 'LIST',
      help: `what to draw, of ${VIEWS.join(', ')} (all in a file, curve in a terminal)`,
    },
    xNorm: {
      kind: 'number',
      placeholder: 'N',
      help: 'length of the embedding, for heads that look at it (1)',
    },
    force: { kind: 'flag', help: 'overwrite a file that exists' },
    ...JSON_OPTION,
  },
  parameters: HEAD_PARAMETERS,
  examples: [
    'plot arcface cosface',
    'plot arcface --margin 0.3 --show curve,gain',
    'plot sphereface -o sphereface.svg',
  ],
  async run({ positionals: { head: names }, options, parameters }, { out }) {
    const { out: path, force = false } = options;
    const kind = path === undefined ? null : pictureKind(path);
    const given = await numbersOf(HEAD_PARAMETERS, parameters);
    const heads = drawnHeads(names, given, options.xNorm ?? 1);
    if (path !== undefined && kind !== null) {
      if (!force) refuseToOverwrite([path]);
      const size = await drawTo(path, kind, heads, options.show ?? VIEWS, force);
      if (!options.json) table(out, [[dim('picture'), path, bytes(size)]]);
    } else if (!options.json) {
      const { terminalLines } = await import('../draw/terminal.ts');
      printDrawing(terminalLines(heads, options.show ?? ['curve']), out);
    }
    if (options.json) {
      const { drawingData } = await import('../draw/data.ts');
      writeJson(out, { out: path ?? null, ...drawingData(heads) });
    }
    return 0;
  },
});

async function drawTo(
  path: string,
  kind: PictureKind,
  heads: readonly Drawn[],
  views: readonly View[],
  force: boolean,
): Promise<number> {
  const [{ pictureOf }, { LIGHT }] = await Promise.all([
    import('../draw/picture.ts'),
    import('../draw/theme.ts'),
  ]);
  return writePicture(path, kind, pictureOf(heads, views, LIGHT), force);
}
