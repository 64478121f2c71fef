/** The parts of docs/interop.md that follow from docs/interop.json. */

const TRAINERS = ['onnx2torch', 'ort-training', 'eager'];

const cell = (off) =>
  off === undefined ? '' : [off.loss, off.gradient, off.weights].map((x) => x.toExponential(0)).join(' · ');

/** What was run. */
export const interopVersions = ({ python, versions }) =>
  `Python ${python}, ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.`;

/** Every head: what it trains to, and how far each trainer is from the step graph, loss · gradient · weights. */
export function interopTable({ rows }) {
  const heads = new Map();
  for (const { head, gradient, trainer, off, first, last } of rows) {
    const key = `${head} ${gradient}`;
    const row = heads.get(key) ?? { head, gradient, first, last, off: {} };
    heads.set(key, { ...row, off: { ...row.off, [trainer]: off } });
  }
  const lines = [...heads.values()].map(({ head, gradient, first, last, off }) => [
    `\`${head}\``,
    gradient,
    `${first} → ${last}`,
    ...TRAINERS.map((trainer) => cell(off[trainer])),
  ]);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const names = ['head', 'gradient', 'loss', 'onnx2torch', 'onnxruntime-training', 'eager PyTorch'];
  return [line(names), line(names.map(() => '---')), ...lines.map(line)].join('\n');
}
