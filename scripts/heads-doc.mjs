/** The parts of docs/heads.md that follow from the registry and from docs/authors.json. */
import { flagOf, rangeOf } from '#heads/parameters.js';

const cell = (text) => String(text).replaceAll('|', '\\|');
const code = (text) => `\`${text}\``;

/** A table of Markdown; nothing where it has no rows. */
function table(names, rows) {
  if (rows.length === 0) return [];
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return ['', line(names), line(names.map(() => '---')), ...rows.map(line)];
}

const valuesText = (values) =>
  Object.entries(values)
    .map(([name, value]) => code(`--${flagOf(name)} ${value}`))
    .join(' ');

function parameterRow([name, parameter]) {
  return [
    code(`--${flagOf(name)}`),
    parameter.letter ?? '',
    parameter.default,
    rangeOf(parameter),
    parameter.help,
  ];
}

function sourceText({ title, year, arxiv }) {
  return arxiv === null ? `${title}, ${year}` : `[${title}](https://arxiv.org/abs/${arxiv}), ${year}`;
}

function headSection({ name, title, aliases, presets, formula, source, parameters }) {
  const others = Object.entries(aliases).map(([alias, values]) =>
    `${code(alias)} ${valuesText(values)}`.trim(),
  );
  return [
    `### ${name}`,
    '',
    `${title}.`,
    '',
    '```',
    formula.replaceAll(/[,;] {2}/g, '\n'),
    '```',
    '',
    `From ${sourceText(source)}.${others.length === 0 ? '' : ` Also: ${others.join(', ')}.`}`,
    ...table(['parameter', '', 'default', 'range', ''], Object.entries(parameters).map(parameterRow)),
    ...table(
      ['preset', 'gives'],
      Object.entries(presets).map(([preset, values]) => [code(preset), valuesText(values)]),
    ),
  ].join('\n');
}

/** Every head, in the order of the registry. */
export const headsText = (heads) => heads.map(headSection).join('\n\n');

const errorText = (error) => (error == null ? '' : error === 0 ? '0' : error.toExponential(0));

/** What was measured against whose code, in the order of the registry. */
export function authorsText(heads, rows) {
  const place = (name) => heads.findIndex((head) => head.name === name);
  const sorted = rows.toSorted((a, b) => place(a.head) - place(b.head) || a.by.localeCompare(b.by, 'en'));
  return table(
    ['head', 'judged by', 'logits', 'loss', 'dX', 'dW', 'state', ''],
    sorted.map(({ head, by, url, because, ...errors }) => [
      code(head),
      `[${by}](${url})`,
      ...['logits', 'loss', 'dX', 'dW', 'state'].map((field) => errorText(errors[field])),
      because ?? '',
    ]),
  )
    .slice(1)
    .join('\n');
}
