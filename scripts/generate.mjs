/**
 * Writes what follows from definitions in the code: the JSON Schemas, the table of heads in the README, in docs/heads.md
 * the heads in full and what docs/authors.json says of them, in docs/last-layers.md the operators that gradients pass, and
 * in docs/interop.md what docs/interop.json says. With `--check` nothing is written, and files that are not as they should
 * be are named.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { OPERATORS } from '#backward/operators/index.js';
import { CONFIG } from '#cli/config.js';
import { REPORT } from '#cli/report.js';
import { RECIPE } from '#fixture/recipe.js';
import { HEADS } from '#heads/index.js';
import { defaultText, flagOf } from '#heads/parameters.js';
import { authorsText, headsText } from './heads-doc.mjs';
import { interopTable, interopVersions } from './interop-doc.mjs';
import { operatorsText } from './operators-doc.mjs';

const place = (path) => new URL(`../${path}`, import.meta.url);
const read = (path) => {
  try {
    return readFileSync(place(path), 'utf8');
  } catch {
    return '';
  }
};

const schemaText = (schema) => `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`;

const parameterText = ([name, parameter]) => `\`--${flagOf(name)}\` ${defaultText(parameter)}`;

function headRow({ name, aliases, title, formula, source, parameters }) {
  const names = [name, ...Object.keys(aliases)].map((each) => `\`${each}\``).join(', ');
  const from =
    source.arxiv === null ? source.year : `[${source.arxiv}](https://arxiv.org/abs/${source.arxiv})`;
  const given = Object.entries(parameters).map(parameterText).join(', ');
  return `| ${names} | ${title} | ${formula.replaceAll('|', '\\|')} | ${given} | ${from} |`;
}

const headsTable = [
  '| head | what it does | formula | defaults | source |',
  '| --- | --- | --- | --- | --- |',
  ...HEADS.map(headRow),
].join('\n');

/** A text with what stands between `<!-- name -->` and `<!-- /name -->` exchanged. */
const filled = (text, name, inner) =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, 's'),
    (_, before, after) => `${before}${inner}\n${after}`,
  );

const authors = JSON.parse(read('docs/authors.json'));
const interop = JSON.parse(read('docs/interop.json'));

const generated = {
  'schemas/config.schema.json': schemaText(CONFIG),
  'schemas/report.schema.json': schemaText(REPORT),
  'schemas/fixture.schema.json': schemaText(RECIPE),
  'README.md': filled(read('README.md'), 'heads', headsTable),
  'docs/interop.md': filled(
    filled(read('docs/interop.md'), 'versions', interopVersions(interop)),
    'trainers',
    interopTable(interop),
  ),
  'docs/heads.md': filled(
    filled(read('docs/heads.md'), 'heads', headsText(HEADS)),
    'authors',
    authorsText(HEADS, authors),
  ),
  'docs/last-layers.md': filled(read('docs/last-layers.md'), 'operators', operatorsText(OPERATORS)),
};

const stale = Object.entries(generated).filter(([path, text]) => read(path) !== text);
const checks = process.argv.includes('--check');
for (const [path, text] of stale) {
  if (!checks) writeFileSync(place(path), text);
  process.stdout.write(`${path} ${checks ? 'is not what the code says: npm run generate' : 'written'}\n`);
}
process.exitCode = checks && stale.length > 0 ? 1 : 0;
