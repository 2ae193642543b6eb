// The page's script: a table of requirements × targets, its filters, and a dialog for each cell. No library, no network.
// Texts come from gateways, so they become text nodes, never markup.
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const { reports, requirements } = data;
const verdicts = Object.fromEntries(data.verdicts.map((verdict) => [verdict.name, verdict]));
const BROKEN = ['fail', 'warn', 'waived', 'stale', 'error'];
const wide = document.querySelector('.wide');

/** make('a', { href }, 'text', child, …): an element; properties that begin with on are listeners. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

const caseOf = (requirement, report) => report.cases[requirement.id];
const isBroken = (one) => one !== undefined && BROKEN.includes(one.verdict);
const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

// ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether the outcome differs between the targets that were judged: kept, kept with evidence, or violated. */
function hasChanged(requirement) {
  const cases = reports.map((report) => caseOf(requirement, report));
  const judged = cases.filter((one) => one !== undefined && !['skip', 'unseen'].includes(one.verdict));
  return new Set(judged.map((one) => (isBroken(one) ? 'broken' : one.evidence ? 'otherwise' : 'kept'))).size > 1;
}

const SHOW = {
  all: { label: 'All', test: () => true },
  failed: { label: 'Failed', test: (requirement) => reports.some((report) => isBroken(caseOf(requirement, report))) },
  changed: { label: 'Changed', test: hasChanged },
};
if (reports.length < 2) delete SHOW.changed;

const search = make('input', {
  type: 'search',
  name: 'search',
  placeholder: 'Search',
  'aria-label': 'Search requirements',
});
const chapterNames = [...new Set(requirements.map(({ chapter }) => chapter))];
const levels = ['MUST', 'SHOULD', 'NOTE'].filter((level) => requirements.some((one) => one.level === level));
const chooser = (name, all, values) =>
  make(
    'select',
    { name, 'aria-label': name },
    make('option', { value: '' }, all),
    ...values.map((value) => make('option', { value }, value)),
  );
const chapterChoice = chooser('chapter', 'Every chapter', chapterNames);
const levelChoice = chooser('level', 'Every level', levels);
const shown = make('output', { 'aria-live': 'polite' });
const form = make(
  'form',
  { role: 'search', 'aria-label': 'Filters', oninput: refilter, onsubmit: (event) => event.preventDefault() },
  search,
  make(
    'fieldset',
    {},
    make('legend', {}, 'Show'),
    ...Object.entries(SHOW).map(([value, { label }]) =>
      make('label', {}, make('input', { type: 'radio', name: 'show', value }), make('span', {}, label)),
    ),
  ),
  chapterChoice,
  levelChoice,
  shown,
);

/** What the page shows when its address says nothing: what failed, when something failed. */
const FIRST = requirements.some((requirement) =>
  reports.some((report) => ['fail', 'warn', 'stale', 'error'].includes(caseOf(requirement, report)?.verdict)),
)
  ? 'failed'
  : 'all';

/** The filters that are not the first ones, as they stand in the address. */
function filters() {
  const said = [...new FormData(form)].filter(([name, value]) => value !== (name === 'show' ? FIRST : ''));
  return said.length === 0 ? '' : `?${new URLSearchParams(said)}`;
}

