/** The table of docs/last-layers.md: the operators that gradients pass, those of one rule together. */
const cell = (text) => text.replaceAll('|', '\\|');

export function operatorsText(operators) {
  const rows = [...grouped(operators)].map(([rule, names]) => [
    names.map(([name]) => `\`${name}\``).join(', '),
    rule.formula,
    learned(rule),
    rule.except,
  ]);
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  const head = ['operator', 'gradient', 'learns', 'refused'];
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function grouped(operators) {
  const groups = new Map();
  for (const entry of operators) groups.set(entry[1], [...(groups.get(entry[1]) ?? []), entry]);
  return groups;
}

function learned({ weights, vectors }) {
  if (weights.length > 0) return `input ${weights.join(', ')}`;
  return vectors.length > 0 ? 'a stored vector' : '';
}
