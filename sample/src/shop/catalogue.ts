/** What the shop sells, in euros. */
export const CATALOGUE: Readonly<Record<string, number>> = { mug: 12, teapot: 38, tray: 24, kettle: 65 };

export const PRODUCTS: readonly string[] = Object.keys(CATALOGUE);
