import { declaredFacts } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import type { Feed } from '#validate/runtime.js';

/** Two samples for every input: waves for floats, small numbers for all others. */
export function feedsOf(model: Model): Record<string, Feed> {
  const feeds = viewGraph(model).inputs.map((info): [string, Feed] => {
    const { element, shape } = declaredFacts(info);
    const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 2));
    const size = dims.reduce((count, dim) => count * dim, 1);
    const wave = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
    const few = Array.from({ length: size }, (_, i) => i % 2);
    const data = {
      int64: BigInt64Array.from(few, BigInt),
      int32: Int32Array.from(few),
      float64: Float64Array.from(wave),
      int8: Int8Array.from(few),
      uint8: Uint8Array.from(few),
      bool: Uint8Array.from(few),
    }[String(element)];
    return [info.name ?? '', { element: element ?? 'float32', dims, data: data ?? wave }];
  });
  return Object.fromEntries(feeds);
}
