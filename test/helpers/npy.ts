/** The bytes of a .npy file, version 1.0, C order. */
export function npyBytes(
  data: Float32Array | Float64Array | Int32Array | BigInt64Array,
  shape: readonly number[],
): Uint8Array {
  const types = { Float32Array: '<f4', Float64Array: '<f8', Int32Array: '<i4', BigInt64Array: '<i8' };
  const descr = types[data.constructor.name as keyof typeof types];
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  // Magic, version and header together are a multiple of 64 bytes, and end in a newline.
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ');
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length + 1, 8);
  return Buffer.concat([
    head,
    Buffer.from(`${padded}\n`),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}
