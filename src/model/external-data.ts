/** Where weights go: where they were, into the model's file, or into files of their own beside it. */
export const EXTERNAL_DATA = ['keep', 'inline', 'split'] as const;
export type ExternalData = (typeof EXTERNAL_DATA)[number];
