import { MarginError } from '../errors.ts';
import { type Target, VOCABULARIES } from '../expr/vocabulary.ts';
import { type GraphView, isStandard, operatorOf } from '../graph/view.ts';
import type { Reduction } from '../heads/loss.ts';
import type { GraphProto } from '../model/proto.ts';
import type { Warning } from './warnings.ts';

/** What the one who trains cannot read at all. @throws MarginError UNSUPPORTED_MODEL or BAD_PARAM */
export function refuseUnreadable({ opset, model }: GraphView, target: Target, reduction?: Reduction): void {
  const { reader, opsets } = VOCABULARIES[target];
  const [first, last] = opsets;
  if (opset < first || opset > last) {
    throw new MarginError({
      code: 'UNSUPPORTED_MODEL',
      message: `${reader} does not read a training graph of opset ${opset}.`,
      saw: `opset ${opset}`,
      expected: `opset ${first} to ${last} with --target ${target}`,
      tryThis: [
        `convert the model: ${conversion(model.path ?? 'model.onnx', Math.min(last, 17))}`,
        'export it again with that opset',
        '--target onnxruntime',
      ],
    });
  }
  if (target === 'ort-training' && reduction === 'none') {
    throw new MarginError({
      code: 'BAD_PARAM',
      message: `${reader} takes a loss that is one number.`,
      saw: '--reduction none',
      expected: '--reduction mean or sum with --target ort-training',
      tryThis: ['--reduction mean'],
    });
  }
}

/** A line for a shell that writes the model once more, with another opset. */
function conversion(path: string, opset: number): string {
  const to = path.replace(/(\.onnx)?$/i, `.opset${opset}.onnx`);
  const code = [
    'import onnx, onnx.version_converter as v',
    `onnx.save(v.convert_version(onnx.load('${path}'), ${opset}), '${to}')`,
  ];
  return `python -c "${code.join('; ')}"`;
}

/** Operators that a reader of the whole graph does not know. */
export function unknownOperators(graph: GraphProto, opset: number, target: Target): Warning[] {
  const { reader, converts, has } = VOCABULARIES[target];
  const unknown = graph.node.filter((node) => !isStandard(node) || !has(node.opType ?? '', opset));
  if (!converts || unknown.length === 0) return [];
  const names = [...new Set(unknown.map(operatorOf))].join(', ');
  const message = `${reader} does not know ${names} of opset ${opset}, which the model itself has: it will refuse the training graph`;
  return [{ code: 'TARGET_OPERATORS', message }];
}