/** Puts the open cell and the filters into the address. */
function tell(cell = '') {
  history.replaceState(null, '', `${location.pathname}${location.search}#${cell}${filters()}`.replace(/#$/, ''));
}

function refilter() {
  filter();
  tell();
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const { test } = SHOW[new FormData(form).get('show')];
  let visible = 0;
  for (const { requirement, element, text } of rows) {
    const matches =
      (!chapterChoice.value || requirement.chapter === chapterChoice.value) &&
      (!levelChoice.value || requirement.level === levelChoice.value) &&
      words.every((word) => text.includes(word)) &&
      test(requirement);
    element.hidden = !matches;
    if (matches) visible++;
  }
  for (const body of table.tBodies) body.hidden = !body.querySelector('tr.requirement:not([hidden])');
  shown.value = visible === rows.length ? count(visible, 'requirement') : `${visible} of ${rows.length}`;
  if (current?.parentElement.hidden || current?.closest('[hidden]')) focusable(grid()[0]?.[0]);
}

// ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────

function cellOf(requirement, report, at) {
  const one = caseOf(requirement, report);
  if (!one) return make('td', { class: 'absent', role: 'gridcell', 'aria-label': `${report.name}: absent` });
  const { glyph } = verdicts[one.verdict];
  const label = `${requirement.id}, ${report.name}: ${one.verdict}`;
  return make(
    'td',
    {
      class: `cell ${one.verdict}`,
      role: 'gridcell',
      tabindex: '-1',
      'aria-label': label,
      title: label,
      'data-at': at,
    },
    make('span', {}, glyph),
  );
}

/** The only target: its rows have room for what was observed, and for the time. */
const sole = reports.length === 1 ? reports[0] : undefined;

function tookOf(requirement) {
  const { verdict, durationMs } = caseOf(requirement, sole);
  const text = verdict === 'skip' || verdict === 'unseen' ? '' : `${durationMs} ms`;
  return make('td', { class: 'took', role: 'gridcell' }, text);
}

function rowOf(requirement) {
  const { id, says, level } = requirement;
  const element = make(
    'tr',
    { class: 'requirement', role: 'row', 'data-id': id },
    make(
      'th',
      { scope: 'row', role: 'rowheader' },
      make('span', { class: 'says' }, says),
      make('span', { class: 'id' }, make('span', { class: `level ${level}` }, level), ' ', make('code', {}, id)),
    ),
    ...reports.map((report, at) => cellOf(requirement, report, at)),
    ...(sole
      ? [make('td', { class: 'why', role: 'gridcell' }, caseOf(requirement, sole).reason), tookOf(requirement)]
      : []),
  );
  const reasons = reports.map((report) => caseOf(requirement, report)?.reason ?? '').join(' ');
  return { requirement, element, text: `${id} ${says} ${level} ${reasons}`.toLowerCase() };
}

/** The cell with the number of requirements that a target violates; empty for none. */
function tally(some, report, name) {
  const broken = some.filter((requirement) => isBroken(caseOf(requirement, report))).length;
  const label = `${name}, ${report.name}: ${broken} not kept`;
  return make(
    'td',
    { class: 'tally', role: 'gridcell', 'aria-label': label, title: label },
    broken ? String(broken) : '',
  );
}

function notKept(some) {
  const broken = some.filter((requirement) => isBroken(caseOf(requirement, sole))).length;
  return broken ? `${broken} not kept` : '';
}

const rows = requirements.map(rowOf);
const table = make(
  'table',
  { role: 'grid', 'aria-label': 'Requirements down, targets across', 'aria-readonly': 'true' },
  make(
    'thead',
    {},
    make(
      'tr',
      { role: 'row' },
      make('th', { scope: 'col', role: 'columnheader' }, make('span', {}, 'Requirement')),
      ...reports.map(({ name, conclusion }) =>
        make('th', { scope: 'col', role: 'columnheader', title: conclusion }, make('span', {}, sole ? '' : name)),
      ),
      ...(sole ? ['Observed', 'Time'] : []).map((title, at) =>
        make('th', { scope: 'col', role: 'columnheader', class: at ? 'took' : 'why' }, title),
      ),
    ),
  ),
  ...chapterNames.map((name) => {
    const mine = rows.filter(({ requirement }) => requirement.chapter === name);
    const all = mine.map(({ requirement }) => requirement);
    return make(
      'tbody',
      {},
      make(
        'tr',
        { class: 'chapter', role: 'row' },
        make(
          'th',
          { scope: 'rowgroup', role: 'rowheader' },
          name,
          ' ',
          make('small', {}, count(mine.length, 'requirement')),
        ),
        ...reports.map((report) => tally(all, report, name)),
        ...(sole ? [make('td', { class: 'tally why' }, notKept(all)), make('td', { class: 'tally took' })] : []),
      ),
      ...mine.map(({ element }) => element),
    );
  }),
);

/** The visible cells, row by row. */
function grid() {
  return rows
    .filter(({ element }) => !element.hidden)
    .map(({ element }) => [...element.querySelectorAll('td.cell')])
    .filter((cells) => cells.length > 0);
}

/** A single tab stop; the arrow keys move it. */
let current;
function focusable(cell) {
  current?.setAttribute('tabindex', '-1');
  current = cell;
  current?.setAttribute('tabindex', '0');
}

/** The row's cell under the same target, or the nearest one. */
function nearest(cells, at) {
  return cells.toSorted((a, b) => Math.abs(a.dataset.at - at) - Math.abs(b.dataset.at - at))[0];
}

function moved(key, cell, whole) {
  const cells = grid();
  const down = cells.findIndex((row) => row.includes(cell));
  const row = cells[down];
  const across = row.indexOf(cell);
  const { at } = cell.dataset;
  const step = (by) => nearest(cells[Math.min(cells.length - 1, Math.max(0, down + by))], at);
  switch (key) {
    case 'ArrowRight':
      return row[across + 1];
    case 'ArrowLeft':
      return row[across - 1];
    case 'ArrowDown':
      return step(1);
    case 'ArrowUp':
      return step(-1);
    case 'PageDown':
      return step(10);
    case 'PageUp':
      return step(-10);
    case 'Home':
      return whole ? cells[0][0] : row[0];
    case 'End':
      return whole ? cells.at(-1).at(-1) : row.at(-1);
  }
}

table.addEventListener('click', (event) => {
  const near = event.target.closest('td:is(.cell, .why, .took)');
  const cell = near?.matches('.cell') ? near : near?.parentElement.querySelector('td.cell');
  if (cell) show(cell);
});
table.addEventListener('focusin', (event) => {
  if (event.target.matches('td.cell')) focusable(event.target);
});
table.addEventListener('keydown', (event) => {
  const cell = event.target.closest('td.cell');
  if (!cell || event.altKey || event.metaKey) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    return show(cell);
  }
  const next = moved(event.key, cell, event.ctrlKey);
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
});
document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, select');
  if (event.key !== '/' || typing || dialog.open || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  search.focus();
});

