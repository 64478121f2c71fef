import { describe, expect, it } from 'vitest';
import { create, withFields } from '#model/codec.js';
import { modelFromBytes } from '#model/read.js';
import { bytesOf } from '#model/source.js';
import { encodeModel } from '#model/write.js';
import { headBlocks, headRows, headRowsPayload } from '#rewrite/head-rows.js';
import type { Plan } from '#rewrite/plan.js';
import { planRewrite } from '#rewrite/rewrite.js';
import { headNorms, unitColumns } from '#rewrite/unit-rows.js';
import { gemmModel } from '../helpers/gemm-model.ts';
import { writtenModel } from '../helpers/written-model.ts';

/* Class rows too many to be held at once: two blocks of them. */

const [CLASSES, DIM] = [2500, 1024];

const CASES = {
  'rows [C, D]': () => modelFromBytes(gemmModel({ classes: CLASSES, dim: DIM })),
  'columns [D, C]': () => {
    const text = `input x float32 [N, ${DIM}]\ninitializer w float32 [${DIM}, ${CLASSES}]\noutput y\ny = MatMul(x, w)`;
    return modelFromBytes(encodeModel(writtenModel(text)));
  },
  'rows in float16': () => {
    const text = `input x float16 [N, ${DIM}]\ninitializer w float16 [1] = 1\noutput y\ny = Gemm(x, w) {transB=1}`;
    const { proto } = writtenModel(text);
    const bits = Uint16Array.from({ length: CLASSES * DIM }, (_, i) => 0x3000 + (i % 3000));
    const rawData = new Uint8Array(bits.buffer);
    const w = create('TensorProto', { name: 'w', dims: [CLASSES, DIM], dataType: 10, rawData });
    const graph = proto.graph && withFields(proto.graph, { initializer: [w] });
    return modelFromBytes(encodeModel({ proto: withFields(proto, { graph }), bytes: 0, sha256: () => '' }));
  },
} as const;

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
/** Compared as bytes: to compare millions of numbers one by one takes minutes. */
const same = (a: Float32Array, b: Float32Array) => Buffer.compare(bytes(a), bytes(b)) === 0;

/** Ŵ [D, C·K] and the lengths, the plain way: all rows in memory. */
function plainly(plan: Plan) {
  const rows = headRows(plan);
  const count = rows.length / DIM;
  const columns = new Float32Array(rows.length);
  const norms = new Float32Array(count);
  for (let j = 0; j < count; j++) {
    const row = rows.subarray(j * DIM, (j + 1) * DIM);
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    norms[j] = norm;
    for (const [k, v] of row.entries()) columns[k * count + j] = v / norm;
  }
  return { rows, columns, norms };
}

describe.each(Object.entries(CASES))('%s', (title, make) => {
  const model = make();
  // Copies are made of rows that are read already, whatever layout they have.
  const heads: [string, number][] = [
    ['arcface', 1],
    ['subcenter-arcface', 3],
  ];

  it.each(title === 'rows [C, D]' ? heads : heads.slice(0, 1))(
    '%s, a block at a time, are what they are at once',
    (head, centres) => {
      const plan = planRewrite(model, { head });
      const { rows, columns, norms } = plainly(plan);
      expect(plan.needs.centres).toBe(centres);
      expect([...headBlocks(plan)].length).toBeGreaterThan(1);
      if (centres === 1) expect(same(rows, plan.tail.weight.rows())).toBe(true);
      expect(Buffer.compare(bytesOf([headRowsPayload(plan)]), bytes(rows))).toBe(0);
      expect(same(headNorms(plan), norms)).toBe(true);
      const unit = unitColumns(plan, 1 << 22);
      expect(unit.byteLength).toBe(columns.byteLength);
      const inOrder = [...unit.chunks()].map((chunk) => chunk.slice());
      expect(inOrder.length).toBeGreaterThan(1);
      expect(Buffer.compare(bytesOf([unit]), bytes(columns))).toBe(0);
      expect(Buffer.compare(Buffer.concat(inOrder), bytes(columns))).toBe(0);
    },
  );

  it('some of them are read as they are among all', () => {
    const { weight } = planRewrite(model, { head: 'arcface' }).tail;
    const all = weight.rows();
    for (const [from, to] of [
      [0, 1],
      [17, 19],
      [CLASSES - 3, CLASSES],
    ] as const)
      expect(same(weight.rows(from, to), all.subarray(from * DIM, to * DIM))).toBe(true);
  });
});
