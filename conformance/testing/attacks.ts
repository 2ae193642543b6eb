/** For tests of output: texts of a hostile gateway or report that a terminal, a log or a browser would interpret. */
const ESC = '\u001b';

/** The texts by what they attack. */
export const ATTACKS = {
  'the title of a terminal': `${ESC}]0;PWNED\u0007`,
  'an empty screen': `${ESC}[2J${ESC}[31mred`,
  'a sequence in one byte': '\u009b2J',
  'a deletion': 'good\u007f\u0008\u0008bad',
  'a line over the line': 'fail\rpass',
  'text from right to left': '\u202Egnp.exe\u202c \u2066x\u2069 \u061c\u200e\u200f',
  'a line of the log': 'x\n::stop-commands::x\n  ::error::injected\n',
  'an old command of the log': '##[stop-commands]x ###[group]y',
  'other line ends': 'x\u2028::error::y\u2029::error::z\u0085::error::w\u000b::error::v',
  'the end of a script': '</script><script>globalThis.PWNED=1;document.title="PWNED"</script><!-- <script>',
  'an image': '<img src=x onerror="globalThis.PWNED=1">',
  'the end of an attribute': `" onmouseover="globalThis.PWNED=1" x='`,
  'a break of a table': '| a | b |\n| --- | --- |',
  'the end of a fence': '```\n````\n# heading [link](javascript:alert(1)) `code`',
  'the end of CDATA': ']]> <![CDATA[ &amp; &#27; <!DOCTYPE x>',
  'a NUL': 'a\u0000b',
  'what XML cannot hold': '\ufffe\uffff\u0001',
  'halves of a pair': 'a\ud83d b\ude00 c',
} as const satisfies Readonly<Record<string, string>>;

/** Characters that no output of text may contain. */
export const OBEYED =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]|##\[/u;

/** A workflow command, which GitHub's runner executes. */
export const COMMAND = /^\s*::/m;
