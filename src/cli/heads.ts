import { MarginError } from '../errors.ts';
import { findHead } from '../heads/find.ts';
import { HEADS } from '../heads/index.ts';
import { defineCommand } from './command.ts';
import { writeJson } from './io.ts';
import { type Options, pick, type ValuesOf } from './option.ts';
import { JSON_OPTION } from './options.ts';
import { headReport, printHead, printHeads } from './print-heads.ts';
import { printRecommendation } from './print-recommendation.ts';

const SIZES = {
  classes: {
    kind: 'integer',
    least: 2,
    placeholder: 'C',
    help: 'with --recommend: how many classes there are',
  },
  dim: { kind: 'integer', least: 1, placeholder: 'D', help: 'with --recommend: the length of embeddings' },
  samplesPerClass: {
    kind: 'integer',
    least: 1,
    placeholder: 'N',
    help: 'with --recommend: how many samples a class has',
  },
} as const satisfies Options;

export const heads = defineCommand({
  name: 'heads',
  describe: 'shows the heads, or one of them: formula, parameters with ranges and defaults, source',
  positionals: { name: { help: 'a head or one of its aliases', optional: true } },
  options: {
    recommend: {
      kind: 'flag',
      help: 'bounds of scale and margin for --classes and --dim, with their reasons',
    },
    ...SIZES,
    ...JSON_OPTION,
  },
  parameters: {},
  examples: ['heads', 'heads arcface', 'heads --recommend --classes 1000 --dim 512'],
  async run({ positionals: { name }, options }, { out }) {
    const sizes = sizesOf(options.recommend === true, pick(options, SIZES));
    if (sizes !== null) {
      const { recommend } = await import('../rewrite/recommend.ts');
      const recommendation = recommend({ ...sizes, ...(name === undefined ? {} : { head: name }) });
      if (options.json) writeJson(out, recommendation);
      else printRecommendation(recommendation, out);
      return 0;
    }
    const shown = name === undefined ? HEADS : [findHead(name).head];
    if (options.json) writeJson(out, { heads: shown.map(headReport) });
    else if (name === undefined) printHeads(shown, out);
    else for (const head of shown) printHead(head, out);
    return 0;
  },
});

/** What is to be recommended for; null where nothing is. @throws MarginError BAD_USAGE where one without the other is given */
function sizesOf(recommend: boolean, { classes, dim, ...rest }: ValuesOf<typeof SIZES>) {
  if (recommend && classes !== undefined && dim !== undefined) return { classes, dim, ...rest };
  const given = [classes, dim, rest.samplesPerClass].some((each) => each !== undefined);
  if (!recommend && !given) return null;
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'Bounds are recommended for a number of classes and a length of embeddings.',
    saw: recommend ? 'not both --classes and --dim' : 'sizes without --recommend',
    expected: '--recommend --classes C --dim D',
    tryThis: ['heads --recommend --classes 1000 --dim 512'],
  });
}
