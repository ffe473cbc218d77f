/** Numbers, sizes and times as the page writes them. */
const counts = new Intl.NumberFormat('en-GB');
const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** @param {number} n */
export function formatCount(n) {
  return counts.format(n);
}

/** `1 clip`, `2 clips`: for nouns that take an s. @param {number} n @param {string} noun */
export function formatNoun(n, noun) {
  return `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** @param {number} share 0 to 1 @param {number} [digits] */
export function formatPercent(share, digits = 0) {
  return `${(share * 100).toFixed(digits)} %`;
}

/** @param {number} n bytes; a kB is 1000 of them */
export function formatBytes(n) {
  if (n < 1000) return `${n} B`;
  return n < 1e6 ? `${Math.round(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** @param {string | number | Date} when a number is in milliseconds since 1970 */
export function formatDate(when) {
  const date = new Date(when);
  return Number.isNaN(date.valueOf()) ? 'date unknown' : dates.format(date);
}
