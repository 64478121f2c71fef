import { MarginError } from '../errors.ts';
import type { GraphProto } from '../model/proto.ts';

/**
 * The names that the interface fixes (`labels`, `loss`, `logits`, `cosine` …) may be in use inside a model. Ours take
 * them, and an inner value that had one gets our spare name: two names exchanged, as a map from old to new.
 *
 * @param claims pairs of the name that a value has and the one that it must have
 * @throws MarginError UNSUPPORTED_MODEL where the name is one of the model's own inputs or outputs, which stay as they are
 */
export function claimNames(
  graph: GraphProto,
  claims: readonly (readonly [has: string, wants: string])[],
): ReadonlyMap<string, string> {
  const ours = new Set(claims.map(([has]) => has));
  const interfaces = [...graph.input, ...graph.output]
    .map(({ name }) => name ?? '')
    .filter((name) => !ours.has(name));
  const exchanged = new Map<string, string>();
  for (const [has, wants] of claims) {
    if (has === wants) continue;
    if (interfaces.includes(wants)) {
      throw new MarginError({
        code: 'UNSUPPORTED_MODEL',
        message: `The model has an input or output called "${wants}" already, a name that the new graph needs.`,
        saw: wants,
        expected: `no input or output of that name`,
        tryThis: [
          `rename "${wants}" in the model, for example with onnx.compose.add_prefix or onnx-graphsurgeon`,
        ],
      });
    }
    exchanged.set(has, wants).set(wants, has);
  }
  return exchanged;
}
