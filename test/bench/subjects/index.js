export const peers = ['cockatiel', 'opossum', 'nestjs-resilience'];
/** In the order of the columns. */
export const names = ['bare', 'floor', 'ours', ...peers];

export const subjectOf = (name) => import(`./${name}.js`);
