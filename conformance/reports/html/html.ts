/** Compares reports in one HTML page that loads nothing: data, style and script are inline. */
import { readFileSync } from 'node:fs';
import { conclusionOf } from '../conclusion.ts';
import type { Report, ReportCase } from '../report.ts';
import { GLYPH, MEANING, VERDICTS } from '../verdict-glyphs.ts';

const part = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
const [style, script] = [part('page.css'), part('page.js')];

/** The data that `page.js` reads. */
interface PageData {
  readonly verdicts: readonly { readonly name: string; readonly glyph: string; readonly meaning: string }[];
  readonly requirements: readonly Pick<ReportCase, 'id' | 'chapter' | 'level' | 'says' | 'source'>[];
  readonly reports: readonly {
    readonly name: string;
    readonly conclusion: string;
    /** By the requirement's id. */
    readonly cases: Readonly<
      Record<string, Pick<ReportCase, 'level' | 'verdict' | 'reason' | 'durationMs' | 'evidence'>>
    >;
  }[];
}

/**
 * Makes the page.
 *
 * @param reports in the order of the columns.
 */
export function html(reports: readonly Report[]): string {
  const data = pageData(reports);
  const [first] = reports;
  const title =
    reports.length === 1 ? `${first!.target.name}: conformance` : 'OpenClaw compatibility, release by release';
  const suites = [...new Set(reports.map(({ suite }) => `suite ${suite.version}, contract ${suite.contractHash}`))];
  const dates = reports.flatMap(({ began }) => (began === undefined ? [] : [began.slice(0, 10)])).toSorted();
  const about = [
    ...(reports.length === 1 ? [first!.target.baseUrl, `edition ${first!.edition}`, `profile ${first!.profile}`] : []),
    ...(reports.length === 1 && first!.target.insecure ? ['certificate not checked'] : []),
    ...(reports.length === 1 ? (first!.target.mended ?? []) : []),
    ...new Set([dates[0], dates.at(-1)].filter((date) => date !== undefined)),
    `${data.requirements.length} requirements`,
    ...suites,
  ].join(' · ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>
${style}</style>
</head>
<body>
<main>
<div class="wide">
<header>
<h1>${escaped(title)}</h1>
<p>${escaped(reports.length === 1 ? data.reports[0]!.conclusion : `${reports.length} targets side by side`)}</p>
<p class="about">${escaped(about)}</p>
</header>
<noscript><p>This page needs its inline script to show the data. The same data is in the JSON files beside it.</p></noscript>
</div>
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>
${script}</script>
</body>
</html>
`;
}

function pageData(reports: readonly Report[]): PageData {
  const requirements = new Map<string, PageData['requirements'][number]>();
  // The last report's text for a requirement wins; requirements new in a later report come after the others.
  for (const { id, chapter, level, says, source } of reports.flatMap(({ cases }) => cases)) {
    requirements.set(id, { id, chapter, level, says, source });
  }
  return {
    verdicts: VERDICTS.map((name) => ({ name, glyph: GLYPH[name], meaning: MEANING[name] })),
    requirements: [...requirements.values()],
    reports: reports.map((report) => ({
      name: report.target.name.replace(/^openclaw (?=\d)/, ''),
      conclusion: conclusionOf(report).text,
      cases: Object.fromEntries(
        report.cases.map(({ id, level, verdict, reason, durationMs, evidence }) => [
          id,
          { level, verdict, reason, durationMs, ...(evidence && { evidence }) },
        ]),
      ),
    })),
  };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