// ── the dialog ──────────────────────────────────────────────────────────────────────────────────────────────────────

const dialog = make('dialog', { 'aria-labelledby': 'title', tabindex: '-1' });
let opened;

function show(cell) {
  opened = cell;
  const requirement = requirements.find(({ id }) => id === cell.parentElement.dataset.id);
  dialog.replaceChildren(...detailsOf(requirement, Number(cell.dataset.at)));
  if (!dialog.open) dialog.showModal();
  // The focused element may have been replaced.
  dialog.focus();
  dialog.scrollTop = 0;
  tell(`${requirement.id}@${encodeURIComponent(reports[cell.dataset.at].name)}`);
}

dialog.addEventListener('close', () => {
  tell();
  opened?.focus();
});
dialog.addEventListener('click', (event) => {
  // A click on the backdrop has the dialog itself as its target.
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.target.matches('pre')) return;
  const cells = [...opened.parentElement.querySelectorAll('td.cell')];
  const next = cells[cells.indexOf(opened) + step];
  if (next) show(next);
});

function detailsOf(requirement, at) {
  const { id, chapter, says, source } = requirement;
  const report = reports[at];
  const { level, verdict, reason, durationMs, evidence } = caseOf(requirement, report);
  const { expected, got, exchanges = [], curl, history, breaks = [], hurt = [] } = evidence ?? {};
  const asked = exchanges.at(-1)?.filter(({ side }) => side === 'sent') ?? [];
  const why = expected === undefined || verdict === 'stale' || verdict === 'waived' ? reason : '';
  return [
    make(
      'article',
      {},
      make(
        'header',
        {},
        make('p', { class: 'kicker' }, `${level} · ${chapter} · ${report.name}`),
        make('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => dialog.close() }, '×'),
        make('h2', { id: 'title' }, says),
        make('p', { class: 'where' }, make('code', {}, id), ' ', link(source, 'Source')),
      ),
      reports.length > 1 && strip(requirement, at),
      make(
        'p',
        { class: `verdict ${verdict}` },
        make('b', {}, verdicts[verdict].glyph),
        make('span', {}, `${verdict}: ${verdicts[verdict].meaning}`),
        make('small', {}, verdict === 'skip' ? '' : `${durationMs} ms`),
      ),
      section('Reason', why && make('p', {}, why)),
      section('Sent', asked.length > 0 && block(asked.map(({ text }) => text).join('\n'))),
      section('Expected', expected !== undefined && make('p', {}, expected)),
      section('Got', got !== undefined && make('p', { class: 'got' }, got)),
      section('Transcript', exchanges.length > 0 && make('div', {}, ...exchanges.map(timeline))),
      section('Repeat', curl !== undefined && copied(history?.join('\n') ?? curl)),
      section(
        'Clients known to break',
        breaks.length + hurt.length > 0 &&
          make(
            'ul',
            {},
            ...breaks.map(({ client, breaks: effect, issue }) =>
              make('li', {}, make('b', {}, client), ` ${effect} `, link(issue, new URL(issue).pathname.slice(1))),
            ),
            ...hurt.map(({ clients, outcome, gateway }) =>
              make('li', {}, make('b', {}, clients.join('; ')), `: ${outcome} (measured: ${gateway})`),
            ),
          ),
      ),
    ),
  ];
}

/** The same requirement under every target. */
function strip(requirement, at) {
  const buttons = reports.flatMap((report, index) => {
    const one = caseOf(requirement, report);
    if (!one) return [];
    const cell = () => document.querySelector(`tr[data-id="${requirement.id}"] td[data-at="${index}"]`);
    return make(
      'button',
      {
        type: 'button',
        class: one.verdict,
        'aria-current': index === at && 'true',
        'aria-label': `${report.name}: ${one.verdict}`,
        onclick: () => show(cell()),
      },
      make('b', {}, verdicts[one.verdict].glyph),
      make('span', {}, report.name),
    );
  });
  return make('nav', { 'aria-label': 'The same requirement under every target' }, ...buttons);
}

/** An exchange as a list of moments; a dot on the axis of each line shows its time. */
function timeline(moments, index, all) {
  const end = Math.max(1, ...moments.map(({ at }) => at ?? 0));
  const signs = { sent: '→', came: '←', note: '·' };
  const names = { sent: 'sent', came: 'came', note: '' };
  return make(
    'figure',
    {},
    make(
      'figcaption',
      {},
      all.length > 1 && make('b', {}, `${index + 1} `),
      `${moments[0].text} `,
      make('small', {}, `0 to ${end} ms`),
    ),
    make(
      'ol',
      {},
      ...moments.map(({ at, side, text }) => {
        const axis = make('span', { class: 'axis', 'aria-hidden': 'true' });
        if (at !== null) {
          const dot = make('i', {});
          dot.style.left = `${(100 * at) / end}%`;
          axis.append(dot);
        }
        return make(
          'li',
          { class: side },
          make('time', {}, at === null ? '' : `${at}`),
          axis,
          make('b', { 'aria-label': names[side] }, signs[side]),
          make('code', {}, text),
        );
      }),
    ),
  );
}

function section(title, content) {
  return content ? make('section', {}, make('h3', {}, title), content) : undefined;
}

const block = (text) => make('pre', { tabindex: '0' }, text);

function copied(text) {
  const copy = async (event) => {
    await navigator.clipboard.writeText(text);
    event.target.textContent = 'Copied';
  };
  return make(
    'div',
    { class: 'copied' },
    block(text),
    navigator.clipboard && make('button', { type: 'button', onclick: copy }, 'Copy'),
  );
}

/** A link for http and https, plain text for any other scheme. */
function link(address, text) {
  return /^https?:/.test(address) ? make('a', { href: address, rel: 'noreferrer' }, text) : make('span', {}, address);
}

// ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const legend = make(
  'dl',
  { class: 'legend', 'aria-label': 'Verdicts' },
  ...data.verdicts.map(({ name, glyph, meaning }) =>
    make('div', {}, make('dt', { class: name }, glyph), make('dd', {}, make('b', {}, name), ` ${meaning}`)),
  ),
);
const keys = make('p', { class: 'keys' }, 'Arrows move, Enter opens, / searches.');
wide.append(form, legend, table, keys);
wide.style.setProperty('--columns', reports.length);
wide.classList.toggle('sole', sole !== undefined);
document.body.append(dialog);

