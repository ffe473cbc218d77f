/**
 * A model card's text as elements: the little of Markdown that cards use (headings, lists, tables, paragraphs, bold,
 * code). Page only.
 */
import { element } from './dom.js';

/** @param {string} text @returns {HTMLElement[]} */
export function renderCard(text) {
  const blocks = text
    .replaceAll('\r', '')
    .split(/\n{2,}|(?<=^#.*)\n|\n(?=#)/m)
    .map((block) => block.trim());
  return blocks.filter(Boolean).map(renderBlock);
}

/** @param {string} block */
function renderBlock(block) {
  const lines = block.split('\n');
  if (block.startsWith('#')) return element('h3', {}, ...inline(block.replace(/^#+ */, '')));
  if (block.startsWith('|')) return renderTable(lines);
  if (/^[-*] /.test(block)) {
    const items = block.split(/\n(?=[-*] )/).map((item) => item.slice(2).replace(/\s*\n\s*/g, ' '));
    return element('ul', {}, ...items.map((item) => element('li', {}, ...inline(item))));
  }
  return element('p', {}, ...inline(lines.join(' ')));
}

/** @param {string[]} lines */
function renderTable(lines) {
  const rows = lines
    .filter((line) => !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split('|')
        .map((cell) => cell.trim()),
    );
  const [head, ...body] = rows.map((cells, i) =>
    element('tr', {}, ...cells.map((cell) => element(i ? 'td' : 'th', {}, ...inline(cell)))),
  );
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
}

/** @param {string} text */
function inline(text) {
  const parts = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').split(/(\*\*[^*]+\*\*|`[^`]+`)/);
  return parts.map((part) => {
    if (part.startsWith('**')) return element('strong', {}, part.slice(2, -2));
    return part.startsWith('`') ? element('code', {}, part.slice(1, -1)) : part;
  });
}
