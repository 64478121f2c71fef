/** What can be drawn of a head: ψ(θ), dψ/dcos θ, and the boundaries of two classes. */
export const VIEWS = ['curve', 'gain', 'boundary'] as const;
export type View = (typeof VIEWS)[number];
