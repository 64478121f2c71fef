/** What class rows start from. */
export const INITS = ['original', 'random', 'class-means'] as const;
export type Init = (typeof INITS)[number];

/** How the learning rate goes down from its highest. */
export const RATE_SCHEDULES = ['cosine', 'linear', 'constant'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];
