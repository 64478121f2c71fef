import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** Dots of a PNG for each unit of its SVG, so that it is sharp on today's screens. */
const ZOOM = 2;

let started: Promise<void> | null = null;

/**
 * An SVG as a PNG. Letters come from the given font alone, whatever is installed, so that the same picture is the same
 * bytes everywhere.
 *
 * @param program resvg as WebAssembly
 */
export async function rasterise(svg: string, program: Uint8Array, font: Uint8Array): Promise<Uint8Array> {
  // It may be started once in a process.
  started ??= initWasm(program);
  await started;
  const resvg = new Resvg(svg, {
    font: { fontBuffers: [font], defaultFontFamily: 'DejaVu Sans' },
    fitTo: { mode: 'zoom', value: ZOOM },
  });
  return resvg.render().asPng();
}
