import { MarginError } from '../errors.ts';
import type { GraphView } from '../graph/view.ts';
import { isStandard } from '../graph/view.ts';

/** The first opset with today's broadcasting; runtimes do not load files of older ones either. */
const OLDEST = 7;

/** Identity means the same in all of them. */
export function isOldOpset({ opset, nodes }: GraphView): boolean {
  return opset < OLDEST && nodes.some((node) => isStandard(node) && node.opType !== 'Identity');
}

/** Refuses graphs of an opset whose operators mean something else than we take them for. */
export function requireOpset(view: GraphView): void {
  const { opset } = view;
  if (!isOldOpset(view)) return;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `The model is of opset ${opset}, which is too old.`,
    saw: `opset ${opset}`,
    expected: `opset ${OLDEST} or later`,
    tryThis: [
      'convert it in Python: onnx.save(onnx.version_converter.convert_version(onnx.load("old.onnx"), 17), "new.onnx")',
      'export it again with a newer exporter',
    ],
  });
}
