import { operatorOf } from '../graph/view.ts';
import { attachableAt } from './embedding.ts';
import type { Search } from './search.ts';
import { shellWord } from './shell.ts';
import { isOpaque } from './unread.ts';
import type { Walk } from './walk.ts';

/** Operators that only scores and labels meet: what comes out behind them is no embedding. */
const OF_SCORES: ReadonlySet<string> = new Set([
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'ArgMax',
  'TopK',
  'QuantizeLinear',
  'ai.onnx.ml::ZipMap',
  'ai.onnx.ml::ArrayFeatureExtractor',
]);

const holdsScores = ({ passed }: Walk) => passed.some((node) => OF_SCORES.has(operatorOf(node)));

/** The outputs that may well be embeddings: what a new head could be attached to. */
export function embeddingsOf({ ground, walks }: Search): string[] {
  const { view } = ground;
  const candidates = walks.filter((walk) => {
    const opaque = walk.end === null ? walk.passed.length === 0 : isOpaque(view, walk.end);
    return 'miss' in walk.result && !opaque && !holdsScores(walk);
  });
  return candidates
    .map(({ output }) => output)
    .filter((output) => {
      const found = attachableAt(ground, output);
      return typeof found !== 'string' && found.dim > 1;
    });
}

/** The flags that attach a new head where no tail was found, likeliest first. */
export function attachFlags(found: Search): string[] {
  const outputs = embeddingsOf(found).map((output) => `--embedding ${shellWord(output)} --classes C`);
  const layers = found.walks.flatMap((walk) =>
    walk.layer !== null && 'miss' in walk.result && holdsScores(walk) ? [walk.layer] : [],
  );
  const instead = layers.map(
    ({ embedding, classes }) => `--embedding ${shellWord(embedding)} --classes ${classes}`,
  );
  return [...new Set([...outputs, ...instead])];
}
