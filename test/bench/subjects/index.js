/** In the order of the columns. */
export const names = ['bare', 'ours', 'cockatiel', 'opossum', 'nestjs-resilience'];
export const peers = names.slice(2);

export const subjectOf = (name) => import(`./${name}.js`);
