/** The page's icon in the colour of the worst state. */
export const iconOf = (color: string, isClosed: boolean): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/>` +
  '<g stroke="#fff" stroke-width="3" stroke-linecap="round" fill="none">' +
  `<path d="M3 18h5M24 18h5M10 18${isClosed ? 'h12' : 'l10-9'}"/></g>` +
  '<circle cx="9" cy="18" r="2.6" fill="#fff"/><circle cx="23" cy="18" r="2.6" fill="#fff"/></svg>';
