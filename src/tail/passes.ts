import { intAttribute } from '../graph/attributes.ts';
import { elementOf } from '../graph/value-info.ts';
import { AFFINE } from './affine.ts';
import { BARRIERS } from './barriers.ts';
import { LABELS } from './labels.ts';
import { isShare, onScores, type Pass, pass } from './pass.ts';
import { flattened, reshaped, squeezed, transposed, unsqueezed } from './regroup.ts';
import { sigmoid } from './sigmoid.ts';
import { SOFTMAX } from './softmax.ts';

const same: Pass = pass((scores) => scores);

const cast = onScores((scores, at) => {
  const to = elementOf(intAttribute(at.node, 'to', 0));
  if (scores.quantised === 'integers')
    at.refuse('takes quantised scores to another type without their scale');
  return /^b?float/.test(to ?? '') ? scores : at.refuse(`turns the scores into ${to ?? 'an unknown type'}`);
});

/** The head takes the place of quantised scores in float32; what is chosen by them would be cut off by the old range. */
const quantise = onScores((scores) => ({ ...scores, quantised: 'integers' }));

const dequantise = onScores((scores, at) => {
  if (scores.quantised !== 'integers') at.refuse('takes integers to floats that no QuantizeLinear made');
  return { ...scores, quantised: 'floats' };
});

/** An L1 norm over the classes is a sum of 1; every other norm belongs to embeddings. */
const lpNormalization = onScores((scores, at) => {
  if (isShare(scores) && intAttribute(at.node, 'p', 2) === 1) return scores;
  return at.refuse(
    'normalises what the layer before it gives, so that is an embedding or must be folded into the layer first',
  );
});

/** What may lie between the logits and an output, by operator; refusals that need to know the layer behind are here too. */
export const PASSES: ReadonlyMap<string, Pass> = new Map<string, Pass>([
  ['Identity', same],
  ['Dropout', same],
  ['Cast', cast],
  ['Flatten', onScores(flattened)],
  ['Reshape', onScores(reshaped)],
  ['Squeeze', onScores(squeezed)],
  ['Unsqueeze', onScores(unsqueezed)],
  ['Transpose', onScores(transposed)],
  ['QuantizeLinear', quantise],
  ['DequantizeLinear', dequantise],
  ['LpNormalization', lpNormalization],
  ['Sigmoid', sigmoid],
  ...AFFINE,
  ...SOFTMAX,
  ...LABELS,
  ...BARRIERS,
]);
