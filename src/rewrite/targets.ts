import { MarginError } from '../errors.ts';
import { type Target, VOCABULARIES } from '../expr/vocabulary.ts';
import { type GraphView, isStandard, operatorOf } from '../graph/view.ts';
import type { Reduction } from '../heads/loss.ts';
import type { GraphProto } from '../model/proto.ts';
import type { Warning } from './warnings.ts';

/** What the one who trains cannot read at all. @throws MarginError UNSUPPORTED_MODEL or BAD_PARAM */
export function refuseUnreadable(view: GraphView, target: Target, reduction?: Reduction): void {
  const { opset, irVersion, model } = view;
  const { reader, opsets, ir } = VOCABULARIES[target];
  const [first, last] = opsets;
  if (opset < first || opset > last) {
    throw new MarginError({
      code: 'UNSUPPORTED_MODEL',
      message: `${reader} does not read a training graph of opset ${opset}.`,
      saw: `opset ${opset}`,
      expected: `opset ${first} to ${last} with --target ${target}`,
      tryThis: [
        `convert the model: ${conversion(model.path, Math.min(last, 17))}`,
        'export it again with that opset',
        '--target onnxruntime',
      ],
    });
  }
  if (irVersion > ir) {
    throw new MarginError({
      code: 'UNSUPPORTED_MODEL',
      message: `${reader} does not read files of IR version ${irVersion}.`,
      saw: `IR version ${irVersion}`,
      expected: `IR version ${ir} at most with --target ${target}`,
      tryThis: [
        `write the model with an older one: ${written(model.path, `ir${ir}`, `m = onnx.load(old); m.ir_version = ${ir}; onnx.save(m, new)`)}`,
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

const conversion = (path: string | undefined, opset: number) =>
  written(
    path,
    `opset${opset}`,
    `from onnx import version_converter as v; onnx.save(v.convert_version(onnx.load(old), ${opset}), new)`,
  );

/** A line for a shell that writes the model once more, from `old` to `new`. */
function written(given: string | undefined, what: string, code: string): string {
  // What would need quotes of its own is not for a line like this.
  const path = given !== undefined && /^[\w./ -]+$/.test(given) ? given : 'model.onnx';
  const to = path.replace(/(\.onnx)?$/i, `.${what}.onnx`);
  return `python -c "import onnx; old, new = '${path}', '${to}'; ${code}"`;
}

/** What of the model itself the one who trains will not take as it is. */
export function targetWarnings(graph: GraphProto, opset: number, target: Target): Warning[] {
  return [...unknownOperators(graph, opset, target), ...batchNorms(graph, target)];
}

/** A reader that makes modules of all nodes must know every operator. */
function unknownOperators(graph: GraphProto, opset: number, target: Target): Warning[] {
  const { reader, converts, has } = VOCABULARIES[target];
  const unknown = graph.node.filter((node) => !isStandard(node) || !has(node.opType ?? '', opset));
  if (!converts || unknown.length === 0) return [];
  const names = [...new Set(unknown.map(operatorOf))].join(', ');
  const message = `${reader} does not know ${names} of opset ${opset}, which the model itself has: it will refuse the training graph`;
  return [{ code: 'TARGET_OPERATORS', message }];
}

/** Those that could not be written as what they are at inference. */
function batchNorms(graph: GraphProto, target: Target): Warning[] {
  const { reader, normalisesBatches } = VOCABULARIES[target];
  const left = graph.node.filter((node) => node.opType === 'BatchNormalization' && isStandard(node));
  if (!normalisesBatches || left.length === 0) return [];
  const message = `${reader} normalises by the batch in every BatchNormalization (${left.length} here, of numbers that are computed or not float32), so its embeddings are not those of inference`;
  return [{ code: 'TARGET_BATCH_NORMS', message }];
}
