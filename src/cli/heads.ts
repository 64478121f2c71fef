import { findHead } from '../heads/find.ts';
import { HEADS } from '../heads/index.ts';
import { defineCommand } from './command.ts';
import { writeJson } from './io.ts';
import { JSON_OPTION } from './options.ts';
import { headReport, printHead, printHeads } from './print-heads.ts';

export const heads = defineCommand({
  name: 'heads',
  describe: 'shows the heads, or one of them: formula, parameters with ranges and defaults, source',
  positionals: { name: { help: 'a head or one of its aliases', optional: true } },
  options: JSON_OPTION,
  parameters: {},
  examples: ['heads', 'heads arcface'],
  async run({ positionals: { name }, options: { json } }, { out }) {
    const shown = name === undefined ? HEADS : [findHead(name).head];
    if (json) writeJson(out, { heads: shown.map(headReport) });
    else if (name === undefined) printHeads(shown, out);
    else for (const head of shown) printHead(head, out);
    return 0;
  },
});