/** The hash in two parts, each may be empty: the cell, and the filters. */
function addressed() {
  const [cell, ...said] = location.hash.slice(1).split('?');
  return [cell, new URLSearchParams(said.join('?'))];
}

/** Sets the filters as the address says; what it does not name, or names wrongly, is as at first. */
function readFilters() {
  const [, said] = addressed();
  search.value = said.get('search') ?? '';
  for (const choice of [chapterChoice, levelChoice]) {
    const wanted = said.get(choice.name) ?? '';
    choice.value = [...choice.options].some(({ value }) => value === wanted) ? wanted : '';
  }
  const wanted = said.get('show');
  form.elements.show.value = Object.hasOwn(SHOW, wanted ?? '') ? wanted : FIRST;
  filter();
}
readFilters();
focusable(grid()[0]?.[0]);

/** `#streaming.done@2026.9.6?show=all` opens that cell. An address that names no cell opens nothing. */
function openAddressed() {
  const [id, name] = decoded(addressed()[0]).split('@');
  const at = reports.findIndex((report) => report.name === name);
  const row = rows.find(({ requirement }) => requirement.id === id);
  const cell = row?.element.querySelector(`td.cell[data-at="${at}"]`);
  if (cell) show(cell);
}
/** The text as it is when its percent-encoding is malformed, as in `#%`: `decodeURIComponent` throws a URIError then. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
addEventListener('hashchange', () => {
  readFilters();
  openAddressed();
});
openAddressed();
