import type { GraphView } from '../graph/view.ts';
import { isStandard, operatorOf } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';

const CONTROL: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

/** Nodes whose inside a walk does not see: what they give out may well be class scores. */
export function isOpaque(view: GraphView, node: NodeProto): boolean {
  return CONTROL.has(operatorOf(node)) || isLocal(view, node) || !isStandard(node);
}

function isLocal(view: GraphView, { opType, domain = '' }: NodeProto): boolean {
  return view.model.proto.functions.some((each) => each.name === opType && (each.domain ?? '') === domain);
}

/** Why no form starts from a node: the end of a sentence that begins with its name. */
export function unreadBecause(view: GraphView, node: NodeProto): string {
  const operator = operatorOf(node);
  if (isLocal(view, node)) return 'calls a function of the model, which is written out before a walk';
  if (CONTROL.has(operator)) return 'makes the scores in a subgraph, where more than one layer may do so';
  if (/TreeEnsemble/.test(operator))
    return 'is an ensemble of trees: it has no embedding and no class weights';
  if (/SVM/.test(operator)) return 'is a support vector machine: it has no class weights to normalise';
  if (node.domain === 'ai.onnx.ml')
    return 'is an operator of ai.onnx.ml that gives no scores of a linear layer';
  if (!isStandard(node))
    return 'is no operator of the ONNX standard; start from the model before it was optimised';
  return 'is no linear layer';
}
